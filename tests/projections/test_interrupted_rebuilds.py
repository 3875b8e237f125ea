"""A rebuild that is interrupted goes on where it was, one that is cancelled leaves nothing, and one
whose rows came to be wrong begins anew."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from adapters import Contacts
from adapters.projection_status import RebuildStatus
from contacts_domain.commands import TagContact
from contacts_domain.errors import ProjectorFailed, RebuildCancelled
from projections import bulk_rows, retiring
from projections.contact_list import contact_list_table
from projections.rebuilding import RebuildProgress
from tests import strategies
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact
from tests.history import History, Step
from tests.projections.test_retrying import failing_at
from tests.read_tables import all_rows

_organizers = (f"organizer-{number}" for number in count())


class Interrupted(Exception):
    """What stops a rebuild from within, as a signal would."""


def interrupt(contacts: Contacts, *names: str, after: int) -> None:
    """Begin a rebuild and stop it after some batches, if it has not come to its end by then."""
    batches = count(1)

    def stop(progress: RebuildProgress) -> None:
        if progress.done < progress.total and next(batches) == after:
            raise Interrupted

    with suppress(Interrupted):
        contacts.rebuild(*names, on_progress=stop)


def ten_contacts(contacts: Contacts) -> None:
    """Positions 1 to 10; rebuilds take two at once."""
    for number in range(10):
        contacts.handle(a_contact(email=f"{number}@example.org"))
    contacts.engine.rebuild_batch_size = 2


def rebuilds(contacts: Contacts) -> list[tuple[str, int, int, bool]]:
    """What `status` says of them."""
    told: list[RebuildStatus] = contacts.rebuild_status()
    return [(each.projection, each.generation, each.position, each.is_running) for each in told]


def progress_of(contacts: Contacts, *names: str) -> list[tuple[str, int]]:
    """Rebuild; what was reported."""
    reports: list[tuple[str, int]] = []
    contacts.rebuild(*names, on_progress=lambda p: reports.append((p.projection, p.done)))
    return reports


def test_an_interrupted_rebuild_is_gone_on_with(contacts: Contacts) -> None:
    """Readers see the old tables meanwhile; the next one begins where it was."""
    ten_contacts(contacts)
    live = all_rows(contacts)
    interrupt(contacts, "contacts", after=3)
    assert rebuilds(contacts) == [("contacts", 2, 6, False)]
    assert contacts.contact_list.page(ORGANIZER).total == 10
    assert [done for _, done in progress_of(contacts, "contacts")] == [8, 10, 10]
    assert rebuilds(contacts) == []
    assert all_rows(contacts) == live


def test_one_that_is_ahead_joins_when_the_pass_reaches_it(contacts: Contacts) -> None:
    """The log is read once, from the position of the one that is furthest behind."""
    ten_contacts(contacts)
    live = all_rows(contacts)
    interrupt(contacts, "contacts", after=2)
    contacts.engine.rebuild_batch_size = 3
    told = progress_of(contacts)
    assert told[:3] == [("activity", 3), ("contacts", 6), ("activity", 6)]
    assert all_rows(contacts) == live


@given(
    steps=strategies.histories,
    more=strategies.histories,
    batch_size=strategies.batch_sizes,
    stops=st.lists(st.integers(1, 3), max_size=3),
    kept=st.integers(0, 3),
)
@settings(max_examples=15)
def test_interrupted_rebuilds_equal_the_live_tables(
    contacts: Contacts,
    steps: list[Step],
    more: list[Step],
    batch_size: int,
    stops: list[int],
    kept: int,
) -> None:
    """However often they are stopped, however few rows are kept and many go by COPY."""
    History(contacts, next(_organizers)).play(steps)
    contacts.engine.rebuild_batch_size = batch_size * 10
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_rows, "ROWS_KEPT", kept)
        patch.setattr(bulk_rows, "MANY", 2)
        for after in stops:
            interrupt(contacts, after=after)
        History(contacts, next(_organizers)).play(more)
        live = all_rows(contacts)
        contacts.rebuild()
    assert all_rows(contacts) == live


def test_a_generation_of_another_shape_is_not_gone_on_with(
    contacts: Contacts, database: str
) -> None:
    """What an older version of the library began is thrown away."""
    ten_contacts(contacts)
    interrupt(contacts, "contacts", after=3)
    raw_database.change(
        database, "UPDATE projection_checkpoints SET shape = 'earlier' WHERE generation = 2"
    )
    assert progress_of(contacts, "contacts")[0] == ("contacts", 2)


def test_a_generation_beyond_the_log_is_not_gone_on_with(contacts: Contacts, database: str) -> None:
    """As after restoring an older log: what it folded is not what happened."""
    ten_contacts(contacts)
    interrupt(contacts, "contacts", after=3)
    raw_database.change(
        database, "UPDATE projection_checkpoints SET position = 11 WHERE generation = 1"
    )
    assert progress_of(contacts, "contacts")[0] == ("contacts", 2)


def test_a_rebuild_that_a_projector_failed_begins_anew(contacts: Contacts) -> None:
    """The mended projector may make something else of the events before."""
    ten_contacts(contacts)
    with failing_at(7), pytest.raises(ProjectorFailed, match="position 7"):
        contacts.rebuild("contacts")
    assert rebuilds(contacts) == []
    assert progress_of(contacts, "contacts")[0] == ("contacts", 2)


def test_a_projector_that_fails_does_not_keep_others_from_their_end(contacts: Contacts) -> None:
    """The error is raised when they are done."""
    ten_contacts(contacts)
    with failing_at(7), pytest.raises(ProjectorFailed, match="position 7"):
        contacts.rebuild()
    assert {each.projection: each.generation for each in contacts.projection_status()} == {
        "activity": 2,
        "contacts": 1,
    }


def test_a_drop_makes_a_rebuild_begin_anew(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """It may have folded the event that a projection passes over from now on."""
    with failing_at(3):
        ten_contacts(contacts)
    other = reopen()
    reports: list[int] = []

    def drop(progress: RebuildProgress) -> None:
        reports.append(progress.done)
        if len(reports) == 3:
            other.drop_parked("contacts", 3)

    contacts.rebuild("contacts", on_progress=drop)
    assert reports == [2, 4, 6, 0, 2, 4, 6, 8, 10, 10]
    assert contacts.contact_list.page(ORGANIZER).total == 9


def test_a_drop_ends_what_an_interrupted_rebuild_left(contacts: Contacts) -> None:
    """The next one begins anew."""
    with failing_at(3):
        ten_contacts(contacts)
    interrupt(contacts, "contacts", after=3)
    contacts.drop_parked("contacts", 3)
    assert rebuilds(contacts) == []
    assert progress_of(contacts, "contacts")[0] == ("contacts", 2)
    assert contacts.contact_list.page(ORGANIZER).total == 9


# --- cancelling --------------------------------------------------------------------------------


def test_a_rebuild_is_cancelled_at_its_next_batch(
    contacts: Contacts, reopen: Callable[..., Contacts], database: str
) -> None:
    """It says so, its tables are gone, and readers see what they saw."""
    ten_contacts(contacts)
    other = reopen()
    reports: list[int] = []

    def cancel(progress: RebuildProgress) -> None:
        reports.append(progress.done)
        if len(reports) == 2:
            assert rebuilds(other) == [("contacts", 2, 4, True)]
            (cancelled,) = other.cancel_rebuild("contact_list")
            assert (cancelled.projection, cancelled.position) == ("contacts", 4)

    with pytest.raises(RebuildCancelled) as error:
        contacts.rebuild("contacts", on_progress=cancel)
    assert error.value.details["projection"] == "contacts"
    assert reports == [2, 4]
    assert rebuilds(contacts) == []
    assert not [name for name in raw_database.tables(database) if name.endswith("_2")]
    assert contacts.contact_list.page(ORGANIZER).total == 10
    assert progress_of(other, "contacts")[-1] == ("contacts", 10)


def test_a_rebuild_that_has_to_load_rows_is_cancelled_as_well(
    contacts: Contacts, reopen: Callable[..., Contacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables that it looks into are gone: that is no failure of the database."""
    monkeypatch.setattr(bulk_rows, "ROWS_KEPT", 1)
    ids = [contacts.handle(a_contact()).id for _ in range(4)]
    for contact_id in ids:
        contacts.handle(TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=("vip",)))
    contacts.engine.rebuild_batch_size = 2
    other = reopen()

    def cancel(progress: RebuildProgress) -> None:
        if progress.done == 4:
            other.cancel_rebuild()

    with pytest.raises(RebuildCancelled):
        contacts.rebuild("contacts", on_progress=cancel)


