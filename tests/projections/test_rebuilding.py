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
from projections import rebuilding
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
@settings(max_examples=60)
def test_rebuilt_tables_equal_the_live_ones(
    contacts: Contacts, first: list[Step], second: list[Step], batch_size: int
) -> None:
    """Random histories of two organizers: every row is the same after a rebuild."""
    for steps in (first, second):
        History(contacts, next(_organizers)).play(steps)
    live = all_rows(contacts)
    contacts.engine.batch_size = batch_size * 10
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
        late.engine.batch_size = batch_size
        late.catch_up()
        caught_up = all_rows(late)
        late.rebuild()
        assert all_rows(late) == caught_up


def test_a_rebuild_makes_a_new_generation_and_drops_the_old_one(
    contacts: Contacts, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers see generation 2 after the first rebuild; when they had time to, nothing of
    generation 1 is left."""
    monkeypatch.setattr(rebuilding, "RETIREMENT", timedelta(0))
    contacts.handle(a_contact())
    contacts.rebuild("contacts")
    generations = {each.projection: each.generation for each in contacts.projection_status()}
    assert generations == {"contacts": 2, "activity": 1}
    names = raw_database.tables(database)
    assert "contact_list_2" in names
    assert not [name for name in names if name.startswith("contact_list_1")]


def test_a_read_model_names_its_projection(contacts: Contacts) -> None:
    """Rebuilding the timeline rebuilds the activity projection, once."""
    rebuilt = contacts.rebuild("timeline", "bookings")
    assert [(each.projection, each.generation) for each in rebuilt] == [("activity", 2)]


def test_an_unknown_name_is_refused(contacts: Contacts) -> None:
    """The refusal lists the names that exist."""
    with pytest.raises(UnknownProjection, match="contact_list, contacts, groups"):
        contacts.rebuild("adresses")


def test_progress_is_reported(contacts: Contacts) -> None:
    """Done grows to the total."""
    for _ in range(7):
        contacts.handle(a_contact())
    contacts.engine.batch_size = 3
    reports: list[RebuildProgress] = []
    contacts.rebuild("contacts", on_progress=reports.append)
    assert [(each.done, each.total) for each in reports] == [(3, 7), (6, 7), (7, 7)]


def test_what_an_interrupted_rebuild_left_behind_is_removed(contacts: Contacts) -> None:
    """A rebuild that fails half-way leaves readers the old tables; the next one cleans up."""
    for _ in range(7):
        contacts.handle(a_contact())
    contacts.engine.batch_size = 3

    def stop(progress: RebuildProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        contacts.rebuild("contacts", on_progress=stop)
    assert contacts.contact_list.page(ORGANIZER).total == 7
    contacts.rebuild("contacts")
    assert contacts.contact_list.page(ORGANIZER).total == 7
    with contacts.engine.database.reading() as connection:
        assert contacts.engine.checkpoints.being_built(connection) == []


def test_commands_go_on_while_a_rebuild_runs(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """What is recorded during a rebuild is in the new tables."""
    for _ in range(10):
        contacts.handle(a_contact())
    other = reopen()
    contacts.engine.batch_size = 2

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
    assert isinstance(failure.value.__cause__, ZeroDivisionError)
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
    contacts.engine.batch_size = 3
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
