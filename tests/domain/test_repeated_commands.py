"""A repeated command emits nothing: every type of command, and the few that refuse instead."""

import pytest

from contacts_domain.commands import Command, CreateContact, CreateGroup, DeleteSearch
from contacts_domain.handlers import HANDLERS
from contacts_domain.import_commands import DeleteMapping, TakeInRows
from tests.domain.scene import EXAMPLES, Scene, name_of
from tests.scenario import Scenario

REFUSED_WHEN_REPEATED = {
    CreateContact: "email_already_used",
    CreateGroup: "group_name_already_used",
    DeleteSearch: "search_not_found",
    DeleteMapping: "mapping_not_found",
    TakeInRows: "rows_already_taken_in",
}


def test_every_command_has_an_example() -> None:
    """A new command cannot be forgotten in the tests that run over all of them."""
    assert EXAMPLES.keys() == HANDLERS.keys()


@pytest.mark.parametrize(
    "command_type", [each for each in HANDLERS if each not in REFUSED_WHEN_REPEATED], ids=name_of
)
def test_a_repeated_command_emits_nothing(
    scenario: Scenario, scene: Scene, command_type: type[Command]
) -> None:
    """The first time it does something; again it answers 0 events about the same subject."""
    command = EXAMPLES[command_type](scene)
    first = scenario.when(command).receipt
    assert first is not None
    assert first.events > 0
    repeated = scenario.when(command).then_nothing_happened().receipt
    assert repeated is not None
    assert (repeated.id, repeated.position) == (first.id, first.position)


@pytest.mark.parametrize(("command_type", "code"), REFUSED_WHEN_REPEATED.items())
def test_what_cannot_be_told_from_a_mistake_is_refused_when_repeated(
    scenario: Scenario, scene: Scene, command_type: type[Command], code: str
) -> None:
    """Without a command id nobody can tell a retry from a second contact or a wrong name."""
    command = EXAMPLES[command_type](scene)
    scenario.given(command)
    scenario.when(command).then_refused(code)
