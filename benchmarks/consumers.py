"""Consumers in processes of their own: how fast they take a topic in, and when each message shows.

Joining the group is not measured: a figure begins with the first records that are in hand.
"""

from dataclasses import dataclass, field
from threading import Thread
from time import monotonic, sleep
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from adapters import open_contacts
from adapters.kafka.consumer import BookingConsumer
from adapters.kafka.health import ConsumerHealth
from adapters.kafka.reporting import Observer
from adapters.kafka.settings import KafkaSettings
from adapters.kafka.taking_in import Tally
from benchmarks.processes import Ready

SESSION_MS = 6_000


@dataclass(frozen=True)
class Feed:
    """What a consumer reads."""

    servers: str
    topic: str
    count: int
    """After so many messages it ends."""


@dataclass
class Taken:
    """Which messages were visible when."""

    begun: float = 0.0
    """When the first records were in hand."""
    shown: list[tuple[int, float]] = field(default_factory=list)
    """After each unit: how many messages are committed and visible, and since when."""

    @property
    def seconds(self) -> float:
        """From the first record to the last one that shows."""
        return self.shown[-1][1] - self.begun


class _Watching(Observer):
    """Takes down what is committed, and stops the consumer when it is enough."""

    def __init__(self, count: int) -> None:
        self.taken = Taken()
        self.consumer: BookingConsumer | None = None
        self._left = count
        self._seen = 0

    def took_in(self, tally: Tally, seconds: float) -> None:
        """A unit was committed, with all read models."""
        now = monotonic()
        assert tally.applied == tally.messages, tally
        self.taken.begun = self.taken.begun or now - seconds
        self._seen += tally.messages
        self.taken.shown.append((self._seen, now))
        if self._seen >= self._left and self.consumer is not None:
            self.consumer.stop()

    def failed(self, reason: str) -> None:
        """Nothing may fail while something is measured."""
        raise AssertionError(reason)


def take_in(url: str, feed: Feed, ready: Ready | None = None) -> tuple[float, Taken]:
    """Take all messages in; `ready` is told when just one partition was given to this consumer."""
    health, watching = ConsumerHealth(), _Watching(feed.count)
    settings = KafkaSettings(
        bootstrap_servers=feed.servers,
        topic=feed.topic,
        group=feed.topic,
        session_timeout_ms=SESSION_MS,
    )
    with open_contacts(url) as contacts:
        watching.consumer = BookingConsumer(
            contacts, settings, start="earliest", observer=watching, health=health
        )
        if ready is not None:
            Thread(target=_tell, args=(health, ready), daemon=True).start()
        watching.consumer.run()
    return watching.taken.seconds, watching.taken


def _tell(health: ConsumerHealth, ready: Ready) -> None:
    while len(health.partitions) != 1:
        sleep(0.01)
    ready.tell()


def poll(feed: Feed, ready: Ready | None = None) -> tuple[float, Taken]:
    """Read all messages with the client alone: what a consumer would be that does nothing."""
    taken = Taken()
    partition = TopicPartition(feed.topic, 0)
    consumer = _client(feed, partition)
    if ready is not None:
        ready.tell()
    seen = 0
    while seen < feed.count:
        seen += sum(map(len, consumer.poll(timeout_ms=500).values()))
        now = monotonic()
        taken.begun = taken.begun or now
        taken.shown.append((seen, now))
    consumer.close()
    return taken.seconds, taken


def _client(feed: Feed, partition: TopicPartition) -> Any:
    consumer = KafkaConsumer(bootstrap_servers=feed.servers, enable_auto_commit=False)
    consumer.assign([partition])
    consumer.seek(partition, 0)
    return consumer
