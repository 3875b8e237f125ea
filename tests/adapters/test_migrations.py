"""The tables of the write side have a revision: the newest is opened, an older one is migrated and
loses nothing, any other is refused; made at once or by the scripts, the tables are the same."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Engine, create_engine, make_url

from adapters import Contacts, Migrated, migrate, open_contacts
from adapters.event_store.migrating import REVISIONS, SCRIPTS
from adapters.event_store.tables import MIGRATIONS_TABLE, store_tables
from contacts_domain.errors import (
    ContactsError,
    ForeignDatabase,
    NewerDatabase,
    OutdatedDatabase,
    StorageError,
)
from tests.adapters import raw_database
from tests.adapters.migrating import (
    FAIL_HALFWAY,
    LATER,
    OF_A_GENERATION,
    change,
    connected,
    form_of_tables,
    release_later,
    revisions,
    stored,
)
from tests.adapters.processes import open_and_add, started
from tests.builders import ORGANIZER, a_contact
from tests.scenario import recorded_events
from tests.servers.postgres import PostgresServer, driver_url

HEAD = REVISIONS[-1]
ODD_SCHEMAS = ["Contacts", "order", 'Ada\'s "100%" address book', "çöntacts"]


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    with _empty(request, request.param, tmp_path / "contacts.db") as url:
        yield url


@pytest.fixture
def another(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of one more, of the same kind."""
    with _empty(request, make_url(database).get_backend_name(), tmp_path / "another.db") as url:
        yield url


