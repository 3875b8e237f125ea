"""From commands about imports and exports to decisions; part of `handlers.HANDLERS`."""

from contacts_domain import import_commands as commands
from contacts_domain import import_events as events
from contacts_domain.errors import CommandIdReused
from contacts_domain.events import OrganizerExportMade
from contacts_domain.import_events import stream_of_request
from contacts_domain.undoing_imports import undone
from contacts_domain.unit_of_work import Decision, UnitOfWork


def start_import(command: commands.StartImport, unit: UnitOfWork) -> Decision:
    """A file taken in hand."""
    started = events.ImportStarted(
        file_name=command.file_name,
        format=command.format,
        size_bytes=command.size_bytes,
        sha256=command.sha256,
        rows=command.rows,
        units=command.units,
        plan=command.plan,
    )
    import_id = stream_of_request(command.organizer_id, command.request_id)
    known = unit.import_if_any(command.organizer_id, import_id)
    return Decision(import_id, [started] if known is None else known.start_again(started))


def confirm_import(command: commands.ConfirmImport, unit: UnitOfWork) -> Decision:
    """Its rows may be taken in."""
    return Decision(command.import_id, unit.import_(command).confirm(command.plan))


def take_in_rows(command: commands.TakeInRows, unit: UnitOfWork) -> Decision:
    """A unit of rows was taken in."""
    facts = {name: getattr(command, name) for name in events.ImportRowsTakenIn.model_fields}
    taken_in = events.ImportRowsTakenIn(**facts)
    return Decision(command.import_id, unit.import_(command).take_in(taken_in))


def cancel_import(command: commands.CancelImport, unit: UnitOfWork) -> Decision:
    """Its early end."""
    return Decision(command.import_id, unit.import_(command).cancel())


def undo_import(command: commands.UndoImport, unit: UnitOfWork) -> Decision:
    """Its undoing begins."""
    return Decision(command.import_id, unit.import_(command).begin_undo())


def undo_import_of_contact(command: commands.UndoImportOfContact, unit: UnitOfWork) -> Decision:
    """A contact put back; what is left alone is told as warnings."""
    contact = unit.contact_even_if_deleted(command)
    unit.require_import(command.organizer_id, command.import_id)
    region = unit.region_of(command.organizer_id)
    put_back = undone(unit.recorded(contact.id), command.import_id, region)
    return Decision(contact.id, put_back.events, tuple(put_back.kept))


def note_contacts_undone(command: commands.NoteContactsUndone, unit: UnitOfWork) -> Decision:
    """A unit of contacts was put back."""
    undone_ones = events.ImportContactsUndone(
        through_position=command.through_position,
        restored=command.restored,
        removed=command.removed,
        kept=command.kept,
    )
    import_ = unit.import_(command)
    decided = import_.advance_undo(command.after_position, undone_ones, is_last=command.is_last)
    return Decision(import_.id, decided)


def save_mapping(command: commands.SaveMapping, unit: UnitOfWork) -> Decision:
    """A mapping got a name."""
    organizer = unit.organizer(command.organizer_id)
    return Decision(organizer.id, organizer.save_mapping(command.name, command.columns))


def delete_mapping(command: commands.DeleteMapping, unit: UnitOfWork) -> Decision:
    """A name is gone."""
    organizer = unit.organizer(command.organizer_id)
    return Decision(organizer.id, organizer.delete_mapping(command.name))


def note_export(command: commands.NoteExport, unit: UnitOfWork) -> Decision:
    """Contacts were taken out; the same export again is known already."""
    made = OrganizerExportMade(
        format=command.format,
        fields=command.fields,
        criteria=command.criteria,
        selected=command.selected,
        contacts=command.contacts,
        is_lossless=command.is_lossless,
        file_name=command.file_name,
    )
    export_id = stream_of_request(command.organizer_id, command.request_id)
    known = [each.event for each in unit.recorded(export_id)]
    if known and known != [made]:
        raise CommandIdReused(str(command.request_id))
    return Decision(export_id, [] if known else [made])
