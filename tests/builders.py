"""Commands with valid defaults: a test names only what it is about."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

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
