"""The timeline: everything that happened with a contact, newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Self, TypedDict, get_args
from uuid import UUID, uuid5

import orjson
from pydantic import AwareDatetime
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Join,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    Uuid,
    select,
)

from contacts_domain import events
from contacts_domain.bookings import RANKS, STATUSES
from contacts_domain.criteria import checked
from contacts_domain.errors import InvalidQuery
from contacts_domain.event_schema import RecordedEvent
from projections.columns import Instant, instant_of, instant_text
from projections.contact_list import contact_list_table
from projections.fold import ActiveTables, Key, Row, RowFold
from projections.paging import (
    Keyset,
    Page,
    checked_limit,
    decode_cursor,
    encode_cursor,
    fetch_page,
)

REMEMBERED = 4_096
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
            return (recorded.originator_id, _entry_id(source, message_id))
        case (
            events.ContactInteractionLogged(interaction_id=interaction_id)
            | events.ContactInteractionCorrected(interaction_id=interaction_id)
            | events.ContactInteractionRemoved(interaction_id=interaction_id)
        ):
            return (recorded.originator_id, interaction_id)
        case other:
            raise TypeError(f"{type(other).__name__} is no entry of a timeline")


@lru_cache(maxsize=REMEMBERED)
def _entry_id(message_source: str, message_id: str) -> UUID:
    """Asked for twice for every message: where its row is, and what is in it."""
    return uuid5(_MESSAGES, f"{message_source}\n{message_id}")


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
    contact_id: UUID
    contact_email: str | None = None
    """Given where entries are of several contacts."""


TYPES = (*ENTRY_TYPES.values(), *get_args(events.ManualInteractionType))


class TimelineCriteria(TypedDict, total=False):
    """What a timeline may be narrowed down to; everything given must hold."""

    types: Sequence[str]
    """One of these types of entry."""
    after: datetime | None
    """Occurred at this time or later."""
    before: datetime | None
    """Occurred earlier than this."""


@dataclass(frozen=True)
class TimelineFilter:
    """Criteria, checked."""

    types: tuple[str, ...] = ()
    after: AwareDatetime | None = None
    before: AwareDatetime | None = None

    @classmethod
    def of(cls, criteria: TimelineCriteria) -> Self:
        """The filter that criteria mean. Raises InvalidQuery."""
        wanted = checked(cls, criteria)
        unknown = set(wanted.types) - set(TYPES)
        if unknown:
            raise InvalidQuery(
                f"There is no entry type {min(unknown)!r}. Use: {', '.join(TYPES)}.",
                type=min(unknown),
            )
        return wanted


def timeline_page(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    wanted: TimelineFilter,
    *,
    contact_id: UUID | None = None,
    limit: int,
    cursor: str | None,
) -> Page[TimelineEntry]:
    """Entries of one contact or of all that are not deleted, newest first.

    Raises InvalidCursor and InvalidQuery.
    """
    entries = tables[timeline_table]
    keyset = Keyset(
        (entries.c.occurred_at, entries.c.precedence, entries.c.entry_id),
        descending=True,
        decoders=(instant_of, int, UUID),
    )
    belongs_to = ["timeline", organizer_id, contact_id, *vars(wanted).values()]
    rows, key = fetch_page(
        connection,
        _entries(tables, organizer_id, contact_id, wanted),
        keyset,
        checked_limit(limit),
        decode_cursor(belongs_to, cursor, keyset),
    )
    after = None if key is None else [instant_text(key[0]), key[1], key[2]]
    return Page([_viewed(row) for row in rows], encode_cursor(belongs_to, after))


def _entries(
    tables: ActiveTables, organizer_id: str, contact_id: UUID | None, wanted: TimelineFilter
) -> Select[Any]:
    entries = tables[timeline_table]
    if contact_id is not None:
        query = select(entries).where(entries.c.contact_id == contact_id)
    else:
        email = tables[contact_list_table].c.email.label("contact_email")
        query = select(entries, email).select_from(visible_entries(tables))
    query = query.where(entries.c.organizer_id == organizer_id)
    if wanted.types:
        query = query.where(entries.c.type.in_(wanted.types))
    if wanted.after is not None:
        query = query.where(entries.c.occurred_at >= wanted.after)
    if wanted.before is not None:
        query = query.where(entries.c.occurred_at < wanted.before)
    return query


def visible_entries(tables: ActiveTables) -> Join:
    """Entries of contacts that are not deleted."""
    entries, contacts = tables[timeline_table], tables[contact_list_table]
    return entries.join(
        contacts,
        (entries.c.contact_id == contacts.c.contact_id) & contacts.c.is_deleted.is_(False),
    )


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
        contact_id=row["contact_id"],
        contact_email=row.get("contact_email"),
    )
