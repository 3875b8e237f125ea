"""What operators measure: where the projections stand, and what a worker did."""

from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from adapters import Contacts
from adapters.metrics import Metrics
from tests.adapters.workers import a_worker
from tests.builders import a_contact
from tests.projections.test_retrying import failing_on
from tests.scenario import Clock

Reopen = Callable[..., Contacts]


def a_measured(contacts: Contacts) -> Metrics:
    """The metrics of an address book."""
    return Metrics(contacts.projection_status, contacts.rebuild_status)


def values(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Name and labels of every sample, but for the buckets of histograms."""
    return {
        (sample.name.removeprefix("contacts_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if "le" not in sample.labels and not sample.name.endswith("_created")
    }


def test_lag_is_told_in_events_and_seconds(reopen: Reopen, clock: Clock) -> None:
    """Seconds since the oldest event that is still to be folded; nothing once it is."""
    contacts = reopen(follow="worker")
    metrics = a_measured(contacts)
    assert values(metrics)["projection_lag_seconds", "contacts"] == 0
    contacts.handle(a_contact())
    clock.forward(seconds=30)
    contacts.handle(a_contact())
    clock.forward(seconds=12)
    told = values(metrics)
    assert told["log_head",] == 2
    assert told["projection_position", "contacts"] == 0
    assert told["projection_lag_events", "contacts"] == 2
    assert told["projection_lag_seconds", "contacts"] == 42
    contacts.catch_up()
    told = values(metrics)
    assert told["projection_position", "contacts"] == 2
    assert told["projection_lag_events", "contacts"] == 0
    assert told["projection_lag_seconds", "contacts"] == 0


def test_parked_events_are_counted_per_projection(contacts: Contacts) -> None:
    """Until they are retried."""
    metrics = a_measured(contacts)
    with failing_on(1):
        contacts.handle(a_contact())
    assert values(metrics)["projection_parked", "contacts"] == 1
    assert values(metrics)["projection_parked", "activity"] == 0
    contacts.retry_parked("contacts")
    assert values(metrics)["projection_parked", "contacts"] == 0


def test_a_rebuild_tells_its_progress(contacts: Contacts) -> None:
    """From 0 to 1 while it is under way; nothing otherwise."""
    metrics = a_measured(contacts)
    seen: list[float] = []
    for _ in range(4):
        contacts.handle(a_contact())
    contacts.engine.rebuild_batch_size = 1
    name = ("projection_rebuild_progress", "contacts")
    contacts.rebuild("contacts", on_progress=lambda _: seen.append(values(metrics).get(name, -1)))
    assert seen == [0.25, 0.5, 0.75, -1]
    assert name not in values(metrics)
    assert values(metrics)["projection_generation", "contacts"] == 2


def test_a_worker_counts_what_it_does(reopen: Reopen) -> None:
    """Events passed, batches and their time, and rounds that failed."""
    contacts = reopen(follow="worker")
    contacts.engine.batch_size = 4
    metrics = a_measured(contacts)
    for _ in range(10):
        contacts.handle(a_contact())
    with a_worker(contacts, observer=metrics):
        contacts.wait_for(10, timeout=30)
    told = values(metrics)
    for name in contacts.engine.projections:
        assert told["projection_events_total", name] == 10
        assert told["projection_batch_events_sum", name] == 10
        assert told["projection_batch_events_count", name] >= 3
        assert told["projection_batch_seconds_sum", name] > 0
    metrics.failed("database_unavailable")
    assert values(metrics)["projection_failed_rounds_total", "database_unavailable"] == 1
