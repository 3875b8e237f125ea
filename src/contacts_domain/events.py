"""What happened, in the past tense: the facts that are stored and from which all else follows.

These schemas are the storage format. A field may be added with a default; anything else is a new
schema version with an upcaster (`event_schema`). Times are UTC. `None` means "not part of it".
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contacts_domain.column_mapping import SavedColumn
from contacts_domain.instants import Instant
from contacts_domain.personal_data import NotPersonal, Personal

Origin = Literal["entered", "booking"]
"""Whether a person or an import set a value (it stays), or a booking message brought it."""


class Event(BaseModel):
    """A fact about one contact, group or organizer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def named_streams(self) -> tuple[UUID, ...]:
        """Other streams that the event names: it must not be folded before their events."""
        return ()


# --- contacts ----------------------------------------------------------------------------------


class ContactCreated(Event):
    """A contact entered the address book; its stream begins here."""

    email: Personal[str]
    first_name: Personal[str]
    last_name: Personal[str] = ""
    name_is_placeholder: NotPersonal[bool] = False
    """Nobody gave a name: `first_name` is the text before the `@`."""
    phone: Personal[str] = ""
    phone_e164: Personal[str | None] = None
    company: Personal[str] = ""
    job_title: Personal[str] = ""
    notes: Personal[str] = ""
    tags: Personal[tuple[str, ...]] = ()
    origin: NotPersonal[Origin] = "entered"


class ContactDetailsChanged(Event):
    """Some details have new values; `None` means unchanged, except that `phone_e164` is always
    the E.164 form (or none) of a given `phone`."""

    first_name: Personal[str | None] = None
    last_name: Personal[str | None] = None
    name_is_placeholder: NotPersonal[bool | None] = None
    """Given with a name that is again only the text before the `@`."""
    phone: Personal[str | None] = None
    phone_e164: Personal[str | None] = None
    company: Personal[str | None] = None
    job_title: Personal[str | None] = None
    notes: Personal[str | None] = None
    origin: NotPersonal[Origin] = "entered"


class ContactEntryUndone(Event):
    """What an import had entered is no longer so: bookings tell these again."""

    fields: NotPersonal[tuple[Literal["name", "phone"], ...]]


class ContactEmailChanged(Event):
    """The contact is reached at another address, or the same one spelled differently."""

    email: Personal[str]
    previous_email: Personal[str]
    origin: NotPersonal[Origin] = "entered"


class ContactTagged(Event):
    """Tags that the contact did not have were put on it, in this order."""

    tags: Personal[tuple[str, ...]]


class ContactUntagged(Event):
    """Tags, in the contact's spelling, were taken off it."""

    tags: Personal[tuple[str, ...]]


class ContactGrouped(Event):
    """The contact joined a group."""

    group_id: NotPersonal[UUID]

    @property
    def named_streams(self) -> tuple[UUID, ...]:
        """The group's."""
        return (self.group_id,)


class ContactUngrouped(Event):
    """The contact left a group."""

    group_id: NotPersonal[UUID]

    @property
    def named_streams(self) -> tuple[UUID, ...]:
        """The group's."""
        return (self.group_id,)


class ContactDeactivated(Event):
    """The contact was set aside; it keeps its e-mail and goes on counting bookings."""


class ContactReactivated(Event):
    """The contact is in use again."""


class ContactDeleted(Event):
    """The contact was hidden everywhere and its e-mail became free."""

    email: Personal[str]


class ContactRestored(Event):
    """The deletion was undone; the contact holds its e-mail again."""

    email: Personal[str]


