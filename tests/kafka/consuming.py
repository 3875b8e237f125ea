"""Consumers that tests run: to the end of a topic, in a thread, or as a process of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from adapters import Contacts
from adapters.kafka.consumer import BookingConsumer
from adapters.kafka.settings import KafkaSettings
from adapters.kafka.starting import StartingPoint
from adapters.kafka.taking_in import Tally
from tests.acceptance.messages import a_message
from tests.adapters.workers import until
from tests.servers.kafka import KafkaBroker, Message

IDLE_SECONDS = 0.3
ORGANIZER = "acme"


def a_record(kind: str = "created", **data: Any) -> Message:
    """A booking message as it is produced: by its organizer, in structured mode."""
    return (data.get("organizer_id", ORGANIZER).encode(), a_message(kind, **data), [])


def some_records(count: int, first: int = 0) -> list[Message]:
    """Bookings of as many people."""
    return [
        a_record(id=f"e-{n}", booking_id=f"b-{n}", invitee_email=f"p{n}@example.org")
        for n in range(first, first + count)
    ]


def settings_of(broker: KafkaBroker, topic: str, **options: Any) -> KafkaSettings:
    """How a broker of the tests is read; sessions are short, so that tests are."""
    given = {"session_timeout_ms": 2_000, "group": topic, **options}
    return KafkaSettings(bootstrap_servers=broker.bootstrap_servers, topic=topic, **given)


def a_consumer(
    contacts: Contacts,
    broker: KafkaBroker,
    topic: str,
    *,
    start: StartingPoint | None = "earliest",
    actor: str = "",
    knows_organizer: Any = None,
    **options: Any,
) -> BookingConsumer:
    """A consumer that is still to be run."""
    return BookingConsumer(
        contacts,
        settings_of(broker, topic, **options),
        start=start,
        actor=actor,
        knows_organizer=knows_organizer,
    )


def consumed(contacts: Contacts, broker: KafkaBroker, topic: str, **options: Any) -> Tally:
    """Take everything in that the topic holds; what became of it."""
    return a_consumer(contacts, broker, topic, **options).run(until_idle=IDLE_SECONDS)


class Consuming:
    """A consumer in a thread of its own."""

    def __init__(self, consumer: BookingConsumer) -> None:
        self.consumer = consumer
        self.health = consumer.health
        self.error: BaseException | None = None
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.consumer.run()
        except BaseException as error:
            self.error = error

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    def reads(self, *partitions: int) -> bool:
        """Whether it has been given just these."""
        return sorted(self.health.partitions) == sorted(partitions)

    def join(self, seconds: float = 30) -> None:
        """Wait until it has ended by itself."""
        self._thread.join(seconds)
        assert not self._thread.is_alive()

    def stop(self) -> None:
        """End it and wait for that."""
        self.consumer.stop()
        self.join()


@contextmanager
def consuming(
    contacts: Contacts, broker: KafkaBroker, topic: str, **options: Any
) -> Iterator[Consuming]:
    """A consumer that goes on until the end of the `with`, and fails on nothing."""
    running = Consuming(a_consumer(contacts, broker, topic, **options))
    try:
        yield running
    finally:
        running.stop()
    if running.error is not None:
        raise running.error


def all_taken_in(contacts: Contacts, topic: str, count: int) -> None:
    """Wait until the positions of all partitions together come to so many messages."""
    until(lambda: sum(positions(contacts, topic).values()) >= count)


def positions(contacts: Contacts, topic: str) -> dict[int, int]:
    """Partition -> next offset, as the database knows."""
    found = [each for each in contacts.consumer_positions.all() if each.source == topic]
    return {each.partition: each.next_offset for each in found}
