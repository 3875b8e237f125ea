"""The address book on a host's PostgreSQL: its engine, its pool, its schemas, its locks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text

from adapters import Contacts, open_contacts
from adapters.event_store import database as database_module
from contacts_domain.errors import (
    DatabaseBusy,
    DatabaseUnavailable,
    ForeignDatabase,
    SettingsError,
)
from tests.adapters import raw_database
from tests.adapters.processes import open_and_add, started
from tests.builders import ORGANIZER, a_contact
from tests.scenario import recorded_events
from tests.servers.postgres import PostgresServer, a_free_port


def _autocommitting_driver(url: str) -> Engine:
    engine = create_engine(url)
    event.listen(engine, "connect", lambda driver, _record: setattr(driver, "autocommit", True))
    return engine


def _beginning_by_itself(url: str) -> Engine:
    engine = create_engine(url)
    event.listen(engine, "checkout", lambda driver, *_: driver.execute("SELECT 1"))
    return engine


SECRET = "s3cret"  # noqa: S105

ENGINES: dict[str, Callable[[str], Engine]] = {
    "plain": create_engine,
    "pool of one": lambda url: create_engine(url, pool_size=1, max_overflow=0, pool_timeout=5),
    "autocommit": lambda url: create_engine(url, isolation_level="AUTOCOMMIT"),
    "autocommit by option": lambda url: create_engine(url).execution_options(
        isolation_level="AUTOCOMMIT"
    ),
    "autocommit of the driver": _autocommitting_driver,
    "serializable": lambda url: create_engine(url, isolation_level="SERIALIZABLE"),
    "read only by default": lambda url: create_engine(
        url, connect_args={"options": "-cdefault_transaction_read_only=on -csearch_path=billing"}
    ),
    "in a transaction from the start": _beginning_by_itself,
}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def engine(request: pytest.FixtureRequest, empty_postgres: str) -> Iterator[Engine]:
    """An engine as some host may have it."""
    make: Callable[[str], Engine] = request.param
    engine = make(empty_postgres)
    yield engine
    engine.dispose()


SHOWN = ("search_path", "lock_timeout", "transaction_isolation", "transaction_read_only")


def settings_of(engine: Engine) -> dict[str, object]:
    """How a connection of the host behaves."""
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        settings: dict[str, object] = {
            name: getattr(driver, name)
            for name in ("autocommit", "isolation_level", "read_only", "deferrable")
        }
        for name in (
            "search_path",
            "lock_timeout",
            "transaction_isolation",
            "transaction_read_only",
        ):
            settings[name] = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
        settings["sqlalchemy"] = connection.get_isolation_level()
        return settings


def test_a_hosts_connections_stay_as_they_are(engine: Engine) -> None:
    """Before, while and after: isolation, autocommit, search path; no transaction is left open."""
    before = settings_of(engine)
    with open_contacts(engine) as contacts:
        contacts.handle_all([a_contact(email="ada@example.org"), a_contact()])
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").first_name == "Ada"
        contacts.rebuild()
        assert settings_of(engine) == before
        assert contacts.statistics.of(ORGANIZER).total_contacts == 2
    assert settings_of(engine) == before
    assert open_transactions(engine) == 0


def open_transactions(engine: Engine) -> int:
    """How many other connections to the engine's database have a transaction open."""
    with raw_database.connected(engine.url.render_as_string(hide_password=False)) as connection:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type LIKE 'client%'"
        )
        return int(connection.exec_driver_sql(query.replace("%", "%%")).scalar_one())


def test_what_fails_leaves_a_hosts_connection_as_it_was(engine: Engine) -> None:
    """A unit that is rolled back gives the connection back like one that is committed."""
    before = settings_of(engine)
    with open_contacts(engine) as contacts:
        database = contacts.engine.database
        with pytest.raises(DatabaseUnavailable), database.writing() as connection:
            connection.execute(
                text("CREATE TABLE contacts.rubbish AS SELECT 1 / 1; SELECT nothing")
            )
        with pytest.raises(DatabaseUnavailable), database.reading() as connection:
            connection.execute(text("CREATE TABLE contacts.rubbish (number integer)"))
        assert contacts.handle(a_contact()).position == 1
    assert settings_of(engine) == before
    assert "rubbish" not in raw_database.tables(engine.url.render_as_string(hide_password=False))


