"""Statistics: counters kept while events are folded, so that reading them costs nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Index,
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

from projections.activity_counts import count_interactions
from projections.columns import Folded
from projections.contact_list import CONTACTS, contact_list_table
from projections.fold import ActiveTables, Counter, Key, Row
from projections.groups import groups_table
from projections.prepared import prepared_for

RECENT = timedelta(days=30)
TOP_COMPANIES = 10


def statistics_table(metadata: MetaData, generation: int) -> Table:
    """One row an organizer; deleted contacts are left out, inactive ones included."""
    name = f"statistics_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("total_contacts", Integer, nullable=False),
        Column("active_contacts", Integer, nullable=False),
        Column("total_bookings", Integer, nullable=False),
        Column("completed_bookings", Integer, nullable=False),
        Column("cancelled_bookings", Integer, nullable=False),
        PrimaryKeyConstraint("organizer_id", name=f"pk_{name}"),
    )


def companies_table(metadata: MetaData, generation: int) -> Table:
    """How many active contacts a company has, companies compared without case."""
    name = f"companies_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("company_key", Folded),
        Column("active_contacts", Integer, nullable=False),
        PrimaryKeyConstraint("organizer_id", "company_key", name=f"pk_{name}"),
        Index(f"ix_{name}_count", "organizer_id", "active_contacts", "company_key"),
    )


def _totals(contact: Row) -> Iterable[tuple[Key, Mapping[str, int]]]:
    if not contact["is_deleted"]:
        yield (
            (contact["organizer_id"],),
            {
                "total_contacts": 1,
                "active_contacts": int(contact["is_active"]),
                "total_bookings": contact["total_bookings"],
                "completed_bookings": contact["completed_bookings"],
                "cancelled_bookings": contact["cancelled_bookings"],
            },
        )


def _companies(contact: Row) -> Iterable[tuple[Key, Mapping[str, int]]]:
    if contact["is_active"] and not contact["is_deleted"] and contact["company_key"]:
        yield (contact["organizer_id"], contact["company_key"]), {"active_contacts": 1}


STATISTICS = Counter("statistics", (statistics_table,), of=CONTACTS, amounts=_totals)
COMPANIES = Counter("companies", (companies_table,), of=CONTACTS, amounts=_companies)


@dataclass(frozen=True)
class CompanyCount:
    """A company, in the spelling of its contact created first, and its active contacts."""

    company: str
    contacts: int


@dataclass(frozen=True)
class Statistics:
    """An organizer's address book in numbers; deleted contacts count nowhere."""

    total_contacts: int
    active_contacts: int
    inactive_contacts: int
    groups: int
    total_bookings: int
    completed_bookings: int
    cancelled_bookings: int
    average_bookings_per_contact: float
    interactions_last_30_days: int
    top_companies: list[CompanyCount]


def statistics_of(
    connection: Connection, tables: ActiveTables, organizer_id: str, now: datetime
) -> Statistics:
    """The numbers of an organizer as of `now` (UTC); all zero for one without contacts."""
    found = _totals_of(tables).rows(connection, organizer_id=organizer_id)
    contacts, active, bookings, completed, cancelled = found[0][1:] if found else (0,) * 5
    return Statistics(
        total_contacts=contacts,
        active_contacts=active,
        inactive_contacts=contacts - active,
        groups=_count_groups(connection, tables, organizer_id),
        total_bookings=bookings,
        completed_bookings=completed,
        cancelled_bookings=cancelled,
        average_bookings_per_contact=round(bookings / contacts, 2) if contacts else 0.0,
        interactions_last_30_days=count_interactions(
            connection, tables, organizer_id, now - RECENT, now
        ),
        top_companies=_top_companies(connection, tables, organizer_id),
    )


@prepared_for(statistics_table)
def _totals_of(totals: Table) -> Select[Any]:
    return select(totals).where(totals.c.organizer_id == bindparam("organizer_id"))


@prepared_for(groups_table)
def _groups_of(groups: Table) -> Select[Any]:
    return select(func.count()).where(groups.c.organizer_id == bindparam("organizer_id"))


def _count_groups(connection: Connection, tables: ActiveTables, organizer_id: str) -> int:
    ((count,),) = _groups_of(tables).rows(connection, organizer_id=organizer_id)
    return int(count)


@prepared_for(companies_table, contact_list_table)
def _top_of(companies: Table, contacts: Table) -> Select[Any]:
    """In the oldest active contact's spelling: it does not depend on how events were batched."""
    organizer_id: BindParameter[str] = bindparam("organizer_id")
    spelling = (
        select(contacts.c.company)
        .where(
            contacts.c.organizer_id == organizer_id,
            contacts.c.company_key == companies.c.company_key,
            contacts.c.is_active.is_(True),
            contacts.c.is_deleted.is_(False),
        )
        .order_by(contacts.c.contact_id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(spelling, companies.c.active_contacts)
        .where(companies.c.organizer_id == organizer_id)
        .order_by(companies.c.active_contacts.desc(), companies.c.company_key)
        .limit(TOP_COMPANIES)
    )


def _top_companies(
    connection: Connection, tables: ActiveTables, organizer_id: str
) -> list[CompanyCount]:
    top = _top_of(tables).rows(connection, organizer_id=organizer_id)
    return [CompanyCount(*row) for row in top]
