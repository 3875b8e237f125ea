"""Rebuilt tables equal the tables that followed live, whatever happened, however batched."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from sqlalchemy import text

from adapters import Contacts
from contacts_domain import events
from contacts_domain.errors import ProjectorFailed, RebuildUnderWay, UnknownProjection
from projections import retiring
from projections.rebuilding import RebuildProgress
from projections.timeline import TIMELINE
from tests import strategies
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_booking, a_contact, an_interaction
from tests.history import History, Step
from tests.read_tables import all_rows
from tests.scenario import Clock

_organizers = (f"organizer-{number}" for number in count())


@given(first=strategies.histories, second=strategies.histories, batch_size=strategies.batch_sizes)
@settings(max_examples=30)
def test_rebuilt_tables_equal_the_live_ones(
    contacts: Contacts, first: list[Step], second: list[Step], batch_size: int
) -> None:
    """Random histories of two organizers: every row is the same after a rebuild."""
    for steps in (first, second):
        History(contacts, next(_organizers)).play(steps)
    live = all_rows(contacts)
    contacts.engine.rebuild_batch_size = batch_size * 10
    contacts.rebuild()
    assert all_rows(contacts) == live


@given(steps=strategies.histories, batch_size=strategies.batch_sizes)
@settings(max_examples=25)
def test_catching_up_equals_following_inline(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], batch_size: int
) -> None:
    """What a follower folds later, in batches of any size, is what would have been folded live."""
    from adapters import open_contacts

    folder = tmp_path_factory.mktemp("books")
    with open_contacts(folder / "late.db", clock=Clock(), follow="worker") as late:
        History(late, ORGANIZER).play(steps)
        assert not any(all_rows(late).values())
        late.engine.rebuild_batch_size = batch_size
        late.catch_up()
        caught_up = all_rows(late)
        late.rebuild()
        assert all_rows(late) == caught_up


def generations(contacts: Contacts, projection: str = "contacts") -> list[int]:
    """Those of which there are tables."""
    with contacts.engine.database.reading() as connection:
        return contacts.engine.checkpoints.generations(connection, projection)


def test_a_rebuild_makes_a_new_generation(contacts: Contacts, database: str) -> None:
    """Readers see generation 2 after the first rebuild; the old one stays."""
    contacts.handle(a_contact())
    contacts.rebuild("contacts")
    shown = {each.projection: each.generation for each in contacts.projection_status()}
    assert shown == {"contacts": 2, "activity": 1}
    assert {"contact_list_1", "contact_list_2"} <= raw_database.tables(database)


def test_old_generations_go_when_they_are_told_to(
    contacts: Contacts, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of them is left; naming another projection leaves them alone."""
    monkeypatch.setattr(retiring, "RETIREMENT", timedelta(0))
    contacts.handle(a_contact())
    contacts.rebuild("contacts")
    assert contacts.drop_old_generations("timeline") == []
    (old,) = contacts.drop_old_generations("contact_list")
    assert (old.projection, old.generation, old.is_dropped) == ("contacts", 1, True)
    names = raw_database.tables(database)
    assert not [name for name in names if name.startswith(("contact_list_1", "contact_search_1"))]
    assert contacts.drop_old_generations() == []