def test_cancelling_one_of_several_lets_the_others_finish(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """They share a pass over the log, nothing else."""
    ten_contacts(contacts)
    other = reopen()

    def cancel(progress: RebuildProgress) -> None:
        if progress.done == 4:
            other.cancel_rebuild("contacts")

    with pytest.raises(RebuildCancelled, match="'contacts'"):
        contacts.rebuild(on_progress=cancel)
    assert {each.projection: each.generation for each in contacts.projection_status()} == {
        "activity": 2,
        "contacts": 1,
    }


def test_what_an_interrupted_rebuild_left_is_removed(contacts: Contacts, database: str) -> None:
    """And another may begin at once."""
    ten_contacts(contacts)
    interrupt(contacts, "contacts", after=3)
    assert "contact_list_2" in raw_database.tables(database)
    assert [each.generation for each in contacts.cancel_rebuild()] == [2]
    assert "contact_list_2" not in raw_database.tables(database)
    assert contacts.cancel_rebuild() == []


def test_a_rebuild_that_was_cancelled_while_it_was_indexed_ends(
    contacts: Contacts, reopen: Callable[..., Contacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the next index, or before readers are shown its tables."""
    ten_contacts(contacts)
    other = reopen()
    monkeypatch.setattr(retiring, "DROP_PATIENCE", timedelta(milliseconds=10))

    def cancel(progress: RebuildProgress) -> None:
        if progress.done == 9:
            other.cancel_rebuild()

    contacts.engine.rebuild_batch_size = 9
    with pytest.raises(RebuildCancelled):
        contacts.rebuild("contacts", on_progress=cancel)
    assert shown(contacts) == 1


def test_indexes_are_there_after_a_rebuild(contacts: Contacts, database: str) -> None:
    """All of them, wherever they were built."""
    ten_contacts(contacts)
    contacts.rebuild()
    with contacts.engine.database.reading() as connection:
        tables = contacts.engine.active_tables(connection)
        assert connection.execute(select(tables[contact_list_table])).first() is not None
        wanted = {index.name for table in tables.values() for index in table.indexes}
    assert wanted <= raw_database.indexes(database)


def shown(contacts: Contacts) -> int:
    """The generation of `contacts` that readers see."""
    return {each.projection: each.generation for each in contacts.projection_status()}["contacts"]
