"""One event of every type with every field filled in: what the golden files of today hold."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contacts_domain import events, import_events
from contacts_domain.column_mapping import MappedColumn, SavedColumn
from contacts_domain.events import BookingTotals, Event
from contacts_domain.import_events import ImportPlan, KeptChange, RowProblem

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

PLAN = ImportPlan(
    mapping=(
        MappedColumn(header="Work mail", field="email", rank=-1),
        MappedColumn(header="Fax", field=None),
    ),
    preset="outlook",
    on_duplicate="merge",
    unmapped_to_notes=True,
)

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
    "contact.entry_undone": events.ContactEntryUndone(fields=("name", "phone")),
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
    "organizer.mapping_saved": events.OrganizerMappingSaved(
        mapping_name="Ren\u00e9e's sheet",
        columns=(
            SavedColumn(header="Work mail", field="email"),
            SavedColumn(header="Fax", field=None),
        ),
    ),
    "organizer.mapping_deleted": events.OrganizerMappingDeleted(mapping_name="Ren\u00e9e's sheet"),
    "organizer.export_made": events.OrganizerExportMade(
        format="csv",
        fields=("email", "first_name"),
        criteria='{"tags":["vip"]}',
        selected=2,
        contacts=7,
        is_lossless=True,
        file_name="people.csv",
    ),
    "import.started": import_events.ImportStarted(
        file_name="people.csv",
        format="csv",
        size_bytes=12_345,
        sha256="0" * 64,
        rows=501,
        units=2,
        plan=PLAN,
    ),
    "import.confirmed": import_events.ImportConfirmed(plan=PLAN),
    "import.rows_taken_in": import_events.ImportRowsTakenIn(
        unit=1,
        last_row=502,
        created=1,
        updated=2,
        merged=3,
        skipped=4,
        failed=5,
        errors=(RowProblem(row=7, field="email", reason="no address", value="ren\u00e9e@"),),
        warnings=(RowProblem(row=8, field="phone", reason="kept as typed", value="call me"),),
    ),
    "import.completed": import_events.ImportCompleted(),
    "import.cancelled": import_events.ImportCancelled(),
    "import.undo_started": import_events.ImportUndoStarted(),
    "import.contacts_undone": import_events.ImportContactsUndone(
        through_position=1_234,
        restored=1,
        removed=2,
        kept=(KeptChange(contact_id=GROUP, field="company", reason="changed since the import"),),
    ),
    "import.undone": import_events.ImportUndone(),
    "organizer.search_deleted": events.OrganizerSearchDeleted(search_name="Ren\u00e9e's regulars"),
}
