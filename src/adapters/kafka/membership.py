"""One membership in a consumer group: polls, places partitions, takes records in, and holds
positions against what the topic holds.

A failure of the database or the brokers moves nothing: partitions are held, the client goes on
polling to stay in its group, and the unit is tried again.
"""

from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import Any

import structlog
from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError, LogTruncationError, OffsetOutOfRangeError

from adapters.consumer_positions import ConsumerPositions
from adapters.event_store.waking import Stop
from adapters.kafka.assignment import Assignment
from adapters.kafka.failures import translated
from adapters.kafka.health import PartitionHealth
from adapters.kafka.reporting import Reporting
from adapters.kafka.starting import (
    StartingPoint,
    positions_in,
    require_messages,
    require_same,
)
from adapters.kafka.taking_in import Slice, Taker, Tally
from adapters.kafka.topic import Topic
from adapters.kafka.unreadable import UNDECODED, unreadable
from contacts_domain.errors import (
    BrokerUnavailable,
    CheckpointMoved,
    ConcurrentModification,
    ContactsError,
    DatabaseBusy,
    DatabaseUnavailable,
    OrganizersUnavailable,
    PositionMoved,
    UnwritableDatabase,
)

POLL_MS = 500
"""How long a poll waits for messages; a consumer that is told to stop does so after one."""
CHECK_SECONDS = 5.0
"""How often positions are held against what the topic holds."""
FIRST_RETRY_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
NEAR = 500
"""So few messages that are left are no lag."""
TRIED_AGAIN = (
    BrokerUnavailable,
    DatabaseUnavailable,
    DatabaseBusy,
    UnwritableDatabase,
    CheckpointMoved,
    ConcurrentModification,
    OrganizersUnavailable,
)

log = structlog.get_logger("contacts.consumer")


