"""Rows of an import: new contacts, and what each mode makes of an e-mail in use."""

from typing import Any
from uuid import UUID

import pytest

from contacts_domain.commands import DeactivateContact, DeleteContact, ImportContact
from contacts_domain.errors import FieldProblem
from contacts_domain.events import (
    ContactCreated,
    ContactDetailsChanged,
    ContactTagged,
    ContactUntagged,
)
from contacts_domain.phones import IMPOSSIBLE
from tests.builders import ORGANIZER, a_booking, a_contact, a_row
from tests.domain.refusals import refusal_of, refused_fields
from tests.scenario import Scenario

MODES = ["skip", "update", "merge"]
THERE = {
    "email": "ada@example.org",
    "first_name": "Ada",
    "last_name": "",
    "company": "Engines",
    "notes": "Old notes",
    "tags": ["vip", "old"],
}


@pytest.fixture
def there(scenario: Scenario) -> UUID:
    """A contact with some fields filled in."""
    return scenario.given(a_contact(**THERE))


def row(mode: str, **fields: Any) -> ImportContact:
    """A row with these cells only, for that contact."""
    cells = {"email": "ADA@example.org", "first_name": "", "last_name": ""}
    return a_row(on_duplicate=mode, **(cells | fields))


@pytest.mark.parametrize("mode", MODES)
def test_a_row_with_a_free_e_mail_makes_a_contact(scenario: Scenario, mode: str) -> None:
    """In every mode; an import enters values as a person does."""
    scenario.when(
        a_row(
            on_duplicate=mode,
            email="Ada@example.org",
            phone="+44 20 7946 0958",
            company="Engines",
            job_title="Countess",
            notes="a\nb",
            tags=["vip", "VIP", "new"],
        )
    ).then_emitted(
        ContactCreated(
            email="Ada@example.org",
            first_name="Ada",
            last_name="Lovelace",
            phone="+44 20 7946 0958",
            phone_e164="+442079460958",
            company="Engines",
            job_title="Countess",
            notes="a\nb",
            tags=("vip", "new"),
        )
    )
    assert scenario.receipt is not None
    assert scenario.receipt.warnings == ()


@pytest.mark.parametrize(
    ("cells", "expected", "reason"),
    [
        (
            {"first_name": "", "last_name": "Lovelace"},
            {"first_name": "Lovelace", "last_name": ""},
            "the last name",
        ),
        (
            {"first_name": " ", "last_name": ""},
            {"first_name": "ada.l", "name_is_placeholder": True},
            "the text before the @",
        ),
    ],
)
def test_a_blank_first_name_falls_back_with_a_warning(
    scenario: Scenario, cells: dict[str, str], expected: dict[str, Any], reason: str
) -> None:
    """To the last name, else to the text before the `@`."""
    scenario.when(a_row(email="ada.l@example.org", **cells)).then_emitted(
        ContactCreated(email="ada.l@example.org", **expected)
    )
    assert scenario.receipt is not None
    assert scenario.receipt.warnings == (
        FieldProblem("first_name", f"blank; {reason} is used instead", ""),
    )


@pytest.mark.parametrize("phone", ["call me", "+1", "+999999999999999999999"])
def test_an_impossible_phone_is_a_warning(scenario: Scenario, phone: str) -> None:
    """It is kept as typed; whoever imports 10,000 rows can look at it later."""
    scenario.when(a_row(email="ada@example.org", phone=phone)).then_emitted(
        ContactCreated(email="ada@example.org", first_name="Ada", last_name="Lovelace", phone=phone)
    )
    assert scenario.receipt is not None
    assert scenario.receipt.warnings == (
        FieldProblem("phone", f"kept as typed: {IMPOSSIBLE}", phone),
    )


@pytest.mark.parametrize("mode", ["update", "merge"])
def test_an_impossible_phone_is_a_warning_for_a_contact_that_is_there(
    scenario: Scenario, there: UUID, mode: str
) -> None:
    """Only when it is taken in."""
    scenario.when(row(mode, phone="call me")).then_emitted(ContactDetailsChanged(phone="call me"))
    assert scenario.receipt is not None
    assert [each.field for each in scenario.receipt.warnings] == ["phone"]
    scenario.when(row(mode, phone="call me")).then_nothing_happened()
    assert scenario.receipt.warnings == ()


def test_a_merge_that_leaves_the_phone_alone_does_not_warn_about_it(scenario: Scenario) -> None:
    """A number that was not taken in was not kept as typed."""
    scenario.given(a_contact(**THERE, phone="+44 20 7946 0958"))
    scenario.when(row("merge", phone="call me", job_title="Countess")).then_emitted(
        ContactDetailsChanged(job_title="Countess")
    )
    assert scenario.receipt is not None
    assert scenario.receipt.warnings == ()


