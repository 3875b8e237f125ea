"""The contact list: table, projector and query of the contacts themselves.

Event times become `created_at` and `updated_at` (when details, tags, groups or state last
changed; bookings do not count). The counters lie in a table of their own, so that a booking
touches no index of the list.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)

from contacts_domain import events
from contacts_domain.emails import email_key
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.free_text import comparison_key
from contacts_domain.names import full_name
from projections.columns import Folded, Instant, JsonText
from projections.fold import Key, Row, RowFold
from projections.search_index import add_search_index
from projections.search_text import folded, searchable


def contact_list_table(metadata: MetaData, generation: int) -> Table:
    """One row a contact, deleted ones included (hidden, they may be restored)."""
    name = f"contact_list_{generation}"
    table = Table(
        name,
        metadata,
        Column("contact_id", Uuid, nullable=False),
        Column("created_position", BigInteger, nullable=False),
        Column("organizer_id", Text, nullable=False),
        Column("email", Text, nullable=False),
        Column("email_key", Folded, nullable=False),
        Column("first_name", Text, nullable=False),
        Column("last_name", Text, nullable=False),
        Column("phone", Text, nullable=False),
        Column("phone_e164", Text),
        Column("company", Text, nullable=False),
        Column("job_title", Text, nullable=False),
        Column("notes", Text, nullable=False),
        Column("tags", JsonText, nullable=False),
        Column("group_ids", JsonText, nullable=False),
        Column("is_active", Boolean, nullable=False),
        Column("is_deleted", Boolean, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
        Column("sort_name", Folded, nullable=False),
        Column("company_key", Folded),
        Column("search_text", Folded, nullable=False),
        PrimaryKeyConstraint("contact_id", name=f"pk_{name}"),
        Index(f"ix_{name}_position", "created_position", unique=True),
        Index(f"ix_{name}_name", "organizer_id", "sort_name", "contact_id"),
        Index(f"ix_{name}_email", "organizer_id", "email_key"),
        Index(f"ix_{name}_company", "organizer_id", "company_key", "contact_id"),
        Index(f"ix_{name}_created", "organizer_id", "created_at", "contact_id"),
        Index(f"ix_{name}_updated", "organizer_id", "updated_at", "contact_id"),
    )
    is_deleted = table.c.is_deleted.is_(True)
    Index(
        f"ix_{name}_deleted",
        table.c.organizer_id,
        sqlite_where=is_deleted,
        postgresql_where=is_deleted,
    )
    add_search_index(table, generation)
    return table


def booking_totals_table(metadata: MetaData, generation: int) -> Table:
    """One row a contact: its booking counters."""
    name = f"booking_totals_{generation}"
    return Table(
        name,
        metadata,
        Column("contact_id", Uuid, nullable=False),
        Column("owner_id", Text, nullable=False),
        Column("total_bookings", Integer, nullable=False),
        Column("completed_bookings", Integer, nullable=False),
        Column("cancelled_bookings", Integer, nullable=False),
        Column("last_booking_date", Instant),
        PrimaryKeyConstraint("contact_id", name=f"pk_{name}"),
        Index(f"ix_{name}_total", "owner_id", "total_bookings", "contact_id"),
        Index(f"ix_{name}_last", "owner_id", "last_booking_date", "contact_id"),
    )


Fold = Callable[[Row | None, RecordedEvent], Row | None]


def _created(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.ContactCreated)  # noqa: S101 - the fold is keyed by type
    return _described(
        {
            "contact_id": recorded.originator_id,
            "created_position": recorded.position,
            "organizer_id": recorded.organizer_id,
            "email": event.email,
            "first_name": event.first_name,
            "last_name": event.last_name,
            "phone": event.phone,
            "phone_e164": event.phone_e164,
            "company": event.company,
            "job_title": event.job_title,
            "notes": event.notes,
            "tags": list(event.tags),
            "group_ids": [],
            "is_active": True,
            "is_deleted": False,
            "created_at": recorded.recorded_at,
            "updated_at": recorded.recorded_at,
            "owner_id": recorded.organizer_id,
            "total_bookings": 0,
            "completed_bookings": 0,
            "cancelled_bookings": 0,
            "last_booking_date": None,
        }
    )


def _described(row: Row) -> Row:
    """The row with what is computed from its own columns."""
    return row | {
        "email_key": email_key(row["email"]),
        "sort_name": sort_name(row["first_name"], row["last_name"]),
        "company_key": comparison_key(row["company"]) or None,
        "search_text": "" if row["is_deleted"] else _search_text(row),
    }


def _search_text(row: Row) -> str:
    """Names in both orders: organizers choose which one they see."""
    return searchable(
        row["organizer_id"],
        full_name(row["first_name"], row["last_name"]),
        full_name(row["last_name"], row["first_name"]),
        row["email"],
        row["company"],
        is_active=row["is_active"],
    )


LONGEST_SORTED = 100
"""Characters of a name that count for its place: a few signs stand for whole words, and
PostgreSQL's indexes have room for 2,704 bytes."""


