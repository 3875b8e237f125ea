"""Encodings, times and what else connections to PostgreSQL must agree on: set on ours, refused on a
host's, whatever roles, databases and URLs say."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import sleep
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, StaticPool, create_engine, make_url, text

from adapters import Contacts, migrate, open_contacts
from adapters.event_store import database
from contacts_domain.errors import DatabaseUnavailable, SettingsError, StorageError
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact
from tests.servers.postgres import PostgresServer, driver_url

NAMES = "Łukasz Ђорђевић 山田"


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def odd_database(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """A database in another encoding."""
    name = f"odd_{request.param.lower()}"
    statement = sql.SQL("CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0").format(
        sql.Identifier(name), sql.Literal(request.param)
    )
    with psycopg.connect(driver_url(postgres.url), autocommit=True) as connection:
        connection.execute(statement)
    url = postgres.url.set(database=name).render_as_string(hide_password=False)
    yield url
    postgres.drop_database(url)


def refused(attempt: Callable[[], object], *said: str) -> None:
    """It ends in a settings error that says this."""
    with pytest.raises(SettingsError) as refusal:
        attempt()
    assert refusal.value.code == "settings_error"
    assert all(each in refusal.value.message for each in said), refusal.value.message


@pytest.mark.parametrize("way", [open_contacts, migrate])
def test_a_database_in_another_encoding_is_refused(
    way: Callable[[str], object], odd_database: str
) -> None:
    """Its name and what to do are told, and nothing is made in it."""
    encoding = raw_value(odd_database, "SHOW server_encoding")
    refused(lambda: way(odd_database), encoding, "ENCODING 'UTF8'")
    assert (
        raw_value(odd_database, "SELECT count(*) FROM pg_namespace WHERE nspname='contacts'") == "0"
    )


def raw_value(url: str, query: str) -> str:
    """One value, as text."""
    with psycopg.connect(driver_url(url), client_encoding="utf8") as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return str(row[0])


def test_a_hosts_engine_on_such_a_database_is_refused(odd_database: str) -> None:
    """As a URL is."""
    engine = create_engine(odd_database, connect_args={"client_encoding": "utf8"})
    refused(lambda: open_contacts(engine), "UTF8")
    engine.dispose()


ODD_ROLES = [
    "client_encoding TO 'LATIN1'",
    "client_encoding TO 'SQL_ASCII'",
    "datestyle TO 'German'",
    "datestyle TO 'SQL, DMY'",
    "timezone TO 'Asia/Tokyo'",
    "timezone TO '<+07>-07'",
]


@pytest.fixture
def odd_role(request: pytest.FixtureRequest, empty_postgres: str) -> str:
    """The URL of a database whose connections differ from what we need."""
    name = make_url(empty_postgres).database
    raw_database.change(empty_postgres, f'ALTER DATABASE "{name}" SET {request.param}')
    return empty_postgres


@pytest.mark.parametrize("odd_role", ODD_ROLES, indirect=True)
def test_settings_of_a_role_or_database_do_not_matter(odd_role: str) -> None:
    """Text and times are written, found and read back as they are."""
    now = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    with open_contacts(odd_role, clock=lambda: now) as contacts:
        contacts.handle(a_contact(email="ada@example.org", last_name=NAMES))
        contacts.rebuild()
        (found,) = contacts.contact_list.page(ORGANIZER, search=NAMES).items
        assert (found.last_name, found.created_at) == (NAMES, now)
        settings = settings_of(contacts.engine.database.engine)  # type: ignore[attr-defined]
        assert settings["client_encoding"] == "UTF8"
        assert str(settings["DateStyle"]).startswith("ISO")


def settings_of(engine: Engine) -> dict[str, object]:
    """What a connection is set to."""
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        assert driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        return {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("client_encoding", "DateStyle", "TimeZone")
        }


ODD_ENGINES: dict[str, dict[str, Any]] = {
    "client_encoding": {"client_encoding": "latin1"},
    "DateStyle": {"options": "-c datestyle=German"},
}


@pytest.mark.parametrize("name", ODD_ENGINES)
def test_a_hosts_engine_that_differs_is_refused(name: str, empty_postgres: str) -> None:
    """Its connections are left as they are; what to give to it is told."""
    engine = create_engine(empty_postgres, connect_args=ODD_ENGINES[name])
    before = settings_of(engine)
    refused(lambda: open_contacts(engine), name, "connect_args")
    assert settings_of(engine) == before
    assert raw_database.tables(empty_postgres) == set()
    engine.dispose()


def test_a_hosts_engine_keeps_its_time_zone(empty_postgres: str) -> None:
    """Times are the same in any."""
    engine = create_engine(empty_postgres, connect_args={"options": "-c timezone=Asia/Tokyo"})
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with open_contacts(engine, clock=lambda: now) as contacts:
        contacts.handle(a_contact(email="ada@example.org"))
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").created_at == now
    assert settings_of(engine)["TimeZone"] == "Asia/Tokyo"
    engine.dispose()


def test_an_engine_with_one_connection_for_everything_is_refused(new_database: str) -> None:
    """A transaction of the host's would be ours, rolled back or committed with it."""
    engine = create_engine(new_database, poolclass=StaticPool)
    refused(lambda: open_contacts(engine), "StaticPool", "QueuePool")
    engine.dispose()


# --- limits of the server ----------------------------------------------------------------------

