"""`contacts bookings consume`: the consumer, as a process that operators start and stop."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from adapters.cli.long_running import LongRunning, can_measure
from adapters.cli.output import facts
from adapters.cli.session import InSession
from adapters.files import opened_for_reading
from contacts_domain.errors import InvalidQuery


def consume(
    *,
    bootstrap_servers: str | None = None,
    topic: str | None = None,
    group: str | None = None,
    from_: str | None = None,
    until_idle: float | None = None,
    probes: str | None = None,
    known_organizers: Path | None = None,
    session: InSession,
) -> None:
    """Take booking messages in from Kafka until SIGTERM, SIGHUP or Ctrl-C, which finish the poll.

    Every message has its effect once, whatever fails; several processes of a group share the
    partitions. Brokers and a database that are away are waited for. Messages that mean no booking
    are parked. Logs are JSON lines on standard error. Credentials come from the environment:
    CONTACTS_KAFKA_SASL_USERNAME and others.

    Parameters
    ----------
    bootstrap_servers
        HOST:PORT of some brokers, with commas (CONTACTS_KAFKA_BOOTSTRAP_SERVERS; localhost:9092).
    topic
        The topic (CONTACTS_KAFKA_TOPIC; bookings). It is not made.
    group
        The consumer group (CONTACTS_KAFKA_GROUP; contacts).
    from_
        Where to begin with a topic that was never read: earliest, latest, or an offset for every
        partition, like 0:120,1:77. Later the database knows, and this has no effect.
    until_idle
        End when no message came for so many seconds and none is left.
    probes
        HOST:PORT for GET /health, /ready and, with the extra `metrics`, /metrics.
    known_organizers
        A file with an organizer's id a line; messages of others are parked.
    """
    from adapters.kafka.consumer import BookingConsumer  # the extra need not be installed
    from adapters.kafka.health import ConsumerHealth
    from adapters.kafka.reporting import Observer
    from adapters.kafka.settings import KafkaSettings
    from adapters.kafka.starting import parsed_starting_point

    if session.organizer_given is not None:
        raise InvalidQuery(
            "A consumer takes in the messages of all organizers. Leave --organizer out, or name "
            "those that are known with --known-organizers."
        )
    if until_idle is not None and not 0 < until_idle <= 86_400:
        raise InvalidQuery("Idle means more than 0 and at most 86,400 seconds without a message.")
    start = None if from_ is None else parsed_starting_point(from_)
    settings = KafkaSettings.read(bootstrap_servers=bootstrap_servers, topic=topic, group=group)
    knows = None if known_organizers is None else _known(known_organizers)
    health, observer, metrics = ConsumerHealth(), Observer(), None
    if can_measure():
        from adapters.kafka.metrics import ConsumerMetrics

        observer = measured = ConsumerMetrics(settings.topic, health)
        metrics = measured.text
    process = LongRunning("consumer", health, observer)
    with process.running(probes, metrics), process.opened(session.open) as contacts:
        consumer = BookingConsumer(
            contacts,
            settings,
            start=start,
            actor=session.actor,
            knows_organizer=knows,
            observer=observer,
            health=health,
        )
        if process.stops(consumer):
            consumer.run(until_idle=until_idle)
    document = asdict(health.taken_in)
    session.output.show(document, lambda: [facts([*document.items()])])


def _known(path: Path) -> Callable[[str], bool]:
    """Raises UnreadableFile."""
    with opened_for_reading(path) as file:
        known = {line.decode(errors="replace").strip() for line in file}
    return known.__contains__