def sort_name(first_name: str, last_name: str) -> str:
    """Last, then first name; somebody with one name only is sorted by that."""
    last, first = (folded(each)[:LONGEST_SORTED] for each in (last_name or first_name, first_name))
    return f"{last}\t{first}"


def _changed(change: Callable[[Row, Any], Row]) -> Fold:
    """A fold over the columns that `change` returns, which also moves `updated_at`."""

    def fold(row: Row | None, recorded: RecordedEvent) -> Row | None:
        if row is None:
            return None
        return row | change(row, recorded.event) | {"updated_at": recorded.recorded_at}

    return fold


def _details(row: Row, event: events.ContactDetailsChanged) -> Row:
    given = event.model_dump(exclude={"origin", "name_is_placeholder"}, exclude_none=True)
    if event.phone is not None:
        given["phone_e164"] = event.phone_e164
    return _described(row | given)


def _email(row: Row, event: events.ContactEmailChanged) -> Row:
    return _described(row | {"email": event.email})


def _tagged(row: Row, event: events.ContactTagged) -> Row:
    return {"tags": [*row["tags"], *event.tags]}


def _untagged(row: Row, event: events.ContactUntagged) -> Row:
    return {"tags": [tag for tag in row["tags"] if tag not in event.tags]}


def _grouped(row: Row, event: events.ContactGrouped) -> Row:
    return {"group_ids": [*row["group_ids"], str(event.group_id)]}


def _ungrouped(row: Row, event: events.ContactUngrouped) -> Row:
    return {"group_ids": [each for each in row["group_ids"] if each != str(event.group_id)]}


def _booked(row: Row | None, recorded: RecordedEvent) -> Row | None:
    event = recorded.event
    assert isinstance(event, events.BookingEvent)  # noqa: S101 - the fold is keyed by type
    if row is None:
        return None
    return row | {
        "total_bookings": event.totals.made,
        "completed_bookings": event.totals.completed,
        "cancelled_bookings": event.totals.cancelled,
        "last_booking_date": event.totals.last_start,
    }


def _contact_key(recorded: RecordedEvent) -> Key:
    return (recorded.originator_id,)


CONTACTS = RowFold(
    name="contacts",
    tables=(contact_list_table, booking_totals_table),
    key_of=_contact_key,
    changes={
        events.ContactCreated: _created,
        events.ContactDetailsChanged: _changed(_details),
        events.ContactEmailChanged: _changed(_email),
        events.ContactTagged: _changed(_tagged),
        events.ContactUntagged: _changed(_untagged),
        events.ContactGrouped: _changed(_grouped),
        events.ContactUngrouped: _changed(_ungrouped),
        events.ContactDeactivated: _changed(
            lambda row, _event: _described(row | {"is_active": False})
        ),
        events.ContactReactivated: _changed(
            lambda row, _event: _described(row | {"is_active": True})
        ),
        events.ContactDeleted: _changed(lambda row, _event: _described(row | {"is_deleted": True})),
        events.ContactRestored: _changed(
            lambda row, _event: _described(row | {"is_deleted": False})
        ),
        events.ContactBookingRecorded: _booked,
        events.ContactBookingRescheduled: _booked,
        events.ContactBookingCompleted: _booked,
        events.ContactBookingCancelled: _booked,
    },
)
