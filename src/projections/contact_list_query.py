"""Reading the contact list: filters, sorts, keyset pages, one contact by id or e-mail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import PydanticCustomError
from sqlalchemy import Column, ColumnElement, Connection, FromClause, Select, Table, select

from contacts_domain.contact_filter import ContactFilter
from contacts_domain.emails import checked_email, email_key
from contacts_domain.errors import ContactNotFound, InvalidQuery
from contacts_domain.events import NameOrder
from contacts_domain.names import full_name
from projections.among import is_among
from projections.bookings import upcoming_bookings
from projections.columns import instant_of, instant_text
from projections.contact_conditions import (
    Conditions,
    conditions_of,
    count_contacts,
    joined_contacts,
)
from projections.contact_list import booking_totals_table, contact_list_table
from projections.fold import ActiveTables, Row
from projections.groups import GroupLabel, group_labels
from projections.organizers import settings_of
from projections.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Keyset,
    Page,
    checked_limit,
    decode_cursor,
    encode_cursor,
    fetch_page,
)
from projections.prepared import prepared_for


@dataclass(frozen=True)
class ContactView:
    """A contact as readers see it; times are UTC."""

    id: UUID
    first_name: str
    last_name: str
    full_name: str
    email: str
    phone: str
    phone_e164: str | None
    company: str
    job_title: str
    notes: str
    tags: list[str]
    groups: list[GroupLabel]
    total_bookings: int
    completed_bookings: int
    cancelled_bookings: int
    upcoming_bookings: int
    last_booking_date: datetime | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


SORTS: Mapping[str, tuple[str, Any]] = {
    "name": ("sort_name", str),
    "email": ("email_key", str),
    "company": ("company_key", str),
    "created_at": ("created_at", instant_of),
    "updated_at": ("updated_at", instant_of),
    "total_bookings": ("total_bookings", int),
    "last_booking_date": ("last_booking_date", instant_of),
}
"""Sort key -> column and how a cursor's text becomes its value again."""

MAY_BE_MISSING = {"company", "last_booking_date"}


