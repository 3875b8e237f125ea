"""Bookings that end the same in whatever order, and however often, their messages arrive.

A booking is keyed by (booking id, invitee e-mail). It takes its values from the message with the
greatest `MessageStamp`; a contact learns its name, phone and spelling of the e-mail from the one
with the smallest.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from contacts_domain.commands import (
    BookingCommand,
    CancelBooking,
    CompleteBooking,
    RecordBooking,
    RescheduleBooking,
)
from contacts_domain.emails import email_key
from contacts_domain.events import (
    BookingEvent,
    BookingTotals,
    ContactBookingCancelled,
    ContactBookingCompleted,
    ContactBookingRecorded,
    ContactBookingRescheduled,
)

BookingStatus = Literal["created", "rescheduled", "completed", "cancelled"]

STATUSES: dict[type[BookingEvent], BookingStatus] = {
    ContactBookingRecorded: "created",
    ContactBookingRescheduled: "rescheduled",
    ContactBookingCompleted: "completed",
    ContactBookingCancelled: "cancelled",
}
"""In the order of their rank, which decides between messages of the same time."""

RANKS: dict[BookingStatus, int] = {status: rank for rank, status in enumerate(STATUSES.values())}

EVENT_OF_COMMAND: dict[type[BookingCommand], type[BookingEvent]] = {
    RecordBooking: ContactBookingRecorded,
    RescheduleBooking: ContactBookingRescheduled,
    CompleteBooking: ContactBookingCompleted,
    CancelBooking: ContactBookingCancelled,
}


class MessageStamp(NamedTuple):
    """The order among booking messages that does not depend on arrival."""

    time: datetime
    rank: int
    message_id: str
    message_source: str


class BookingKey(NamedTuple):
    """What identifies a booking within an organizer's address book."""

    booking_id: str
    email_key: str


class MessageKey(NamedTuple):
    """What identifies a message (CloudEvents 1.0: source and id)."""

    source: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Booking:
    """What a booking is, by the greatest message so far."""

    stamp: MessageStamp
    status: BookingStatus
    starts_at: datetime


def stamp_of(event: BookingEvent) -> MessageStamp:
    """Where the message of `event` stands among all messages."""
    rank = RANKS[STATUSES[type(event)]]
    return MessageStamp(event.occurred_at, rank, event.message_id, event.message_source)


def booking_key(event: BookingEvent) -> BookingKey:
    """Which booking the message of `event` is about."""
    return BookingKey(event.booking_id, email_key(event.invitee_email))


def message_event(message: BookingCommand) -> BookingEvent:
    """The event that keeps `message` whole; its totals are still to be counted."""
    shared = BookingEvent.model_fields.keys() & type(message).model_fields.keys()
    facts = {name: getattr(message, name) for name in shared}
    return EVENT_OF_COMMAND[type(message)](**facts, totals=BookingTotals())


def says_the_same(event: BookingEvent, other: BookingEvent) -> bool:
    """Whether two events keep the same message; totals belong to the arrival, not the message."""
    return type(event) is type(other) and event == other.model_copy(update={"totals": event.totals})


@dataclass(slots=True)
class BookingLedger:
    """A contact's bookings and the messages they came by."""

    bookings: dict[BookingKey, Booking] = field(default_factory=dict)
    messages: dict[MessageKey, BookingEvent] = field(default_factory=dict)
    totals: BookingTotals = field(default_factory=BookingTotals)
    first: MessageStamp | None = None
    """The earliest message."""
    first_named: MessageStamp | None = None
    """The earliest message with a name."""
    first_phoned: MessageStamp | None = None
    """The earliest message with a phone number."""

    def message(self, source: str, message_id: str) -> BookingEvent | None:
        """The message received under this identity, if any."""
        return self.messages.get(MessageKey(source, message_id))

    def counted(self, event: BookingEvent) -> BookingEvent:
        """`event` with the totals that hold once it is applied."""
        key, merged = booking_key(event), _merged(self.bookings.get(booking_key(event)), event)
        return event.model_copy(update={"totals": self._totals_with(key, merged)})

    def apply(self, event: BookingEvent) -> None:
        """Take in a message that `counted` prepared."""
        key, stamp = booking_key(event), stamp_of(event)
        self.bookings[key] = _merged(self.bookings.get(key), event)
        self.messages[MessageKey(event.message_source, event.message_id)] = event
        self.totals = event.totals
        self.first = _earlier(self.first, stamp)
        if event.invitee_name.strip():
            self.first_named = _earlier(self.first_named, stamp)
        if event.invitee_phone.strip():
            self.first_phoned = _earlier(self.first_phoned, stamp)

    def _totals_with(self, key: BookingKey, booking: Booking) -> BookingTotals:
        before = self.bookings.get(key)
        if before == booking:
            return self.totals
        return BookingTotals(
            made=self.totals.made + (before is None),
            completed=self.totals.completed + _change("completed", before, booking),
            cancelled=self.totals.cancelled + _change("cancelled", before, booking),
            last_start=self._last_start_with(key, before, booking),
        )

    def _last_start_with(
        self, key: BookingKey, before: Booking | None, booking: Booking
    ) -> datetime | None:
        last, start = self.totals.last_start, _counted_start(booking)
        if before is None or _counted_start(before) != last:
            return max(filter(None, (last, start)), default=None)
        others = (_counted_start(other) for k, other in self.bookings.items() if k != key)
        return max(filter(None, (start, *others)), default=None)


def _merged(before: Booking | None, event: BookingEvent) -> Booking:
    stamp = stamp_of(event)
    if before is not None and before.stamp >= stamp:
        return before
    return Booking(stamp, STATUSES[type(event)], event.starts_at)


def _change(status: BookingStatus, before: Booking | None, after: Booking) -> int:
    return (after.status == status) - (before is not None and before.status == status)


def _counted_start(booking: Booking) -> datetime | None:
    return None if booking.status == "cancelled" else booking.starts_at


def is_earlier(stamp: MessageStamp, first: MessageStamp | None) -> bool:
    """Whether the message of `stamp` comes before the first one known so far."""
    return first is None or stamp < first


def _earlier(first: MessageStamp | None, stamp: MessageStamp) -> MessageStamp:
    return stamp if first is None else min(first, stamp)
