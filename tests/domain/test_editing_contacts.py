"""Editing: omitted fields stay, blank clears, null is refused, only differences are recorded."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contacts_domain.commands import DeactivateContact, DeleteContact, EditContact
from contacts_domain.events import ContactCreated, ContactDetailsChanged, ContactEmailChanged
from tests.builders import ORGANIZER, a_contact
from tests.domain.refusals import refusal_of, refused_fields
from tests.scenario import Scenario, recorded_events

FULL = {
    "email": "ada@example.org",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "phone": "+44 20 7946 0958",
    "company": "Analytical Engines",
    "job_title": "Mathematician",
    "notes": "Likes engines",
}
CLEARABLE = ["last_name", "phone", "company", "job_title", "notes"]


@pytest.fixture
def contact_id(scenario: Scenario) -> UUID:
    """A contact with every field filled in."""
    return scenario.given(a_contact(**FULL))


def edited(contact_id: UUID, **fields: Any) -> EditContact:
    """The command that changes these fields."""
    return EditContact(organizer_id=ORGANIZER, contact_id=contact_id, **fields)


@pytest.mark.parametrize("field", ["first_name", "last_name", "company", "job_title", "notes"])
def test_only_the_given_field_changes(scenario: Scenario, contact_id: UUID, field: str) -> None:
    """The event holds the new value of the one field and of no other."""
    scenario.when(edited(contact_id, **{field: "New"})).then_emitted(
        ContactDetailsChanged(**{field: "New"})
    )


def test_a_phone_changes_with_its_e164_form(scenario: Scenario, contact_id: UUID) -> None:
    """The number as typed and the one that machines use travel together."""
    scenario.when(edited(contact_id, phone="+49 30 901820")).then_emitted(
        ContactDetailsChanged(phone="+49 30 901820", phone_e164="+4930901820")
    )


@pytest.mark.parametrize("field", CLEARABLE)
def test_a_blank_value_clears_a_field(scenario: Scenario, contact_id: UUID, field: str) -> None:
    """`""` is recorded as the new value; a cleared phone loses its E.164 form."""
    scenario.when(edited(contact_id, **{field: ""})).then_emitted(
        ContactDetailsChanged(**{field: ""})
    )
    scenario.when(edited(contact_id, **{field: ""})).then_nothing_happened()


@pytest.mark.parametrize("field", ["email", "first_name", *CLEARABLE])
def test_null_is_refused(field: str) -> None:
    """Null could mean "leave" as well as "clear", so it means neither."""
    (problem,) = refusal_of(lambda: edited(uuid4(), **{field: None})).errors
    assert problem.field == field
    assert "null is not allowed" in problem.reason


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_first_name_cannot_be_blanked(blank: str) -> None:
    """Every contact goes by some name."""
    assert refused_fields(lambda: edited(uuid4(), first_name=blank)) == ["first_name"]


def test_an_e_mail_cannot_be_blanked() -> None:
    """Every contact is reached somewhere."""
    assert refusal_of(lambda: edited(uuid4(), email="")).code == "invalid_email"


def test_only_differences_are_recorded(scenario: Scenario, contact_id: UUID) -> None:
    """A form that sends all fields changes the one that differs."""
    scenario.when(edited(contact_id, **FULL | {"company": "Difference Engines"})).then_emitted(
        ContactDetailsChanged(company="Difference Engines")
    )


@pytest.mark.parametrize("fields", [{}, FULL, {"first_name": " Ada "}])
def test_an_edit_without_a_difference_records_nothing(
    scenario: Scenario, contact_id: UUID, fields: dict[str, str]
) -> None:
    """It is accepted, with a receipt of 0 events at the end of the log."""
    receipt = scenario.when(edited(contact_id, **fields)).then_nothing_happened().receipt
    assert receipt is not None
    assert (receipt.id, receipt.position) == (contact_id, 1)


def test_a_new_e_mail_is_recorded_with_the_previous_one(
    scenario: Scenario, contact_id: UUID
) -> None:
    """Projections and claims need both ends of the change."""
    scenario.when(edited(contact_id, email="countess@example.org")).then_emitted(
        ContactEmailChanged(email="countess@example.org", previous_email="ada@example.org")
    )


def test_a_respelled_e_mail_is_shown_as_typed_now(scenario: Scenario, contact_id: UUID) -> None:
    """The same address in another spelling is a change, and no conflict with oneself."""
    scenario.when(edited(contact_id, email="Ada@Example.org")).then_emitted(
        ContactEmailChanged(email="Ada@Example.org", previous_email="ada@example.org")
    )
    scenario.when(a_contact(email="ada@example.org")).then_refused("email_already_used")


def test_e_mail_and_details_change_together(scenario: Scenario, contact_id: UUID) -> None:
    """One command may cause two events of one contact."""
    scenario.when(edited(contact_id, email="g@example.org", first_name="Grace")).then_emitted(
        ContactEmailChanged(email="g@example.org", previous_email="ada@example.org"),
        ContactDetailsChanged(first_name="Grace"),
    )


def test_a_changed_e_mail_frees_the_previous_one(scenario: Scenario, contact_id: UUID) -> None:
    """Somebody else may have the old address at once."""
    scenario.given(edited(contact_id, email="countess@example.org"))
    scenario.when(a_contact(email="ada@example.org", last_name="")).then_emitted(
        ContactCreated(email="ada@example.org", first_name="Ada")
    )


@pytest.mark.parametrize("is_active", [True, False])
def test_an_e_mail_of_another_contact_is_refused(
    scenario: Scenario, contact_id: UUID, is_active: bool
) -> None:
    """Nothing of the command is carried out, its other fields included."""
    other = scenario.given(a_contact(email="grace@example.org"))
    if not is_active:
        scenario.given(DeactivateContact(organizer_id=ORGANIZER, contact_id=other))
    refusal = scenario.when(
        edited(contact_id, email="Grace@example.org", company="New")
    ).then_refused("email_already_used")
    assert refusal.details["contact_id"] == str(other)
    assert refusal.details["is_active"] is is_active


def test_an_e_mail_of_a_deleted_contact_may_be_taken(scenario: Scenario, contact_id: UUID) -> None:
    """Deleting freed it."""
    other = scenario.given(a_contact(email="grace@example.org"))
    scenario.given(DeleteContact(organizer_id=ORGANIZER, contact_id=other))
    scenario.when(edited(contact_id, email="grace@example.org")).then_emitted(
        ContactEmailChanged(email="grace@example.org", previous_email="ada@example.org")
    )


def test_a_deactivated_contact_can_be_edited_and_stays_so(
    scenario: Scenario, contact_id: UUID
) -> None:
    """Editing is not bringing back."""
    scenario.given(DeactivateContact(organizer_id=ORGANIZER, contact_id=contact_id))
    scenario.when(edited(contact_id, company="New")).then_emitted(
        ContactDetailsChanged(company="New")
    )


def test_edits_are_recorded_on_the_contact_s_own_stream(
    scenario: Scenario, contact_id: UUID
) -> None:
    """Versions count up without a gap from the creation on."""
    scenario.given(edited(contact_id, company="New"), edited(contact_id, company="Newer"))
    places = [
        (each.originator_id, each.originator_version) for each in recorded_events(scenario.contacts)
    ]
    assert places == [(contact_id, 1), (contact_id, 2), (contact_id, 3)]
