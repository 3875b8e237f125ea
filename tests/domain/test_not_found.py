"""Unknown, foreign and deleted ids answer alike, so that an answer says nothing about others."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contacts_domain.commands import (
    ChangeGroup,
    Command,
    ContactCommand,
    DeleteContact,
    DeleteGroup,
    RestoreContact,
)
from contacts_domain.handlers import HANDLERS
from contacts_domain.import_commands import UndoImportOfContact
from tests.builders import ORGANIZER, a_contact, a_group
from tests.domain.scene import EXAMPLES, Scene, name_of
from tests.scenario import Scenario

ABOUT_CONTACTS = [each for each in HANDLERS if issubclass(each, ContactCommand)]
ABOUT_GROUPS = [each for each in HANDLERS if "group_id" in each.model_fields]
UNDO_DELETION = {DeleteContact, RestoreContact, DeleteGroup, UndoImportOfContact}
"""Commands that still know what was deleted, to repeat or to undo it."""


def answer(scenario: Scenario, command: Command, code: str, sought: UUID) -> str:
    """The refusal as the caller sees it, the id they gave themselves blanked out."""
    refusal = scenario.when(command).then_refused(code)
    return f"{refusal.message} {refusal.details}".replace(str(sought), "…")


def with_ids(command: Command, **ids: Any) -> Command:
    """The command about something else."""
    return command.model_copy(update=ids)


@pytest.mark.parametrize("command_type", ABOUT_CONTACTS, ids=name_of)
def test_contacts_that_are_not_there_answer_alike(
    scenario: Scenario, scene: Scene, command_type: type[Command]
) -> None:
    """An unknown id, another organizer's, a group's, and a deleted contact's."""
    command = EXAMPLES[command_type](scene)
    unknown = uuid4()
    expected = answer(scenario, with_ids(command, contact_id=unknown), "contact_not_found", unknown)
    others = [
        with_ids(command, organizer_id="globex"),
        with_ids(command, contact_id=scene.joined_group),
    ]
    if command_type not in UNDO_DELETION:
        others.append(with_ids(command, contact_id=scene.gone))
    for each in others:
        assert answer(scenario, each, "contact_not_found", each.contact_id) == expected


@pytest.mark.parametrize("command_type", ABOUT_GROUPS, ids=name_of)
def test_groups_that_are_not_there_answer_alike(
    scenario: Scenario, scene: Scene, command_type: type[Command]
) -> None:
    """An unknown id, another organizer's, a contact's, and a deleted group's."""
    command = EXAMPLES[command_type](scene)
    unknown = uuid4()
    expected = answer(scenario, with_ids(command, group_id=unknown), "group_not_found", unknown)
    foreign = scenario.given(a_group(organizer_id="globex"))
    ids = [foreign, scene.contact]
    if command_type not in UNDO_DELETION:
        ids.append(scene.gone_group)
    for each in ids:
        assert answer(scenario, with_ids(command, group_id=each), "group_not_found", each) == (
            expected
        )


@pytest.mark.parametrize("which", ["foreign", "gone_group", "contact"])
def test_a_new_contact_joins_no_group_that_is_not_there(
    scenario: Scenario, scene: Scene, which: str
) -> None:
    """The same answer as for an unknown group."""
    group_id = (
        scenario.given(a_group(organizer_id="globex"))
        if which == "foreign"
        else getattr(scene, which)
    )
    unknown = uuid4()
    expected = answer(scenario, a_contact(group_ids=[unknown]), "group_not_found", unknown)
    assert (
        answer(scenario, a_contact(group_ids=[group_id]), "group_not_found", group_id) == expected
    )


def test_a_deleted_contact_of_another_organizer_cannot_be_restored(
    scenario: Scenario, scene: Scene
) -> None:
    """Knowing the id is not enough."""
    scenario.when(RestoreContact(organizer_id="globex", contact_id=scene.gone)).then_refused(
        "contact_not_found"
    )


def test_a_contact_is_looked_for_before_its_group(scenario: Scenario, scene: Scene) -> None:
    """Of two ids that are not there, the contact's is answered."""
    command = next(each for each in ABOUT_GROUPS if issubclass(each, ContactCommand))
    scenario.when(
        with_ids(EXAMPLES[command](scene), contact_id=uuid4(), group_id=uuid4())
    ).then_refused("contact_not_found")


def test_a_deleted_group_cannot_be_changed_by_its_id(scenario: Scenario, scene: Scene) -> None:
    """Deleting a group cannot be undone."""
    scenario.when(
        ChangeGroup(organizer_id=ORGANIZER, group_id=scene.gone_group, name="Back")
    ).then_refused("group_not_found")
    scenario.when(
        DeleteGroup(organizer_id=ORGANIZER, group_id=scene.gone_group)
    ).then_nothing_happened()
