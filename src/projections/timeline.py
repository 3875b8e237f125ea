"""The timeline: everything that happened with a contact, newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    select,
)

from contacts_domain import events
from contacts_domain.bookings import RANKS, STATUSES
from contacts_domain.event_schema import RecordedEvent
from projections.columns import Instant, instant_of, instant_text
from projections.contact_list import contact_list_table
from projections.fold import Key, Row, RowFold
from projections.generations import ActiveTables
from projections.paging import (
    Keyset,
    Page,
    checked_limit,
    decode_cursor,
    encode_cursor,
    fetch_page,
)

_MESSAGES = UUID("6f1d9c0a-3f0e-5f53-9c5e-0d6f4c3b7a11")
"""Namespace of the entry ids derived from message ids, the same in whatever order they came."""

ENTRY_TYPES = {
    events.ContactBookingRecorded: "booking_created",
    events.ContactBookingRescheduled: "booking_rescheduled",
    events.ContactBookingCompleted: "booking_completed",
    events.ContactBookingCancelled: "booking_cancelled",
}


def timeline_table(metadata: MetaData, generation: int) -> Table:
    """One row an entry. Entries of one moment are ordered by `precedence`, then by id."""
    name = f"timeline_{generation}"
    return Table(
        name,
        metadata,
        Column("contact_id", Uuid),
        Column("entry_id", Uuid),
        Column("organizer_id", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("occurred_at", Instant, nullable=False),
        Column("precedence", Integer, nullable=False),
        Column("booking_id", Text),
        Column("actor", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("metadata", Text, nullable=False),
        PrimaryKeyConstraint("contact_id", "entry_id", name=f"pk_{name}"),
        Index(f"ix_{name}_contact", "contact_id", "occurred_at", "precedence", "entry_id"),
        Index(f"ix_{name}_organizer", "organizer_id", "occurred_at", "precedence", "entry_id"),
    )


def _booking_entry(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.BookingEvent)  # noqa: S101 - the fold is keyed by type
    return _entry(
        recorded,
        type=ENTRY_TYPES[type(event)],
        description=event.event_type or "Booking",
        occurred_at=event.occurred_at,
        precedence=1 + RANKS[STATUSES[type(event)]],
        booking_id=event.booking_id,
        metadata=orjson.dumps(
            {
                "starts_at": event.starts_at,
                "ends_at": event.ends_at,
                "timezone": event.timezone,
            },
            option=orjson.OPT_UTC_Z,
        ).decode(),
    )


def _logged(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.ContactInteractionLogged)  # noqa: S101 - keyed by type
    return _entry(
        recorded,
        type=event.type,
        description=event.description,
        occurred_at=event.occurred_at,
        precedence=0,
        booking_id=event.booking_id,
        metadata=event.metadata,
    )


def _entry(recorded: RecordedEvent, **columns: Any) -> Row:
    contact_id, entry_id = _key_of(recorded)
    return {
        "contact_id": contact_id,
        "entry_id": entry_id,
        "organizer_id": recorded.organizer_id,
        "actor": recorded.provenance.actor,
        "source": recorded.provenance.source,
        **columns,
    }


def _corrected(row: Row | None, recorded: RecordedEvent) -> Row | None:
    event = recorded.event
    assert isinstance(event, events.ContactInteractionCorrected)  # noqa: S101 - keyed by type
    if row is None:
        return None
    return row | event.model_dump(exclude={"interaction_id"}, exclude_none=True)


def _removed(_row: Row | None, _recorded: RecordedEvent) -> None:
    return None


def _key_of(recorded: RecordedEvent) -> Key:
    match recorded.event:
        case events.BookingEvent(message_source=source, message_id=message_id):
            return (recorded.originator_id, uuid5(_MESSAGES, f"{source}\n{message_id}"))
        case (
            events.ContactInteractionLogged(interaction_id=interaction_id)
            | events.ContactInteractionCorrected(interaction_id=interaction_id)
            | events.ContactInteractionRemoved(interaction_id=interaction_id)
        ):
            return (recorded.originator_id, interaction_id)
        case other:
            raise TypeError(f"{type(other).__name__} is no entry of a timeline")


Fold = Callable[[Row | None, RecordedEvent], Row | None]

_CHANGES: dict[type[events.Event], Fold] = {
    **dict.fromkeys(ENTRY_TYPES, _booking_entry),
    events.ContactInteractionLogged: _logged,
    events.ContactInteractionCorrected: _corrected,
    events.ContactInteractionRemoved: _removed,
}

TIMELINE = RowFold(name="timeline", tables=(timeline_table,), key_of=_key_of, changes=_CHANGES)


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened with a contact."""

    id: UUID
    type: str
    description: str
    occurred_at: datetime
    booking_id: str | None
    actor: str
    source: str
    metadata: dict[str, Any]


def timeline_page(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    contact_id: UUID,
    *,
    limit: int,
    cursor: str | None,
) -> Page[TimelineEntry]:
    """A contact's entries, newest first. Raises InvalidCursor and InvalidQuery."""
    entries = tables[timeline_table]
    keyset = Keyset(
        (entries.c.occurred_at, entries.c.precedence, entries.c.entry_id),
        descending=True,
        decoders=(instant_of, int, UUID),
    )
    belongs_to = ["timeline", organizer_id, contact_id]
    rows, key = fetch_page(
        connection,
        select(entries).where(
            entries.c.organizer_id == organizer_id, entries.c.contact_id == contact_id
        ),
        keyset,
        checked_limit(limit),
        decode_cursor(belongs_to, cursor, keyset),
    )
    after = None if key is None else [instant_text(key[0]), key[1], key[2]]
    return Page([_viewed(row) for row in rows], encode_cursor(belongs_to, after))


def _viewed(row: Row) -> TimelineEntry:
    return TimelineEntry(
        id=row["entry_id"],
        type=row["type"],
        description=row["description"],
        occurred_at=row["occurred_at"],
        booking_id=row["booking_id"],
        actor=row["actor"],
        source=row["source"],
        metadata=orjson.loads(row["metadata"]),
    )


def count_interactions(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    after: datetime,
    until: datetime,
) -> int:
    """Entries of contacts not deleted that occurred in (after, until]."""
    entries, contacts = tables[timeline_table], tables[contact_list_table]
    same = entries.c.contact_id == contacts.c.contact_id
    query = (
        select(func.count())
        .select_from(entries.join(contacts, same))
        .where(
            entries.c.organizer_id == organizer_id,
            entries.c.occurred_at > after,
            entries.c.occurred_at <= until,
            contacts.c.is_deleted.is_(False),
        )
    )
    return connection.execute(query).scalar_one()
