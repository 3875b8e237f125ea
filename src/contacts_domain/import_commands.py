"""What may be asked of imports and exports, in the imperative."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from uuid_utils.compat import uuid7

from contacts_domain.column_mapping import SavedColumn
from contacts_domain.command_fields import Metadata, NotNull, RequiredLine100
from contacts_domain.commands import Command, ContactCommand
from contacts_domain.free_text import Line40, Line100, SanitizedText
from contacts_domain.import_events import ImportPlan, KeptChange, RowProblem

NotNegative = Annotated[int, Field(ge=0)]


class StartImport(Command):
    """Take a file in hand that has been read and staged. No contact changes.

    Refused: CommandIdReused for a `request_id` that was given for another file.
    """

    request_id: UUID = Field(default_factory=uuid7)
    """Names the upload: the import's id follows from it and the organizer."""
    file_name: SanitizedText
    format: Line40
    size_bytes: NotNegative
    sha256: Line100
    rows: NotNegative
    units: NotNegative
    plan: ImportPlan


class ImportCommand(Command):
    """A command about one import. Refused: ImportNotFound, ImportNotPossible."""

    import_id: UUID


class ConfirmImport(ImportCommand):
    """Have the rows taken in, as proposed or by another plan. Refused: EmailColumnMissing."""

    plan: Annotated[ImportPlan | None, NotNull] = None


class TakeInRows(ImportCommand):
    """Note a unit of rows as taken in; decided last in the unit of work that takes them in.

    Refused: RowsAlreadyTakenIn, so that of two who run the same import only one goes on.
    """

    unit: NotNegative
    last_row: NotNegative
    created: NotNegative = 0
    updated: NotNegative = 0
    merged: NotNegative = 0
    skipped: NotNegative = 0
    failed: NotNegative = 0
    errors: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()


class CancelImport(ImportCommand):
    """End an import early; what was taken in stays until it is undone."""


class UndoImport(ImportCommand):
    """Begin to undo what a completed or cancelled import did."""


class UndoImportOfContact(ContactCommand):
    """Put one contact back: every field whose last writer is the import gets its earlier value, and
    a contact that it created is deleted, if nobody touched it since."""

    import_id: UUID


class NoteContactsUndone(ImportCommand):
    """Note a unit of contacts as put back; decided last in the unit of work that does it.

    Refused: ContactsAlreadyUndone, so that of two who undo only one goes on.
    """

    after_position: NotNegative
    through_position: NotNegative
    restored: NotNegative = 0
    removed: NotNegative = 0
    kept: tuple[KeptChange, ...] = ()
    is_last: bool = False


class SaveMapping(Command):
    """Give a way of mapping columns a name; a name in use gets the new one."""

    name: RequiredLine100
    columns: tuple[SavedColumn, ...]


class DeleteMapping(Command):
    """Remove a saved mapping. Refused: MappingNotFound."""

    name: RequiredLine100


class NoteExport(Command):
    """Note that contacts were taken out of the address book.

    Refused: CommandIdReused for a `request_id` that was given for another export.
    """

    request_id: UUID = Field(default_factory=uuid7)
    """Names the export: its id follows from it and the organizer."""
    format: Line40
    fields: tuple[Line100, ...]
    criteria: Metadata = "{}"
    """The filter as a JSON object; empty where contacts were named."""
    selected: NotNegative = 0
    contacts: NotNegative
    is_lossless: bool = False
    file_name: SanitizedText = ""
