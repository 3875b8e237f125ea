"""Who changed what, when, field by field: told from a contact's events alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts_domain.contact import Contact, begin_contact
from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent
from contacts_domain.events import (
    BookingEvent,
    ContactInteractionCorrected,
    ContactInteractionLogged,
    ContactInteractionRemoved,
    Event,
)


@dataclass(frozen=True)
class FieldChange:
    """A field before and after an event; None where there was nothing."""

    before: Any
    after: Any


@dataclass(frozen=True)
class HistoryEntry:
    """An event of a contact, and what it changed."""

    position: int
    event: str
    recorded_at: datetime | None
    actor: str
    source: str
    changes: dict[str, FieldChange]


def history_of(recorded: Iterable[RecordedEvent]) -> Iterator[HistoryEntry]:
    """The history of the contact whose stream this is, oldest first."""
    contact: Contact | None = None
    for each in recorded:
        before = {} if contact is None else _shown(contact)
        contact = contact or begin_contact(each)
        details = _details(each.event, contact)
        contact.apply(each.event)
        after = _shown(contact)
        yield HistoryEntry(
            position=each.position,
            event=EVENT_NAMES[type(each.event)],
            recorded_at=each.recorded_at,
            actor=each.provenance.actor,
            source=each.provenance.source,
            changes=_differences(before, after) | details,
        )


def _shown(contact: Contact) -> dict[str, Any]:
    """The fields of a contact that people know."""
    totals = contact.bookings.totals
    return {
        "email": contact.email,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "phone": contact.phone.typed,
        "phone_e164": contact.phone.e164,
        "company": contact.company,
        "job_title": contact.job_title,
        "notes": contact.notes,
        "tags": list(contact.tags),
        "group_ids": sorted(contact.group_ids),
        "is_active": contact.is_active,
        "is_deleted": contact.is_deleted,
        "total_bookings": totals.made,
        "completed_bookings": totals.completed,
        "cancelled_bookings": totals.cancelled,
        "last_booking_date": totals.last_start,
    }


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, FieldChange]:
    blank: tuple[Any, ...] = ("", None, [], 0)
    return {
        name: FieldChange(before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value and not (name not in before and value in blank)
    }


def _details(event: Event, contact: Contact) -> dict[str, FieldChange]:
    """What an event says about a booking or an interaction, which are no fields of a contact."""
    match event:
        case BookingEvent():
            return _told(event, "booking_id", "event_type", "starts_at", "invitee_name")
        case ContactInteractionLogged():
            return _told(event, "interaction_id", "type", "description", "occurred_at")
        case ContactInteractionCorrected():
            current = contact.interactions[event.interaction_id].current
            given = event.model_dump(exclude={"interaction_id"}, exclude_none=True)
            changes = {n: FieldChange(getattr(current, n), v) for n, v in given.items()}
            return {"interaction_id": FieldChange(None, event.interaction_id)} | changes
        case ContactInteractionRemoved():
            current = contact.interactions[event.interaction_id].current
            return {
                "interaction_id": FieldChange(event.interaction_id, None),
                "description": FieldChange(current.description, None),
            }
        case _:
            return {}


def _told(event: Event, *names: str) -> dict[str, FieldChange]:
    return {name: FieldChange(None, getattr(event, name)) for name in names}