def test_what_a_host_settles_for_its_transactions_holds_in_ours(empty_postgres: str) -> None:
    """Row-level security, roles and time limits that a listener sets when a transaction begins."""
    engine = create_engine(empty_postgres)
    open_contacts(engine).close()

    def settle(connection: Any) -> None:
        connection.exec_driver_sql("SET LOCAL statement_timeout = '7s'")

    event.listen(engine, "begin", settle)
    with open_contacts(engine) as contacts:
        database: Any = contacts.engine.database
        for begin in (database.reading, database.writing, database.looking_up):
            with begin() as connection:
                found = connection.exec_driver_sql("SHOW statement_timeout").scalar_one()
                assert found == "7s", begin
    engine.dispose()


def test_after_a_restart_one_call_fails_at_most(empty_postgres: str) -> None:
    """However many connections the host's pool has kept."""
    kept = 6
    engine = create_engine(empty_postgres, pool_size=kept)
    with open_contacts(engine) as contacts:
        for connection in [engine.connect() for _ in range(kept)]:
            connection.close()
        end_all = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        raw_database.rows(empty_postgres, end_all)
        with suppress(DatabaseUnavailable):
            contacts.handle(a_contact())
        for _ in range(2 * kept):
            contacts.handle(a_contact())
    engine.dispose()


def test_a_connection_that_the_server_ended_is_replaced(engine: Engine) -> None:
    """At most one call fails, with an error of ours that says so; the next one works."""
    with open_contacts(engine) as contacts:
        contacts.handle(a_contact())
        with raw_database.connected(engine.url.render_as_string(hide_password=False)) as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with suppress(DatabaseUnavailable):
            contacts.handle(a_contact())
        assert contacts.handle(a_contact()).position in (2, 3)


@pytest.mark.parametrize(("name", "driver"), [("mysql", "pymysql"), ("postgresql", "psycopg2")])
def test_an_engine_of_another_kind_is_refused(name: str, driver: str, empty_postgres: str) -> None:
    """Only SQLite and psycopg are known well enough to be trusted with somebody's data."""
    engine = create_engine(empty_postgres)
    engine.dialect.name, engine.dialect.driver = name, driver
    with pytest.raises(SettingsError, match="not supported"):
        open_contacts(engine)


def test_opening_again_needs_no_more_than_reading_and_writing(empty_postgres: str) -> None:
    """The user of every day may be another than the one who made the tables."""
    open_contacts(empty_postgres).close()
    with a_guest(empty_postgres) as url:
        raw_database.change(
            empty_postgres,
            f"GRANT USAGE ON SCHEMA contacts TO {make_url(url).username}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA contacts "
            f"TO {make_url(url).username}",
        )
        with open_contacts(url) as contacts:
            assert contacts.handle(a_contact()).position == 1


def test_a_user_without_the_tables_opens_after_their_owner_rebuilt(empty_postgres: str) -> None:
    """Retired tables that it may not remove are left to somebody who may."""
    with open_contacts(empty_postgres) as owner, a_guest(empty_postgres) as url:
        guest = make_url(url).username
        grants = "GRANT SELECT, INSERT, UPDATE, DELETE ON"
        raw_database.change(
            empty_postgres,
            f"GRANT USAGE ON SCHEMA contacts TO {guest}",
            f"{grants} ALL TABLES IN SCHEMA contacts TO {guest}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA contacts {grants} TABLES TO {guest}",
        )
        owner.rebuild()
        raw_database.change(
            empty_postgres,
            "UPDATE contacts.projection_checkpoints SET retired_at = retired_at - interval '1h'",
        )
        open_contacts(url).close()


@pytest.mark.parametrize(("threshold", "expected"), [("0", 0), ("7", 7), ("none", None)])
def test_statements_are_prepared_as_the_url_says(
    threshold: str, expected: int | None, empty_postgres: str
) -> None:
    """Not at all with `none`, as behind a PgBouncer that does not track prepared statements."""
    url = make_url(empty_postgres).update_query_dict({"prepare_threshold": threshold})
    with open_contacts(url.render_as_string(hide_password=False)) as contacts:
        with contacts.engine.database.reading() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            assert driver.prepare_threshold == expected
        contacts.handle(a_contact())


