"""How many entries the timelines of an organizer got in each hour, so that counting a month reads
some hundreds of numbers however much happened."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from projections.columns import Instant
from projections.contact_list import contact_list_table
from projections.fold import ActiveTables, Counter, Key, Row
from projections.prepared import prepared_for
from projections.timeline import TIMELINE, timeline_table

HOUR = timedelta(hours=1)


def activity_counts_table(metadata: MetaData, generation: int) -> Table:
    """One row an organizer and hour (UTC, its beginning); entries of deleted contacts included."""
    name = f"activity_counts_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("hour", Instant),
        Column("entries", Integer, nullable=False),
        PrimaryKeyConstraint("organizer_id", "hour", name=f"pk_{name}"),
    )


def _amounts(entry: Row) -> Iterable[tuple[Key, Mapping[str, int]]]:
    yield (entry["organizer_id"], _hour_of(entry["occurred_at"])), {"entries": 1}


ACTIVITY_COUNTS = Counter(
    "activity_counts", (activity_counts_table,), of=TIMELINE, amounts=_amounts
)


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def count_interactions(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    after: datetime,
    until: datetime,
) -> int:
    """Entries of contacts not deleted that occurred in (after, until], UTC."""
    ((whole, before, since, hidden),) = _counts(tables).rows(
        connection,
        organizer_id=organizer_id,
        after=after,
        until=until,
        begin=_hour_of(after) + HOUR,
        end=_hour_of(until),
    )
    return int(whole + before + since - hidden)


@prepared_for(activity_counts_table, timeline_table, contact_list_table)
def _counts(counts: Table, entries: Table, contacts: Table) -> Select[Any]:
    """Of all whole hours from `begin` to `end`, of what remains before and since, and what is of
    deleted contacts."""
    organizer_id: BindParameter[str] = bindparam("organizer_id")
    after: BindParameter[datetime] = bindparam("after")
    until: BindParameter[datetime] = bindparam("until")
    begin: BindParameter[datetime] = bindparam("begin")
    end: BindParameter[datetime] = bindparam("end")
    when = entries.c.occurred_at
    whole_hours = select(func.coalesce(func.sum(counts.c.entries), 0)).where(
        counts.c.organizer_id == organizer_id, counts.c.hour >= begin, counts.c.hour < end
    )
    own = select(func.count()).where(entries.c.organizer_id == organizer_id)
    before, since = own.where(when > after, when < begin), own.where(when >= end, when <= until)
    of_deleted = (
        select(func.count())
        .select_from(entries.join(contacts, entries.c.contact_id == contacts.c.contact_id))
        .where(
            contacts.c.organizer_id == organizer_id,
            contacts.c.is_deleted.is_(True),
            when > after,
            when <= until,
        )
    )
    parts = (whole_hours, before, since, of_deleted)
    return select(*(part.scalar_subquery() for part in parts))
