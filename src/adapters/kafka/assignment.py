"""The partitions that a consumer was given: each waits, paused, until it is placed at the position
that the database knows."""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

from kafka import ConsumerRebalanceListener


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Told of rebalances by the thread of Kafka's client, asked by the consumer's."""

    def __init__(self, consumer: Any) -> None:
        """`consumer` is a KafkaConsumer."""
        self._consumer = consumer
        self._lock = Lock()
        self._unplaced: set[Any] = set()
        self._placed: dict[Any, int] = {}
        self.is_member = False
        """Whether the group has given this consumer its share, be it nothing."""

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        """Let nothing be read of these yet, from wherever Kafka would begin."""
        with self._lock:
            for each in assigned:
                self._consumer.seek(each, 0)  # so that the group's own offset is not asked for
                self._consumer.pause(each)
                self._unplaced.add(each)
            self.is_member = True

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        """They are somebody else's now."""
        with self._lock:
            for each in revoked:
                self._unplaced.discard(each)
                self._placed.pop(each, None)

    @property
    def unplaced(self) -> frozenset[Any]:
        """Those whose position is still to be found."""
        with self._lock:
            return frozenset(self._unplaced)

    @property
    def placed(self) -> dict[Any, int]:
        """Those that are read, with the offset that the database knows to be next."""
        with self._lock:
            return dict(self._placed)

    def place(self, offsets: Mapping[Any, int]) -> None:
        """Read on from these offsets, as far as the partitions are still this consumer's."""
        with self._lock:
            for each, offset in offsets.items():
                if each in self._unplaced:
                    self._unplaced.discard(each)
                    self._consumer.seek(each, offset)
                    self._consumer.resume(each)
                    self._placed[each] = offset

    def displace(self, partition: Any) -> None:
        """Look its position up anew: somebody else has moved it."""
        with self._lock:
            if self._placed.pop(partition, None) is not None:
                self._consumer.pause(partition)
                self._unplaced.add(partition)

    def moved(self, offsets: Mapping[Any, int]) -> None:
        """The database knows these offsets now."""
        with self._lock:
            self._placed |= {each: offsets[each] for each in offsets if each in self._placed}

    def hold(self) -> None:
        """Read nothing for the time being, and stay a member."""
        with self._lock:
            self._consumer.pause(*self._placed)

    def go_on(self) -> None:
        """Read again."""
        with self._lock:
            self._consumer.resume(*self._placed)
