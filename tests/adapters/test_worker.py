"""The projection worker: follows, leads alone, hands over, and lets its readers wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from adapters import Contacts
from adapters.worker import Observer, ProjectionWorker
from adapters.worker_health import Rebuilding, WorkerHealth
from contacts_domain.commands import TagContact
from contacts_domain.errors import (
    CheckpointBeyondLog,
    EventParked,
    RebuildCancelled,
    WaitTimedOut,
)
from tests.adapters import raw_database
from tests.adapters.workers import a_worker, until
from tests.builders import ORGANIZER, a_contact
from tests.projections.test_retrying import failing_on
from tests.read_tables import all_rows

Reopen = Callable[..., Contacts]
SHORT_LEASE = timedelta(seconds=1)


@pytest.fixture
def writer(reopen: Reopen) -> Contacts:
    """An address book whose read models a worker follows."""
    return reopen(follow="worker")


def test_a_worker_follows_what_others_write(writer: Contacts, reopen: Reopen) -> None:
    """A receipt waits until the read models show it."""
    with a_worker(reopen(catch_up=False)):
        for number in range(20):
            receipt = writer.handle(a_contact(first_name=f"Ada {number}"))
            receipt.wait()
            assert writer.contact_list.find(ORGANIZER, receipt.id).first_name == f"Ada {number}"
    assert {each.lag_events for each in writer.projection_status()} == {0}


def test_waiting_without_a_worker_ends(writer: Contacts) -> None:
    """After the given time, with what is behind."""
    receipt = writer.handle(a_contact())
    begun = monotonic()
    with pytest.raises(WaitTimedOut) as timeout:
        receipt.wait(0.2)
    assert 0.2 <= monotonic() - begun < 5
    assert timeout.value.details["behind"] == ["activity", "contacts"]
    writer.catch_up()
    receipt.wait(0)
    writer.wait_for(receipt.position, 0)


def test_waiting_for_a_parked_event_says_so(writer: Contacts, reopen: Reopen) -> None:
    """Whoever waits for it would wait for ever."""
    receipt = writer.handle(a_contact())
    later = writer.handle(a_contact())
    with failing_on(10**9, receipt.position):
        writer.catch_up()
    with pytest.raises(EventParked):
        receipt.wait()
    with pytest.raises(EventParked):
        writer.wait_for(receipt.position)
    later.wait()


def test_inline_following_waits_at_once(contacts: Contacts) -> None:
    """Nothing is behind, so nobody waits."""
    contacts.handle(a_contact()).wait(0)


def test_commands_leave_a_led_projection_to_its_worker(contacts: Contacts, reopen: Reopen) -> None:
    """Inline followers and a worker never fold the same event, and nothing is left out."""
    with a_worker(reopen(catch_up=False)) as worker:
        until(lambda: worker.health.leads == {"contacts": True, "activity": True})
        receipts = [contacts.handle(a_contact()) for _ in range(30)]
        receipts[-1].wait()
        assert contacts.contact_list.page(ORGANIZER).total == 30
    live = all_rows(contacts)
    contacts.handle(a_contact()).wait(0)  # handed over at the head: followed inline again
    assert contacts.contact_list.page(ORGANIZER).total == 31
    contacts.rebuild()
    assert {name: len(rows) for name, rows in live.items()}.keys() == all_rows(contacts).keys()


def test_one_worker_leads_and_another_stands_by(writer: Contacts, reopen: Reopen) -> None:
    """When the leader stops, the standby takes over within moments, not after the lease."""
    with a_worker(reopen(catch_up=False), "first") as first:
        until(lambda: all(first.health.leads.values()) and first.health.leads)
        with a_worker(reopen(catch_up=False), "second") as second:
            until(lambda: second.health.leads == {"contacts": False, "activity": False})
            writer.handle(a_contact()).wait()
            first.stop()
            begun = monotonic()
            until(lambda: all(second.health.leads.values()))
            assert monotonic() - begun < 5
            writer.handle(a_contact()).wait()


def test_a_leader_that_dies_is_followed_after_its_lease(writer: Contacts, reopen: Reopen) -> None:
    """A lease that nobody prolongs runs out; until then the standby keeps its hands off."""
    with writer.engine.database.writing() as connection:
        for name in writer.engine.projections:
            assert writer.engine.leadership.lead(connection, name, "dead", SHORT_LEASE)
    begun = monotonic()
    writer.handle(a_contact())
    with a_worker(reopen(catch_up=False), lease=SHORT_LEASE) as worker:
        until(lambda: worker.health.leads == {"contacts": False, "activity": False})
        assert monotonic() - begun < 1
        until(lambda: all(worker.health.leads.values()))
        assert monotonic() - begun >= 0.9
        writer.wait_for(1)


def test_a_worker_that_lost_its_lease_folds_nothing_twice(writer: Contacts, reopen: Reopen) -> None:
    """Two workers with a lease that runs out all the time end in the same rows as one."""
    tiny = timedelta(milliseconds=20)
    ada = writer.handle(a_contact()).id
    with (
        a_worker(reopen(catch_up=False), "one", lease=tiny, poll_seconds=0.01),
        a_worker(reopen(catch_up=False), "two", lease=tiny, poll_seconds=0.01),
    ):
        for number in range(60):
            tags = (f"tag {number}",)
            receipt = writer.handle(TagContact(organizer_id=ORGANIZER, contact_id=ada, tags=tags))
        receipt.wait()
    followed = all_rows(writer)
    writer.rebuild()
    assert all_rows(writer) == followed


def leaders(contacts: Contacts) -> int:
    """How many leases have not been given up."""
    with contacts.engine.database.reading() as connection:
        return len(connection.execute(select(contacts.engine.leadership.table)).all())


def positions(contacts: Contacts) -> set[int]:
    """Where the projections stand."""
    return {each.position for each in contacts.projection_status()}


def test_a_worker_that_stops_brings_what_it_leads_to_the_head(
    writer: Contacts, contacts: Contacts, reopen: Reopen
) -> None:
    """However many batches that takes: no lease is left, and commands follow inline again."""
    for _ in range(50):
        writer.handle(a_contact())
    follower = reopen(catch_up=False, follow="worker")
    follower.engine.batch_size = 10
    with a_worker(follower) as worker:
        until(lambda: worker.health.leads)
        worker.stop()
    assert positions(writer) == {50}
    assert leaders(writer) == 0
    contacts.handle(a_contact()).wait(0)


def test_a_worker_that_cannot_come_to_the_head_in_time_stops_at_the_end_of_a_batch(
    writer: Contacts, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far behind, it gives its leases up where it is."""
    monkeypatch.setattr("adapters.worker.LAST_ROUNDS_SECONDS", 0)
    for _ in range(50):
        writer.handle(a_contact())
    follower = reopen(catch_up=False, follow="worker")
    follower.engine.batch_size = 10
    observer = StoppedBy()
    worker = follower.worker(holder="worker", observer=observer)
    observer.worker = worker
    worker.run()
    assert positions(writer) == {10}
    assert leaders(writer) == 0