def test_a_threshold_that_is_no_number_is_refused(empty_postgres: str) -> None:
    """With the name of the parameter."""
    url = make_url(empty_postgres).update_query_dict({"prepare_threshold": "often"})
    with pytest.raises(SettingsError, match="prepare_threshold"):
        open_contacts(url.render_as_string(hide_password=False))


@contextmanager
def a_guest(database: str) -> Iterator[str]:
    """The URL of the same database for a user who may do nothing yet."""
    user = f"guest_{make_url(database).database}"
    raw_database.change(database, f"CREATE ROLE {user} LOGIN PASSWORD '{SECRET}'")
    url = make_url(database).set(username=user, password=SECRET)
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        raw_database.change(database, f"DROP OWNED BY {user}", f"DROP ROLE {user}")


def test_processes_opening_one_new_database_at_once_all_work(
    postgres: PostgresServer,
) -> None:
    """Whoever comes second finds the tables or waits for them; many new databases in a row."""
    count, attempts = 3, 6
    with started(count) as run:
        for _ in range(attempts):
            url = postgres.create_database()
            outcomes = run(open_and_add, [(url, f"ada{n}@example.org") for n in range(count)])
            postgres.drop_database(url)
            assert outcomes == ["added"] * count


# --- schemas -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["crm", "address_book", "öffentlich"])
def test_the_schema_can_be_named(name: str, empty_postgres: str) -> None:
    """All tables are in the schema of that name, and nothing is anywhere else."""
    with open_contacts(empty_postgres, schema=name) as contacts:
        contacts.handle(a_contact(email="ada@example.org"))
        contacts.rebuild()
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").first_name == "Ada"
    assert {"events", "contact_list_2"} <= raw_database.tables(empty_postgres, name)
    assert raw_database.tables(empty_postgres, "public") == set()
    assert raw_database.tables(empty_postgres, "contacts") == set()


@pytest.mark.parametrize(
    "name", ["My Contacts", "select", 'a "quoted" one', "100%", "a.b", "a{given}"]
)
def test_a_schema_may_have_any_name(name: str, empty_postgres: str) -> None:
    """Names that PostgreSQL wants quoted are quoted everywhere, for few rows and many."""
    with open_contacts(empty_postgres, schema=name) as contacts:
        contacts.handle(a_contact(email="ada@example.org"))
        contacts.handle_all([a_contact() for _ in range(60)])
        assert contacts.contact_list.page(ORGANIZER).total == 61
        contacts.rebuild()
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").first_name == "Ada"
    assert {"events", "contact_list_2"} <= raw_database.tables(empty_postgres, name)


def test_address_books_in_two_schemas_do_not_see_each_other(empty_postgres: str) -> None:
    """Two libraries in one database: each has its own positions, claims and read models."""
    with (
        open_contacts(empty_postgres, schema="one") as one,
        open_contacts(empty_postgres, schema="two") as two,
    ):
        first = one.handle(a_contact(email="ada@example.org"))
        second = two.handle(a_contact(email="ada@example.org"))
        assert (first.position, second.position) == (1, 1)
        one.rebuild()
        assert one.contact_list.find(ORGANIZER, "ada@example.org").id == first.id
        assert two.contact_list.find(ORGANIZER, "ada@example.org").id == second.id
        assert two.statistics.of(ORGANIZER).total_contacts == 1


def test_the_hosts_own_tables_are_neighbours(empty_postgres: str) -> None:
    """Tables with our names in another schema are none of our business."""
    raw_database.change(
        empty_postgres,
        "CREATE TABLE public.events (id integer)",
        "INSERT INTO public.events VALUES (7)",
    )
    with open_contacts(empty_postgres) as contacts:
        assert contacts.handle(a_contact()).position == 1
    assert raw_database.rows(empty_postgres, "SELECT * FROM public.events") == [(7,)]


def test_a_schema_with_tables_of_others_is_refused(empty_postgres: str) -> None:
    """A host's schema that happens to be called `contacts` is left as it is."""
    raw_database.change(
        empty_postgres, "CREATE SCHEMA contacts", "CREATE TABLE contacts.events (id integer)"
    )
    engine = create_engine(empty_postgres)
    with pytest.raises(ForeignDatabase, match="events"):
        open_contacts(engine)
    engine.dispose()
    assert raw_database.tables(empty_postgres) == {"events"}


