"""Undoing an import of one contact: what it wrote last goes back, what others wrote since stays."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts_domain import commands, events
from contacts_domain.commands import Command
from contacts_domain.contact import Contact
from contacts_domain.errors import Refused
from contacts_domain.import_commands import UndoImportOfContact
from contacts_domain.undoing_imports import CHANGED_SINCE, DELETED_SINCE, TOUCHED_SINCE
from tests.builders import (
    ORGANIZER,
    a_booking,
    a_contact,
    a_row,
    a_started_import,
    an_interaction,
    id_of,
)
from tests.domain.in_memory import a_unit_of_work, decided
from tests.scenario import NOW, Scenario

START = a_started_import()
IMPORT = id_of(START)
ADA = "ada@example.org"


def imported(**fields: Any) -> Command:
    """A row of the import about Ada."""
    defaults = {"email": ADA, "on_duplicate": "update", "correlation_id": str(IMPORT)}
    return a_row(**({"first_name": "", "last_name": ""} | defaults | fields))


@pytest.fixture(autouse=True)
def started(scenario: Scenario) -> None:
    """There is such an import."""
    scenario.given(START)


def undo(contact_id: UUID) -> UndoImportOfContact:
    """Undo it."""
    return UndoImportOfContact(
        organizer_id=ORGANIZER,
        contact_id=contact_id,
        import_id=IMPORT,
        correlation_id=str(IMPORT),
        source="cli",
    )


def kept(scenario: Scenario) -> list[tuple[str, str]]:
    """What the last undoing left alone, and why."""
    assert scenario.receipt is not None
    return [(each.field, each.reason) for each in scenario.receipt.warnings]


def test_fields_get_their_earlier_values_back(scenario: Scenario) -> None:
    """All of them in one event, tags in their earlier spelling."""
    ada = scenario.given(
        a_contact(
            email=ADA, first_name="Ada", last_name="", phone="1234567", notes="n", tags=["Old"]
        )
    )
    scenario.given(
        imported(
            first_name="Augusta",
            last_name="King",
            phone="+44 20 7946 0958",
            company="Engines",
            notes="new",
            tags=["vip"],
        )
    )
    scenario.when(undo(ada)).then_emitted(
        events.ContactDetailsChanged(
            first_name="Ada",
            last_name="",
            name_is_placeholder=False,
            phone="1234567",
            company="",
            notes="n",
        ),
        events.ContactUntagged(tags=("vip",)),
        events.ContactTagged(tags=("Old",)),
    )
    assert kept(scenario) == []


def test_what_the_import_created_goes_if_nobody_touched_it(scenario: Scenario) -> None:
    """And its e-mail is free again."""
    ada = scenario.given(imported(company="Engines"))
    scenario.given(imported(company="Other"))
    scenario.when(undo(ada)).then_emitted(events.ContactDeleted(email=ADA))


@pytest.mark.parametrize("touch", ["edit", "booking", "tag", "interaction", "deactivate"])
def test_what_the_import_created_stays_whole_if_somebody_touched_it(
    touch: str, scenario: Scenario
) -> None:
    """A name that a booking needs is not blanked; it is told."""
    ada = scenario.given(imported(company="Engines"))
    about: dict[str, Any] = {"organizer_id": ORGANIZER, "contact_id": ada}
    touches: dict[str, Command] = {
        "edit": commands.EditContact(**about, notes="mine"),
        "booking": a_booking(invitee_email=ADA),
        "tag": commands.TagContact(**about, tags=["vip"]),
        "interaction": an_interaction(ada),
        "deactivate": commands.DeactivateContact(**about),
    }
    scenario.given(touches[touch])
    scenario.when(undo(ada)).then_nothing_happened()
    assert kept(scenario) == [("", TOUCHED_SINCE)]


def test_later_edits_stay_and_are_told(scenario: Scenario) -> None:
    """Field by field; the others go back."""
    ada = scenario.given(a_contact(email=ADA, company="Old", notes="old", tags=["a"]))
    scenario.given(imported(company="Imported", notes="imported", tags=["a", "b", "c"]))
    about: dict[str, Any] = {"organizer_id": ORGANIZER, "contact_id": ada}
    scenario.given(
        commands.EditContact(**about, company="Mine"), commands.UntagContact(**about, tags=["b"])
    )
    scenario.when(undo(ada)).then_emitted(
        events.ContactDetailsChanged(notes="old"), events.ContactUntagged(tags=("c",))
    )
    assert kept(scenario) == [("company", CHANGED_SINCE), ("tags", CHANGED_SINCE)]


def test_the_value_before_the_import_is_that_before_its_last_writing(scenario: Scenario) -> None:
    """Several rows in a row are one; an edit between two rows is what comes back."""
    ada = scenario.given(a_contact(email=ADA, company="Old"))
    about: dict[str, Any] = {"organizer_id": ORGANIZER, "contact_id": ada}
    scenario.given(
        imported(company="One"),
        commands.EditContact(**about, company="Between"),
        imported(company="Two"),
        imported(company="Three"),
    )
    scenario.when(undo(ada)).then_emitted(events.ContactDetailsChanged(company="Between"))


def test_what_is_so_already_needs_no_event(scenario: Scenario) -> None:
    """A skipped row, or rows that end where they began."""
    ada = scenario.given(a_contact(email=ADA, company="Old"))
    scenario.given(imported(company="One"), imported(company="Old"), imported(on_duplicate="skip"))
    scenario.when(undo(ada)).then_nothing_happened()
    assert kept(scenario) == []


def test_another_import_is_somebody_else(scenario: Scenario) -> None:
    """What it wrote since stays."""
    ada = scenario.given(a_contact(email=ADA))
    scenario.given(imported(company="One"), imported(company="Two", correlation_id=str(uuid4())))
    scenario.when(undo(ada)).then_nothing_happened()
    assert kept(scenario) == [("company", CHANGED_SINCE)]


def test_undoing_twice_is_undoing_once(scenario: Scenario) -> None:
    """The second time there is nothing to do and nothing to tell."""
    ada = scenario.given(a_contact(email=ADA, company="Old"))
    scenario.given(imported(company="One"), undo(ada))
    scenario.when(undo(ada)).then_nothing_happened()
    assert kept(scenario) == []


def test_deleted_contacts_stay_deleted(scenario: Scenario) -> None:
    """One that was there before is told; one that the import made is where it belongs."""
    ada = scenario.given(a_contact(email=ADA))
    bob = scenario.given(imported(email="bob@example.org"))
    scenario.given(imported(company="One"))
    for contact_id in (ada, bob):
        scenario.given(commands.DeleteContact(organizer_id=ORGANIZER, contact_id=contact_id))
    scenario.when(undo(ada)).then_nothing_happened()
    assert kept(scenario) == [("", DELETED_SINCE)]
    scenario.when(undo(bob)).then_nothing_happened()
    assert kept(scenario) == []


def test_a_name_that_bookings_told_is_told_by_bookings_again(scenario: Scenario) -> None:
    """As if the import had never been: the earliest message counts, also one that came since."""
    ada = scenario.given(a_booking(invitee_email=ADA, invitee_name="Ada", occurred_at=NOW))
    scenario.given(imported(first_name="Augusta"))
    earlier = NOW.replace(hour=1)
    scenario.given(
        a_booking(invitee_email=ADA, invitee_name="Ada Byron", occurred_at=earlier, booking_id="2")
    )
    scenario.when(undo(ada)).then_emitted(
        events.ContactDetailsChanged(
            first_name="Ada",
            last_name="Byron",
            name_is_placeholder=False,
        ),
        events.ContactEntryUndone(fields=("name",)),
    )
    earliest = NOW.replace(hour=0)
    scenario.given(
        a_booking(invitee_email=ADA, invitee_name="Ada King", occurred_at=earliest, booking_id="3")
    )
    found = scenario.contacts.contact_list.find(ORGANIZER, ADA)
    assert found.full_name == "Ada King"


# --- any history -------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "a", "b"])
MODES = st.sampled_from(["update", "merge"])
ROWS = st.builds(
    lambda mode, job, notes, tag: imported(
        on_duplicate=mode, job_title=job, notes=notes, tags=[tag] if tag else []
    ),
    MODES,
    WORDS,
    WORDS,
    st.sampled_from(["", "i", "j"]),
)
"""Rows write the job title, the notes and tags of their own."""


def _others(contact_id: UUID) -> st.SearchStrategy[Command]:
    """What others do about everything else."""
    about = {"organizer_id": st.just(ORGANIZER), "contact_id": st.just(contact_id)}
    return st.one_of(
        st.builds(commands.EditContact, **about, company=WORDS, last_name=WORDS),
        st.builds(commands.TagContact, **about, tags=st.just(["x"])),
        st.builds(commands.DeactivateContact, **about),
        st.builds(
            a_booking,
            st.sampled_from(["created", "cancelled"]),
            invitee_email=st.just(ADA),
            invitee_name=st.sampled_from(["", "Ada", "Ada Byron"]),
            occurred_at=st.integers(0, 3).map(lambda hour: NOW.replace(hour=hour)),
            message_id=st.uuids().map(str),
        ),
    )


@settings(max_examples=300)
@given(data=st.data())
def test_undoing_is_as_if_the_import_had_never_been(data: st.DataObject) -> None:
    """Rows mixed with what others do about other fields: without the rows all would be the same."""
    made = a_contact(email=ADA, job_title="old", notes="old", tags=["t", "i"])
    unit = a_unit_of_work()
    contact_id = decided(unit, made).stream_id
    steps = data.draw(
        st.lists(st.tuples(st.booleans(), ROWS, _others(contact_id)), max_size=12), label="steps"
    )
    chosen = [(is_row, row if is_row else other) for is_row, row, other in steps]
    other_unit = a_unit_of_work()
    other_id = decided(other_unit, made).stream_id
    for is_row, command in chosen:
        decided(unit, command)
        if not is_row:
            try:
                decided(other_unit, _about(command, contact_id, other_id))
            except Refused as error:
                raise AssertionError(error) from error
    decided(unit, START)
    unit.prefetch([undo(contact_id)])
    decided(unit, undo(contact_id))
    assert _state(unit, contact_id) == _state(other_unit, other_id)


def _about(command: Command, contact_id: UUID, other_id: UUID) -> Command:
    if getattr(command, "contact_id", None) == contact_id:
        return command.model_copy(update={"contact_id": other_id})
    return command


def _state(unit: Any, contact_id: UUID) -> dict[str, Any]:
    contact = unit.contact_of(ORGANIZER, contact_id)
    assert isinstance(contact, Contact)
    names = ("first_name", "last_name", "phone", "company", "job_title", "notes", "is_active")
    shown = {name: getattr(contact, name) for name in (*names, "entered", "email")}
    return shown | {"tags": set(contact.tags), "totals": contact.bookings.totals}
