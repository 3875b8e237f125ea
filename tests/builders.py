"""Commands with valid defaults: a test names only what it is about."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from contacts_domain.column_mapping import ImportField, MappedColumn
from contacts_domain.commands import (
    BookingCommand,
    CancelBooking,
    CompleteBooking,
    CreateContact,
    CreateGroup,
    ImportContact,
    LogInteraction,
    RecordBooking,
    RescheduleBooking,
)
from contacts_domain.import_commands import StartImport
from contacts_domain.import_events import ImportPlan, stream_of_request
from tests.scenario import NOW

ORGANIZER = "acme"
_numbers = count(1)


def a_contact(**fields: Any) -> CreateContact:
    """A contact to add; its e-mail is new unless given."""
    defaults = {"organizer_id": ORGANIZER, "first_name": "Ada", "last_name": "Lovelace"}
    defaults["email"] = f"ada{next(_numbers)}@example.org"
    return CreateContact(**(defaults | fields))


def a_row(**fields: Any) -> ImportContact:
    """A row of an import."""
    defaults = {"organizer_id": ORGANIZER, "first_name": "Ada", "last_name": "Lovelace"}
    defaults["email"] = f"row{next(_numbers)}@example.org"
    return ImportContact(**(defaults | fields))


def a_plan(*columns: tuple[str, ImportField | None], **fields: Any) -> ImportPlan:
    """A way of taking in rows; an e-mail and a first name unless columns are given."""
    chosen = columns or (("Email", "email"), ("First Name", "first_name"))
    mapping = tuple(MappedColumn(header=header, field=field) for header, field in chosen)
    return ImportPlan(mapping=mapping, **fields)


def a_started_import(**fields: Any) -> StartImport:
    """A file of two units of rows, taken in hand."""
    defaults: dict[str, Any] = {
        "organizer_id": ORGANIZER,
        "file_name": "people.csv",
        "format": "csv",
        "size_bytes": 12_345,
        "sha256": "0" * 64,
        "rows": 501,
        "units": 2,
        "plan": a_plan(),
    }
    return StartImport(**(defaults | fields))


def id_of(start: StartImport) -> UUID:
    """The id of the import that a command starts."""
    return stream_of_request(start.organizer_id, start.request_id)


def a_group(**fields: Any) -> CreateGroup:
    """A group to make."""
    return CreateGroup(**({"organizer_id": ORGANIZER, "name": f"Group {next(_numbers)}"} | fields))


def an_interaction(contact_id: UUID, **fields: Any) -> LogInteraction:
    """A touchpoint to write down."""
    defaults = {"organizer_id": ORGANIZER, "contact_id": contact_id, "description": "Called back"}
    return LogInteraction(**(defaults | fields))


BOOKING_COMMANDS: dict[str, type[BookingCommand]] = {
    "created": RecordBooking,
    "rescheduled": RescheduleBooking,
    "completed": CompleteBooking,
    "cancelled": CancelBooking,
}


def a_booking(status: str = "created", **fields: Any) -> BookingCommand:
    """A booking message; its id is new unless given."""
    starts_at: datetime = fields.get("starts_at", NOW + timedelta(days=7))
    defaults = {
        "organizer_id": ORGANIZER,
        "booking_id": "bk-1",
        "event_type": "Intro call",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "timezone": "Europe/Berlin",
        "invitee_name": "Ada Lovelace",
        "invitee_email": "ada@example.org",
        "invitee_phone": "+44 20 7946 0958",
        "message_id": f"evt-{next(_numbers)}",
        "message_source": "/scheduling/bookings",
        "occurred_at": NOW - timedelta(hours=2),
    }
    return BOOKING_COMMANDS[status](**(defaults | fields))