def test_old_generations_go_when_their_projection_is_rebuilt_again(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So there is never more than one of them."""
    monkeypatch.setattr(retiring, "RETIREMENT", timedelta(0))
    for _ in range(3):
        contacts.rebuild()
    assert generations(contacts) == [3, 4]


def test_readers_on_postgresql_have_a_minute(contacts: Contacts) -> None:
    """Who has looked a generation up may still read it; SQLite's readers keep what they saw."""
    contacts.rebuild("contacts")
    (old,) = contacts.drop_old_generations()
    assert old.is_dropped is contacts.engine.database.readers_keep_dropped_tables
    assert (1 in generations(contacts)) is not old.is_dropped


def test_a_read_model_names_its_projection(contacts: Contacts) -> None:
    """Rebuilding the timeline rebuilds the activity projection, once."""
    rebuilt = contacts.rebuild("timeline", "bookings")
    assert [(each.projection, each.generation) for each in rebuilt] == [("activity", 2)]


def test_an_unknown_name_is_refused(contacts: Contacts) -> None:
    """The refusal lists the names that exist."""
    with pytest.raises(UnknownProjection, match="contact_list, contacts, exports, groups"):
        contacts.rebuild("adresses")


def test_progress_is_reported(contacts: Contacts) -> None:
    """Done grows to the total."""
    for _ in range(7):
        contacts.handle(a_contact())
    contacts.engine.rebuild_batch_size = 3
    reports: list[RebuildProgress] = []
    contacts.rebuild("contacts", on_progress=reports.append)
    assert [(each.done, each.total) for each in reports] == [(3, 7), (6, 7), (7, 7)]


def test_commands_go_on_while_a_rebuild_runs(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """What is recorded during a rebuild is in the new tables."""
    for _ in range(10):
        contacts.handle(a_contact())
    other = reopen()
    contacts.engine.rebuild_batch_size = 2

    def write(progress: RebuildProgress) -> None:
        if progress.done < 8:
            other.handle(a_contact())

    contacts.rebuild("contacts", on_progress=write)
    assert contacts.contact_list.page(ORGANIZER).total == 13


def test_a_rebuild_stops_at_a_projector_error(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild never parks: the old tables stay in place and the error is raised."""
    contact_id = contacts.handle(a_contact()).id
    contacts.handle(an_interaction(contact_id))

    def fail(row: object, recorded: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(TIMELINE.changes, events.ContactInteractionLogged, fail)  # type: ignore[arg-type]
    with pytest.raises(ProjectorFailed, match=r"position 2 \(ZeroDivisionError in") as failure:
        contacts.rebuild("activity")
    assert str(failure.value.__cause__) == "ZeroDivisionError"
    assert len(contacts.timeline.page(ORGANIZER, contact_id).items) == 1


def test_bookings_survive_a_rebuild(contacts: Contacts) -> None:
    """Totals, upcoming bookings and the last booking date come back."""
    contacts.handle(a_booking())
    before = contacts.contact_list.find(ORGANIZER, "ada@example.org")
    contacts.rebuild()
    assert contacts.contact_list.find(ORGANIZER, "ada@example.org") == before
    assert before.upcoming_bookings == 1


def test_processes_that_rebuild_at_once_do_it_one_at_a_time(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """Whoever comes second is told so; opening waits instead and finds the work done."""
    for _ in range(7):
        contacts.handle(a_contact())
    contacts.engine.rebuild_batch_size = 3
    other = reopen()
    refusals: list[RebuildUnderWay] = []

    def meanwhile(_progress: RebuildProgress) -> None:
        if not refusals:
            with pytest.raises(RebuildUnderWay) as refusal:
                other.rebuild("contacts")
            refusals.append(refusal.value)

    contacts.rebuild("contacts", on_progress=meanwhile)
    assert refusals[0].details["projection"] == "contacts"
    (rebuilt,) = other.rebuild("contacts")
    assert rebuilt.generation == 3


def test_opening_after_an_upgrade_rebuilds_once(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """However many processes open the address book at the same moment."""
    contacts.handle(a_contact())
    with contacts.engine.database.writing() as connection:
        connection.execute(
            text(
                f"UPDATE {'' if contacts.engine.database.schema is None else 'contacts.'}"
                "projection_checkpoints SET shape = 'earlier'"
            )
        )
    with ThreadPoolExecutor(3) as pool:
        opened = [each.result() for each in [pool.submit(reopen) for _ in range(3)]]
    assert {each.generation for each in opened[0].projection_status()} == {2}
    assert {each.contact_list.page(ORGANIZER).total for each in opened} == {1}
