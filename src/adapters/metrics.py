"""What operators measure, for Prometheus (extra `metrics`): where projections stand, and what this
worker does. No label holds personal data."""

from collections.abc import Callable, Iterator, Sequence

from adapters.projection_status import ProjectionStatus, RebuildStatus
from adapters.worker import Observer
from contacts_domain.errors import SettingsError

try:
    from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
    from prometheus_client.core import GaugeMetricFamily, Metric
except ImportError:
    raise SettingsError(
        "Metrics need the package prometheus-client; install contacts-domain[metrics]."
    ) from None

BATCH_BUCKETS = (1, 5, 10, 50, 100, 500, 1_000)

GAUGES: dict[str, tuple[str, Callable[[ProjectionStatus], float]]] = {
    "contacts_projection_position": (
        "Position of the last event folded",
        lambda each: each.position,
    ),
    "contacts_projection_lag_events": ("Events still to be folded", lambda each: each.lag_events),
    "contacts_projection_lag_seconds": (
        "Age of the oldest event still to be folded",
        lambda each: each.lag_seconds,
    ),
    "contacts_projection_parked": ("Events set aside", lambda each: each.parked),
    "contacts_projection_generation": (
        "Generation that readers see",
        lambda each: each.generation,
    ),
}


class Metrics(Observer):
    """The metrics of one process; observes its worker."""

    def __init__(
        self,
        status: Callable[[], Sequence[ProjectionStatus]],
        rebuilds: Callable[[], Sequence[RebuildStatus]],
    ) -> None:
        """`status` and `rebuilds` are asked whenever the metrics are read."""
        self._status = status
        self._rebuilds = rebuilds
        self._registry = CollectorRegistry()
        labels = ("projection",)
        self._events = Counter(
            "contacts_projection_events",
            "Positions passed by this worker; its rate is the rate of following",
            labels,
            registry=self._registry,
        )
        self._batch = Histogram(
            "contacts_projection_batch_events",
            "Events in a batch",
            labels,
            buckets=BATCH_BUCKETS,
            registry=self._registry,
        )
        self._seconds = Histogram(
            "contacts_projection_batch_seconds",
            "Time of a batch, with its transaction",
            labels,
            registry=self._registry,
        )
        self._failures = Counter(
            "contacts_projection_failed_rounds",
            "Rounds that the database did not let this worker do",
            ("reason",),
            registry=self._registry,
        )
        self._registry.register(self)

    def folded(self, projection: str, events: int, seconds: float) -> None:
        """A batch was committed."""
        self._events.labels(projection).inc(events)
        self._batch.labels(projection).observe(events)
        self._seconds.labels(projection).observe(seconds)

    def failed(self, reason: str) -> None:
        """A round could not be done and will be tried again."""
        self._failures.labels(reason).inc()

    def collect(self) -> Iterator[Metric]:
        """Where the projections stand now."""
        statuses = self._status()
        head = GaugeMetricFamily("contacts_log_head", "Position of the last event in the log")
        head.add_metric([], max((each.head for each in statuses), default=0))
        yield head
        for name, (documentation, value) in GAUGES.items():
            gauge = GaugeMetricFamily(name, documentation, labels=["projection"])
            for each in statuses:
                gauge.add_metric([each.projection], value(each))
            yield gauge
        progress = GaugeMetricFamily(
            "contacts_projection_rebuild_progress",
            "How much of the log a rebuild has folded, 0 to 1",
            labels=["projection"],
        )
        for rebuild in self._rebuilds():
            progress.add_metric([rebuild.projection], rebuild.progress)
        yield progress

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        yield from ()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
