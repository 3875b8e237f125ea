"""One event of every type with every field filled in: what the golden files of today hold."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contacts_domain import events
from contacts_domain.events import BookingTotals, Event

GROUP = UUID("01926f3a-7c1e-7a4b-9d2e-5b8c1f0a6e01")
INTERACTION = UUID("01926f3a-7c1e-7a4b-9d2e-5b8c1f0a6e02")
BOOKING: Mapping[str, Any] = {
    "booking_id": "bk-1",
    "event_type": "Intro call",
    "starts_at": datetime(2026, 11, 27, 8, 0, tzinfo=UTC),
    "ends_at": datetime(2026, 11, 27, 8, 30, tzinfo=UTC),
    "timezone": "Europe/Berlin",
    "invitee_name": "Ren\u00e9e Lovelace",
    "invitee_email": "Ren\u00e9e@b\u00fccher.example",
    "invitee_phone": "+44 20 7946 0958",
    "message_id": "evt-1",
    "message_source": "/scheduling/bookings",
    "occurred_at": datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC),
    "totals": BookingTotals(
        made=5, completed=2, cancelled=1, last_start=datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
    ),
}

GOLDEN_EVENTS: Mapping[str, Event] = {
    "contact.created": events.ContactCreated(
        email="Ren\u00e9e@b\u00fccher.example",
        first_name="Ren\u00e9e",
        last_name="Lovelace",
        name_is_placeholder=True,
        phone="+44 20 7946 0958",
        phone_e164="+442079460958",
        company="Analytical Engines",
        job_title="Mathematician",
        notes='First "line"\nSecond line \N{WOMAN}',
        tags=("vip", "Maths"),
        origin="booking",
    ),
    "contact.details_changed": events.ContactDetailsChanged(
        first_name="Augusta",
        last_name="King",
        name_is_placeholder=True,
        phone="+49 30 901820",
        phone_e164="+4930901820",
        company="Difference Engines",
        job_title="Countess",
        notes="Other notes",
        origin="booking",
    ),
    "contact.email_changed": events.ContactEmailChanged(
        email="augusta@example.org",
        previous_email="Ren\u00e9e@b\u00fccher.example",
        origin="booking",
    ),
    "contact.tagged": events.ContactTagged(tags=("vip", "Maths")),
    "contact.untagged": events.ContactUntagged(tags=("Maths",)),
    "contact.grouped": events.ContactGrouped(group_id=GROUP),
    "contact.ungrouped": events.ContactUngrouped(group_id=GROUP),
    "contact.deactivated": events.ContactDeactivated(),
    "contact.reactivated": events.ContactReactivated(),
    "contact.booking_recorded": events.ContactBookingRecorded(**BOOKING),
    "contact.booking_rescheduled": events.ContactBookingRescheduled(**BOOKING),
    "contact.booking_completed": events.ContactBookingCompleted(**BOOKING),
    "contact.booking_cancelled": events.ContactBookingCancelled(**BOOKING),
    "contact.interaction_logged": events.ContactInteractionLogged(
        interaction_id=INTERACTION,
        type="note_added",
        description="Called back",
        occurred_at=datetime(2026, 11, 19, 9, 0, tzinfo=UTC),
        booking_id="bk-1",
        metadata='{"tone":"warm"}',
    ),
    "contact.interaction_corrected": events.ContactInteractionCorrected(
        interaction_id=INTERACTION,
        type="email_sent",
        description="Wrote back",
        occurred_at=datetime(2026, 11, 18, 9, 0, tzinfo=UTC),
        metadata='{"tone":"cool"}',
    ),
    "contact.interaction_removed": events.ContactInteractionRemoved(interaction_id=INTERACTION),
    "contact.deleted": events.ContactDeleted(email="Ren\u00e9e@b\u00fccher.example"),
    "contact.restored": events.ContactRestored(email="Ren\u00e9e@b\u00fccher.example"),
    "group.created": events.GroupCreated(
        group_name="Clients", description="Who\npay", color="#0066cc"
    ),
    "group.changed": events.GroupChanged(
        group_name="Payers", previous_name="Clients", description="Who paid", color="#ff0000"
    ),
    "group.deleted": events.GroupDeleted(group_name="Payers"),
    "organizer.settings_changed": events.OrganizerSettingsChanged(
        default_region="DE", name_order="last_first"
    ),
    "organizer.search_saved": events.OrganizerSearchSaved(
        search_name="Ren\u00e9e's regulars", criteria='{"tags":["vip"],"min_bookings":3}'
    ),
    "organizer.search_deleted": events.OrganizerSearchDeleted(search_name="Ren\u00e9e's regulars"),
}
