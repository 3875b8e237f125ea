"""Scratch databases: SQLite's own temporary ones, for read tables that are folded anew beside the
real ones. Small ones stay in memory; large ones spill into a file without a name, in the folder
for temporary files, which is gone with the connection, also after a crash."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import StaticPool, create_engine

from adapters.event_store.database import Database
from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent

log = structlog.get_logger("contacts")

CACHE_KIBIBYTES = 65_536
"""What stays in memory."""


@contextmanager
def scratch_database() -> Iterator[Database]:
    """An empty database with one connection, for one thread at a time."""
    engine = create_engine(
        "sqlite://", creator=_connect, poolclass=StaticPool, hide_parameters=True
    )
    database = Database(engine, None, owns_engine=True)
    try:
        yield database
    finally:
        database.close()


def _connect() -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for setting in (
        "synchronous = OFF",
        "journal_mode = MEMORY",
        f"cache_size = -{CACHE_KIBIBYTES}",
    ):
        connection.execute(f"PRAGMA {setting}")
    return connection


def report_left_out(projection: str, event: RecordedEvent, error: BaseException) -> None:
    """Tell operators, without any personal data, that a look back lacks an event."""
    log.warning(
        "event left out of a look back",
        projection=projection,
        position=event.position,
        event_name=EVENT_NAMES[type(event.event)],
        reason=type(error).__name__,
    )