def contact_page(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    wanted: ContactFilter,
    *,
    now: datetime,
    sort: str = "name",
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[ContactView]:
    """One page of contacts with the total that the filter matches.

    `sort` is a key of `SORTS`, with `-` in front for descending order; contacts without a value
    come last. Raises InvalidQuery, InvalidCursor and GroupNotFound.
    """
    keyset = _keyset(tables, sort)
    conditions = conditions_of(connection, tables, organizer_id, wanted)
    belongs_to = [organizer_id, sort, *vars(wanted).values()]
    after = decode_cursor(belongs_to, cursor, keyset)
    checked_limit(limit)
    if conditions.matches == 0:
        return Page([], None, 0)
    rows, key = _fetch(connection, tables, keyset, conditions, limit, after)
    return Page(
        items=_views(connection, tables, organizer_id, rows, now),
        next=encode_cursor(belongs_to, None if key is None else _jsonable(key)),
        total=count_contacts(connection, tables, organizer_id, wanted, conditions),
    )


def every_contact(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    wanted: ContactFilter,
    *,
    now: datetime,
    sort: str,
) -> Iterator[ContactView]:
    """All contacts that match, page by page. Raises InvalidQuery and GroupNotFound."""
    conditions = conditions_of(connection, tables, organizer_id, wanted)
    keyset = _keyset(tables, sort)
    key: list[Any] | None = []
    while key is not None:
        rows, key = _fetch(connection, tables, keyset, conditions, MAX_LIMIT, key)
        yield from _views(connection, tables, organizer_id, rows, now)


def find_contact(
    connection: Connection, tables: ActiveTables, organizer_id: str, reference: str, now: datetime
) -> ContactView:
    """The organizer's contact of this id or e-mail, inactive ones included.

    Raises ContactNotFound, for a foreign or deleted contact as for a missing one.
    """
    contacts = tables[contact_list_table]
    row = (
        connection.execute(
            _contacts(connection, tables).where(
                contacts.c.organizer_id == organizer_id,
                contacts.c.is_deleted.is_(False),
                _is_referred_to(contacts, reference),
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        raise ContactNotFound(reference)
    return _views(connection, tables, organizer_id, [dict(row)], now)[0]


def _is_referred_to(contacts: Table, reference: str) -> ColumnElement[bool]:
    try:
        return contacts.c.contact_id == UUID(reference)
    except ValueError:
        pass
    try:
        return contacts.c.email_key == email_key(checked_email(reference))
    except PydanticCustomError:
        raise ContactNotFound(reference) from None


def _fetch(
    connection: Connection,
    tables: ActiveTables,
    keyset: Keyset,
    conditions: Conditions,
    limit: int,
    after: Sequence[Any],
) -> tuple[list[Row], list[Any] | None]:
    """At most `limit` contacts that fulfil the conditions, after the key `after`, and the next key.

    Found in their order where many are left; few are sorted by their keys before anything else is
    read of them.
    """
    is_by_bookings = keyset.columns[0].table is tables[booking_totals_table]
    if not conditions.leaves_few:
        query = _contacts(connection, tables)
        wanted = conditions.for_pages_by_bookings if is_by_bookings else conditions.for_pages
        return fetch_page(connection, query.where(wanted), keyset, limit, after)
    contacts = tables[contact_list_table]
    source: FromClause = contacts
    if is_by_bookings or conditions.about_bookings:
        source = joined_contacts(connection, tables, by_bookings=conditions.few_bookings)
    keys = select(*keyset.columns).select_from(source).where(conditions.for_pages)
    found, key = fetch_page(connection, keys, replace(keyset, sorts_few=True), limit, after)
    ids = [row["contact_id"] for row in found]
    if not ids:
        return [], key
    rows = _of_ids(tables).named_rows(connection, contact_ids=ids)
    by_id = {row["contact_id"]: row for row in rows}
    return [by_id[contact_id] for contact_id in ids], key


@prepared_for(contact_list_table, booking_totals_table)
def _of_ids(contacts: Table, totals: Table) -> Select[Any]:
    source = contacts.join(totals, contacts.c.contact_id == totals.c.contact_id)
    query = select(*_columns(contacts, totals)).select_from(source)
    return query.where(is_among(contacts.c.contact_id, "contact_ids"))


def _contacts(connection: Connection, tables: ActiveTables) -> Select[Any]:
    contacts, totals = tables[contact_list_table], tables[booking_totals_table]
    return select(*_columns(contacts, totals)).select_from(joined_contacts(connection, tables))


def _columns(contacts: Table, totals: Table) -> list[Column[Any]]:
    names = ("total_bookings", "completed_bookings", "cancelled_bookings", "last_booking_date")
    return [*contacts.c, *(totals.c[name] for name in names)]


def _keyset(tables: ActiveTables, sort: str) -> Keyset:
    name = sort.removeprefix("-")
    if name not in SORTS:
        known = ", ".join(SORTS)
        raise InvalidQuery(f"Lists cannot be sorted by {name!r}. Use one of: {known}.", sort=sort)
    column_name, decode = SORTS[name]
    contacts, totals = tables[contact_list_table], tables[booking_totals_table]
    table = contacts if column_name in contacts.c else totals
    return Keyset(
        (table.c[column_name], table.c.contact_id),
        descending=sort.startswith("-"),
        nullable=name in MAY_BE_MISSING,
        decoders=(decode, UUID),
    )


def _jsonable(key: Sequence[Any]) -> list[Any]:
    return [instant_text(value) if isinstance(value, datetime) else value for value in key]


# --- views -------------------------------------------------------------------------------------


def _views(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    rows: Sequence[Row],
    now: datetime,
) -> list[ContactView]:
    """The rows with their groups and upcoming bookings, read set-wise."""
    group_ids = [UUID(group_id) for row in rows for group_id in row["group_ids"]]
    labels = group_labels(connection, tables, organizer_id, group_ids)
    upcoming = upcoming_bookings(connection, tables, [row["contact_id"] for row in rows], now)
    name_order = settings_of(connection, tables, organizer_id).name_order
    return [_view(row, labels, upcoming.get(row["contact_id"], 0), name_order) for row in rows]


def _view(
    row: Row, labels: Mapping[UUID, GroupLabel], upcoming: int, name_order: NameOrder
) -> ContactView:
    groups = [labels[each] for each in map(UUID, row["group_ids"]) if each in labels]
    return ContactView(
        id=row["contact_id"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        full_name=full_name(row["first_name"], row["last_name"], name_order),
        email=row["email"],
        phone=row["phone"],
        phone_e164=row["phone_e164"],
        company=row["company"],
        job_title=row["job_title"],
        notes=row["notes"],
        tags=row["tags"],
        groups=groups,
        total_bookings=row["total_bookings"],
        completed_bookings=row["completed_bookings"],
        cancelled_bookings=row["cancelled_bookings"],
        upcoming_bookings=upcoming,
        last_booking_date=row["last_booking_date"],
        is_active=row["is_active"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
