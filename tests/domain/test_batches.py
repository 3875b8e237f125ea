"""Units of work of several commands: one transaction, seen step by step."""

from collections.abc import Sequence

import pytest

from contacts_domain.commands import (
    AddContactToGroup,
    Command,
    DeactivateContact,
    DeleteContact,
    DeleteGroup,
    EditContact,
    RestoreContact,
    TagContact,
)
from contacts_domain.errors import ContactNotFound, EmailAlreadyUsed
from contacts_domain.events import ContactTagged
from contacts_domain.outcomes import Outcome, Receipt, Refusal
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, a_row
from tests.scenario import Scenario, head, recorded_events


def reported(scenario: Scenario, *commands: Command) -> list[Outcome]:
    """What each command of one unit of work came to."""
    return scenario.contacts.handle_all(commands, on_refusal="report")


def codes(outcomes: Sequence[Outcome]) -> list[str]:
    """The refusal's code, or `done`."""
    return [each.error.code if isinstance(each, Refusal) else "done" for each in outcomes]


def test_a_batch_answers_a_receipt_for_each_command(scenario: Scenario) -> None:
    """In their order, each with the position of its own last event."""
    group_id = scenario.given(a_group())
    receipts = scenario.contacts.handle_all(
        [a_contact(group_ids=[group_id]), a_contact(), a_row(email="row@example.org")]
    )
    assert [(each.position, each.events) for each in receipts] == [(3, 2), (4, 1), (5, 1)]
    assert head(scenario.contacts) == 5


def test_an_empty_batch_does_nothing(scenario: Scenario) -> None:
    """It is no error."""
    assert scenario.contacts.handle_all([]) == []
    assert head(scenario.contacts) == 0


def test_an_aborted_batch_records_nothing(scenario: Scenario) -> None:
    """The first refusal is raised, and what came before it is undone too."""
    scenario.given(a_contact(email="ada@example.org"))
    before = recorded_events(scenario.contacts)
    free, taken = a_contact(email="grace@example.org"), a_contact(email="ada@example.org")
    with pytest.raises(EmailAlreadyUsed):
        scenario.contacts.handle_all([free, taken, a_contact()])
    assert recorded_events(scenario.contacts) == before
    scenario.when(free)
    assert scenario.refusal is None


def test_a_reported_refusal_harms_no_neighbour(scenario: Scenario) -> None:
    """All others are recorded, at positions without a gap."""
    scenario.given(a_contact(email="ada@example.org"))
    refused = a_contact(email="ADA@example.org")
    outcomes = reported(scenario, a_contact(), refused, a_contact())
    assert codes(outcomes) == ["done", "email_already_used", "done"]
    assert isinstance(outcomes[1], Refusal)
    assert outcomes[1].command is refused
    assert [each.position for each in outcomes if isinstance(each, Receipt)] == [2, 3]
    assert head(scenario.contacts) == 3


def test_a_batch_of_refusals_only_records_nothing(scenario: Scenario) -> None:
    """And answers each of them."""
    contact_id = scenario.given(a_contact(email="ada@example.org"))
    outcomes = reported(
        scenario,
        a_contact(email="ada@example.org"),
        AddContactToGroup(organizer_id=ORGANIZER, contact_id=contact_id, group_id=contact_id),
    )
    assert codes(outcomes) == ["email_already_used", "group_not_found"]
    assert head(scenario.contacts) == 1


def test_of_two_contacts_with_one_e_mail_the_first_is_added(scenario: Scenario) -> None:
    """The second sees the first's claim before anything is stored."""
    outcomes = reported(
        scenario, a_contact(email="ada@example.org"), a_contact(email="Ada@Example.org")
    )
    assert codes(outcomes) == ["done", "email_already_used"]
    first, second = outcomes
    assert isinstance(first, Receipt)
    assert isinstance(second, Refusal)
    assert second.error.details["contact_id"] == str(first.id)


def test_of_two_groups_with_one_name_the_first_is_made(scenario: Scenario) -> None:
    """Group names are claimed as e-mails are."""
    outcomes = reported(scenario, a_group(name="Clients"), a_group(name="CLIENTS"))
    assert codes(outcomes) == ["done", "group_name_already_used"]


def test_the_same_names_of_two_organizers_do_not_meet_in_a_batch(scenario: Scenario) -> None:
    """A unit of work may hold several organizers."""
    outcomes = reported(
        scenario,
        a_contact(email="ada@example.org"),
        a_contact(email="ada@example.org", organizer_id="globex"),
    )
    assert codes(outcomes) == ["done", "done"]


