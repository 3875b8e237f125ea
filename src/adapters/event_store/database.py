"""One SQLAlchemy engine for everything, with the transactions that the library relies on.

SQLite: WAL, `synchronous=FULL` (an acknowledged event survives a power cut), a busy timeout,
`BEGIN IMMEDIATE` for writers. PostgreSQL: read committed and a lock timeout for writers, repeatable
read for readers.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
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

from adapters.event_store.failures import is_busy, is_missing_table, refusing_unreadable, translated
from contacts_domain.errors import (
    CommitUncertain,
    DatabaseUnavailable,
    ForeignDatabase,
    SettingsError,
    UnwritableFile,
)

BUSY_TIMEOUT_SECONDS = 30
PATIENCE = timedelta(seconds=BUSY_TIMEOUT_SECONDS)
BUSY_POLL_SECONDS = 0.01
READERS_PLANS = (
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('max_parallel_workers_per_gather', '0', true)"
)
"""On PostgreSQL: organizers differ too much in size for one plan to serve all, and a page is found
sooner than processes are started to look for it."""
OLDEST_SQLITE = (3, 35)
"""The first release with RETURNING."""
DRIVERS = {"sqlite": ("pysqlite",), "postgresql": ("psycopg",)}
IN_TRANSACTION = (2, 3)
"""The states of a connection of libpq in which there is something to roll back."""


class Database:
    """An engine and the transactions on it; implements `projections.storage.Database`."""

    def __init__(self, engine: Engine, schema: str | None, *, owns_engine: bool) -> None:
        self.engine = engine
        self.schema = schema
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.owns_engine = owns_engine

    @property
    def readers_keep_dropped_tables(self) -> bool:
        """Whether a reader goes on seeing tables that are removed after it began."""
        return self.is_sqlite

    # --- transactions --------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing."""
        with (
            refusing_unreadable(),
            translated(),
            self._connect("REPEATABLE READ", read_only=True) as connection,
            connection.begin(),
        ):
            if self.is_sqlite:
                _begin_by_hand(connection, "BEGIN")
            else:
                connection.exec_driver_sql(READERS_PLANS)
            yield connection

    @contextmanager
    def writing(self, patience: timedelta | None = None) -> Iterator[Connection]:
        """A transaction that commits at the end; on SQLite it holds the write lock.

        `patience`, by default `PATIENCE`, is for the locks of others on PostgreSQL; SQLite's is
        set per connection. Raises DatabaseBusy, and CommitUncertain when the connection breaks
        while committing.
        """
        try:
            with (
                translated(),
                self._connect("READ COMMITTED", read_only=False) as connection,
            ):
                transaction = connection.begin()
                try:
                    self._begin_writing(connection, patience or PATIENCE)
                    yield connection
                except BaseException:
                    transaction.rollback()
                    raise
                self._commit(connection, transaction)
        except CommitUncertain:
            self._await_the_outcome()
            raise

    def _begin_writing(self, connection: Connection, patience: timedelta) -> None:
        if self.is_sqlite:
            _begin_by_hand(connection, "BEGIN IMMEDIATE")
        else:
            milliseconds = patience // timedelta(milliseconds=1)
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")

    def _commit(self, connection: Connection, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        except sqlalchemy.exc.IntegrityError:
            raise
        except sqlalchemy.exc.DBAPIError as error:
            if is_busy(error):
                raise  # the database refused to commit: nothing happened
            connection.invalidate()
            raise CommitUncertain(
                "The database broke off while committing; whether it was done must be looked up."
            ) from error

    def _await_the_outcome(self) -> None:
        """Wait until a transaction that broke off while committing has ended, one way or the other.

        PostgreSQL may still be at it when its client has long lost the connection; it keeps the
        lock of `log_head` until the end. Raises DatabaseUnavailable if there is no telling.
        """
        if self.is_sqlite:
            return
        try:
            with self._connect("READ COMMITTED", read_only=False) as connection:
                self._begin_writing(connection, PATIENCE)
                prepared = connection.dialect.identifier_preparer
                head = f"{prepared.quote_schema(self.schema or 'contacts')}.log_head"
                connection.exec_driver_sql(f"SELECT position FROM {head} FOR UPDATE")  # noqa: S608
                connection.rollback()
        except (sqlalchemy.exc.DBAPIError, sqlalchemy.exc.TimeoutError) as error:
            if is_missing_table(error):
                return  # no log yet: the tables were being made
            raise DatabaseUnavailable(
                "The database broke off while committing and cannot be asked whether it was done. "
                "When it answers again, look before you repeat the command."
            ) from error

    @contextmanager
    def _connect(self, isolation_level: str, *, read_only: bool) -> Iterator[Connection]:
        """A connection for one transaction of ours; a host gets it back as it was.

        The driver is told directly: SQLAlchemy's `isolation_level` would leave its own default
        behind, not what the host's listeners have set.
        """
        with self.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            if self.is_sqlite:
                # transactions are begun by hand, so that writers lock at once
                settings: dict[str, Any] = {"isolation_level": None}
            else:
                if driver.info.transaction_status in IN_TRANSACTION:
                    driver.rollback()  # begun by a listener of the host's engine
                dbapi: Any = connection.dialect.dbapi
                level = dbapi.IsolationLevel[isolation_level.replace(" ", "_")]
                settings = {"autocommit": False, "isolation_level": level, "read_only": read_only}
            before = {name: getattr(driver, name) for name in settings}
            _set(driver, settings)
            try:
                yield connection
            finally:
                if not (connection.invalidated or getattr(driver, "closed", False)):
                    driver.rollback()
                    _set(driver, before)

    def use_write_ahead_log(self) -> None:
        """Let readers and the writer of an SQLite file of ours work at the same time.

        SQLite does not wait for a writer here, so this does.
        """
        if not (self.is_sqlite and self.owns_engine):
            return
        deadline = monotonic() + BUSY_TIMEOUT_SECONDS
        with translated(), self._connect("", read_only=False) as connection:
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


def _begin_by_hand(connection: Connection, statement: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction:
        driver.rollback()  # begun by a listener of the host's engine, with nothing in it yet
    connection.exec_driver_sql(statement)


def _set(driver: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        setattr(driver, name, value)


def open_database(target: str | Path | Engine, schema: str | None = None) -> Database:
    """A database from a URL, the path of an SQLite file, or the host's engine.

    `schema` is PostgreSQL's, `contacts` by default. Nothing is created yet. Raises SettingsError
    for a URL that cannot be used and UnwritableFile for an SQLite file that cannot be made.
    """
    if isinstance(target, Engine):
        _check_driver(target.dialect.name, target.dialect.driver)
        return Database(target, _schema(target.dialect.name, schema), owns_engine=False)
    url = _url(target)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url)
    else:
        url, arguments = _driver_arguments(url)
        engine = create_engine(
            url, pool_pre_ping=True, connect_args=arguments, hide_parameters=True
        )
    return Database(engine, _schema(url.get_backend_name(), schema), owns_engine=True)


def _schema(backend: str, schema: str | None) -> str | None:
    return None if backend == "sqlite" else schema or "contacts"


VANISHED = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""libpq's parameters (seconds; the last one milliseconds) that notice a server which vanished
without a word, as in a failover; a URL may name others."""


def _driver_arguments(url: URL) -> tuple[URL, dict[str, int | None]]:
    """What psycopg is told besides the URL, which can say numbers only as text."""
    arguments: dict[str, int | None] = {
        name: value for name, value in VANISHED.items() if name not in url.query
    }
    given = url.query.get("prepare_threshold")
    if given is None:
        return url, arguments
    if given != "none" and not (isinstance(given, str) and given.isdecimal()):
        raise SettingsError("prepare_threshold is a number, or none to prepare nothing.")
    threshold = None if given == "none" else int(str(given))
    arguments["prepare_threshold"] = threshold
    return url.difference_update_query(["prepare_threshold"]), arguments


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
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    backend, _, driver = url.drivername.partition("+")
    _check_driver(backend, driver or "pysqlite")
    try:
        url.get_dialect().import_dbapi()
    except (sqlalchemy.exc.NoSuchModuleError, ImportError):
        raise SettingsError(
            f"The driver of {url.drivername!r} is not installed; for PostgreSQL install "
            "contacts-domain[postgres]."
        ) from None
    return url


def _check_driver(backend: str, driver: str) -> None:
    if backend not in DRIVERS:
        raise SettingsError(
            f"Databases of kind {backend!r} are not supported; use SQLite or PostgreSQL."
        )
    if driver not in DRIVERS[backend]:
        raise SettingsError(
            f"The driver {driver!r} is not supported; use sqlite:// or postgresql+psycopg://."
        )


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
    timeout = {"timeout": BUSY_TIMEOUT_SECONDS}
    engine = create_engine(url, connect_args=timeout, hide_parameters=True)
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


def claim_sqlite_file(connection: Connection, application_id: int) -> bool:
    """Make an empty file ours; whether it was empty. Raises ForeignDatabase for anybody else's."""
    found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if found == 0 and version == 0 and tables == 0:
        connection.exec_driver_sql(f"PRAGMA application_id = {application_id}")
        return True
    if not is_sqlite_file_ours(connection, application_id):
        raise ForeignDatabase(
            "This SQLite file belongs to another program; it was left as it is. Name another file."
        )
    return False
