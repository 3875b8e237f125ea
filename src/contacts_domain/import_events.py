"""What happened with an import, in the past tense; the contacts' own events tell what it did to
them. Part of the storage format, like `events`."""

from typing import Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from contacts_domain.column_mapping import ColumnMapping
from contacts_domain.events import Event
from contacts_domain.personal_data import NotPersonal, Personal

_REQUESTS = UUID("5d1b7c36-0f0e-5a39-8a53-2f2f7c0c9f0a")


def stream_of_request(organizer_id: str, request_id: UUID) -> UUID:
    """The stream of an import or export: whatever id an organizer gives, it is no other's."""
    return uuid5(_REQUESTS, f"{organizer_id}\n{request_id}")


OnDuplicate = Literal["skip", "update", "merge"]
"""What a row means for a contact that has its e-mail already."""


class ImportPlan(BaseModel):
    """How the rows are to be taken in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mapping: ColumnMapping
    preset: str = ""
    """Which program wrote the source; it says how cells of several values are read."""
    on_duplicate: OnDuplicate = "skip"
    unmapped_to_notes: bool = False
    """Whether columns without a field are added to the notes."""


class RowProblem(BaseModel):
    """Why a row was refused, or what of it was not taken as given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    """As people count: the spreadsheet's, where the header is row 1; of vCards the card."""
    field: str
    reason: str
    value: str = ""
    """As it stands in the file, its beginning if it is long."""


class KeptChange(BaseModel):
    """What undoing an import left alone, because somebody changed it since."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact_id: UUID
    field: str
    """Of the contact; blank for one that the import created and that is kept as a whole."""
    reason: str


class ImportStarted(Event):
    """A file was taken in hand and read; its stream begins here. No contact has changed yet."""

    file_name: Personal[str]
    format: NotPersonal[str]
    size_bytes: NotPersonal[int]
    sha256: NotPersonal[str]
    """Of the file, in hexadecimal digits."""
    rows: NotPersonal[int]
    """With content; the header is none."""
    units: NotPersonal[int]
    """In how many units of work they will be taken in."""
    plan: Personal[ImportPlan]
    """As proposed."""


class ImportConfirmed(Event):
    """Somebody had the rows taken in, according to this plan."""

    plan: Personal[ImportPlan]


class ImportRowsTakenIn(Event):
    """A unit of rows was taken in, in the transaction of the contacts' events."""

    unit: NotPersonal[int]
    """Counted from 0."""
    last_row: NotPersonal[int]
    created: NotPersonal[int] = 0
    updated: NotPersonal[int] = 0
    merged: NotPersonal[int] = 0
    skipped: NotPersonal[int] = 0
    failed: NotPersonal[int] = 0
    errors: Personal[tuple[RowProblem, ...]] = ()
    warnings: Personal[tuple[RowProblem, ...]] = ()


class ImportCompleted(Event):
    """Every row was taken in or refused."""


class ImportCancelled(Event):
    """Somebody ended the import early; what was taken in stays until it is undone."""


class ImportUndoStarted(Event):
    """Somebody asked for everything that the import did to be undone."""


class ImportContactsUndone(Event):
    """A unit of contacts was put back, in the transaction of their events."""

    through_position: NotPersonal[int]
    """Up to where in the log the import's events have been looked at."""
    restored: NotPersonal[int] = 0
    """Contacts that got earlier values back."""
    removed: NotPersonal[int] = 0
    """Contacts that the import had created."""
    kept: NotPersonal[tuple[KeptChange, ...]] = ()


class ImportUndone(Event):
    """Nothing of the import is left but what is listed as kept."""
