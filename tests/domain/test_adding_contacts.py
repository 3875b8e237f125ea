"""Adding a contact by hand: what is recorded, what is required, when it is refused."""

from typing import Any
from uuid import uuid4

import pytest

from contacts_domain.commands import CreateContact, DeactivateContact, DeleteContact
from contacts_domain.events import ContactCreated, ContactGrouped
from tests.builders import ORGANIZER, a_contact, a_group
from tests.domain.refusals import refusal_of, refused_fields
from tests.scenario import Scenario, recorded_events


def test_a_contact_is_added_with_everything_given(scenario: Scenario) -> None:
    """All fields of the command reach the one event that begins the contact."""
    scenario.when(
        a_contact(
            email="Ada@Example.org",
            first_name="Ada",
            last_name="Lovelace",
            phone="+44 20 7946 0958",
            company="Analytical Engines",
            job_title="Mathematician",
            notes="First.\n\nSecond.",
            tags=["vip", "Maths"],
        )
    ).then_emitted(
        ContactCreated(
            email="Ada@Example.org",
            first_name="Ada",
            last_name="Lovelace",
            phone="+44 20 7946 0958",
            phone_e164="+442079460958",
            company="Analytical Engines",
            job_title="Mathematician",
            notes="First.\n\nSecond.",
            tags=("vip", "Maths"),
        )
    )


def test_an_e_mail_and_a_first_name_are_enough(scenario: Scenario) -> None:
    """Everything else is blank unless given, and nothing counts as a placeholder."""
    scenario.when(
        CreateContact(organizer_id=ORGANIZER, email="ada@example.org", first_name="Ada")
    ).then_emitted(ContactCreated(email="ada@example.org", first_name="Ada"))


def test_the_receipt_names_the_new_contact(scenario: Scenario) -> None:
    """Its id is the stream of the event, its position the end of the log."""
    receipt = scenario.when(a_contact()).receipt
    assert receipt is not None
    (recorded,) = recorded_events(scenario.contacts)
    assert (receipt.id, receipt.position) == (recorded.originator_id, recorded.position)
    assert receipt.event_names == ("contact.created",)
    assert (receipt.events, receipt.warnings, receipt.repeated) == (1, (), False)


def test_contact_ids_say_nothing_about_the_e_mail(scenario: Scenario) -> None:
    """Two organizers adding the same person get ids of their own, UUIDs of version 7."""
    ids = {
        scenario.given(a_contact(organizer_id=organizer, email="ada@example.org"))
        for organizer in ("acme", "globex")
    }
    assert {each.version for each in ids} == {7}
    assert len(ids) == 2


def test_a_new_contact_joins_each_given_group_once(scenario: Scenario) -> None:
    """Memberships follow in the order given, without repetitions."""
    first, second = scenario.given(a_group()), scenario.given(a_group())
    scenario.when(
        a_contact(email="ada@example.org", group_ids=[second, first, second])
    ).then_emitted(
        ContactCreated(email="ada@example.org", first_name="Ada", last_name="Lovelace"),
        ContactGrouped(group_id=second),
        ContactGrouped(group_id=first),
    )


def test_a_contact_of_an_unknown_group_is_not_added_at_all(scenario: Scenario) -> None:
    """One group that is not there refuses the whole command."""
    known, unknown = scenario.given(a_group()), uuid4()
    refusal = scenario.when(a_contact(group_ids=[known, unknown])).then_refused("group_not_found")
    assert refusal.details == {"reference": str(unknown)}


@pytest.mark.parametrize("is_active", [True, False])
def test_an_e_mail_in_use_is_refused_with_its_contact(scenario: Scenario, is_active: bool) -> None:
    """The answer names the contact that has the e-mail and whether it is active."""
    holder = scenario.given(a_contact(email="ada@example.org"))
    if not is_active:
        scenario.given(DeactivateContact(organizer_id=ORGANIZER, contact_id=holder))
    refusal = scenario.when(a_contact(email="ADA@example.org")).then_refused("email_already_used")
    assert refusal.details == {
        "email": "ADA@example.org",
        "contact_id": str(holder),
        "is_active": is_active,
    }


def test_an_e_mail_in_use_is_free_for_another_organizer(scenario: Scenario) -> None:
    """E-mails are unique per organizer, not in the world."""
    scenario.given(a_contact(email="ada@example.org"))
    scenario.when(a_contact(email="ada@example.org", organizer_id="globex"))
    assert scenario.refusal is None


def test_the_e_mail_of_a_deleted_contact_is_free(scenario: Scenario) -> None:
    """A new contact takes it and is somebody else."""
    old = scenario.given(a_contact(email="ada@example.org"))
    scenario.given(DeleteContact(organizer_id=ORGANIZER, contact_id=old))
    assert scenario.given(a_contact(email="ada@example.org")) != old


@pytest.mark.parametrize("blank", ["", "   ", "\t\n"])
@pytest.mark.parametrize("field", ["first_name", "organizer_id"])
def test_a_contact_needs_a_first_name_and_an_organizer(field: str, blank: str) -> None:
    """White space is no value."""
    refusal = refusal_of(lambda: a_contact(**{field: blank}))
    assert refusal.code == "invalid_command"
    assert [(each.field, each.reason) for each in refusal.errors] == [
        (field, "a value is required")
    ]


@pytest.mark.parametrize("missing", ["organizer_id", "email", "first_name"])
def test_required_fields_cannot_be_left_out(missing: str) -> None:
    """The refusal names the field and shows no value."""
    fields = {"organizer_id": ORGANIZER, "email": "ada@example.org", "first_name": "Ada"}
    del fields[missing]
    (problem,) = refusal_of(lambda: CreateContact(**fields)).errors
    assert (problem.field, problem.value) == (missing, "")


def test_all_bad_fields_are_named_at_once() -> None:
    """Mixed problems are one `invalid_command` that a form can show field by field."""
    refusal = refusal_of(
        lambda: a_contact(email="nobody", first_name="", company="x" * 201, tags=["a,b"])
    )
    assert refusal.code == "invalid_command"
    assert [each.field for each in refusal.errors] == ["email", "first_name", "company", "tags"]
    assert refusal.errors[0].value == "nobody"
    assert [each["field"] for each in refusal.details["errors"]] == [
        each.field for each in refusal.errors
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", 5),
        ("first_name", ["Ada"]),
        ("last_name", None),
        ("notes", None),
        ("tags", "vip"),
        ("tags", None),
        ("group_ids", ["not-an-id"]),
        ("source", "telepathy"),
        ("email", None),
    ],
)
def test_values_of_the_wrong_kind_are_refused(field: str, value: Any) -> None:
    """Nothing is coerced into text, and null is no blank."""
    assert refused_fields(lambda: a_contact(**{field: value})) == [field]


@pytest.mark.parametrize("field", ["first_name", "last_name", "company", "job_title", "phone"])
def test_one_line_fields_are_trimmed(field: str) -> None:
    """White space around a value is not part of it."""
    command = a_contact(**{field: " \t+44 20 7946 0958 \n"})
    assert getattr(command, field) == "+44 20 7946 0958"


@pytest.mark.parametrize("organizer_id", [" acme", "acme ", "\tacme", "cafe\u0301", " ", ""])
def test_an_organizers_id_is_taken_as_it_is_or_refused(organizer_id: str) -> None:
    """It is the host's; a changed one would be written under a name that no query asks for."""
    assert refused_fields(lambda: a_contact(organizer_id=organizer_id)) == ["organizer_id"]
