"""Checkpoints always reach the observed head, move by compare-and-set, and never pass the log."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from adapters import Contacts, open_contacts
from contacts_domain.errors import CheckpointBeyondLog, CheckpointMoved
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


def test_inline_following_waits_for_a_projection_that_is_behind(
    reopen: Callable[..., Contacts],
) -> None:
    """A command never folds its events past a gap; catching up closes it in order."""
    reopen(follow="worker").handle(a_contact(email="first@example.org"))
    contacts = reopen(catch_up=False)
    contacts.handle(a_contact(email="second@example.org"))
    assert contacts.contact_list.page(ORGANIZER).total == 0
    contacts.catch_up()
    assert contacts.contact_list.page(ORGANIZER).total == 2


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


@pytest.mark.xfail(reason="a follower takes no lock before it reads its checkpoint")
def test_two_followers_at_once_fold_everything_once(
    postgres_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when two processes open an address book that is behind: who comes second goes on."""
    with (
        open_contacts(postgres_copy, follow="worker") as one,
        open_contacts(postgres_copy, follow="worker") as two,
    ):
        one.handle(a_contact())
        read = one.engine.log.read

        def read_after_the_other(connection: Connection, after: int, limit: int) -> object:
            monkeypatch.undo()
            two.catch_up()
            return read(connection, after, limit)

        monkeypatch.setattr(one.engine.log, "read", read_after_the_other)
        one.catch_up()
        assert one.contact_list.page(ORGANIZER).total == 1
        assert {each.parked for each in one.projection_status()} == {0}


@pytest.mark.sqlite
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
