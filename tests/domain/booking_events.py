"""The event that a booking message is expected to become."""

from datetime import datetime

from contacts_domain.commands import BookingCommand
from contacts_domain.events import (
    BookingEvent,
    BookingTotals,
    ContactBookingCancelled,
    ContactBookingCompleted,
    ContactBookingRecorded,
    ContactBookingRescheduled,
)

EVENT_TYPES: dict[str, type[BookingEvent]] = {
    "RecordBooking": ContactBookingRecorded,
    "RescheduleBooking": ContactBookingRescheduled,
    "CompleteBooking": ContactBookingCompleted,
    "CancelBooking": ContactBookingCancelled,
}


def kept(
    message: BookingCommand,
    *,
    made: int = 1,
    completed: int = 0,
    cancelled: int = 0,
    last_start: datetime | None = None,
) -> BookingEvent:
    """The message whole, with these totals; the last start is the message's unless given."""
    return EVENT_TYPES[type(message).__name__](
        booking_id=message.booking_id,
        event_type=message.event_type,
        starts_at=message.starts_at,
        ends_at=message.ends_at,
        timezone=message.timezone,
        invitee_name=message.invitee_name,
        invitee_email=message.invitee_email,
        invitee_phone=message.invitee_phone,
        message_id=message.message_id,
        message_source=message.message_source,
        occurred_at=message.occurred_at,
        totals=BookingTotals(
            made=made,
            completed=completed,
            cancelled=cancelled,
            last_start=message.starts_at if last_start is None else last_start,
        ),
    )
