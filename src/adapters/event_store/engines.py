"""Engines: made from a URL or a path, or the host's own.

SQLite: `synchronous=FULL` (an acknowledged event survives a power cut) and a busy timeout.
PostgreSQL: connections that notice a server which vanished, and that agree on how text and times
are sent.
"""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from sqlalchemy import URL, Engine, SingletonThreadPool, StaticPool, create_engine, event, make_url

from adapters.event_store.database import BUSY_TIMEOUT_SECONDS, Database
from adapters.event_store.ended_connections import notice_ends
from adapters.event_store.sessions import CONNECTING, UTF8, set_up_sessions
from contacts_domain.errors import SettingsError, UnwritableDatabase

DRIVERS = {"sqlite": ("pysqlite",), "postgresql": ("psycopg",)}
OLDEST_SQLITE = (3, 35)
"""The first release with RETURNING."""


def open_database(target: str | Path | Engine, schema: str | None = None) -> Database:
    """A database from a URL, the path of an SQLite file, or the host's engine.

    `schema` is PostgreSQL's, `contacts` by default. Nothing is created yet. Raises SettingsError
    for a URL, an engine or a schema that cannot be used and UnwritableDatabase for an SQLite file
    that cannot be made.
    """
    if isinstance(target, Engine):
        _check_driver(target.dialect.name, target.dialect.driver)
        _check_pool(target)
        return Database(target, _schema(target.dialect.name, schema), owns_engine=False)
    url = _url(target)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url)
    else:
        url, arguments = _driver_arguments(url)
        engine = create_engine(url, connect_args=arguments, hide_parameters=True)
        set_up_sessions(engine)
        notice_ends(engine)
    return Database(engine, _schema(url.get_backend_name(), schema), owns_engine=True)


LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL; it cuts longer ones without a word."""


def _schema(backend: str, schema: str | None) -> str | None:
    if backend == "sqlite":
        return None
    name = schema or "contacts"
    reason = _unusable_name(name)
    if reason is not None:
        raise SettingsError(f"PostgreSQL can have no schema {name[:100]!r}: {reason}.")
    return name


def _unusable_name(name: str) -> str | None:
    """Why no schema of ours can have this name."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return "it is no Unicode text"
    if "\0" in name:
        return "it holds a NUL character"
    if length > LONGEST_NAME:
        return f"at most {LONGEST_NAME} bytes in UTF-8 are possible, it has {length}"
    if name.startswith("pg_") or name == "information_schema":
        return "names of this kind are reserved for PostgreSQL itself"
    return None


VANISHED = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""libpq's parameters (seconds; the last one milliseconds) that notice a server which vanished
without a word, as in a failover; a URL may name others."""


def _driver_arguments(url: URL) -> tuple[URL, dict[str, int | str | None]]:
    """What psycopg is told besides the URL, which can say numbers only as text."""
    _check_parameters(url)
    arguments: dict[str, int | str | None] = {
        name: value for name, value in VANISHED.items() if name not in url.query
    }
    arguments |= CONNECTING
    given = url.query.get("prepare_threshold")
    if given is None:
        return url, arguments
    if given != "none" and not (isinstance(given, str) and given.isdecimal()):
        raise SettingsError("prepare_threshold is a number, or none to prepare nothing.")
    threshold = None if given == "none" else int(str(given))
    arguments["prepare_threshold"] = threshold
    return url.difference_update_query(["prepare_threshold"]), arguments


def _check_parameters(url: URL) -> None:
    """libpq's connection parameters may stand in a URL, and `prepare_threshold`; psycopg's other
    arguments change what queries return."""
    psycopg: Any = url.get_dialect().import_dbapi()
    for name, value in url.query.items():
        if name == "prepare_threshold":
            continue
        if not isinstance(value, str) and name not in ("host", "port"):
            raise SettingsError(f"The database URL names {name!r} more than once.")
        if name == "client_encoding" and str(value).upper().replace("-", "") not in UTF8:
            raise SettingsError("The client_encoding in the database URL can only be utf8.")
        if name == "replication" or not _is_of_libpq(psycopg, name):
            raise SettingsError(
                f"The database URL holds {name!r}, which is no connection parameter of "
                "PostgreSQL's for queries."
            )


def _is_of_libpq(psycopg: Any, name: str) -> bool:
    try:
        psycopg.conninfo.make_conninfo(**{name: ""})
    except psycopg.ProgrammingError:
        return False
    return True


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


def _check_pool(engine: Engine) -> None:
    """A pool that lends the same connection to everybody would make one transaction of a host's and
    ours, and lend it to a worker for good."""
    if isinstance(engine.pool, StaticPool | SingletonThreadPool):
        raise SettingsError(
            f"An engine with a {type(engine.pool).__name__} has one connection for everything; "
            "transactions of the address book need connections of their own. Use another pool, "
            "QueuePool or NullPool."
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
        raise UnwritableDatabase(f"The folder {folder} does not exist; create it first.")
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
