"""Bookings: what each one is by its greatest message, whole as it was sent."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    or_,
    select,
)

from contacts_domain import events
from contacts_domain.bookings import RANKS, STATUSES, booking_key
from contacts_domain.event_schema import RecordedEvent
from projections.among import is_among
from projections.columns import Instant
from projections.fold import ActiveTables, Key, Row, RowFold
from projections.prepared import prepared_for

OPEN_STATUSES = ("created", "rescheduled")


def bookings_table(metadata: MetaData, generation: int) -> Table:
    """One row a booking and invitee, at the contact it is at home with."""
    name = f"bookings_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("booking_id", Text),
        Column("email_key", Text),
        Column("contact_id", Uuid, nullable=False),
        Column("status", Text, nullable=False),
        Column("event_type", Text, nullable=False),
        Column("starts_at", Instant, nullable=False),
        Column("ends_at", Instant),
        Column("timezone", Text, nullable=False),
        Column("invitee_name", Text, nullable=False),
        Column("invitee_email", Text, nullable=False),
        Column("invitee_phone", Text, nullable=False),
        Column("message_time", Instant, nullable=False),
        Column("message_rank", Integer, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("message_source", Text, nullable=False),
        PrimaryKeyConstraint("organizer_id", "booking_id", "email_key", name=f"pk_{name}"),
        Index(f"ix_{name}_contact", "contact_id", "starts_at"),
    )


def _merged(row: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.BookingEvent)  # noqa: S101 - the fold is keyed by type
    status = STATUSES[type(event)]
    told = {
        "organizer_id": recorded.organizer_id,
        "booking_id": event.booking_id,
        "email_key": booking_key(event).email_key,
        "contact_id": recorded.originator_id,
        "status": status,
        "event_type": event.event_type,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "timezone": event.timezone,
        "invitee_name": event.invitee_name,
        "invitee_email": event.invitee_email,
        "invitee_phone": event.invitee_phone,
        "message_time": event.occurred_at,
        "message_rank": RANKS[status],
        "message_id": event.message_id,
        "message_source": event.message_source,
    }
    return told if row is None or _stamp(row) < _stamp(told) else row


def _stamp(row: Row) -> tuple[object, ...]:
    return (row["message_time"], row["message_rank"], row["message_id"], row["message_source"])


def _key_of(recorded: RecordedEvent) -> Key:
    event = recorded.event
    assert isinstance(event, events.BookingEvent)  # noqa: S101 - the fold is keyed by type
    return (recorded.organizer_id, *booking_key(event))


BOOKINGS = RowFold(
    name="bookings",
    tables=(bookings_table,),
    key_of=_key_of,
    changes=dict.fromkeys(STATUSES, _merged),
)


def upcoming_bookings(
    connection: Connection, tables: ActiveTables, contact_ids: Collection[UUID], now: datetime
) -> dict[UUID, int]:
    """How many bookings, neither completed nor cancelled, start after `now`; zeros left out."""
    if not contact_ids:
        return {}
    found = _upcoming(tables).rows(connection, contact_ids=[*contact_ids], now=now)
    return {row[0]: row[1] for row in found}


@prepared_for(bookings_table)
def _upcoming(bookings: Table) -> Select[Any]:
    is_open = or_(*(bookings.c.status == status for status in OPEN_STATUSES))
    return (
        select(bookings.c.contact_id, func.count())
        .where(
            is_among(bookings.c.contact_id, "contact_ids"),
            bookings.c.starts_at > bindparam("now"),
            is_open,
        )
        .group_by(bookings.c.contact_id)
    )
