"""Statements straight to the driver: failures are as SQLAlchemy would raise them, and values come
back as they were given."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy.exc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    event,
)

from adapters import Contacts, open_contacts
from contacts_domain.errors import DatabaseUnavailable
from projections.columns import Folded, Instant, JsonText
from projections.driver_sql import execute, fetch, savepoint, send, send_many
from projections.fold import Changes, Row
from projections.row_store import RowStore
from projections.storage import Database
from tests.adapters import raw_database

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("number", Integer),
    Column("folded", Folded),
    Column("tags", JsonText),
    Column("is_active", Boolean),
    Column("at", Instant),
)


@pytest.fixture
def writer(contacts: Contacts) -> Contacts:
    """An address book whose database has another table."""
    with contacts.engine.database.writing() as connection:
        execute(connection, "CREATE TABLE numbers (id INTEGER PRIMARY KEY)")
        THINGS.create(connection)
    return contacts


def numbers(connection: Connection) -> list[int]:
    """What stands in the table."""
    return [row[0] for row in fetch(connection, "SELECT id FROM numbers ORDER BY id")]


def twice(connection: Connection) -> None:
    """What the primary key forbids."""
    for _ in range(2):
        send(connection, "INSERT INTO numbers VALUES (1)")


def one(connection: Connection) -> None:
    """What nothing forbids."""
    send(connection, "INSERT INTO numbers VALUES (1)")


def in_a_savepoint(connection: Connection, *works: Callable[[Connection], object]) -> None:
    """One after the other."""
    with savepoint(connection):
        for work in works:
            work(connection)


@pytest.fixture(params=["nobody listens", "somebody listens"])
def listened_to(request: pytest.FixtureRequest, writer: Contacts) -> Iterator[Contacts]:
    """With and without a host that traces what is executed."""
    engine, told = writer.engine.database.engine, []  # type: ignore[attr-defined]

    def listen(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        told.append(statement)

    if request.param == "nobody listens":
        yield writer
        return
    event.listen(engine, "before_cursor_execute", listen)
    yield writer
    event.remove(engine, "before_cursor_execute", listen)
    assert any("numbers" in statement for statement in told)


def test_what_fails_in_a_savepoint_leaves_nothing_behind(
    listened_to: Contacts, caplog: pytest.LogCaptureFixture
) -> None:
    """Although PostgreSQL tells it late; nothing is logged, and the transaction goes on."""
    caplog.set_level(logging.INFO)
    database = listened_to.engine.database
    with database.writing() as connection:
        execute(connection, "INSERT INTO numbers VALUES (7)")
        with pytest.raises(sqlalchemy.exc.IntegrityError), savepoint(connection):
            twice(connection)
        with savepoint(connection):
            send(connection, "INSERT INTO numbers VALUES (8)")
            assert numbers(connection) == [7, 8]
        send_many(connection, "INSERT INTO numbers VALUES (9)", [()])
    with database.reading() as connection:
        assert numbers(connection) == [7, 8, 9]
    assert [each for each in caplog.records if each.name.startswith("psycopg")] == []


def test_a_failure_that_shows_at_a_query_is_the_savepoints(writer: Contacts) -> None:
    """And what the caller raises gives it up, too."""
    with writer.engine.database.writing() as connection:
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            in_a_savepoint(connection, twice, numbers)
        with pytest.raises(ZeroDivisionError):
            in_a_savepoint(connection, one, lambda _connection: 1 / 0)
        assert numbers(connection) == []


def test_nonsense_is_raised_as_by_sqlalchemy(listened_to: Contacts) -> None:
    """Without the values of the statement."""
    with listened_to.engine.database.writing() as connection:
        send(connection, "DELETE FROM numbers")
        with pytest.raises(sqlalchemy.exc.DBAPIError) as refused:
            in_a_savepoint(connection, lambda given: fetch(given, "SELECT nonsense FROM nowhere"))
        assert not refused.value.connection_invalidated
        assert numbers(connection) == []


def go_away(database: Database, url: str) -> None:
    """The server ends a connection in the middle of a savepoint."""
    with database.writing() as connection, savepoint(connection):
        ((process,),) = fetch(connection, "SELECT pg_backend_pid()")
        raw_database.rows(url, "SELECT pg_terminate_backend(:pid, 5000)", pid=process)
        send(connection, "INSERT INTO numbers VALUES (1)")
        numbers(connection)


def test_a_server_that_goes_away_in_a_savepoint_is_told(empty_postgres: str) -> None:
    """The next transaction has another connection."""
    with open_contacts(empty_postgres) as contacts:
        database = contacts.engine.database
        with database.writing() as connection:
            execute(connection, "CREATE TABLE numbers (id INTEGER PRIMARY KEY)")
        with pytest.raises(DatabaseUnavailable):
            go_away(database, empty_postgres)
        with database.reading() as connection:
            assert numbers(connection) == []


def test_what_the_server_passed_over_is_not_taken_for_prepared(empty_postgres: str) -> None:
    """psycopg prepares what it has sent five times, in a pipeline before it knows how that ends."""
    wanted = "SELECT id FROM numbers WHERE id = %s"
    with open_contacts(empty_postgres) as contacts:
        database = contacts.engine.database
        with database.writing() as connection:
            execute(connection, "CREATE TABLE numbers (id INTEGER PRIMARY KEY)")
        for seen in range(8):
            with database.writing() as connection:
                for _ in range(seen):
                    in_a_savepoint(connection, lambda given: fetch(given, wanted, (1,)))
                for _ in range(8):
                    with pytest.raises(sqlalchemy.exc.IntegrityError):
                        in_a_savepoint(connection, twice, lambda given: fetch(given, wanted, (1,)))
                in_a_savepoint(connection, lambda given: fetch(given, wanted, (1,)))


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ROWS = st.fixed_dictionaries(
    {
        "position": st.integers(-(2**63), 2**63 - 1),
        "number": st.none() | st.integers(-(2**31), 2**31 - 1),
        "folded": st.none() | TEXTS,
        "tags": st.none() | st.lists(TEXTS) | st.dictionaries(TEXTS, TEXTS),
        "is_active": st.none() | st.booleans(),
        "at": st.none() | st.datetimes(timezones=st.just(UTC)),
    }
)


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(TEXTS, ROWS, ROWS), min_size=1, max_size=4, unique_by=lambda row: row[0]))
def test_rows_come_back_as_they_were_written(
    writer: Contacts, given_rows: list[tuple[str, Row, Row]]
) -> None:
    """One and many, inserted, updated, deleted: whatever is in them."""
    store, thing = RowStore([THINGS]), uuid4()
    first, second = (
        {(thing, row[0]): {"id": thing, "kind": row[0], **row[state]} for row in given_rows}
        for state in (1, 2)
    )
    with writer.engine.database.writing() as connection:
        for before, after in (({}, first), (first, second), (second, {})):
            changes = Changes(dict(before))
            changes.after = dict(after)
            store.write(connection, changes)
            assert store.load(connection, [*first]) == after


def test_the_first_and_the_last_moment_come_back(writer: Contacts) -> None:
    """Of Python's calendar."""
    store = RowStore([THINGS])
    rows: dict[Any, Row] = {
        (UUID(int=number), "moment"): {
            "id": UUID(int=number),
            "kind": "moment",
            "position": number,
            "number": None,
            "folded": "",
            "tags": [],
            "is_active": True,
            "at": at,
        }
        for number, at in enumerate(
            (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        )
    }
    with writer.engine.database.writing() as connection:
        changes = Changes({})
        changes.after = rows
        store.write(connection, changes)
        assert store.load(connection, [*rows]) == rows
