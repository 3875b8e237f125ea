"""Where a topic is read from: at the first start somebody says so, later the database knows."""

from collections.abc import Mapping
from typing import Literal

from adapters.consumer_positions import ConsumerPositions, Offsets
from adapters.kafka.topic import Bounds, Topic
from contacts_domain.errors import (
    InvalidQuery,
    MessagesMissing,
    StartingPointNeeded,
    TopicRecreated,
)

StartingPoint = Literal["earliest", "latest"] | Mapping[int, int]
"""The first message there is, the next one to come, or an offset for every partition."""


def parsed_starting_point(text: str) -> StartingPoint:
    """`earliest`, `latest`, or offsets like `0:120,1:77`. Raises InvalidQuery."""
    if text == "earliest":
        return "earliest"
    if text == "latest":
        return "latest"
    offsets: Offsets = {}
    for part in text.split(","):
        partition, colon, offset = part.strip().partition(":")
        if not (colon and _is_number(partition) and _is_number(offset)):
            raise InvalidQuery(
                f"{text!r} is no place to read from; write earliest, latest, or an offset for "
                "every partition, like 0:120,1:77."
            )
        if int(partition) in offsets:
            raise InvalidQuery(f"Partition {int(partition)} is named twice in {text!r}.")
        offsets[int(partition)] = int(offset)
    return offsets


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63


def chosen_offsets(topic: Topic, point: StartingPoint, partitions: list[int]) -> Offsets:
    """The offsets that a starting point means for these partitions of a topic now.

    Raises InvalidQuery for partitions that are not named, MessagesMissing for offsets outside of
    the topic.
    """
    bounds = topic.bounds(partitions)
    if point == "earliest":
        return {each: bounds[each].beginning for each in partitions}
    if point == "latest":
        return {each: bounds[each].end for each in partitions}
    offsets = dict(point)
    if offsets.keys() != set(partitions):
        raise InvalidQuery(
            f"The topic {topic.name!r} has the partitions {', '.join(map(str, partitions))}; name "
            "an offset for each of them and for no others."
        )
    require_messages(topic, offsets, bounds)
    return offsets


def positions_in(
    topic: Topic, topic_id: str, positions: ConsumerPositions, start: StartingPoint | None
) -> Offsets:
    """The database's position for every partition of a topic, begun where there is none.

    A topic that was never read begins at `start`; a partition that it got since then, at its first
    message. Raises StartingPointNeeded, TopicRecreated, and as `chosen_offsets`.
    """
    known = positions.of(topic.name)
    require_same(topic.name, topic_id, known)
    partitions = topic.partitions()
    new = [each for each in partitions if each not in known.get(topic_id, {})]
    if not new:
        return known[topic_id]
    if known:
        point: StartingPoint | None = "earliest"
    else:
        point = start
    if point is None:
        raise StartingPointNeeded(
            f"Nothing of the topic {topic.name!r} was taken in yet. Say where to begin: with "
            "--from earliest, --from latest, or an offset for every partition (--from 0:120,1:77).",
            topic=topic.name,
        )
    return positions.begin(topic.name, topic_id, chosen_offsets(topic, point, new))


def require_same(name: str, topic_id: str, known: Mapping[str, Offsets]) -> None:
    """Raise TopicRecreated if positions are known of another topic of this name only."""
    if known and topic_id not in known:
        (other, *_) = known
        raise TopicRecreated(
            f"The topic {name!r} was deleted and made anew, or it is on another cluster: its id is "
            f"{topic_id}, positions are known of {other}. Their offsets mean other messages, so "
            "nothing was read. `contacts bookings positions reset` says where to go on.",
            topic=name,
            topic_id=topic_id,
            known_topic_id=other,
        )


def require_messages(
    topic: Topic, offsets: Mapping[int, int], bounds: Mapping[int, Bounds]
) -> None:
    """Raise MessagesMissing for a position whose next message is not there."""
    for partition, offset in sorted(offsets.items()):
        held = bounds[partition]
        if offset < held.beginning:
            missing = offset, held.beginning - 1
            why = "Kafka has deleted them: they became older than the topic keeps messages."
        elif offset > held.end and offset > topic.end_seen_from(partition, offset):
            missing = held.end, offset - 1
            why = (
                "They were taken in, and the topic does not hold them any more: Kafka lost them, "
                "or it was restored from a backup. New messages would get offsets taken already."
            )
        else:
            continue
        raise MessagesMissing(
            f"The topic {topic.name!r} lacks the messages {missing[0]} to {missing[1]} of "
            f"partition {partition}: the next one to read is {offset}, it holds {held.beginning} "
            f"to {held.end} (excluded). {why} Nothing was skipped; when you know what to do about "
            "them, `contacts bookings positions reset` says where to go on.",
            topic=topic.name,
            partition=partition,
            first_missing=missing[0],
            last_missing=missing[1],
        )
