"""Rebuild: make the claims those that follow from the log, while writers go on.

Most of the work is a verification at one moment, without any lock. Then, under the lock of
`log_head`, only the claims that differed, and those of the events that came meanwhile, are looked
at again and mended, in one transaction: no writer ever sees a half-built table, and none waits
for long.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from adapters.claims.claims_table import ClaimsTable, in_slices
from adapters.claims.recomputation import Recomputation
from adapters.claims.verifying import EVENTS_AT_ONCE, OnProgress, compare
from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from adapters.event_store.tables import store_tables


@dataclass(slots=True)
class ClaimsRebuilt:
    """What a rebuild did."""

    position: int = 0
    """Where the log ended when it was done."""
    added: int = 0
    removed: int = 0
    changed: int = 0
    contested: int = 0
    """Claims that the events give to more than one; who took them first holds them."""


def rebuild_claims(
    database: Database,
    log: SqlEventLog,
    *,
    on_progress: OnProgress = lambda _done, _total: None,
) -> ClaimsRebuilt:
    """Add, remove and change claims until they are those that follow from the log.

    Where nothing differs, nothing is written. Raises UnknownEvent, CorruptEvent and CorruptDatabase
    for what cannot be read, and DatabaseBusy; then everything is as it was.
    """
    table = ClaimsTable(store_tables(database.schema))
    with Recomputation() as recomputation:
        with database.reading() as connection:
            compare(connection, table, log, recomputation, on_progress)
        _follow(database, log, recomputation)
        with database.writing() as connection:
            log.locked_head(connection)
            while _see_next(connection, log, recomputation):
                pass
            _look_again(connection, table, recomputation)
            return _mend(connection, table, recomputation)


def _follow(database: Database, log: SqlEventLog, recomputation: Recomputation) -> None:
    """Come near the head, so that little is left to do under the lock."""
    while True:
        with database.reading() as connection:
            is_near = log.head(connection) - recomputation.position <= EVENTS_AT_ONCE
            if is_near or not _see_next(connection, log, recomputation):
                return


def _see_next(connection: Connection, log: SqlEventLog, recomputation: Recomputation) -> bool:
    """Take in what came meanwhile; whether anything did."""
    events = log.read(connection, recomputation.position, EVENTS_AT_ONCE)
    recomputation.see(events, is_suspicious=True)
    return bool(events)


def _look_again(connection: Connection, table: ClaimsTable, recomputation: Recomputation) -> None:
    """Find the suspects once more, as they are now."""
    for some in in_slices(recomputation.suspects()):
        keys = [each.claim for each in some]
        recomputation.forget_found(keys)
        recomputation.find(table.some(connection, keys))


def _mend(
    connection: Connection, table: ClaimsTable, recomputation: Recomputation
) -> ClaimsRebuilt:
    rebuilt = ClaimsRebuilt(recomputation.position)
    for some in in_slices(recomputation.suspects()):
        wrong = [each for each in some if each.expected_holder != each.found_holder]
        table.mend(connection, wrong)
        added = sum(each.found_holder is None for each in wrong)
        removed = sum(each.expected_holder is None for each in wrong)
        rebuilt.added += added
        rebuilt.removed += removed
        rebuilt.changed += len(wrong) - added - removed
        rebuilt.contested += sum(each.takers > 1 for each in some)
    return rebuilt
