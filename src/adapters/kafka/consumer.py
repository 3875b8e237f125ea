"""The consumer: booking messages become commands, exactly once, whatever fails.

Its position lives in the database, in the transaction of the events it caused; what the consumer
group has committed serves monitoring only.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from adapters.address_book import Contacts
from adapters.event_store.waking import Stop
from adapters.kafka.failures import translated
from adapters.kafka.health import ConsumerHealth
from adapters.kafka.membership import (
    FIRST_RETRY_SECONDS,
    LONGEST_PAUSE_SECONDS,
    TRIED_AGAIN,
    Membership,
)
from adapters.kafka.reporting import Observer, Reporting
from adapters.kafka.settings import KafkaSettings
from adapters.kafka.starting import StartingPoint, positions_in
from adapters.kafka.taking_in import KnowsOrganizer, Taker, Tally
from adapters.kafka.topic import Topic, topic_of

CLOSE_MS = 5_000
"""How long leaving the group may take."""

log = structlog.get_logger("contacts.consumer")


class BookingConsumer:
    """Takes one topic in, sharing its partitions with all consumers of the group; one thread."""

    def __init__(
        self,
        contacts: Contacts,
        settings: KafkaSettings,
        *,
        start: StartingPoint | None = None,
        actor: str = "",
        knows_organizer: KnowsOrganizer | None = None,
        observer: Observer | None = None,
        health: ConsumerHealth | None = None,
    ) -> None:
        """`start` says where a topic begins that was never read; later it has no effect. `actor`
        stands in the history. Messages of organizers that `knows_organizer` denies are parked;
        while it raises, nothing is taken in and it is asked again."""
        self._contacts = contacts
        self._settings = settings
        self._start = start
        self._taker = Taker(contacts, actor=actor, knows=knows_organizer)
        self.health = health or ConsumerHealth()
        self._reporting = Reporting(self.health, observer or Observer())
        self._stopping = Stop()

    def stop(self) -> None:
        """End `run` after the unit at hand; may be called from a signal handler."""
        self._stopping.set()

    def run(self, *, until_idle: float | None = None) -> Tally:
        """Take messages in until `stop`, or until none came for so many seconds and none is left.

        Brokers and databases that are away are waited for. Raises what no patience can mend:
        BrokerRefused, UnknownTopic, StartingPointNeeded, MessagesMissing, TopicRecreated,
        InvalidQuery for a starting point that does not fit the topic, SettingsError, and
        StorageError of a damaged database.
        """
        log.info("consumer started", **self._settings.told())
        pause = FIRST_RETRY_SECONDS
        while not self._stopping.is_set():
            self.health.turned()
            try:
                with self._connected() as membership:
                    membership.run(until_idle)
                break
            except TRIED_AGAIN as error:  # it never came to read
                self._reporting.failed(error)
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        log.info("consumer stopped")
        return self.health.taken_in

    @contextmanager
    def _connected(self) -> Iterator[Membership]:
        with topic_of(self._settings) as topic:
            self._refuse_early(topic)
            with translated():
                consumer = KafkaConsumer(**self._settings.consumer_options())
            try:
                yield Membership(
                    topic,
                    consumer,
                    self._contacts.consumer_positions,
                    self._taker,
                    self._reporting,
                    self._stopping,
                    self._start,
                )
            finally:
                with suppress(KafkaError):
                    consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    def _refuse_early(self, topic: Topic) -> None:
        """Joining takes its time, and a client of a topic that is not there waits for it."""
        positions_in(topic, topic.id(), self._contacts.consumer_positions, self._start)
