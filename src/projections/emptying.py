"""Removes the rows of tables that nobody needs in small portions, where removing large tables at
once would keep every writer waiting."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic, sleep

from sqlalchemy import Connection, inspect

from projections.generations import GenerationTables
from projections.pacing import Pace
from projections.storage import Database

PORTION = 10_000
PAUSE_SECONDS = 0.01
"""For others to begin writing."""
HELD_ROWS = "held rows"
"""In the info of a table: what else holds rows on SQLite because of it."""


@dataclass(frozen=True)
class HeldRows:
    """An index that consists of tables, and the triggers that keep it."""

    triggers: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    """Tables, and which of their rows may be removed before the index is."""


def empty_in_portions(
    database: Database, tables: GenerationTables, is_retired: Callable[[Connection], bool]
) -> None:
    """Leave no rows in SQLite's tables of a generation; each transaction is short.

    Ends when the generation is not `is_retired` any more: somebody else has dropped it.
    """
    pace = Pace(PORTION, adapts=True)
    for name, condition in _contents(database, tables, is_retired):
        removed = 1
        while removed:
            sleep(PAUSE_SECONDS)
            with database.writing() as connection:
                begun = monotonic()
                if not is_retired(connection):
                    return
                removed = _remove(connection, name, condition, pace.size)
            pace.note(removed, monotonic() - begun)


def _contents(
    database: Database, tables: GenerationTables, is_retired: Callable[[Connection], bool]
) -> Iterator[tuple[str, str]]:
    with database.writing() as connection:
        if not is_retired(connection):
            return
        known = set(inspect(connection).get_table_names())
        held = [
            table.info[HELD_ROWS]
            for table in tables.metadata.sorted_tables
            if HELD_ROWS in table.info
        ]
        for trigger in [trigger for each in held for trigger in each.triggers]:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
    contents = [rows for each in held for rows in each.rows]
    contents += [(table.name, "true") for table in tables.metadata.sorted_tables]
    yield from ((name, condition) for name, condition in contents if name in known)


def _remove(connection: Connection, name: str, condition: str, count: int) -> int:
    some = f"SELECT rowid FROM {name} WHERE {condition} LIMIT {count}"  # noqa: S608
    removed = connection.exec_driver_sql(f"DELETE FROM {name} WHERE rowid IN ({some})")  # noqa: S608
    return removed.rowcount
