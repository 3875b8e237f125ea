"""Setting contacts aside and bringing them back; deleting and restoring them."""

from typing import Any
from uuid import UUID

import pytest

from contacts_domain.commands import (
    ContactCommand,
    DeactivateContact,
    DeleteContact,
    EditContact,
    ReactivateContact,
    RestoreContact,
)
from contacts_domain.errors import EmailAlreadyUsed
from contacts_domain.events import (
    ContactDeactivated,
    ContactDeleted,
    ContactReactivated,
    ContactRestored,
)
from tests.builders import ORGANIZER, a_contact, a_group
from tests.scenario import Scenario


@pytest.fixture
def contact_id(scenario: Scenario) -> UUID:
    """An active contact."""
    return scenario.given(a_contact(email="Ada@example.org", tags=["vip"]))


def asked(command_type: type[ContactCommand], contact_id: UUID, **fields: Any) -> ContactCommand:
    """A command about a contact."""
    return command_type(organizer_id=ORGANIZER, contact_id=contact_id, **fields)


def test_a_contact_is_set_aside_and_brought_back(scenario: Scenario, contact_id: UUID) -> None:
    """Each once; again changes nothing."""
    scenario.when(asked(ReactivateContact, contact_id)).then_nothing_happened()
    scenario.when(asked(DeactivateContact, contact_id)).then_emitted(ContactDeactivated())
    scenario.when(asked(DeactivateContact, contact_id)).then_nothing_happened()
    scenario.when(asked(ReactivateContact, contact_id)).then_emitted(ContactReactivated())
    scenario.when(asked(ReactivateContact, contact_id)).then_nothing_happened()


def test_a_deactivated_contact_keeps_its_e_mail(scenario: Scenario, contact_id: UUID) -> None:
    """Setting aside is not deleting."""
    scenario.given(asked(DeactivateContact, contact_id))
    scenario.when(a_contact(email="ada@example.org")).then_refused("email_already_used")


def test_deleting_frees_the_e_mail(scenario: Scenario, contact_id: UUID) -> None:
    """The event says which one; again changes nothing."""
    scenario.when(asked(DeleteContact, contact_id)).then_emitted(
        ContactDeleted(email="Ada@example.org")
    )
    scenario.when(asked(DeleteContact, contact_id)).then_nothing_happened()
    assert scenario.given(a_contact(email="ada@example.org")) != contact_id


def test_a_deleted_contact_is_restored_while_its_e_mail_is_free(
    scenario: Scenario, contact_id: UUID
) -> None:
    """It holds its e-mail again; again changes nothing."""
    scenario.given(asked(DeleteContact, contact_id))
    scenario.when(asked(RestoreContact, contact_id)).then_emitted(
        ContactRestored(email="Ada@example.org")
    )
    scenario.when(asked(RestoreContact, contact_id)).then_nothing_happened()
    scenario.when(a_contact(email="ada@example.org")).then_refused("email_already_used")


def test_restoring_what_was_never_deleted_changes_nothing(
    scenario: Scenario, contact_id: UUID
) -> None:
    """There is nothing to undo."""
    scenario.when(asked(RestoreContact, contact_id)).then_nothing_happened()


@pytest.mark.parametrize("is_active", [True, False])
def test_a_contact_is_not_restored_once_its_e_mail_is_taken(
    scenario: Scenario, contact_id: UUID, is_active: bool
) -> None:
    """The answer names the contact that has the e-mail now."""
    scenario.given(asked(DeleteContact, contact_id))
    taker = scenario.given(a_contact(email="ADA@example.org"))
    if not is_active:
        scenario.given(asked(DeactivateContact, taker))
    refusal = scenario.when(asked(RestoreContact, contact_id)).then_refused("email_already_used")
    assert isinstance(refusal, EmailAlreadyUsed)
    assert (refusal.contact_id, refusal.is_active) == (taker, is_active)


def test_a_contact_is_restored_after_the_taker_let_go_of_the_e_mail(
    scenario: Scenario, contact_id: UUID
) -> None:
    """Only the present counts."""
    scenario.given(asked(DeleteContact, contact_id))
    taker = scenario.given(a_contact(email="ada@example.org"))
    scenario.given(asked(EditContact, taker, email="byron@example.org"))
    scenario.when(asked(RestoreContact, contact_id)).then_emitted(
        ContactRestored(email="Ada@example.org")
    )


def test_a_restored_contact_is_what_it_was(scenario: Scenario) -> None:
    """Tags, memberships and being set aside survive a deletion."""
    group_id = scenario.given(a_group())
    contact_id = scenario.given(a_contact(tags=["vip"], group_ids=[group_id]))
    scenario.given(asked(DeactivateContact, contact_id))
    before = scenario.contacts.contact_list.find(ORGANIZER, contact_id)
    scenario.given(asked(DeleteContact, contact_id), asked(RestoreContact, contact_id))
    after = scenario.contacts.contact_list.find(ORGANIZER, contact_id)
    assert (after.tags, after.groups, after.is_active) == (before.tags, before.groups, False)


def test_a_contact_can_be_deleted_and_restored_again_and_again(
    scenario: Scenario, contact_id: UUID
) -> None:
    """Every round is recorded."""
    for _ in range(2):
        scenario.when(asked(DeleteContact, contact_id)).then_emitted(
            ContactDeleted(email="Ada@example.org")
        )
        scenario.when(asked(RestoreContact, contact_id)).then_emitted(
            ContactRestored(email="Ada@example.org")
        )


def test_a_deactivated_contact_can_be_deleted(scenario: Scenario, contact_id: UUID) -> None:
    """Being set aside is no obstacle."""
    scenario.given(asked(DeactivateContact, contact_id))
    scenario.when(asked(DeleteContact, contact_id)).then_emitted(
        ContactDeleted(email="Ada@example.org")
    )
