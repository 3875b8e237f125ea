"""Database failures in the library's own words: what happened, and what to do next.

The sentences may be logged: beside our own words they hold what SQLite says of its file, what
libpq says of the server, user and database, and names of tables; never a value of a statement.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy.exc

from contacts_domain.errors import (
    CorruptDatabase,
    DatabaseBusy,
    DatabaseUnavailable,
    InvalidQuery,
    StorageError,
    UnwritableDatabase,
)

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNWRITABLE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_IOERR,
)
_ROLLING_BACK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_LOCKED = ("55P03", "40P01")
"""PostgreSQL's lock_not_available and deadlock_detected."""
_NO_RIGHTS = "42501"
_NO_TABLE = "42P01"
_CUT_SHORT = {
    "57014": "it took longer than its statement_timeout, or somebody cancelled it",
    "25P03": "the transaction was idle for longer than idle_in_transaction_session_timeout",
    "25P04": "the transaction took longer than its transaction_timeout",
    "57P05": "the connection was idle for longer than its idle_session_timeout",
}
"""What PostgreSQL ends by itself, and why."""
_LIMITS = "54"
"""The class of what no repetition gets past, such as a value that is too long for an index."""


@contextmanager
def refusing_unreadable() -> Iterator[None]:
    """Raise InvalidQuery for values of a query that no database can look up."""
    try:
        yield
    except (UnicodeEncodeError, OverflowError, sqlalchemy.exc.DataError) as error:
        raise InvalidQuery(
            "The query holds a value that cannot be looked up: text that is no Unicode, a NUL "
            "character, or a number that is too large."
        ) from error


@contextmanager
def translated() -> Iterator[None]:
    """Raise StorageError and its kin instead of SQLAlchemy's errors.

    Integrity and data errors pass through: the recorder and queries give them a meaning.
    """
    try:
        yield
    except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError):
        raise
    except sqlalchemy.exc.DBAPIError as error:
        raise _translation(error) from error
    except UnicodeDecodeError as error:  # sqlite3 could not even decode SQLite's complaint
        raise _damaged() from error
    except sqlalchemy.exc.TimeoutError as error:
        raise DatabaseUnavailable(
            "No database connection became free in time; raise the pool's size or try again."
        ) from error


def _translation(error: sqlalchemy.exc.DBAPIError) -> Exception:
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(_behind(original))
    return _of_postgres(error)


def _behind(error: sqlite3.Error) -> sqlite3.Error:
    """The failure at which SQLite rolled back by itself, so that giving up a savepoint failed, too;
    the error itself if there was none."""
    before: BaseException | None = error
    while before is not None:
        if isinstance(before, sqlite3.Error) and _sqlite_code(before) in _ROLLING_BACK:
            return before
        before = before.__cause__ or before.__context__
    return error


def is_busy(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Whether the database refused because somebody else is writing."""
    if _sqlstate(error) in _LOCKED:
        return True
    return _sqlite_code(error.orig) in _BUSY


def is_rolled_back(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Whether a commit that failed is known to have done nothing: somebody else was writing, or
    SQLite found no room."""
    return is_busy(error) or _sqlite_code(error.orig) == sqlite3.SQLITE_FULL


def is_missing_table(error: sqlalchemy.exc.SQLAlchemyError) -> bool:
    """Whether PostgreSQL knows no table of that name."""
    return isinstance(error, sqlalchemy.exc.DBAPIError) and _sqlstate(error) == _NO_TABLE


def _sqlite_code(error: BaseException | None) -> int:
    """SQLite's primary result code; 0 if it has none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _sqlstate(error: sqlalchemy.exc.DBAPIError) -> str:
    """The five characters that PostgreSQL answered with; empty when it did not answer."""
    return getattr(error.orig, "sqlstate", None) or ""


def _of_postgres(error: sqlalchemy.exc.DBAPIError) -> Exception:
    sqlstate = _sqlstate(error)
    if sqlstate in _LOCKED:
        return DatabaseBusy(
            "Another connection holds locks in this PostgreSQL database that are needed here. If "
            "your own program has an open transaction on it, commit or roll back first; else try "
            "again."
        )
    if sqlstate == _NO_RIGHTS:
        return DatabaseUnavailable(
            f"The PostgreSQL user lacks a right: {_first_line(error)}. Grant it, or use another "
            "user."
        )
    if sqlstate in _CUT_SHORT:
        return DatabaseUnavailable(
            f"PostgreSQL ended what was asked of it: {_CUT_SHORT[sqlstate]}. Nothing was "
            "half-written. Try again, ask for less at once, or raise the limit of this user."
        )
    if sqlstate.startswith(_LIMITS):
        return StorageError(
            f"A limit of PostgreSQL's is in the way: {_first_line(error)}. Nothing was "
            "half-written, and trying again does not help."
        )
    if error.statement is None and not sqlstate:
        return DatabaseUnavailable(
            f"The PostgreSQL database cannot be reached: {_first_line(error)}. Check the URL, the "
            "user and password, and that the server runs and has this database."
        )
    kind = f"{type(error.orig).__name__} {sqlstate}".rstrip()
    return DatabaseUnavailable(
        f"The database failed ({kind}); nothing was half-written. "
        "Check that it runs and can be reached, then try again."
    )


def _first_line(error: sqlalchemy.exc.DBAPIError) -> str:
    return next(iter(str(error.orig).splitlines()), "no reason was given").rstrip(".")


def _damaged() -> CorruptDatabase:
    return CorruptDatabase(
        "This file is no SQLite database, or a damaged one. Restore it from a backup, or name "
        "another file."
    )


def _of_sqlite(error: sqlite3.Error) -> Exception:
    code = _sqlite_code(error)
    if code in _BUSY:
        return DatabaseBusy(
            "Another connection holds the write lock of this SQLite file. If your own program "
            "has an open write transaction on it, commit or roll back first; else try again."
        )
    if code in _CORRUPT:
        return _damaged()
    if code == sqlite3.SQLITE_FULL:
        return UnwritableDatabase(
            "The disk of the SQLite file is full; nothing of this was written. Make room, then try "
            "again."
        )
    if code in _UNWRITABLE:
        return UnwritableDatabase(
            f"The SQLite file cannot be used: {error}. Check the path, its permissions and the "
            "free space."
        )
    return StorageError(f"SQLite failed: {error}.")