class StoppedBy(Observer):
    """Stops a worker after its first batch."""

    worker: ProjectionWorker

    def folded(self, *_about: object) -> None:
        """Stop it."""
        self.worker.stop()


def test_a_worker_that_stops_does_not_wait_for_the_locks_of_others(
    writer: Contacts, reopen: Reopen, database: str
) -> None:
    """Somebody holds the log for long: it ends within two seconds, with its leases given up where
    that needs no lock of theirs, else left to run out."""
    with a_worker(reopen(catch_up=False)) as worker:
        writer.handle(a_contact()).wait()
        with a_log_that_is_held(database):
            begun = monotonic()
            with capture_logs() as lines:
                worker.stop()
                until(lambda: "worker stopped" in [each["event"] for each in lines])
            assert monotonic() - begun < 4
    failed = [each for each in lines if each["log_level"] == "warning"]
    assert {each["reason"] for each in failed} == {"database_busy"}
    if database.startswith("sqlite"):
        assert [each["event"] for each in failed][-1] == "leases left to run out"
    else:
        assert [each["event"] for each in failed] == ["handed over behind the head"]
        assert leaders(writer) == 0


@contextmanager
def a_log_that_is_held(database: str) -> Iterator[None]:
    """Somebody else is recording, and does not come to an end."""
    with raw_database.connected(database) as connection:
        if database.startswith("sqlite"):
            driver: Any = connection.connection.dbapi_connection
            driver.execute("BEGIN IMMEDIATE")
            yield
            driver.rollback()
        else:
            connection.exec_driver_sql("SELECT * FROM log_head FOR UPDATE")
            yield


def test_a_worker_says_why_it_tries_again(writer: Contacts, database: str) -> None:
    """Once per reason, in the error's own words, and again when it goes on; meanwhile nobody knows
    who leads."""
    with capture_logs() as lines, pytest.MonkeyPatch.context() as patch:
        patch.setattr("adapters.worker.ROUND_PATIENCE", timedelta(milliseconds=10))
        with a_worker(writer, lease=SHORT_LEASE) as worker:
            until(worker.health.is_ready)
            with leases_that_are_held(database):
                until(lambda: worker.health.failing)
                assert worker.health.failing == "database_busy"
                assert "Another connection holds" in str(worker.health.why)
                assert worker.health.leads == {}
                assert worker.health.is_alive()
                assert not worker.health.is_ready()
                sleep(0.5)
            until(worker.health.is_ready)
            assert (worker.health.failing, worker.health.why) == (None, None)
    (failed,) = [each for each in lines if each["event"] == "database out of reach"]
    assert failed["reason"] == "database_busy"
    assert failed["why"].startswith("Another connection holds")
    assert len([each for each in lines if each["event"] == "database reached again"]) == 1