@contextmanager
def _empty(request: pytest.FixtureRequest, kind: str, path: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def a_later_release(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., None]:
    """Fills the database, then turns the library into its next release."""

    def release(**options: str) -> None:
        with open_contacts(database) as contacts:
            contacts.handle(a_contact(email="ada@example.org"))
        release_later(monkeypatch, tmp_path / "later", **options)

    return release


# --- empty databases ---------------------------------------------------------------------------


def test_an_empty_database_is_migrated_and_opens(
    database: str, reopen: Callable[..., Contacts]
) -> None:
    """Everything is there that an address book needs; a second time there is nothing to do."""
    assert migrate(database) == Migrated(None, HEAD)
    assert migrate(database) == Migrated(HEAD, HEAD)
    assert (Migrated(None, HEAD).changed, Migrated(HEAD, HEAD).changed) == (True, False)
    with reopen() as contacts:
        assert contacts.handle(a_contact(email="ada@example.org")).position == 1
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").first_name == "Ada"


def test_an_opened_database_has_the_newest_revision(
    database: str, reopen: Callable[..., Contacts]
) -> None:
    """It was made without the scripts, and they have nothing left to do."""
    reopen().close()
    assert revisions(database) == [HEAD]
    assert migrate(database) == Migrated(HEAD, HEAD)


def open_and_close(database: str | Engine, schema: str | None = None) -> None:
    """The other way to make tables."""
    open_contacts(database, schema=schema).close()


WAYS = pytest.mark.parametrize("make", [migrate, open_and_close])
"""Whatever makes tables, refuses them, or leaves others alone."""


@WAYS
@pytest.mark.parametrize("schema", ODD_SCHEMAS)
def test_a_schema_may_have_any_name(
    schema: str, make: Callable[..., object], postgres: PostgresServer
) -> None:
    """Made, written, rebuilt and opened again: the name is quoted everywhere."""
    database = postgres.create_database()
    try:
        make(database, schema=schema)
        with open_contacts(database, schema=schema) as contacts:
            contacts.handle(a_contact(email="ada@example.org"))
            contacts.rebuild()
        assert migrate(database, schema=schema) == Migrated(HEAD, HEAD)
        with open_contacts(database, schema=schema) as contacts:
            assert contacts.contact_list.find(ORGANIZER, "ada@example.org")
    finally:
        postgres.drop_database(database)


# --- drift -------------------------------------------------------------------------------------


def test_the_scripts_are_those_that_the_code_knows() -> None:
    """In one line, without branches, and none of them leads back."""
    scripts = [*ScriptDirectory(SCRIPTS).walk_revisions()]
    assert [script.revision for script in reversed(scripts)] == list(REVISIONS)
    assert not any(hasattr(script.module, "downgrade") for script in scripts)


def test_the_scripts_make_what_the_metadata_says(
    database: str, reopen: Callable[..., Contacts]
) -> None:
    """Alembic finds nothing that a further script would have to change."""
    migrate(database)
    assert differences_from_metadata(database, reopen()) == []


def test_the_scripts_make_what_opening_makes(
    database: str, another: str, reopen: Callable[..., Contacts]
) -> None:
    """Columns, types, defaults, keys and indexes, as the databases tell them, and the rows."""
    migrate(another)
    reopen().close()
    made, migrated = form_of_tables(database), form_of_tables(another)
    assert sorted(made) == sorted(migrated)
    for name in made:
        assert made[name] == migrated[name], name
    for query in ("SELECT * FROM log_head", "SELECT * FROM contacts_migrations"):
        assert stored(database, query) == stored(another, query)


def test_drift_would_be_noticed(
    database: str, another: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A script that changes more than the metadata is seen in both ways."""
    open_contacts(another).close()
    release_later(monkeypatch, tmp_path)
    migrate(database)
    with open_contacts(database) as contacts:
        (difference,) = differences_from_metadata(database, contacts)
    assert difference[0] == "remove_column"
    assert form_of_tables(database) != form_of_tables(another)


def differences_from_metadata(database: str, contacts: Contacts) -> Sequence[Any]:
    """What Alembic would write into a next script."""
    schema = contacts.engine.database.schema

    def is_migrated(name: str | None, kind: str, _parents: object) -> bool:
        if kind == "schema":
            return name == schema
        return kind != "table" or not OF_A_GENERATION.search(str(name))

    options = {
        "version_table": MIGRATIONS_TABLE,
        "version_table_schema": schema,
        "compare_type": True,
        "compare_server_default": True,
        "include_schemas": True,
        "include_name": is_migrated,
    }
    metadata = [store_tables(schema).metadata, contacts.engine.metadata]
    with connected(database, schema="public") as connection:
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))  # type: ignore[arg-type]


# --- older databases ---------------------------------------------------------------------------


def test_an_older_database_is_refused_until_it_is_migrated(
    database: str, a_later_release: Callable[..., None]
) -> None:
    """The error names both revisions and the way on; nothing is lost on it."""
    with open_contacts(database) as contacts:
        contacts.handle(a_contact())
        before = recorded_events(contacts)
    a_later_release()
    with pytest.raises(OutdatedDatabase) as refusal:
        open_contacts(database)
    assert refusal.value.code == "outdated_database"
    assert refusal.value.details == {"revision": HEAD, "needed_revision": LATER}
    for word in (HEAD, LATER, "contacts migrate", "adapters.migrate(database)"):
        assert word in refusal.value.message
    assert revisions(database) == [HEAD]
    assert migrate(database) == Migrated(HEAD, LATER)
    with open_contacts(database) as contacts:
        assert recorded_events(contacts)[: len(before)] == before
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").first_name == "Ada"
        contacts.handle(a_contact())
    assert stored(database, "SELECT DISTINCT remark FROM claims") == [(None,)]


def test_a_migration_that_fails_leaves_everything_as_it_was(
    database: str, a_later_release: Callable[..., None]
) -> None:
    """All scripts run in one transaction, tables and revision included."""
    a_later_release(upgrade=FAIL_HALFWAY)
    before = form_of_tables(database)
    with pytest.raises(StorageError):
        migrate(database)
    assert form_of_tables(database) == before
    assert revisions(database) == [HEAD]


@WAYS
@pytest.mark.parametrize(
    "statement", ["DELETE FROM contacts_migrations", "DROP TABLE contacts_migrations"]
)
def test_tables_without_a_revision_are_neither_opened_nor_migrated(
    statement: str, make: Callable[..., object], database: str
) -> None:
    """Which scripts would lead on from there, nobody can know."""
    open_and_close(database)
    change(database, statement)
    with pytest.raises(OutdatedDatabase, match="have no revision"):
        make(database)


# --- newer and foreign databases ---------------------------------------------------------------


@WAYS
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contacts_migrations SET version_num = '9999'",
        "INSERT INTO contacts_migrations VALUES ('9999')",
    ],
)
def test_a_newer_database_is_neither_opened_nor_migrated(
    statement: str, make: Callable[..., object], database: str
) -> None:
    """Only the library that knows its revision can use it."""
    open_and_close(database)
    change(database, statement)
    before = revisions(database)
    with pytest.raises(NewerDatabase) as refusal:
        make(database)
    assert "9999" in refusal.value.message
    assert refusal.value.details["known_revision"] == HEAD
    assert revisions(database) == before


def test_a_foreign_file_is_not_migrated(database_file: Path) -> None:
    """It stays as it is, byte for byte, as when it is opened."""
    raw_database.change(database_file, "CREATE TABLE events (title TEXT)")
    before = database_file.read_bytes()
    with pytest.raises(ForeignDatabase):
        migrate(database_file)
    assert database_file.read_bytes() == before


@pytest.fixture
def host(database: str) -> Iterator[Engine]:
    """A host's own engine."""
    engine = create_engine(database)
    yield engine
    engine.dispose()


@WAYS
def test_a_hosts_tables_with_our_names_are_refused(
    make: Callable[..., object], host: Engine
) -> None:
    """A host's own `events`, beside which the address book was to live, is named."""
    with host.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE events (title TEXT)")
    with pytest.raises(ForeignDatabase, match="events"):
        make(host, schema="public")


@WAYS
def test_a_hosts_alembic_version_is_left_alone(make: Callable[..., object], host: Engine) -> None:
    """Not even in the same schema or file is it read, changed or made."""
    with host.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('ae1027a6')")
    make(host, schema="public")
    assert migrate(host, schema="public") == Migrated(HEAD, HEAD)
    with open_contacts(host, schema="public") as contacts:
        contacts.handle(a_contact())
    with host.connect() as connection:
        hosts = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
        assert list(hosts) == ["ae1027a6"]


def test_a_host_may_migrate_us_from_its_own_migration(database: str, another: str) -> None:
    """`alembic.op` is one for the whole process; the host's still works afterwards."""
    with connected(another, schema="public") as connection:
        with Operations.context(MigrationContext.configure(connection)):
            migrate(database)
            op.create_table("invoices", sa.Column("number", sa.Integer))
        assert connection.exec_driver_sql("SELECT * FROM invoices").all() == []


# --- rights and company ------------------------------------------------------------------------


@pytest.fixture
def clerk(postgres: PostgresServer) -> Iterator[Callable[[str], str]]:
    """Makes a user who may read and write our tables, and no more; its URL for a database."""
    name = f"clerk_{os.getpid()}"
    made: list[str] = []

    def make(database: str) -> str:
        _as_owner(
            database,
            "CREATE ROLE {} LOGIN PASSWORD 'clerk'",
            "GRANT USAGE ON SCHEMA contacts TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA contacts TO {}",
        )
        made.append(database)
        url = make_url(database).set(username=name, password="clerk")  # noqa: S106
        return url.render_as_string(hide_password=False)

    def _as_owner(database: str, *statements: str) -> None:
        with psycopg.connect(driver_url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    yield make
    for database in made:
        _as_owner(database, "DROP OWNED BY {}", "DROP ROLE {}")
        postgres.drop_database(database)


def test_a_user_who_may_make_no_tables_opens_a_migrated_database(
    postgres: PostgresServer, clerk: Callable[[str], str]
) -> None:
    """The owner migrates, the application reads and writes, and is refused what it may not do."""
    database = postgres.create_database()
    migrate(database)
    url = clerk(database)
    with open_contacts(url) as contacts:
        contacts.handle(a_contact(email="ada@example.org"))
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").first_name == "Ada"
    assert migrate(url) == Migrated(HEAD, HEAD)
    with pytest.raises(ContactsError):
        migrate(url, schema="of_its_own")


def test_processes_beginning_at_once_all_work(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Whether they open or migrate: the first makes the tables, the other waits and finds them."""
    kind = make_url(database).get_backend_name()
    emails = ["ada@example.org", "grace@example.org"]
    with started(len(emails)) as run:
        for attempt, who_migrates in enumerate([*product([False, True], repeat=2)] * 2):
            with _empty(request, kind, tmp_path / f"{attempt}.db") as new:
                works = zip(emails, who_migrates, strict=True)
                came = run(open_and_add, [(new, *work) for work in works])
                assert came == ["added"] * len(emails), f"attempt {attempt}"
                assert stored(new, "SELECT position FROM log_head") == [(len(emails),)]


def test_migrating_an_older_database_at_once_works(
    database: str, a_later_release: Callable[..., None]
) -> None:
    """One does the work, the others wait for it and have nothing left to do."""
    count = 4
    a_later_release()
    with ThreadPoolExecutor(count) as threads:
        results = list(threads.map(migrate, [database] * count))
    assert sorted(result.changed for result in results) == [False] * (count - 1) + [True]
    assert {result.to_revision for result in results} == {LATER}


def test_opening_does_not_import_alembic(tmp_path: Path) -> None:
    """It costs time at every start of the program, and is needed by `migrate` only."""
    code = (
        "import sys, adapters, adapters.cli.main\n"
        "for _ in range(2): adapters.open_contacts('contacts.db').close()\n"
        "assert 'alembic' not in sys.modules\n"
        "adapters.migrate('contacts.db')\n"
        "assert 'alembic' not in sys.modules\n"
        "adapters.migrate('another.db')\n"
        "assert 'alembic' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
