"""The projection worker: follows, leads alone, hands over, and lets its readers wait."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest

from adapters import Contacts
from contacts_domain.commands import TagContact
from contacts_domain.errors import CheckpointBeyondLog, EventParked, WaitTimedOut
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


def test_a_worker_finishes_its_batch_when_stopped(writer: Contacts, reopen: Reopen) -> None:
    """And hands over: no lease is left, and the checkpoint is where the batch ended."""
    for _ in range(50):
        writer.handle(a_contact())
    follower = reopen(catch_up=False)
    follower.engine.batch_size = 10
    with a_worker(follower) as worker:
        until(lambda: worker.health.leads)
        worker.stop()
    assert {each.position % 10 for each in writer.projection_status()} == {0}
    with writer.engine.database.writing() as connection:
        unled = list(writer.engine.checkpoints.unled(connection, writer.engine.leadership))
    assert len(unled) == 2


def test_a_checkpoint_beyond_the_log_stops_the_worker(writer: Contacts, reopen: Reopen) -> None:
    """No patience can mend a restored backup."""
    with writer.engine.database.writing() as connection:
        for checkpoint in writer.engine.checkpoints.active(connection).values():
            writer.engine.checkpoints.move(connection, checkpoint, 5, 0)
    worker = reopen(catch_up=False).worker(holder="worker")
    with pytest.raises(CheckpointBeyondLog):
        worker.run()
