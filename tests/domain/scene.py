"""A small address book that exists already, and one effective command of every type about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contacts_domain import commands, import_commands
from contacts_domain.commands import Command
from contacts_domain.outcomes import Receipt
from tests.builders import (
    ORGANIZER,
    a_booking,
    a_contact,
    a_group,
    a_row,
    a_started_import,
    an_interaction,
    id_of,
)
from tests.scenario import NOW, Scenario


@dataclass(frozen=True)
class Scene:
    """The ids of what is there."""

    contact: UUID
    """Active, tagged `old`, a member of `joined_group`, with one interaction."""
    idle: UUID
    """Deactivated."""
    gone: UUID
    """Deleted; its e-mail is free."""
    joined_group: UUID
    other_group: UUID
    gone_group: UUID
    interaction: UUID
    started_import: UUID
    """Of two units, not confirmed."""
    running_import: UUID
    """Of two units; one was taken in and changed `contact`."""
    cancelled_import: UUID
    undoing_import: UUID
    """A cancelled one that changed nothing."""


def a_scene(scenario: Scenario) -> Scene:
    """Set it up, in few transactions."""
    joined, other, gone_group, idle, gone = _ids(
        scenario,
        a_group(name="Joined"),
        a_group(name="Other"),
        a_group(name="Gone"),
        a_contact(email="idle@example.org"),
        a_contact(email="gone@example.org"),
    )
    contact, *_ = _ids(
        scenario,
        a_contact(email="here@example.org", tags=["old"], group_ids=[joined]),
        commands.DeactivateContact(organizer_id=ORGANIZER, contact_id=idle),
        commands.DeleteContact(organizer_id=ORGANIZER, contact_id=gone),
        commands.DeleteGroup(organizer_id=ORGANIZER, group_id=gone_group),
        commands.SaveSearch(organizer_id=ORGANIZER, name="Old", criteria={"tags": ["old"]}),
        import_commands.SaveMapping(organizer_id=ORGANIZER, name="Old", columns=()),
    )
    interaction = an_interaction(contact)
    imports = _some_imports(scenario)
    scenario.given(interaction)
    return Scene(
        contact, idle, gone, joined, other, gone_group, interaction.interaction_id, *imports
    )


def _some_imports(scenario: Scenario) -> list[UUID]:
    """One that was started, one that runs, one that was cancelled, one that is being undone."""
    started, running, cancelled, undoing = (a_started_import() for _ in range(4))

    def of(
        command_type: type[Command], start: import_commands.StartImport, **fields: Any
    ) -> Command:
        return command_type(organizer_id=ORGANIZER, import_id=id_of(start), **fields)

    _ids(
        scenario,
        started,
        running,
        of(import_commands.ConfirmImport, running),
        a_row(
            email="here@example.org",
            company="Imported",
            on_duplicate="update",
            correlation_id=str(id_of(running)),
        ),
        of(import_commands.TakeInRows, running, unit=0, last_row=2, updated=1),
        cancelled,
        of(import_commands.CancelImport, cancelled),
        undoing,
        of(import_commands.CancelImport, undoing),
        of(import_commands.UndoImport, undoing),
    )
    return [id_of(each) for each in (started, running, cancelled, undoing)]


def _ids(scenario: Scenario, *given: Command) -> list[UUID]:
    receipts = scenario.contacts.handle_all(given)
    return [each.id for each in receipts if isinstance(each, Receipt)]


NOWHERE = Scene(*(uuid4() for _ in range(11)))
"""Ids of nothing, for commands that are only made and never handled."""


def _about(command_type: type[Command], contact_id: UUID, **fields: Any) -> Command:
    return command_type(organizer_id=ORGANIZER, contact_id=contact_id, **fields)


EXAMPLES: Mapping[type[Command], Callable[[Scene], Command]] = {
    commands.CreateContact: lambda _: a_contact(email="new@example.org"),
    import_commands.UndoImportOfContact: lambda scene: _about(
        import_commands.UndoImportOfContact,
        scene.contact,
        import_id=scene.running_import,
        correlation_id=str(scene.running_import),
    ),
    commands.EditContact: lambda scene: _about(
        commands.EditContact, scene.contact, email="Here2@example.org", first_name="Grace", phone=""
    ),
    commands.ImportContact: lambda _: a_row(email="row@example.org"),
    commands.TagContact: lambda scene: _about(commands.TagContact, scene.contact, tags=["vip"]),
    commands.UntagContact: lambda scene: _about(commands.UntagContact, scene.contact, tags=["OLD"]),
    commands.AddContactToGroup: lambda scene: _about(
        commands.AddContactToGroup, scene.contact, group_id=scene.other_group
    ),
    commands.RemoveContactFromGroup: lambda scene: _about(
        commands.RemoveContactFromGroup, scene.contact, group_id=scene.joined_group
    ),
    commands.ReactivateContact: lambda scene: _about(commands.ReactivateContact, scene.idle),
    commands.RestoreContact: lambda scene: _about(commands.RestoreContact, scene.gone),
    commands.LogInteraction: lambda scene: an_interaction(scene.contact),
    commands.CorrectInteraction: lambda scene: _about(
        commands.CorrectInteraction,
        scene.contact,
        interaction_id=scene.interaction,
        description="Wrote back",
        occurred_at=NOW - timedelta(days=1),
        metadata={"tone": "warm"},
    ),
    commands.RemoveInteraction: lambda scene: _about(
        commands.RemoveInteraction, scene.contact, interaction_id=scene.interaction
    ),
    commands.RecordBooking: lambda _: a_booking("created"),
    commands.RescheduleBooking: lambda _: a_booking("rescheduled"),
    commands.CompleteBooking: lambda _: a_booking("completed"),
    commands.CancelBooking: lambda _: a_booking("cancelled"),
    commands.CreateGroup: lambda _: a_group(name="New"),
    commands.ChangeGroup: lambda scene: commands.ChangeGroup(
        organizer_id=ORGANIZER, group_id=scene.joined_group, name="Renamed", color="#123"
    ),
    commands.DeleteGroup: lambda scene: commands.DeleteGroup(
        organizer_id=ORGANIZER, group_id=scene.joined_group
    ),
    commands.DeactivateContact: lambda scene: _about(commands.DeactivateContact, scene.contact),
    commands.DeleteContact: lambda scene: _about(commands.DeleteContact, scene.contact),
    commands.ChangeSettings: lambda _: commands.ChangeSettings(
        organizer_id=ORGANIZER, default_region="DE", name_order="last_first"
    ),
    commands.SaveSearch: lambda _: commands.SaveSearch(
        organizer_id=ORGANIZER, name="Regulars", criteria={"min_bookings": 3}
    ),
    commands.DeleteSearch: lambda _: commands.DeleteSearch(organizer_id=ORGANIZER, name="OLD"),
    import_commands.SaveMapping: lambda _: import_commands.SaveMapping(
        organizer_id=ORGANIZER, name="Ours", columns=[{"header": "Work mail", "field": "email"}]
    ),
    import_commands.DeleteMapping: lambda _: import_commands.DeleteMapping(
        organizer_id=ORGANIZER, name="OLD"
    ),
    import_commands.StartImport: lambda _: a_started_import(),
    import_commands.ConfirmImport: lambda scene: import_commands.ConfirmImport(
        organizer_id=ORGANIZER, import_id=scene.started_import
    ),
    import_commands.TakeInRows: lambda scene: import_commands.TakeInRows(
        organizer_id=ORGANIZER, import_id=scene.running_import, unit=1, last_row=502, created=500
    ),
    import_commands.CancelImport: lambda scene: import_commands.CancelImport(
        organizer_id=ORGANIZER, import_id=scene.started_import
    ),
    import_commands.UndoImport: lambda scene: import_commands.UndoImport(
        organizer_id=ORGANIZER, import_id=scene.cancelled_import
    ),
    import_commands.NoteContactsUndone: lambda scene: import_commands.NoteContactsUndone(
        organizer_id=ORGANIZER,
        import_id=scene.undoing_import,
        after_position=0,
        through_position=7,
        is_last=True,
    ),
    import_commands.NoteExport: lambda _: import_commands.NoteExport(
        organizer_id=ORGANIZER, format="csv", fields=["email"], contacts=1
    ),
}
"""One command of every type, each of which changes something, alone or in this order."""


def name_of(command_type: type[Command]) -> str:
    """For the ids of parametrised tests."""
    return command_type.__name__
