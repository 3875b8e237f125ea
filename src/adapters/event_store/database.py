"""The transactions that the library relies on, on one SQLAlchemy engine for everything.

SQLite: `BEGIN IMMEDIATE` for writers, and a write-ahead log, so that readers go on. PostgreSQL:
read committed and a lock timeout for writers, repeatable read for readers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Engine, RootTransaction, Table

from adapters.event_store.copying import copy_rows
from adapters.event_store.failures import (
    is_busy,
    is_missing_table,
    is_rolled_back,
    refusing_unreadable,
    translated,
)
from contacts_domain.errors import CommitUncertain, DatabaseUnavailable
from projections.driver_sql import begin

BUSY_TIMEOUT_SECONDS = 30
PATIENCE = timedelta(seconds=BUSY_TIMEOUT_SECONDS)
MILLISECOND = timedelta(milliseconds=1)
BUSY_POLL_SECONDS = 0.01
IN_TRANSACTION = (2, 3)
"""The states of a connection of libpq in which there is something to roll back."""
READING = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL max_parallel_workers_per_gather = 0"
)
"""Organizers differ too much in size for one plan to serve all, and a page is found sooner than
processes are started to look for it."""
IDLE_MS = 60_000
WRITING = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    "SELECT set_config('idle_in_transaction_session_timeout', '{idle_ms}', true) "
    "WHERE current_setting('idle_in_transaction_session_timeout') = '0'; "
    "SET LOCAL lock_timeout = {lock_ms}"
)
"""A process that hangs in the midst keeps nobody else from writing for longer than `IDLE_MS`: then
PostgreSQL ends its transaction. A limit that the server or the user has already is left alone."""


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

    @property
    def loads_in_bulk(self) -> bool:
        """Whether there is `copy_rows`, and a large transaction keeps nobody from writing."""
        return not self.is_sqlite

    def copy_rows(
        self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Insert many rows by PostgreSQL's COPY: values as the driver takes them."""
        copy_rows(connection, table, rows)

    # --- transactions --------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing."""
        with (
            refusing_unreadable(),
            translated(),
            self._connect() as connection,
            self._transaction(connection, READING),
        ):
            if self.is_sqlite:
                _begin_by_hand(connection, "BEGIN")
            yield connection

    @contextmanager
    def looking_up(self) -> Iterator[Connection]:
        """A connection each statement of which may see a moment of its own, for what is checked
        again when it is written."""
        if not self.owns_engine:  # a host may settle for its transactions what they may see
            with self.reading() as connection:
                yield connection
            return
        with refusing_unreadable(), translated(), self._connect() as connection:
            yield connection

    @contextmanager
    def writing(self, patience: timedelta | None = None) -> Iterator[Connection]:
        """A transaction that commits at the end; on SQLite it holds the write lock.

        `patience`, by default `PATIENCE`, is for the locks of others; on PostgreSQL for each of
        them. Raises DatabaseBusy, and CommitUncertain when the connection breaks while committing.
        """
        try:
            with translated(), self._connect() as connection:
                transaction = self._transaction(connection, _writing(patience or PATIENCE))
                try:
                    if self.is_sqlite:
                        _begin_immediate(connection, patience)
                    yield connection
                except BaseException:
                    transaction.rollback()
                    raise
                self._commit(connection, transaction)
        except CommitUncertain:
            self._await_the_outcome()
            raise

    def _transaction(self, connection: Connection, on_postgresql: str) -> RootTransaction:
        """Begin a transaction, before a host's listeners are told of it: what they settle for it
        holds. On SQLite it only begins when it is begun by hand, after them."""
        if not self.is_sqlite:
            begin(connection, on_postgresql)
        return connection.begin()

    def _commit(self, connection: Connection, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        except sqlalchemy.exc.IntegrityError:
            raise
        except sqlalchemy.exc.DBAPIError as error:
            if is_rolled_back(error):
                raise
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
            with self._connect() as connection:
                self._transaction(connection, _writing(PATIENCE))
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
    def _connect(self) -> Iterator[Connection]:
        """A connection on which transactions are begun by hand; a host gets it back as it was.

        The driver is told directly: SQLAlchemy's `isolation_level` would leave its own default
        behind, not what the host's listeners have set.
        """
        with self.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            name, wanted = ("isolation_level", None) if self.is_sqlite else ("autocommit", True)
            if not self.is_sqlite and driver.pgconn.transaction_status in IN_TRANSACTION:
                driver.rollback()  # begun by a listener of the host's engine
            before = getattr(driver, name)
            if before != wanted:
                setattr(driver, name, wanted)
            try:
                yield connection
            finally:
                if not (connection.invalidated or getattr(driver, "closed", False)):
                    driver.rollback()
                    if before != wanted:
                        setattr(driver, name, before)

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


def _begin_immediate(connection: Connection, patience: timedelta | None) -> None:
    """Take SQLite's write lock; without a patience, its connection knows for how long to try."""
    if patience is None:
        _begin_by_hand(connection, "BEGIN IMMEDIATE")
        return
    before = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience // MILLISECOND}")
    try:
        _begin_by_hand(connection, "BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {before}")


def _writing(patience: timedelta) -> str:
    return WRITING.format(idle_ms=IDLE_MS, lock_ms=patience // MILLISECOND)


def _begin_by_hand(connection: Connection, statement: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction:
        driver.rollback()  # begun by a listener of the host's engine, with nothing in it yet
    begin(connection, statement)
