"""Command ids: a repetition is answered with the first receipt, other content is refused."""

from typing import Any
from uuid import UUID

import pytest

from contacts_domain.commands import Command, DeleteContact, EditContact
from contacts_domain.handlers import HANDLERS
from contacts_domain.outcomes import Receipt
from tests.builders import ORGANIZER, a_contact, an_interaction
from tests.domain.scene import EXAMPLES, Scene, name_of
from tests.scenario import Scenario, recorded_events


def identified(command: Command, command_id: str = "intent-1", **fields: Any) -> Command:
    """The command under an id."""
    return command.model_copy(update={"command_id": command_id, **fields})


def handled(scenario: Scenario, command: Command) -> Receipt:
    """The receipt of a command that is not refused."""
    receipt = scenario.when(command).receipt
    assert receipt is not None, scenario.refusal
    return receipt


def essence(receipt: Receipt) -> tuple[UUID, int, int]:
    """What a repeated receipt must say as the first did."""
    return receipt.id, receipt.position, receipt.events


@pytest.mark.parametrize("command_type", HANDLERS, ids=name_of)
def test_a_repeated_command_answers_the_first_receipt_and_records_nothing(
    scenario: Scenario, scene: Scene, command_type: type[Command]
) -> None:
    """Its subject, position and number of events, whatever happened meanwhile; creations too."""
    command = identified(EXAMPLES[command_type](scene))
    first = handled(scenario, command)
    assert (first.events > 0, first.repeated) == (True, False)
    scenario.given(a_contact())
    before = recorded_events(scenario.contacts)
    repeated = handled(scenario, command)
    assert essence(repeated) == essence(first)
    assert repeated.repeated
    assert recorded_events(scenario.contacts) == before


def test_a_command_that_changed_nothing_is_answered_like_any_other(scenario: Scenario) -> None:
    """Its receipt has 0 events, and keeps them when there would be something to do now."""
    contact_id = scenario.given(a_contact(first_name="Ada"))
    about = {"organizer_id": ORGANIZER, "contact_id": contact_id}
    command = identified(EditContact(**about, first_name="Ada"))
    first = handled(scenario, command)
    scenario.given(EditContact(**about, first_name="Grace"))
    repeated = handled(scenario, command)
    assert essence(repeated) == essence(first) == (contact_id, 1, 0)
    assert repeated.repeated


def test_the_receipt_of_a_command_in_a_batch_is_its_own(scenario: Scenario) -> None:
    """Positions are those of the command's last event, not of the batch."""
    batch = [identified(a_contact(), f"intent-{number}") for number in range(3)]
    first = scenario.contacts.handle_all(batch)
    assert [each.position for each in first if isinstance(each, Receipt)] == [1, 2, 3]
    assert [essence(handled(scenario, each)) for each in batch] == [essence(each) for each in first]


def test_a_command_repeated_within_a_batch_answers_the_first_receipt(scenario: Scenario) -> None:
    """As if it had come later."""
    scenario.given(a_contact(), a_contact())
    command = identified(a_contact())
    first, repeated = scenario.contacts.handle_all([command, command])
    assert essence(repeated) == essence(first)
    assert (first.events, first.position, first.repeated) == (1, 3, False)
    assert repeated.repeated


@pytest.mark.parametrize(
    "provenance",
    [{"actor": "grace"}, {"source": "api"}, {"correlation_id": "request-2"}],
    ids=lambda provenance: next(iter(provenance)),
)
def test_who_repeats_a_command_does_not_matter(
    scenario: Scenario, provenance: dict[str, str]
) -> None:
    """A retry may come by another way and still be the same intent."""
    command = identified(a_contact())
    first = handled(scenario, command)
    assert essence(handled(scenario, command.model_copy(update=provenance))) == essence(first)


def test_the_generated_id_of_an_interaction_does_not_matter(scenario: Scenario) -> None:
    """A retry that is built anew gets another one."""
    contact_id = scenario.given(a_contact())
    first = handled(scenario, identified(an_interaction(contact_id)))
    assert essence(handled(scenario, identified(an_interaction(contact_id)))) == essence(first)


@pytest.mark.parametrize(
    "other",
    [{"first_name": "Grace"}, {"email": "grace@example.org"}, {"tags": ("vip",)}],
    ids=lambda other: next(iter(other)),
)
def test_an_id_with_other_content_is_refused(scenario: Scenario, other: dict[str, Any]) -> None:
    """The first command stands, and nothing of the second is carried out."""
    command = identified(a_contact(email="ada@example.org"))
    scenario.given(command)
    refusal = scenario.when(identified(command, **other)).then_refused("command_id_reused")
    assert refusal.details == {"command_id": "intent-1"}


def test_an_id_of_another_type_of_command_is_refused(scenario: Scenario) -> None:
    """Fields may agree and the intent may not."""
    contact_id = scenario.given(identified(a_contact()))
    scenario.when(
        DeleteContact(organizer_id=ORGANIZER, contact_id=contact_id, command_id="intent-1")
    ).then_refused("command_id_reused")


def test_organizers_do_not_share_command_ids(scenario: Scenario) -> None:
    """The same id elsewhere is another intent."""
    scenario.given(identified(a_contact()))
    receipt = handled(scenario, identified(a_contact(organizer_id="globex")))
    assert (receipt.events, receipt.repeated) == (1, False)


def test_a_refused_command_does_not_use_its_id_up(scenario: Scenario) -> None:
    """It can be corrected and sent again."""
    scenario.given(a_contact(email="ada@example.org"))
    scenario.when(identified(a_contact(email="ada@example.org"))).then_refused("email_already_used")
    assert handled(scenario, identified(a_contact(email="grace@example.org"))).events == 1


def test_commands_without_an_id_are_never_taken_for_repetitions(scenario: Scenario) -> None:
    """Only callers who give ids get first receipts."""
    contact_id = scenario.given(a_contact())
    about = {"organizer_id": ORGANIZER, "contact_id": contact_id}
    for name in ("Grace", "Ada", "Grace"):
        receipt = handled(scenario, EditContact(**about, first_name=name))
        assert (receipt.events, receipt.repeated) == (1, False)
