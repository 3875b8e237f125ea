"""One SQLAlchemy engine for everything, with the transactions that the library relies on.

SQLite: WAL, `synchronous=FULL` (an acknowledged event survives a power cut), a busy timeout,
`BEGIN IMMEDIATE` for writers. PostgreSQL: a lock timeout for writers, repeatable read for readers.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy.exc
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    RootTransaction,
    create_engine,
    event,
    make_url,
)

from adapters.event_store.failures import is_busy, refusing_unreadable, translated
from contacts_domain.errors import (
    CommitUncertain,
    ForeignDatabase,
    NewerDatabase,
    SettingsError,
    UnwritableFile,
)

BUSY_TIMEOUT_SECONDS = 30
BUSY_POLL_SECONDS = 0.01
READERS_PLANS = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL max_parallel_workers_per_gather = 0"
)
"""On PostgreSQL: organizers differ too much in size for one plan to serve all, and a page is found
sooner than processes are started to look for it."""
OLDEST_SQLITE = (3, 35)
"""The first release with RETURNING."""


class Database:
    """An engine and the transactions on it; implements `projections.storage.Database`."""

    def __init__(self, engine: Engine, schema: str | None, *, owns_engine: bool) -> None:
        self.engine = engine
        self.schema = schema
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.owns_engine = owns_engine

    # --- transactions --------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing."""
        begin = (
            "BEGIN"
            if self.is_sqlite
            else f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; {READERS_PLANS}"
        )
        with refusing_unreadable(), translated(), self._connect() as connection, connection.begin():
            self._begin(connection, begin)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at the end; on SQLite it holds the write lock.

        Raises CommitUncertain when the connection breaks while committing.
        """
        begin = (
            "BEGIN IMMEDIATE"
            if self.is_sqlite
            else f"SET LOCAL lock_timeout = '{BUSY_TIMEOUT_SECONDS}s'"
        )
        with translated(), self._connect() as connection:
            transaction = connection.begin()
            try:
                self._begin(connection, begin)
                yield connection
            except BaseException:
                transaction.rollback()
                raise
            self._commit(connection, transaction)

    def _begin(self, connection: Connection, statement: str) -> None:
        driver: Any = connection.connection.dbapi_connection
        if self.is_sqlite and driver.in_transaction:
            driver.rollback()  # begun by a listener of the host's engine, with nothing in it yet
        connection.exec_driver_sql(statement)

    def _commit(self, connection: Connection, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        except sqlalchemy.exc.IntegrityError:
            raise
        except sqlalchemy.exc.DBAPIError as error:
            if is_busy(error):
                raise  # SQLite refused to begin committing: nothing happened
            connection.invalidate()
            raise CommitUncertain(
                "The database broke off while committing; whether it was done must be looked up."
            ) from error

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                yield connection
                return
            # transactions are begun by hand, so that writers lock at once; a host gets its
            # connection back as it was
            driver: Any = connection.connection.dbapi_connection
            isolation_level, driver.isolation_level = driver.isolation_level, None
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    driver.rollback()
                    driver.isolation_level = isolation_level

    def use_write_ahead_log(self) -> None:
        """Let readers and the writer of an SQLite file of ours work at the same time.

        SQLite does not wait for a writer here, so this does.
        """
        if not (self.is_sqlite and self.owns_engine):
            return
        deadline = monotonic() + BUSY_TIMEOUT_SECONDS
        with translated(), self._connect() as connection:
            while True:
                try:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                except sqlalchemy.exc.OperationalError as error:
                    if not is_busy(error) or monotonic() > deadline:
                        raise
                    sleep(BUSY_POLL_SECONDS)
                else:
                    return

    def close(self) -> None:
        """Close the connections, unless the engine is the host's."""
        if self.owns_engine:
            self.engine.dispose()


def open_database(target: str | Path | Engine, schema: str | None = None) -> Database:
    """A database from a URL, the path of an SQLite file, or the host's engine.

    `schema` is PostgreSQL's, `contacts` by default. Nothing is created yet. Raises SettingsError
    for a URL that cannot be used and UnwritableFile for an SQLite file that cannot be made.
    """
    if isinstance(target, Engine):
        return Database(target, _schema(target.dialect.name, schema), owns_engine=False)
    url = _url(target)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url)
    else:
        engine = create_engine(url, pool_pre_ping=True)
    return Database(engine, _schema(url.get_backend_name(), schema), owns_engine=True)


def _schema(backend: str, schema: str | None) -> str | None:
    return None if backend == "sqlite" else schema or "contacts"


def _url(target: str | Path) -> URL:
    if isinstance(target, Path) or "://" not in target:
        return URL.create("sqlite", database=str(target))
    try:
        url = make_url(target)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise SettingsError(
            "The database URL cannot be read; write it like sqlite:///contacts.db or "
            "postgresql+psycopg://user@host/database."
        ) from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(
            f"Databases of kind {url.get_backend_name()!r} are not supported; use SQLite or "
            "PostgreSQL."
        )
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        url.get_dialect().import_dbapi()
    except (sqlalchemy.exc.NoSuchModuleError, ImportError):
        raise SettingsError(
            f"The driver of {url.drivername!r} is not installed; for PostgreSQL install "
            "contacts-domain[postgres]."
        ) from None
    return url


def _sqlite_engine(url: URL) -> Engine:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise SettingsError(
            f"Python's SQLite is {sqlite3.sqlite_version}; "
            f"{'.'.join(map(str, OLDEST_SQLITE))} or newer is needed."
        )
    if not url.database or url.database.startswith((":memory:", "file:")):
        raise SettingsError("Name a plain file; databases in memory and URIs are not supported.")
    folder = Path(url.database).parent
    if not folder.is_dir():
        raise UnwritableFile(f"The folder {folder} does not exist; create it first.")
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


APPLICATION_ID = 0x43544354
"""In the header of our SQLite files ("CTCT"), so that foreign ones are never touched."""

DEMO_APPLICATION_ID = 0x4354444D
"""In the header of the demo's SQLite file ("CTDM"), so that it replaces no other."""


def is_sqlite_file_ours(connection: Connection, application_id: int) -> bool:
    """Whether the file was made by this library, or by a host that gave us its engine."""
    found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    if found == 0:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars()
        return {"log_head", "events", "claims"} <= set(tables)
    return found in (APPLICATION_ID, DEMO_APPLICATION_ID, application_id)


def check_sqlite_version(connection: Connection, schema_version: int) -> None:
    """Raise NewerDatabase for a file that a newer version of the library wrote."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version > schema_version:
        raise NewerDatabase(
            f"The database has schema version {version}, this library knows up to "
            f"{schema_version}. Upgrade the library.",
            schema_version=version,
        )


def claim_sqlite_file(connection: Connection, application_id: int, schema_version: int) -> bool:
    """Make an empty file ours; whether it was empty.

    Raises ForeignDatabase for anybody else's file and NewerDatabase for a newer one of ours.
    """
    found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if found == 0 and version == 0 and tables == 0:
        connection.exec_driver_sql(f"PRAGMA application_id = {application_id}")
        connection.exec_driver_sql(f"PRAGMA user_version = {schema_version}")
        return True
    if not is_sqlite_file_ours(connection, application_id):
        raise ForeignDatabase(
            "This SQLite file belongs to another program; it was left as it is. Name another file."
        )
    check_sqlite_version(connection, schema_version)
    return False
