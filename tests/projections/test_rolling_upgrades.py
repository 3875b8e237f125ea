"""Processes of two versions of the library work on one address book while it is upgraded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters import Contacts
from adapters.worker import ProjectionWorker
from contacts_domain import events
from contacts_domain.errors import NewerDatabase, OutdatedDatabase
from projections import catalog
from projections.generations import GenerationTables
from projections.timeline import TIMELINE
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact, an_interaction

SHAPES = Path(__file__).with_name("projection_shapes.json")


@pytest.fixture
def made_by(database: str) -> Callable[[str, str], None]:
    """Says which version made the read tables of a projection."""

    def mark(projection: str, shape: str) -> None:
        raw_database.change(
            database,
            f"UPDATE projection_checkpoints SET shape = '{shape}' "
            f"WHERE projection = '{projection}'",
        )

    return mark


def positions(contacts: Contacts) -> dict[str, int]:
    """How far the projections have come."""
    return {each.projection: each.position for each in contacts.projection_status()}


def test_a_process_of_the_old_release_records_and_leaves_newer_tables_alone(
    contacts: Contacts, made_by: Callable[[str, str], None]
) -> None:
    """It does not fold into tables that it does not know, and parks nothing."""
    contacts.handle(a_contact())
    made_by("activity", "99-newer")
    contacts.handle(a_contact())
    assert positions(contacts) == {"contacts": 2, "activity": 1}
    assert {each.parked for each in contacts.projection_status()} == {0}


def test_what_the_old_release_recorded_shows_with_the_next_command_of_the_new_one(
    contacts: Contacts, database: str, made_by: Callable[[str, str], None]
) -> None:
    """The new release finds the projection a little behind and brings it to the head."""
    contacts.handle(a_contact())
    (shape,) = raw_database.column(
        database, "SELECT shape FROM projection_checkpoints WHERE projection = 'activity'"
    )
    made_by("activity", "99-newer")
    contact_id = contacts.handle(a_contact()).id
    contacts.handle(an_interaction(contact_id))
    made_by("activity", shape)
    contacts.handle(a_contact())
    assert positions(contacts) == {"contacts": 4, "activity": 4}
    assert len(contacts.timeline.page(ORGANIZER, contact_id).items) == 1


def test_a_process_of_the_old_release_refuses_to_open_newer_tables(
    contacts: Contacts, reopen: Callable[..., Contacts], made_by: Callable[[str, str], None]
) -> None:
    """It would rebuild them backwards, and both releases in turn."""
    contacts.handle(a_contact())
    made_by("contacts", "99-newer")
    with pytest.raises(NewerDatabase, match="upgrade this process"):
        reopen()
    made_by("contacts", "99-newer")
    assert {each.generation for each in contacts.projection_status()} == {1}


def test_the_status_says_what_keeps_a_projection_from_being_followed(
    contacts: Contacts, database: str, made_by: Callable[[str, str], None]
) -> None:
    """Another version on either side, or a log that ends before the checkpoint."""

    def problems() -> list[str | None]:
        return [each.problem for each in contacts.projection_status()]

    contacts.handle(a_contact())
    assert problems() == [None, None]
    raw_database.change(database, "UPDATE log_head SET position = 0")
    assert problems() == ["checkpoint_beyond_log", "checkpoint_beyond_log"]
    raw_database.change(database, "UPDATE log_head SET position = 1")
    made_by("contacts", "99-newer")
    made_by("activity", "0-older")
    assert problems() == ["outdated_database", "newer_database"]


def test_a_worker_of_the_old_release_ends_and_leaves_the_lease_to_the_new_one(
    contacts: Contacts, database: str, made_by: Callable[[str, str], None]
) -> None:
    """It says why; nothing is left folded by the wrong code."""
    contacts.handle(a_contact())
    made_by("contacts", "99-newer")
    old: ProjectionWorker = contacts.worker(holder="old")
    with pytest.raises(NewerDatabase):
        old.run()
    assert raw_database.rows(database, "SELECT * FROM projection_leaders") == []


def test_parked_events_of_another_version_are_dropped_but_not_retried(
    contacts: Contacts, made_by: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drop is the way out when an upgrade stumbles over an event; it folds nothing."""

    def fails(row: Any, recorded: Any) -> Any:
        raise ZeroDivisionError

    healthy = TIMELINE.changes[events.ContactInteractionLogged]
    monkeypatch.setitem(TIMELINE.changes, events.ContactInteractionLogged, fails)  # type: ignore[arg-type]
    contact_id = contacts.handle(a_contact()).id
    contacts.handle(an_interaction(contact_id))
    contacts.handle(an_interaction(contact_id))
    monkeypatch.setitem(TIMELINE.changes, events.ContactInteractionLogged, healthy)  # type: ignore[arg-type]
    made_by("activity", "0-older")
    with pytest.raises(OutdatedDatabase, match="rebuild activity"):
        contacts.retry_parked("activity")
    dropped = contacts.drop_parked("activity", 2, actor="operator")
    assert (dropped.folded, dropped.parked) == (0, 1)
    contacts.rebuild("activity")
    assert len(contacts.timeline.page(ORGANIZER, contact_id).items) == 1


def test_an_upgrade_parks_what_it_cannot_fold_and_opens(
    contacts: Contacts,
    reopen: Callable[..., Contacts],
    made_by: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One event harms what hangs on it and nothing else, in upgrades as ever."""
    ids = [contacts.handle(a_contact()).id for _ in range(3)]
    for description in ("first", "poison", "later"):
        for contact_id in ids:
            contacts.handle(an_interaction(contact_id, description=description))
    healthy = TIMELINE.changes[events.ContactInteractionLogged]

    def fails(row: Any, recorded: Any) -> Any:
        if recorded.event.description == "poison" and recorded.originator_id == ids[1]:
            raise ZeroDivisionError
        return healthy(row, recorded)

    made_by("activity", "0-older")
    with monkeypatch.context() as patch:
        patch.setitem(TIMELINE.changes, events.ContactInteractionLogged, fails)  # type: ignore[arg-type]
        upgraded = reopen()
        upgraded.handle(an_interaction(ids[1], description="still later"))
    assert [(each.position, each.reason) for each in upgraded.parked("activity")] == [
        (8, "ZeroDivisionError"),
        (11, "queued"),
        (13, "queued"),
    ]
    shown = [len(upgraded.timeline.page(ORGANIZER, each).items) for each in ids]
    assert shown == [3, 1, 3]
    assert upgraded.retry_parked("activity").folded == 3
    assert len(upgraded.timeline.page(ORGANIZER, ids[1]).items) == 4


def test_whoever_changes_a_table_raises_the_version_of_its_projection() -> None:
    """By the version a process knows which of two releases is the newer one.

    After raising a version, write the shape that the test shows into the file beside it.
    """
    shapes = {
        each.name: GenerationTables(each, 0, schema=None).shape for each in catalog.PROJECTIONS
    }
    assert shapes == json.loads(SHAPES.read_text(encoding="utf-8"))
