"""Reads whole read tables, to compare them row by row."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from adapters import Contacts
from projections.bookings import bookings_table

Rows = dict[str, list[dict[str, Any]]]


def all_rows(contacts: Contacts) -> Rows:
    """Every row of every active read table, by the table's name without the generation."""
    rows: Rows = {}
    with contacts.engine.database.reading() as connection:
        for table in contacts.engine.active_tables(connection).values():
            found = [dict(row) for row in connection.execute(select(table)).mappings()]
            name = table.name.rpartition("_")[0]
            rows[name] = sorted(found, key=lambda row: str(sorted(row.items())))
    return rows


def is_as_rebuilt(contacts: Contacts) -> bool:
    """Whether the read tables say what the log says."""
    followed = all_rows(contacts)
    contacts.rebuild()
    return all_rows(contacts) == followed


def address_book(contacts: Contacts, organizer_id: str) -> dict[str, Any]:
    """What an organizer's readers see, without ids and times of recording."""
    people = list(contacts.contact_list.every(organizer_id, is_active=None))
    return {
        "contacts": sorted((_seen(person) for person in people), key=lambda p: str(p["email"])),
        "timelines": {
            person.email.lower(): [
                _without(vars(entry), "id", "contact_id")
                for entry in contacts.timeline.page(organizer_id, person.id, limit=500).items
            ]
            for person in people
        },
        "statistics": vars(contacts.statistics.of(organizer_id)),
        "bookings": _bookings(contacts, organizer_id),
    }


def _seen(person: Any) -> dict[str, Any]:
    return _without(vars(person), "id", "created_at", "updated_at")


def _without(values: Mapping[str, Any], *hidden: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in hidden}


def _bookings(contacts: Contacts, organizer_id: str) -> list[dict[str, Any]]:
    with contacts.engine.database.reading() as connection:
        bookings = contacts.engine.active_tables(connection)[bookings_table]
        query = select(bookings).where(bookings.c.organizer_id == organizer_id)
        found = connection.execute(query.order_by(*bookings.primary_key.columns)).mappings().all()
    return [_without(dict(row), "contact_id", "organizer_id") for row in found]