@pytest.mark.parametrize("is_active", [True, False])
def test_skip_leaves_a_contact_alone(scenario: Scenario, there: UUID, is_active: bool) -> None:
    """Deactivated ones included: nothing reactivates them but a person."""
    if not is_active:
        scenario.given(DeactivateContact(organizer_id=ORGANIZER, contact_id=there))
    scenario.when(row("skip", first_name="New", tags=["new"])).then_nothing_happened()
    assert scenario.receipt is not None
    assert scenario.receipt.id == there


def test_update_overwrites_with_what_the_row_fills_in(scenario: Scenario, there: UUID) -> None:
    """Blank cells leave values alone; filled tags replace, kept ones staying where they are."""
    scenario.when(
        row("update", last_name="King", company="", notes="New notes", tags=["new", "OLD"])
    ).then_emitted(
        ContactDetailsChanged(last_name="King", notes="New notes"),
        ContactUntagged(tags=("vip",)),
        ContactTagged(tags=("new",)),
    )


def test_merge_fills_blanks_and_unites_tags(scenario: Scenario, there: UUID) -> None:
    """What is there stays, notes included."""
    scenario.when(
        row(
            "merge",
            first_name="Augusta",
            last_name="King",
            company="Other",
            job_title="Countess",
            phone="+49 30 901820",
            notes="New notes",
            tags=["VIP", "new"],
        )
    ).then_emitted(
        ContactDetailsChanged(
            last_name="King", job_title="Countess", phone="+49 30 901820", phone_e164="+4930901820"
        ),
        ContactTagged(tags=("new",)),
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "cells",
    [{}, THERE | {"tags": ["OLD", "Vip"]}, {"last_name": "", "notes": "Old notes"}],
    ids=["blank", "the same", "some"],
)
def test_a_row_with_nothing_new_records_nothing(
    scenario: Scenario, there: UUID, mode: str, cells: dict[str, Any]
) -> None:
    """No events and no warnings: that is what an import counts as skipped."""
    scenario.when(row(mode, **cells)).then_nothing_happened()
    assert scenario.receipt is not None
    assert (scenario.receipt.id, scenario.receipt.warnings) == (there, ())


@pytest.mark.parametrize("mode", MODES)
def test_a_row_with_a_last_name_only_can_be_imported_again(scenario: Scenario, mode: str) -> None:
    """The name fell back to the last name, and does so again."""
    cells = {"email": "ada@example.org", "first_name": "", "last_name": "Lovelace"}
    scenario.given(a_row(**cells))
    scenario.when(a_row(on_duplicate=mode, **cells)).then_nothing_happened()


@pytest.mark.parametrize("mode", ["update", "merge"])
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"first_name": "Ada", "last_name": "King"}, {"first_name": "Ada", "last_name": "King"}),
        ({"first_name": "Ada"}, {"first_name": "Ada"}),
        ({"last_name": "King"}, {"first_name": "King"}),
    ],
)
@pytest.mark.parametrize("origin", ["import", "booking"])
def test_a_placeholder_name_gives_way_to_a_real_one(
    scenario: Scenario, mode: str, origin: str, cells: dict[str, str], expected: dict[str, str]
) -> None:
    """In a merge too: a placeholder counts as blank."""
    scenario.given(
        row("skip") if origin == "import" else a_booking(invitee_name="", invitee_phone="")
    )
    scenario.when(row(mode, **cells)).then_emitted(ContactDetailsChanged(**expected))


@pytest.mark.parametrize("mode", MODES)
def test_a_row_with_the_e_mail_of_a_deleted_contact_makes_a_new_one(
    scenario: Scenario, there: UUID, mode: str
) -> None:
    """An import restores nobody."""
    scenario.given(DeleteContact(organizer_id=ORGANIZER, contact_id=there))
    scenario.when(row(mode, first_name="Ada"))
    assert scenario.receipt is not None
    assert scenario.receipt.id != there
    assert scenario.receipt.event_names == ("contact.created",)


@pytest.mark.parametrize(
    ("field", "value"),
    [("company", "x" * 201), ("first_name", "x" * 101), ("phone", "1" * 41), ("notes", None)],
)
def test_a_row_with_a_bad_cell_is_refused(field: str, value: object) -> None:
    """Lengths hold in imports too."""
    assert refused_fields(lambda: a_row(**{field: value})) == [field]


def test_a_row_needs_an_e_mail_and_a_known_mode() -> None:
    """Everything else may be blank."""
    assert refusal_of(lambda: a_row(email="")).code == "invalid_email"
    assert refused_fields(lambda: a_row(on_duplicate="overwrite")) == ["on_duplicate"]