class BookingTotals(BaseModel):
    """A contact's bookings, counted over all messages received up to an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made: int = 0
    completed: int = 0
    cancelled: int = 0
    last_start: datetime | None = None
    """The latest start among the bookings not cancelled, UTC."""


class BookingEvent(Event):
    """A booking message, whole as it came, and what it makes of the contact's totals.

    The order of these events is the order of arrival; what a booking *is* follows from the
    greatest (`occurred_at`, rank of the type, `message_id`, `message_source`).
    """

    booking_id: NotPersonal[str]
    event_type: NotPersonal[str] = ""
    starts_at: NotPersonal[Instant]
    ends_at: NotPersonal[Instant | None] = None
    timezone: NotPersonal[str] = ""
    invitee_name: Personal[str] = ""
    invitee_email: Personal[str]
    invitee_phone: Personal[str] = ""
    message_id: NotPersonal[str]
    message_source: NotPersonal[str]
    occurred_at: NotPersonal[Instant]
    totals: NotPersonal[BookingTotals]


class ContactBookingRecorded(BookingEvent):
    """An invitee booked (`booking.created`)."""


class ContactBookingRescheduled(BookingEvent):
    """A booking moved to another time (`booking.rescheduled`)."""


class ContactBookingCompleted(BookingEvent):
    """A booking took place (`booking.completed`)."""


class ContactBookingCancelled(BookingEvent):
    """A booking was called off (`booking.cancelled`)."""


ManualInteractionType = Literal["email_sent", "note_added", "manual_entry"]


class ContactInteractionLogged(Event):
    """A person wrote down a touchpoint with the contact."""

    interaction_id: NotPersonal[UUID]
    type: NotPersonal[ManualInteractionType]
    description: Personal[str]
    occurred_at: NotPersonal[Instant]
    booking_id: NotPersonal[str | None] = None
    metadata: Personal[str] = "{}"
    """A JSON object as text, never interpreted."""


class ContactInteractionCorrected(Event):
    """A logged interaction has new values; `None` means unchanged."""

    interaction_id: NotPersonal[UUID]
    type: NotPersonal[ManualInteractionType | None] = None
    description: Personal[str | None] = None
    occurred_at: NotPersonal[Instant | None] = None
    metadata: Personal[str | None] = None


class ContactInteractionRemoved(Event):
    """A logged interaction was taken off the timeline."""

    interaction_id: NotPersonal[UUID]


# --- groups ------------------------------------------------------------------------------------


class GroupCreated(Event):
    """A group of contacts came into being; its stream begins here."""

    group_name: NotPersonal[str]
    description: NotPersonal[str] = ""
    color: NotPersonal[str]


class GroupChanged(Event):
    """A group has new values; `None` means unchanged."""

    group_name: NotPersonal[str | None] = None
    previous_name: NotPersonal[str | None] = None
    """The name it had, given with a new `group_name`."""
    description: NotPersonal[str | None] = None
    color: NotPersonal[str | None] = None


class GroupDeleted(Event):
    """A group is gone; memberships in it are ignored from now on."""

    group_name: NotPersonal[str]


# --- organizers --------------------------------------------------------------------------------

NameOrder = Literal["first_last", "last_first"]
"""In which order a full name is written."""


class OrganizerEvent(Event):
    """A fact about an organizer; the stream begins with whichever comes first."""


class OrganizerSettingsChanged(OrganizerEvent):
    """An organizer's address book works in another way; `None` means unchanged."""

    default_region: NotPersonal[str | None] = None
    """ISO 3166-1 alpha-2 for phone numbers without a country code; `""` is none."""
    name_order: NotPersonal[NameOrder | None] = None


class OrganizerSearchSaved(OrganizerEvent):
    """A filter of the contact list got a name, or a name got another filter."""

    search_name: Personal[str]
    criteria: Personal[str]
    """The filter as a JSON object, as text."""


class OrganizerMappingSaved(OrganizerEvent):
    """A way of mapping the columns of imports got a name, or a name got another one."""

    mapping_name: Personal[str]
    columns: Personal[tuple[SavedColumn, ...]]


class OrganizerMappingDeleted(OrganizerEvent):
    """A saved mapping is gone."""

    mapping_name: Personal[str]


class OrganizerExportMade(OrganizerEvent):
    """Somebody took contacts out of the address book. Each has a stream of its own: exports are
    many, and the organizer's is read with every command."""

    format: NotPersonal[str]
    fields: NotPersonal[tuple[str, ...]]
    criteria: Personal[str]
    """The filter as a JSON object, as text; empty where contacts were named."""
    selected: NotPersonal[int] = 0
    """How many contacts were named."""
    contacts: NotPersonal[int]
    """How many were written."""
    is_lossless: NotPersonal[bool] = False
    file_name: Personal[str] = ""


class OrganizerSearchDeleted(OrganizerEvent):
    """A saved search is gone."""

    search_name: Personal[str]
