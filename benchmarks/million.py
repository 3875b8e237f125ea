"""A million contacts, one organizer's 100,000 among them, in the read tables of both databases and
in Django's: the same people, so that pages can be compared before they are timed."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Boolean, Column, Table, Uuid, make_url

from adapters import open_contacts
from benchmarks.peers.django_crm import django_on, make_tables
from projections.columns import Instant, StreamId
from tests.a_million_contacts import fill
from tests.servers.postgres import driver_url

ROWS_AT_A_TIME = 10_000


def moment_after(contacts: int) -> datetime:
    """When the last of so many contacts was added: the time at which pages are read."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=7 * contacts)


FOR_DJANGO = """
INSERT INTO django_crm_organizer (name) SELECT DISTINCT organizer_id FROM contacts.contact_list_1;
INSERT INTO django_crm_contact (id, organizer_id, first_name, last_name, email, phone, company,
    job_title, notes, tags, total_bookings, last_booking_date, is_active, created_at, updated_at)
SELECT contact_id, id, first_name, last_name, email, phone, company, job_title, notes, tags::jsonb,
    total_bookings, last_booking_date, is_active, created_at, updated_at
FROM contacts.contact_list_1 JOIN contacts.booking_totals_1 USING (contact_id)
    JOIN django_crm_organizer ON name = organizer_id;
INSERT INTO django_crm_contactinteraction (contact_id, organizer_id, interaction_type, description,
    metadata, created_at)
SELECT contact_id, id, type, description, '{}', occurred_at
FROM contacts.timeline_1 JOIN django_crm_organizer ON name = organizer_id;
INSERT INTO django_crm_contactgroup (organizer_id, name)
SELECT id, groups_1.name FROM contacts.groups_1
    JOIN django_crm_organizer ON django_crm_organizer.name = organizer_id
"""


def fill_postgres(url: str, contacts: int) -> None:
    """Fill an empty database: our read tables, and beside them Django's."""
    open_contacts(url).close()
    fill(url, contacts)
    with django_on(url):
        make_tables()
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        indexes = _without_indexes(connection)
        connection.execute(FOR_DJANGO)
        for index in indexes:
            connection.execute(index)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _without_indexes(connection: Any) -> list[str]:
    """What makes the indexes of Django's contacts again, once they are filled."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'django_crm_contact' "
        "AND indexname IN ('contact_list', 'contact_search')"
    ).fetchall()
    for name, _definition in found:
        connection.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


def fill_sqlite(url: str, from_url: str) -> None:
    """Copy our read tables of PostgreSQL into an empty file; indexes are made after the rows."""
    open_contacts(url).close()
    with open_contacts(from_url) as source, source.engine.database.reading() as reading:
        wanted = list(source.engine.active_tables(reading).values())
    with (
        closing(sqlite3.connect(make_url(url).database or "")) as file,
        psycopg.connect(driver_url(from_url)) as connection,
    ):
        _copy(connection, file, wanted)
        file.commit()


def _copy(connection: Any, file: sqlite3.Connection, tables: list[Table]) -> None:
    """The generations are the first ones on both sides, so the names are the same."""
    later = file.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
        "AND type IN ('index', 'trigger')"
    ).fetchall()
    for kind, name, _sql in later:
        file.execute(f"DROP {kind} {name}")
    for table in tables:
        columns = ", ".join(map(_as_stored_in_sqlite, table.columns))
        names = ", ".join(column.name for column in table.columns)
        marks = ", ".join("?" for _ in table.columns)
        with connection.cursor(name="copied") as rows:
            rows.itersize = ROWS_AT_A_TIME
            rows.execute(f"SELECT {columns} FROM {table}")
            file.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
    for _kind, _name, sql in later:
        file.execute(sql)
    search = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
    for (index,) in file.execute(search).fetchall():
        file.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")


def _as_stored_in_sqlite(column: Column[Any]) -> str:
    if isinstance(column.type, Uuid | StreamId):
        return f"replace({column.name}::text, '-', '')"
    if isinstance(column.type, Instant):
        form = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
        return f"to_char({column.name} AT TIME ZONE 'UTC', '{form}')"
    if isinstance(column.type, Boolean):
        return f"{column.name}::int"
    return str(column.name)