# --- locks -------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """We wait for locks half a second instead of thirty."""
    monkeypatch.setattr(database_module, "PATIENCE", timedelta(seconds=0.5))


@pytest.mark.usefixtures("impatient")
def test_a_writer_that_is_held_up_too_long_says_so(postgres_copy: str) -> None:
    """Another connection holds the log's head: busy, nothing recorded, and it works later."""
    with open_contacts(postgres_copy) as contacts:
        with raw_database.connected(postgres_copy) as connection:
            connection.exec_driver_sql("SELECT * FROM log_head FOR UPDATE")
            with pytest.raises(DatabaseBusy, match="PostgreSQL") as refusal:
                contacts.handle(a_contact())
            assert refusal.value.code == "database_busy"
            assert recorded_events(contacts) == []
        assert contacts.handle(a_contact()).position == 1


def test_a_deadlock_is_told_as_busy(postgres_copy: str) -> None:
    """PostgreSQL ends one of two that wait for each other; if it is ours, nothing was recorded."""
    with open_contacts(postgres_copy) as contacts, crossing(postgres_copy) as theirs:
        with pytest.raises(DatabaseBusy):
            lock_the_head_then_the_claims(contacts, theirs)
        theirs.join()
        assert contacts.handle(a_contact()).position == 1


def lock_the_head_then_the_claims(contacts: Contacts, theirs: Thread) -> None:
    """In this order, while they do it in the other one."""
    with contacts.engine.database.writing() as connection:
        connection.execute(text("SET LOCAL deadlock_timeout = '100ms'"))
        connection.execute(text("SELECT * FROM contacts.log_head FOR UPDATE"))
        theirs.start()
        connection.execute(text("LOCK TABLE contacts.claims IN EXCLUSIVE MODE"))


@contextmanager
def crossing(database: str) -> Iterator[Thread]:
    """Somebody who holds the claims and, once started, wants the log's head, patiently."""
    with raw_database.connected(database) as connection:
        connection.exec_driver_sql("SET deadlock_timeout = '1min'")
        connection.exec_driver_sql("LOCK TABLE claims IN EXCLUSIVE MODE")

        def want_the_head() -> None:
            connection.exec_driver_sql("SELECT * FROM log_head FOR UPDATE")
            connection.rollback()

        yield Thread(target=want_the_head)


# --- what cannot be reached --------------------------------------------------------------------


def unavailable(url: object, match: str) -> DatabaseUnavailable:
    """Opening fails clearly, and no password is shown."""
    with pytest.raises(DatabaseUnavailable, match=match) as refusal:
        open_contacts(str(url))
    assert SECRET not in refusal.value.message
    assert refusal.value.code == "database_unavailable"
    return refusal.value


def test_a_server_that_is_not_there_is_told(empty_postgres: str) -> None:
    """The message says what was tried and what to look at."""
    url = make_url(empty_postgres).set(host="127.0.0.1", port=a_free_port(), password=SECRET)
    error = unavailable(url.render_as_string(hide_password=False), "cannot be reached")
    assert "127.0.0.1" in error.message
    assert "Check the URL" in error.message


def test_a_host_name_that_does_not_exist_is_told() -> None:
    """As a server that is not there."""
    unavailable(f"postgresql+psycopg://ada:{SECRET}@nowhere.invalid/contacts", "cannot be reached")


def test_a_database_that_does_not_exist_is_named(empty_postgres: str) -> None:
    """It is not made."""
    url = make_url(empty_postgres).set(database="no_such_database")
    unavailable(url.render_as_string(hide_password=False), "no_such_database")


def test_a_user_that_may_not_come_in_is_told(empty_postgres: str) -> None:
    """An unknown user, as a wrong password, is the server's refusal in its own words."""
    url = make_url(empty_postgres).set(username="nobody_known", password=SECRET)
    unavailable(url.render_as_string(hide_password=False), "nobody_known")


def test_a_user_without_rights_is_told(empty_postgres: str) -> None:
    """Who may not make the schema is told which right is missing; nothing is left half-made."""
    with a_guest(empty_postgres) as url:
        assert "Grant it" in unavailable(url, "permission denied").message
    assert raw_database.tables(empty_postgres) == set()