class Membership:
    """One membership in the group, from joining to leaving."""

    def __init__(
        self,
        topic: Topic,
        consumer: Any,
        positions: ConsumerPositions,
        taker: Taker,
        reporting: Reporting,
        stopping: Stop,
        start: StartingPoint | None,
    ) -> None:
        """`consumer` is a KafkaConsumer; `start` is where a topic begins that was never read."""
        self._topic = topic
        self._consumer = consumer
        self._positions = positions
        self._taker = taker
        self._reporting = reporting
        self._health = reporting.health
        self._stopping = stopping
        self._start = start
        self._assignment = Assignment(consumer)
        self._topic_id = ""
        self._waiting: dict[Any, Slice] = {}
        """What was polled and is not recorded yet."""
        self._is_held = False
        self._pause = FIRST_RETRY_SECONDS
        self._checked = monotonic()
        self._last_message = monotonic()

    def run(self, until_idle: float | None) -> None:
        """Poll and take in until told to stop, or until idle."""
        self._consumer.subscribe([self._topic.name], listener=self._assignment)
        while not self._stopping.is_set():
            self._health.turned()
            self._turn()
            if until_idle is not None and self._is_idle(until_idle):
                return

    def _turn(self) -> None:
        try:
            self._keep(self._polled())
            self._place()
            self._take_in()
            self._check_in_time()
        except TRIED_AGAIN as error:
            self._reporting.failed(error)
            self._hold()
            self._poll_through(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        else:
            self._pause = FIRST_RETRY_SECONDS
            self._reporting.recovered()
            self._go_on()

    def _hold(self) -> None:
        """Read nothing for the time being, and stay a member."""
        self._assignment.hold()
        self._is_held = True

    def _go_on(self) -> None:
        if self._is_held:
            self._assignment.go_on()
            self._is_held = False

    # --- polling -------------------------------------------------------------------------------

    def _polled(self) -> dict[Any, list[Any]]:
        """Records of the partitions that are placed."""
        try:
            with translated():
                return dict(self._consumer.poll(timeout_ms=0 if self._waiting else POLL_MS))
        except BrokerUnavailable as error:
            if isinstance(error.__cause__, OffsetOutOfRangeError | LogTruncationError):
                self._look_again()
            if isinstance(error.__cause__, UNDECODED):
                raise self._unreadable(error.__cause__) from error
            raise
        except (ContactsError, MemoryError):
            raise
        except Exception as error:  # of the many libraries that decompress
            raise self._unreadable(error) from error

    def _unreadable(self, cause: BaseException) -> ContactsError:
        placed = sorted(self._assignment.placed.items())
        return unreadable(self._topic.name, {each.partition: at for each, at in placed}, cause)

    def _look_again(self) -> None:
        """What was asked for is not there. Raises MessagesMissing if that is so for good."""
        placed = self._assignment.placed
        self._require_same_topic()
        self._require_messages(placed)
        for each in placed:
            self._assignment.displace(each)

    def _poll_through(self, seconds: float) -> None:
        """Pause without leaving the group: what is held brings no records."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and not self._stopping.is_set():
            with suppress(BrokerUnavailable), translated():  # no further news
                self._keep(self._consumer.poll(timeout_ms=int(min(left, 0.5) * 1_000) + 1))

    def _keep(self, polled: dict[Any, list[Any]]) -> None:
        """Let the records wait until they are recorded; nothing more is read meanwhile."""
        placed = self._assignment.placed
        for partition, records in polled.items():
            if partition in placed:
                self._let_wait(partition, placed[partition], records)
        if polled:
            self._last_message = monotonic()

    def _let_wait(self, partition: Any, read_from: int, records: Iterable[Any]) -> None:
        """Up to where the client has read; if it cannot say, all of it is read again."""
        try:
            next_offset = self._consumer.position(partition)
        except KafkaError:  # taken from this consumer meanwhile, or its end is not there any more
            self._waiting.pop(partition, None)
            self._assignment.displace(partition)
            return
        self._waiting[partition] = Slice(
            self._topic.name,
            self._topic_id,
            partition.partition,
            read_from,
            next_offset,
            list(records),
        )

    # --- placing -------------------------------------------------------------------------------

    def _place(self) -> None:
        """Put partitions that were given to this consumer where the database says."""
        unplaced = self._assignment.unplaced
        if not unplaced:
            return
        topic_id = self._topic.id()
        positions = positions_in(self._topic, topic_id, self._positions, self._start)
        offsets = {each: positions[each.partition] for each in unplaced}
        self._require_messages(offsets)
        self._topic_id = topic_id
        self._assignment.place(offsets)
        for each in sorted(offsets):
            log.info(
                "reading", topic=each.topic, partition=each.partition, next_offset=offsets[each]
            )

    def _require_messages(self, offsets: dict[Any, int]) -> None:
        bounds = self._topic.bounds(each.partition for each in offsets)
        numbered = {each.partition: offset for each, offset in offsets.items()}
        require_messages(self._topic, numbered, bounds)
        for number, offset in numbered.items():
            end = max(bounds[number].end, self._highwater(TopicPartition(self._topic.name, number)))
            self._health.partitions[number] = PartitionHealth(offset, end)

    # --- taking in -----------------------------------------------------------------------------

    def _take_in(self) -> None:
        """Record what waits, but for partitions that were lost meanwhile."""
        placed = self._assignment.placed
        self._waiting = {each: it for each, it in self._waiting.items() if each in placed}
        if not self._waiting:
            return
        self._require_same_topic()
        while self._waiting:
            try:
                self._record()
            except PositionMoved as error:
                self._give_up(error.details["partition"])

    def _record(self) -> None:
        begun, slices = monotonic(), dict(self._waiting)
        tally = self._taker.take_in([*slices.values()])
        self._waiting.clear()
        offsets = {each: it.next_offset for each, it in slices.items()}
        self._assignment.moved(offsets)
        self._tell(tally, offsets, monotonic() - begun)

    def _give_up(self, number: int) -> None:
        """Another consumer has recorded this partition's messages, or somebody reset it."""
        partition = TopicPartition(self._topic.name, number)
        log.warning("position moved by another consumer", topic=self._topic.name, partition=number)
        self._waiting.pop(partition, None)
        self._assignment.displace(partition)

    def _tell(self, tally: Tally, offsets: dict[Any, int], seconds: float) -> None:
        self._reporting.took_in(tally, seconds)
        for each, offset in offsets.items():
            known = self._health.partitions.get(each.partition, PartitionHealth(0, 0))
            end = max(known.end, offset, self._highwater(each))
            self._health.partitions[each.partition] = PartitionHealth(offset, end)
        committed = {each: OffsetAndMetadata(at, "", -1) for each, at in offsets.items()}
        self._consumer.commit_async(committed)  # for monitoring only

    def _highwater(self, partition: Any) -> int:
        with suppress(KafkaError, KeyError):
            return self._consumer.highwater(partition) or 0
        return 0

    # --- checking ------------------------------------------------------------------------------

    def _check_in_time(self) -> None:
        if monotonic() - self._checked > CHECK_SECONDS:
            self._check()

    def _check(self) -> None:
        """Hold positions against what the topic holds, and pass what holds no message."""
        self._checked = monotonic()
        placed = self._assignment.placed
        for number in self._health.partitions.keys() - {each.partition for each in placed}:
            del self._health.partitions[number]
        if not placed:
            self._health.arrived()
            return
        self._require_same_topic()
        self._heed_resets()
        self._require_messages(self._assignment.placed)
        self._pass_markers()
        if sum(each.lag for each in self._health.partitions.values()) < NEAR:
            self._health.arrived()

    def _require_same_topic(self) -> None:
        """What was read before now is of the topic that the positions are of."""
        require_same(self._topic.name, self._topic.id(), {self._topic_id: {}})

    def _heed_resets(self) -> None:
        """Whoever moved a position by hand need not wait for the next message."""
        known = self._positions.of(self._topic.name).get(self._topic_id, {})
        for each, offset in self._assignment.placed.items():
            if known.get(each.partition, offset) != offset:
                self._give_up(each.partition)

    def _pass_markers(self) -> None:
        """Offsets that hold no message, such as ends of transactions, are read past, too."""
        for partition, offset in self._assignment.placed.items():
            if partition not in self._waiting:
                self._let_wait(partition, offset, [])
        self._waiting = {
            each: it for each, it in self._waiting.items() if it.next_offset > it.read_from
        }
        self._take_in()

    def _is_idle(self, seconds: float) -> bool:
        """Whether no message came for so long, and the brokers have none left for it."""
        if not self._assignment.is_member or self._assignment.unplaced or self._waiting:
            return False
        if monotonic() - self._last_message < seconds or self._health.failing is not None:
            return False
        with suppress(*TRIED_AGAIN):
            self._check()
            has_lag = any(each.lag for each in self._health.partitions.values())
            return not has_lag and not self._assignment.unplaced
        return False