def test_an_e_mail_freed_in_a_batch_can_be_taken_in_it(scenario: Scenario) -> None:
    """By deleting, by changing it, and by whoever comes next."""
    ada = scenario.given(a_contact(email="ada@example.org"))
    grace = scenario.given(a_contact(email="grace@example.org"))
    outcomes = reported(
        scenario,
        DeleteContact(organizer_id=ORGANIZER, contact_id=ada),
        EditContact(organizer_id=ORGANIZER, contact_id=grace, email="ada@example.org"),
        a_contact(email="grace@example.org"),
        RestoreContact(organizer_id=ORGANIZER, contact_id=ada),
    )
    assert codes(outcomes) == ["done", "done", "done", "email_already_used"]
    scenario.when(a_contact(email="ada@example.org")).then_refused("email_already_used")
    scenario.when(a_contact(email="grace@example.org")).then_refused("email_already_used")


def test_two_contacts_swap_their_e_mails_in_a_batch(scenario: Scenario) -> None:
    """Through a third address; claims are written for the end, not for every step."""
    ada = scenario.given(a_contact(email="ada@example.org"))
    grace = scenario.given(a_contact(email="grace@example.org"))
    steps = [(ada, "tmp@example.org"), (grace, "ada@example.org"), (ada, "grace@example.org")]
    scenario.contacts.handle_all(
        EditContact(organizer_id=ORGANIZER, contact_id=who, email=email) for who, email in steps
    )
    refusal = scenario.when(a_contact(email="ada@example.org")).then_refused("email_already_used")
    assert refusal.details["contact_id"] == str(grace)
    scenario.when(a_contact(email="tmp@example.org"))
    assert scenario.refusal is None


def test_an_e_mail_given_up_and_taken_back_stays_claimed(scenario: Scenario) -> None:
    """Changes that end where they began leave the claim where it was."""
    ada = scenario.given(a_contact(email="ada@example.org"))
    scenario.contacts.handle_all(
        EditContact(organizer_id=ORGANIZER, contact_id=ada, email=email)
        for email in ("tmp@example.org", "ada@example.org")
    )
    scenario.when(a_contact(email="ada@example.org")).then_refused("email_already_used")
    scenario.when(a_contact(email="tmp@example.org"))
    assert scenario.refusal is None


def test_later_commands_see_what_earlier_ones_did(scenario: Scenario) -> None:
    """Contacts, groups and bookings alike."""
    contact_id, group_id = scenario.given(a_contact(tags=["a"])), scenario.given(a_group())
    about = {"organizer_id": ORGANIZER, "contact_id": contact_id}
    outcomes = reported(
        scenario,
        TagContact(**about, tags=["b"]),
        TagContact(**about, tags=["B", "c"]),
        DeleteGroup(organizer_id=ORGANIZER, group_id=group_id),
        AddContactToGroup(**about, group_id=group_id),
        DeleteContact(**about),
        DeactivateContact(**about),
    )
    assert codes(outcomes) == [
        "done",
        "done",
        "done",
        "group_not_found",
        "done",
        "contact_not_found",
    ]
    tagged = [each.event for each in recorded_events(scenario.contacts, 2)][:2]
    assert tagged == [ContactTagged(tags=("b",)), ContactTagged(tags=("c",))]


def test_the_messages_of_a_booking_may_come_in_one_batch(scenario: Scenario) -> None:
    """The first makes the contact, the others find it; a repeated one changes nothing."""
    message = a_booking("created", message_id="evt-same")
    receipts = scenario.contacts.handle_all([message, a_booking("completed"), message])
    assert [each.events for each in receipts] == [2, 1, 0]
    assert len({each.id for each in receipts}) == 1


def test_a_row_finds_the_contact_of_an_earlier_row(scenario: Scenario) -> None:
    """Duplicates inside a file follow the mode."""
    email = "ada@example.org"
    receipts = scenario.contacts.handle_all(
        [
            a_row(email=email, tags=["a"]),
            a_row(email=email, tags=["b"], on_duplicate="merge"),
            a_row(email=email, tags=["c"], on_duplicate="skip"),
        ]
    )
    assert [each.event_names for each in receipts] == [
        ("contact.created",),
        ("contact.tagged",),
        (),
    ]


def test_a_command_of_a_batch_about_a_refused_contact_is_refused_too(scenario: Scenario) -> None:
    """Nothing of a refused command can be seen by the next one."""
    gone = scenario.given(a_contact(email="ada@example.org"))
    scenario.given(DeleteContact(organizer_id=ORGANIZER, contact_id=gone))
    scenario.given(a_contact(email="ada@example.org"))
    about = {"organizer_id": ORGANIZER, "contact_id": gone}
    outcomes = reported(scenario, RestoreContact(**about), TagContact(**about, tags=["vip"]))
    assert codes(outcomes) == ["email_already_used", "contact_not_found"]
    assert isinstance(outcomes[1], Refusal)
    assert isinstance(outcomes[1].error, ContactNotFound)
