"""`contacts bookings positions show|reset`: how far topics have been taken in."""

from typing import Annotated, Any

from cyclopts import App, Parameter

from adapters.cli.output import table
from adapters.cli.session import InSession
from adapters.consumer_positions import PositionReset
from contacts_domain.errors import InvalidQuery

Flag = Parameter(negative="")


def register(bookings: App) -> None:
    """Add the commands of this module."""
    positions = App(name="positions", help="How far topics have been taken in.")
    positions.command(show)
    positions.command(reset)
    bookings.command(positions)


def show(*, session: InSession) -> None:
    """Show the next offset of every partition, and what was reset by hand."""
    with session.open(catch_up=False) as contacts:
        positions = contacts.consumer_positions.all()
        resets = contacts.consumer_positions.resets()
    session.output.show(
        {"items": positions, "resets": resets},
        lambda: [
            table(
                ("Topic", "Topic id", "Partition", "Next offset"),
                [(e.source, e.topic_id, e.partition, e.next_offset) for e in positions],
            ),
            *([_reset_table(resets)] if resets else []),
        ],
    )


def reset(
    *,
    to: str,
    reason: str,
    bootstrap_servers: str | None = None,
    topic: str | None = None,
    yes: Annotated[bool, Flag] = False,
    session: InSession,
) -> None:
    """Go on from another place in a topic, after its messages were lost or it was made anew.

    Messages that are read again change no contact; messages that are skipped are never taken in.
    What is done is recorded. Consumers that run go on from there by themselves.

    Parameters
    ----------
    to
        earliest, latest, or an offset for every partition, like 0:120,1:77.
    reason
        Why, for those who come after you.
    bootstrap_servers
        HOST:PORT of some brokers, with commas (CONTACTS_KAFKA_BOOTSTRAP_SERVERS; localhost:9092).
    topic
        The topic (CONTACTS_KAFKA_TOPIC; bookings).
    yes
        Do not ask.
    """
    from adapters.kafka.settings import KafkaSettings  # the extra need not be installed
    from adapters.kafka.starting import chosen_offsets, parsed_starting_point
    from adapters.kafka.topic import topic_of

    if not reason.strip():
        raise InvalidQuery("Give a --reason: it is recorded with the reset.")
    point = parsed_starting_point(to)
    settings = KafkaSettings.read(bootstrap_servers=bootstrap_servers, topic=topic)
    with topic_of(settings) as asked, session.open(catch_up=False) as contacts:
        topic_id = asked.id()
        offsets = chosen_offsets(asked, point, asked.partitions())
        before = contacts.consumer_positions.of(asked.name).get(topic_id, {})
        explained = [_explained(each, before.get(each), offsets[each]) for each in sorted(offsets)]
        if not yes:
            session.output.confirm("\n".join([*explained, "Go on from there?"]))
        done = contacts.consumer_positions.reset(
            asked.name, topic_id, offsets, reason=reason, actor=session.actor
        )
    document: dict[str, Any] = {"items": done, "explained": explained}
    session.output.show(document, lambda: [_reset_table(done), "\n".join(explained)])


def _explained(partition: int, before: int | None, after: int) -> str:
    """What a reset of this partition means."""
    if before is None:
        return f"Partition {partition} is read from {after}; it had no position in this topic."
    if after < before:
        return (
            f"Partition {partition}: {before - after} messages, {after} to {before - 1}, are read "
            "again; they change no contact."
        )
    if after > before:
        return (
            f"Partition {partition}: {after - before} messages, {before} to {after - 1}, are "
            "skipped; they are never taken in."
        )
    return f"Partition {partition} stays at {before}."


def _reset_table(resets: list[PositionReset]) -> Any:
    headers = ("Topic", "Partition", "From", "To", "Reason", "Who", "When (UTC)")
    rows = [
        (e.source, e.partition, e.from_offset, e.to_offset, e.reason, e.actor, e.reset_at)
        for e in resets
    ]
    return table(headers, rows, title="Reset by hand")
