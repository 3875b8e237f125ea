"""What operators measure of a consumer, for Prometheus (extra `metrics`). No label holds personal
data."""

from collections.abc import Iterator

from adapters.kafka.health import ConsumerHealth
from adapters.kafka.reporting import Observer
from adapters.kafka.taking_in import Tally
from contacts_domain.errors import SettingsError

try:
    from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
    from prometheus_client.core import GaugeMetricFamily, Metric
except ImportError:
    raise SettingsError(
        "Metrics need the package prometheus-client; install contacts-domain[metrics]."
    ) from None


class ConsumerMetrics(Observer):
    """The metrics of one process; observes its consumer."""

    def __init__(self, topic: str, health: ConsumerHealth) -> None:
        """`health` is asked for the partitions whenever the metrics are read."""
        self._topic = topic
        self._health = health
        self._registry = CollectorRegistry()
        self._messages = Counter(
            "contacts_booking_messages",
            "Messages taken in, by what became of them: applied, duplicate or parked",
            ("outcome",),
            registry=self._registry,
        )
        for outcome in ("applied", "duplicate", "parked"):
            self._messages.labels(outcome)  # so that a rate can be told from the first one on
        self._seconds = Histogram(
            "contacts_booking_unit_seconds",
            "Time of a unit of work, with its transaction",
            registry=self._registry,
        )
        self._retries = Counter(
            "contacts_booking_retries",
            "Attempts that the database or the brokers did not let this consumer do",
            ("reason",),
            registry=self._registry,
        )
        self._registry.register(self)

    def took_in(self, tally: Tally, seconds: float) -> None:
        """A unit was committed."""
        self._messages.labels("applied").inc(tally.applied)
        self._messages.labels("duplicate").inc(tally.duplicates)
        self._messages.labels("parked").inc(tally.parked)
        self._seconds.observe(seconds)

    def failed(self, reason: str) -> None:
        """Something will be tried again."""
        self._retries.labels(reason).inc()

    def collect(self) -> Iterator[Metric]:
        """Where the partitions of this consumer stand now, and its last error."""
        labels = ["topic", "partition"]
        position = GaugeMetricFamily(
            "contacts_booking_position", "Offset of the next message", labels=labels
        )
        lag = GaugeMetricFamily(
            "contacts_booking_lag", "Offsets still to be taken in", labels=labels
        )
        for number, each in sorted(self._health.partitions.copy().items()):
            position.add_metric([self._topic, str(number)], each.position)
            lag.add_metric([self._topic, str(number)], each.lag)
        yield position
        yield lag
        error = GaugeMetricFamily(
            "contacts_booking_last_error_timestamp_seconds",
            "When this consumer last failed on something",
            labels=["reason"],
        )
        if self._health.last_error is not None and self._health.last_error_at is not None:
            error.add_metric([self._health.last_error], self._health.last_error_at.timestamp())
        yield error

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: there are no partitions yet."""
        yield from ()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
