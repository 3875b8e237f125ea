"""The history of a contact: who changed what, when, field by field."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings

from adapters import Contacts
from contacts_domain import commands
from contacts_domain.errors import ContactNotFound
from contacts_domain.history import HistoryEntry
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, an_interaction
from tests.history import History, Step
from tests.scenario import NOW, Clock, Scenario, recorded_events
from tests.strategies import histories


def changes(entry: HistoryEntry) -> dict[str, tuple[Any, Any]]:
    """Before and after, by field."""
    return {name: (each.before, each.after) for name, each in entry.changes.items()}


def last_changes(scenario: Scenario, contact_id: UUID) -> dict[str, tuple[Any, Any]]:
    """What the latest event changed."""
    return changes(scenario.contacts.history(ORGANIZER, contact_id)[-1])


def test_the_history_begins_with_what_was_entered(scenario: Scenario) -> None:
    """Blank fields are not told."""
    contact_id = scenario.given(a_contact(email="ada@example.org", tags=("vip",)))
    (entry,) = scenario.contacts.history(ORGANIZER, "ADA@example.org")
    assert entry.event == "contact.created"
    assert changes(entry) == {
        "email": (None, "ada@example.org"),
        "first_name": (None, "Ada"),
        "last_name": (None, "Lovelace"),
        "tags": (None, ["vip"]),
        "is_active": (None, True),
    }
    assert scenario.contacts.history(ORGANIZER, contact_id) == [entry]


def test_an_entry_tells_who_when_and_where(scenario: Scenario, clock: Clock) -> None:
    """The actor, the source, the time of recording and the position in the log."""
    contact_id = scenario.given(a_contact(actor="ada", source="web"))
    clock.forward(hours=1)
    scenario.given(
        a_contact(),
        commands.EditContact(
            organizer_id=ORGANIZER, contact_id=contact_id, company="A", actor="bob", source="api"
        ),
    )
    entries = scenario.contacts.history(ORGANIZER, contact_id)
    assert [(each.actor, each.source) for each in entries] == [("ada", "web"), ("bob", "api")]
    assert [each.recorded_at for each in entries] == [NOW, clock.now]
    log = {each.position: each.originator_id for each in recorded_events(scenario.contacts)}
    assert [log[each.position] for each in entries] == [contact_id] * 2
    assert entries[0].position < entries[1].position


def test_an_edit_tells_each_field_before_and_after(scenario: Scenario) -> None:
    """A cleared field is blank afterwards; others are not told."""
    contact_id = scenario.given(a_contact(company="Engines", phone="+44 20 7946 0958"))
    about: dict[str, Any] = {"organizer_id": ORGANIZER, "contact_id": contact_id}
    scenario.given(
        commands.EditContact(**about, first_name="Augusta", company="", phone="+49 30 901820")
    )
    assert last_changes(scenario, contact_id) == {
        "first_name": ("Ada", "Augusta"),
        "company": ("Engines", ""),
        "phone": ("+44 20 7946 0958", "+49 30 901820"),
        "phone_e164": ("+442079460958", "+4930901820"),
    }
    scenario.given(commands.TagContact(**about, tags=("vip",)))
    assert last_changes(scenario, contact_id) == {"tags": ([], ["vip"])}
    group_id = scenario.given(a_group())
    scenario.given(commands.AddContactToGroup(**about, group_id=group_id))
    assert last_changes(scenario, contact_id) == {"group_ids": ([], [group_id])}
    scenario.given(commands.DeactivateContact(**about))
    assert last_changes(scenario, contact_id) == {"is_active": (True, False)}


def test_a_booking_is_told_with_the_totals_it_made(scenario: Scenario) -> None:
    """Which one, what, when and for whom."""
    contact_id = scenario.given(a_contact(email="ada@example.org", phone="+44 20 7946 0958"))
    scenario.given(a_booking())
    starts_at = NOW + timedelta(days=7)
    assert last_changes(scenario, contact_id) == {
        "total_bookings": (0, 1),
        "last_booking_date": (None, starts_at),
        "booking_id": (None, "bk-1"),
        "event_type": (None, "Intro call"),
        "starts_at": (None, starts_at),
        "invitee_name": (None, "Ada Lovelace"),
    }


def test_interactions_are_told_as_they_stood(scenario: Scenario) -> None:
    """Logged, corrected, removed."""
    contact_id = scenario.given(a_contact())
    logged = an_interaction(contact_id, type="note_added", occurred_at=NOW)
    about: dict[str, Any] = {
        "organizer_id": ORGANIZER,
        "contact_id": contact_id,
        "interaction_id": logged.interaction_id,
    }
    scenario.given(
        logged,
        commands.CorrectInteraction(**about, description="Wrote back"),
        commands.RemoveInteraction(**about),
    )
    _, first, second, third = scenario.contacts.history(ORGANIZER, contact_id)
    assert changes(first) == {
        "interaction_id": (None, logged.interaction_id),
        "type": (None, "note_added"),
        "description": (None, "Called back"),
        "occurred_at": (None, NOW),
    }
    assert changes(second)["description"] == ("Called back", "Wrote back")
    assert changes(third) == {
        "interaction_id": (logged.interaction_id, None),
        "description": ("Wrote back", None),
    }


def test_a_deleted_contact_has_a_history_by_its_id(scenario: Scenario) -> None:
    """Its e-mail finds it no longer."""
    contact_id = scenario.given(a_contact(email="ada@example.org"))
    scenario.given(commands.DeleteContact(organizer_id=ORGANIZER, contact_id=contact_id))
    assert last_changes(scenario, contact_id) == {"is_deleted": (False, True)}
    with pytest.raises(ContactNotFound):
        scenario.contacts.history(ORGANIZER, "ada@example.org")


def test_what_is_no_contact_of_the_organizer_is_not_found(scenario: Scenario) -> None:
    """Unknown, foreign, a group, nonsense: all the same."""
    foreign = scenario.given(a_contact(organizer_id="other"))
    settings_id = scenario.given(
        commands.ChangeSettings(organizer_id=ORGANIZER, default_region="DE")
    )
    references = (uuid4(), foreign, str(foreign), scenario.given(a_group()), settings_id)
    for reference in (*references, "nobody@example.org", "", "nonsense"):
        with pytest.raises(ContactNotFound):
            scenario.contacts.history(ORGANIZER, reference)


FIELDS = (
    "email", "first_name", "last_name", "phone", "phone_e164", "company", "job_title", "notes",
    "tags", "is_active", "total_bookings", "completed_bookings", "cancelled_bookings",
    "last_booking_date",
)  # fmt: skip
TOLD_BESIDES = {
    "booking_id", "event_type", "starts_at", "invitee_name", "interaction_id", "type",
    "description", "occurred_at", "metadata",
}  # fmt: skip
BLANK: dict[str, Any] = {
    "group_ids": [], "is_deleted": False,
    "last_name": "", "phone": "", "company": "", "job_title": "", "notes": "", "tags": [],
    "total_bookings": 0, "completed_bookings": 0, "cancelled_bookings": 0,
}  # fmt: skip


def replayed(entries: list[HistoryEntry]) -> dict[str, Any]:
    """A contact from its changes alone; each one begins where the one before ended."""
    state: dict[str, Any] = {}
    for entry in entries:
        told = {name: each for name, each in changes(entry).items() if name not in TOLD_BESIDES}
        blank = BLANK if state else {}
        for name, (before, _) in told.items():
            assert before == state.get(name, blank.get(name))
        state |= {name: after for name, (_, after) in told.items()}
    return state


@settings(max_examples=40)
@given(steps=histories)
def test_all_changes_in_order_end_in_what_is_shown(contacts: Contacts, steps: list[Step]) -> None:
    """After any history, for every contact that is not deleted."""
    organizer_id = f"organizer {contacts.book.recorder.max_notification_id()}"
    played = History(contacts, organizer_id)
    played.play(steps)
    for contact_id in played.contact_ids:
        entries = contacts.history(organizer_id, contact_id)
        state = replayed(entries)
        assert entries[-1].recorded_at == NOW
        if state.get("is_deleted"):
            continue
        shown = contacts.contact_list.find(organizer_id, contact_id)
        told = {name: state.get(name, BLANK.get(name)) for name in FIELDS}
        assert told == {name: getattr(shown, name) for name in FIELDS}
        groups = {group.id for group in contacts.groups.list(organizer_id)}
        kept = set(state.get("group_ids", [])) & groups
        assert kept == {group.id for group in shown.groups}