@contextmanager
def leases_that_are_held(database: str) -> Iterator[None]:
    """Nobody can take or prolong one."""
    if database.startswith("sqlite"):
        with a_log_that_is_held(database):
            yield
        return
    with raw_database.connected(database) as connection:
        connection.exec_driver_sql("LOCK TABLE projection_leaders IN EXCLUSIVE MODE")
        yield


# --- after an upgrade --------------------------------------------------------------------------


@pytest.fixture
def outdated(writer: Contacts, database: str) -> Contacts:
    """Fifty contacts, and a projection as an earlier version made it."""
    for _ in range(50):
        writer.handle(a_contact())
    writer.catch_up()
    raw_database.change(
        database,
        "UPDATE projection_checkpoints SET shape = '1-earlier' WHERE projection = 'activity'",
    )
    return writer


def test_a_worker_rebuilds_what_another_version_made_before_it_follows(
    outdated: Contacts, reopen: Reopen
) -> None:
    """It says so, tells how far it has come, and is ready when it has followed."""
    follower = reopen(catch_up=False, follow="worker")
    follower.engine.rebuild_batch_size = 1
    health = Remembering()
    with capture_logs() as lines, a_worker(follower, health=health):
        until(health.is_ready)
    assert outdated.engine.outdated() == []
    assert health.seen[0] == Rebuilding("activity")
    assert health.seen[1] == Rebuilding("activity", 1, 50)
    assert health.seen[-2:] == [Rebuilding("activity", 50, 50), None]
    (begun,) = [each for each in lines if each["event"].startswith("rebuilding")]
    assert begun["projections"] == ["activity"]
    assert [each["projection"] for each in lines if each["event"] == "rebuilt"] == ["activity"]


class Remembering(WorkerHealth):
    """Keeps what was said of rebuilds, and does something when the tenth event is folded."""

    def __init__(self, at_ten: Callable[[], object] = lambda: None) -> None:
        self.seen: list[Rebuilding | None] = []
        self.at_ten = at_ten
        super().__init__()
        self.seen.clear()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "rebuilding":
            self.seen.append(value)
            if value is not None and value.done == 10:
                self.at_ten()


def test_a_worker_that_is_stopped_while_it_rebuilds_ends_after_the_batch(
    outdated: Contacts, reopen: Reopen
) -> None:
    """And gives the rebuild up, so that the next one can go on at once."""
    follower = reopen(catch_up=False, follow="worker")
    follower.engine.rebuild_batch_size = 1
    health = Remembering()
    worker = follower.worker(holder="worker", health=health)
    health.at_ten = worker.stop
    worker.run()
    assert health.seen[-2:] == [Rebuilding("activity", 10, 50), None]
    assert outdated.engine.outdated() == ["activity"]
    assert leaders(outdated) == 0
    assert [each.projection for each in outdated.rebuild_outdated()] == ["activity"]


def test_a_rebuild_that_is_cancelled_ends_the_worker(outdated: Contacts, reopen: Reopen) -> None:
    """The old read tables stay, and its health says why."""
    follower = reopen(catch_up=False, follow="worker")
    follower.engine.rebuild_batch_size = 1
    health = Remembering(at_ten=lambda: outdated.cancel_rebuild("activity"))
    with pytest.raises(RebuildCancelled):
        follower.worker(holder="worker", health=health).run()
    assert (health.failing, health.rebuilding) == ("rebuild_cancelled", None)
    assert outdated.engine.outdated() == ["activity"]
    assert leaders(outdated) == 0


def test_a_worker_waits_for_the_rebuild_of_another_and_says_so(
    outdated: Contacts, reopen: Reopen
) -> None:
    """It tells how far the other has come, and can be stopped meanwhile."""
    with outdated.engine.database.writing() as connection:
        hour = timedelta(hours=1)
        outdated.engine.leadership.lead(connection, "rebuild of activity", "another", hour)
    with capture_logs() as lines, a_worker(reopen(catch_up=False)) as worker:
        waiting = Rebuilding("activity", 0, 50, by_another=True)
        until(lambda: worker.health.rebuilding == waiting)
        worker.stop()
        begun = monotonic()
    assert monotonic() - begun < 3
    (line,) = [each for each in lines if each["event"] == "waiting for another's rebuild"]
    assert line["projections"] == ["activity"]


def test_a_checkpoint_beyond_the_log_stops_the_worker(writer: Contacts, reopen: Reopen) -> None:
    """No patience can mend a restored backup."""
    with writer.engine.database.writing() as connection:
        for checkpoint in writer.engine.checkpoints.active(connection).values():
            writer.engine.checkpoints.move(connection, checkpoint, 5, 0)
    worker = reopen(catch_up=False).worker(holder="worker")
    with pytest.raises(CheckpointBeyondLog):
        worker.run()
