"""Statements as text, straight to the database's driver: the hot ones are written once, and
SQLAlchemy's own way to the driver would cost more than the database does.

Where somebody listens to what is executed, as tracing does, they go through SQLAlchemy.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from itertools import count
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

Values = tuple[Any, ...]
SAVEPOINT = "contacts_batch"
_ROLLBACKS = count(1)


def mark_of(dialect: Dialect) -> str:
    """What stands for a value in a statement."""
    return "?" if dialect.paramstyle == "qmark" else "%s"


def fetch(connection: Connection, statement: str, values: Any = ()) -> list[Values]:
    """The rows that a statement answers. Raises SQLAlchemy's errors, as all functions here."""
    if _is_listened_to(connection):
        return [tuple(row) for row in connection.exec_driver_sql(statement, values)]
    with driver_cursor(connection) as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def execute(connection: Connection, statement: str, values: Any = ()) -> int:
    """Execute a statement that answers no rows, outside of savepoints; how many it wrote."""
    if _is_listened_to(connection):
        return connection.exec_driver_sql(statement, values).rowcount
    with driver_cursor(connection) as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def begin(connection: Connection, statements: str) -> None:
    """Begin a transaction by hand, which is told to no listener; settings may follow."""
    options = {} if connection.dialect.name == "sqlite" else {"prepare": False}
    with driver_cursor(connection) as cursor:
        cursor.execute(statements, **options)


def send(connection: Connection, statement: str, values: Any = ()) -> None:
    """Execute a statement that answers no rows. In a savepoint PostgreSQL is not waited for: what
    it objects to shows at the next query, or at the end."""
    execute(connection, statement, values)


def execute_many(connection: Connection, statement: str, rows: Sequence[Values]) -> int:
    """Execute it once for each of `rows`, outside of savepoints; how many rows it wrote."""
    if _is_listened_to(connection):
        return connection.exec_driver_sql(statement, [*rows]).rowcount
    with driver_cursor(connection) as cursor:
        cursor.executemany(statement, rows)
        return int(cursor.rowcount)


def send_many(connection: Connection, statement: str, rows: Sequence[Values]) -> None:
    """Execute a statement once for each of `rows`, of which there is at least one.

    A single row goes without the pipeline of many, which psycopg would complain about aloud when a
    conflict ends it.
    """
    if len(rows) == 1:
        send(connection, statement, rows[0])
    else:
        execute_many(connection, statement, rows)


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """What fails in here leaves nothing behind, and the transaction goes on.

    Only the functions of this module may be used inside, but for `execute`: PostgreSQL gets the
    statements in a pipeline, so that it works while the next ones are prepared.
    """
    pipeline = _pipeline(connection)
    with _errors_of(connection):
        pipeline.__enter__()
    try:
        send(connection, f"SAVEPOINT {SAVEPOINT}")
        yield
        send(connection, f"RELEASE SAVEPOINT {SAVEPOINT}")
        with _errors_of(connection):
            pipeline.__exit__(None, None, None)
    except BaseException:
        with suppress(connection.dialect.loaded_dbapi.Error):  # it was raised before
            pipeline.__exit__(None, None, None)
        if not connection.invalidated:
            # psycopg takes for prepared what the server has passed over. It forgets what is
            # prepared when something rolls back, but only if that is no statement it knows already
            send(connection, f"ROLLBACK TO SAVEPOINT {SAVEPOINT} -- {next(_ROLLBACKS)}")
            send(connection, f"RELEASE SAVEPOINT {SAVEPOINT}")
        raise


def _pipeline(connection: Connection) -> AbstractContextManager[object]:
    """The driver's, where there is one: libpq has it from version 14 on."""
    dbapi: Any = connection.dialect.loaded_dbapi
    if connection.dialect.name == "sqlite" or _is_listened_to(connection):
        return nullcontext()
    if not dbapi.capabilities.has_pipeline():
        return nullcontext()
    driver: Any = connection.connection.dbapi_connection
    pipeline: AbstractContextManager[object] = driver.pipeline()
    return pipeline


def _is_listened_to(connection: Connection) -> bool:
    events = connection.engine.dispatch
    return bool(events.before_cursor_execute or events.after_cursor_execute)


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver's, for what only it can do."""
    with _errors_of(connection):
        yield connection.connection.cursor()


@contextmanager
def _errors_of(connection: Connection) -> Iterator[None]:
    """The driver's errors become SQLAlchemy's; a connection that broke is given up, and all others
    of its pool are looked at with suspicion."""
    dialect, driver = connection.dialect, connection.connection.dbapi_connection
    errors: Any = dialect.loaded_dbapi.Error
    try:
        yield
    except errors as error:
        is_disconnect = dialect.is_disconnect(error, driver, None)
        if is_disconnect and not connection.invalidated:
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("SELECT 1")  # that SQLAlchemy notices, too
            connection.invalidate(error)
        raise DBAPIError.instance(
            "",
            None,
            error,
            errors,
            hide_parameters=True,
            connection_invalidated=is_disconnect,
            dialect=dialect,
        ) from error
    except BaseException:
        if getattr(driver, "closed", False):  # interrupted, psycopg gave up waiting for the server
            connection.invalidate()
        raise
