"""Checkpoints always reach the observed head, move by compare-and-set, and never pass the log."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

import pytest

from adapters import Contacts
from contacts_domain.errors import CheckpointBeyondLog, CheckpointMoved
from projections import retiring
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact, a_group
from tests.scenario import Clock


def test_a_checkpoint_passes_events_that_nobody_handles(contacts: Contacts) -> None:
    """A group is no activity, yet the activity projection is at the head."""
    receipt = contacts.handle(a_group())
    assert {each.position for each in contacts.projection_status()} == {receipt.position}


def test_a_follower_that_is_behind_catches_up_on_open(
    reopen: Callable[..., Contacts], clock: Clock
) -> None:
    """Events that no read table saw are folded when the address book is opened."""
    writer = reopen(follow="worker")
    writer.handle(a_contact())
    clock.forward(seconds=90)
    status = writer.projection_status()[0]
    assert (status.position, status.lag_events, status.lag_seconds) == (0, 1, 90.0)
    assert reopen().contact_list.page(ORGANIZER).total == 1


def test_inline_following_brings_a_projection_to_the_head_that_is_a_little_behind(
    reopen: Callable[..., Contacts],
) -> None:
    """As after a worker's end: the command that comes next closes the gap, in order."""
    reopen(follow="worker").handle(a_contact(email="first@example.org"))
    contacts = reopen(catch_up=False)
    contacts.handle(a_contact(email="second@example.org"))
    assert contacts.contact_list.page(ORGANIZER).total == 2
    assert {each.lag_events for each in contacts.projection_status()} == {0}


def test_inline_following_brings_a_projection_nearer_that_is_far_behind(
    reopen: Callable[..., Contacts],
) -> None:
    """A command never folds its events past a gap, nor more than a batch; the next ones go on."""
    writer = reopen(follow="worker")
    for number in range(5):
        writer.handle(a_contact(email=f"{number}@example.org"))
    contacts = reopen(catch_up=False)
    contacts.engine.batch_size = 2
    shown = []
    for number in range(4):
        contacts.handle(a_contact(email=f"inline{number}@example.org"))
        shown.append(contacts.contact_list.page(ORGANIZER).total)
    assert shown == [3, 6, 8, 9]


def test_a_checkpoint_moves_only_from_where_it_was_read(contacts: Contacts) -> None:
    """Two followers cannot fold the same batch twice."""
    contacts.handle(a_contact())
    engine = contacts.engine
    with engine.database.reading() as connection:
        seen = engine.checkpoints.active(connection)["contacts"]
    with engine.database.writing() as connection:
        engine.checkpoints.move(connection, seen, seen.position + 1, 0)
    with pytest.raises(CheckpointMoved), engine.database.writing() as connection:
        engine.checkpoints.move(connection, seen, seen.position + 1, 0)


def test_a_checkpoint_beyond_the_log_stops_with_a_clear_error(
    contacts: Contacts, reopen: Callable[..., Contacts], database: str
) -> None:
    """As after restoring an older log: opening names the projection, a rebuild heals it."""
    contacts.handle(a_contact())
    raw_database.change(database, "UPDATE projection_checkpoints SET position = 99")
    with pytest.raises(CheckpointBeyondLog, match=r"position 99, but the event log ends at 1"):
        reopen()
    healing = reopen(catch_up=False)
    healing.rebuild()
    assert reopen().contact_list.page(ORGANIZER).total == 1


def test_followers_at_once_fold_everything_once(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """As when processes open an address book that is behind: who comes second goes on."""
    writer = reopen(follow="worker")
    for _ in range(60):
        writer.handle(a_contact())
    followers = [reopen(follow="worker", catch_up=False) for _ in range(3)]
    for each in followers:
        each.engine.batch_size = 5
    with ThreadPoolExecutor(len(followers)) as pool:
        for done in [pool.submit(each.catch_up) for each in followers]:
            done.result()
    assert contacts.contact_list.page(ORGANIZER).total == 60
    assert {(each.parked, each.lag_events) for each in contacts.projection_status()} == {(0, 0)}


def test_readers_see_one_moment(contacts: Contacts, reopen: Callable[..., Contacts]) -> None:
    """A long read is not disturbed by commands and by a rebuild that drops its tables."""
    for number in range(3):
        contacts.handle(a_contact(first_name=f"Ada {number}"))
    reading = contacts.contact_list.every(ORGANIZER)
    first = next(reading)
    other = reopen()
    other.handle(a_contact(first_name="Zoe"))
    other.rebuild()
    assert len([first, *reading]) == 3
    assert contacts.contact_list.page(ORGANIZER).total == 4


def test_a_long_read_holds_up_nobody(
    contacts: Contacts, reopen: Callable[..., Contacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old tables that somebody still reads stay and are removed later."""
    monkeypatch.setattr(retiring, "RETIREMENT", timedelta(0))
    for _ in range(3):
        contacts.handle(a_contact())
    reading = contacts.contact_list.every(ORGANIZER)
    next(reading)
    other = reopen()
    begun = monotonic()
    other.rebuild("contacts")
    (old,) = other.drop_old_generations()
    assert old.is_dropped is other.engine.database.readers_keep_dropped_tables
    other.handle(a_contact())
    assert monotonic() - begun < 5
    assert len(list(reading)) == 2
    other.drop_old_generations()
    with other.engine.database.reading() as connection:
        assert other.engine.checkpoints.generations(connection, "contacts") == [2]