LIMITS = {
    "statement_timeout": "SELECT pg_sleep(3)",
    "idle_in_transaction_session_timeout": "SELECT 1",
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_postgresql_ends_by_itself_is_told(limit: str, empty_postgres: str) -> None:
    """With the name of the setting; the next command works."""
    url = f"{empty_postgres}?options=-c%20{limit}%3D1000"
    with open_contacts(url) as contacts:
        with pytest.raises(DatabaseUnavailable, match=limit) as failure:
            wait_and_execute(contacts, LIMITS[limit])
        assert "be reached" not in failure.value.message
        assert contacts.handle(a_contact()).position == 1


def wait_and_execute(contacts: Contacts, statement: str) -> None:
    """In one transaction."""
    with contacts.engine.database.writing() as connection:
        sleep(1.5)
        connection.execute(text(statement))


def test_a_process_that_hangs_in_the_midst_does_not_keep_others_from_writing(
    postgres_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends its transaction, of which nothing is recorded."""
    monkeypatch.setattr(database, "IDLE_MS", 1_000)
    with open_contacts(postgres_copy) as hanging, open_contacts(postgres_copy) as other:
        before = other.book.recorder.max_notification_id() or 0

        def hang_while_another_writes() -> None:
            with hanging.engine.database.writing() as connection:
                connection.execute(text("UPDATE contacts.log_head SET position = position + 1"))
                assert other.handle(a_contact()).position == before + 1
                connection.execute(text("SELECT 1"))

        with pytest.raises(DatabaseUnavailable, match="idle_in_transaction_session_timeout"):
            hang_while_another_writes()
        assert other.handle(a_contact()).position == before + 2


def test_idle_connections_that_postgresql_ends_are_replaced(empty_postgres: str) -> None:
    """Those of ours unnoticed; with an engine that does not look first, one call is told why."""
    options = {"options": "-c idle_session_timeout=1000"}
    with open_contacts(f"{empty_postgres}?options=-c%20idle_session_timeout%3D1000") as contacts:
        sleep(1.5)
        contacts.handle(a_contact())
    engine = create_engine(empty_postgres, connect_args=options)
    with open_contacts(engine) as contacts:
        sleep(1.5)
        with pytest.raises(DatabaseUnavailable, match="idle_session_timeout"):
            contacts.handle(a_contact())
        assert contacts.handle(a_contact()).position == 2
    engine.dispose()


def test_a_limit_that_no_repetition_gets_past_is_no_outage(postgres_copy: str) -> None:
    """A row that is too long for an index."""
    with open_contacts(postgres_copy) as contacts:
        table, key = "contacts.claims", "md5(random()::text)"
        long = f"(SELECT string_agg({key}, '') FROM generate_series(1, 200))"
        with (
            pytest.raises(StorageError, match="does not help") as failure,
            contacts.engine.database.writing() as connection,
        ):
            connection.execute(text(f"INSERT INTO {table} VALUES ('a', 'b', {long}, 'd', 1)"))
        assert not isinstance(failure.value, DatabaseUnavailable)


# --- what a URL may say ------------------------------------------------------------------------

UNKNOWN = {
    "row_factory": "x",
    "cursor_factory": "x",
    "autocommit": "1",
    "context": "x",
    "replication": "database",
    "plugin": "x",
    "pool_size": "20",
    "nonsense": "1",
    "client_encoding": "latin1",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_parameter_that_is_not_libpqs_is_refused(name: str, empty_postgres: str) -> None:
    """Its name is told, before anybody connects."""
    url = make_url(empty_postgres).update_query_dict({name: UNKNOWN[name]})
    refused(lambda: open_contacts(url.render_as_string(hide_password=False)), name)


def test_a_parameter_given_twice_is_refused(empty_postgres: str) -> None:
    """Nobody knows which one is meant."""
    refused(lambda: open_contacts(f"{empty_postgres}?sslmode=prefer&sslmode=allow"), "sslmode")


@pytest.mark.parametrize(
    "query",
    ["client_encoding=utf8", "client_encoding=UTF-8", "sslmode=prefer&application_name=crm"],
)
def test_a_parameter_of_libpq_is_passed_on(query: str, empty_postgres: str) -> None:
    """As `psql` knows them."""
    with open_contacts(f"{empty_postgres}?{query}") as contacts:
        contacts.handle(a_contact(last_name=NAMES))
        assert contacts.contact_list.page(ORGANIZER, search=NAMES).total == 1


# --- names of schemas --------------------------------------------------------------------------

SCHEMAS = {
    "ä" * 32: "64",
    "pg_contacts": "reserved",
    "information_schema": "reserved",
    "con\0tacts": "NUL",
    "con\ud800tacts": "Unicode",
}


@pytest.mark.parametrize("name", SCHEMAS, ids=["too long", *list(map(repr, SCHEMAS))[1:]])
def test_a_schema_that_postgresql_cannot_have_is_refused(name: str, empty_postgres: str) -> None:
    """Its name and the reason are told."""
    refused(lambda: open_contacts(empty_postgres, schema=name), SCHEMAS[name])


def test_a_schema_may_have_a_name_of_63_bytes(empty_postgres: str) -> None:
    """Nothing of it is cut."""
    name = "ä" * 31 + "x"
    with open_contacts(empty_postgres, schema=name) as contacts:
        contacts.handle(a_contact())
    assert "events" in raw_database.tables(empty_postgres, name)
