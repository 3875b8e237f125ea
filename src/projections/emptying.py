"""Removes the rows of tables that nobody needs in small portions, where removing large tables at
once would keep every writer waiting."""

from collections.abc import Callable
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
    """The table that an index consists of, and which of its rows may be removed before it is."""

    name: str
    condition: str


def empty_in_portions(
    database: Database, tables: GenerationTables, is_retired: Callable[[Connection], bool]
) -> None:
    """Leave no rows in SQLite's tables of a generation; each transaction is short.

    Ends when the generation is not `is_retired` any more: somebody else has dropped it.
    """
    pace = Pace(PORTION, adapts=True)
    for held in _contents(database, tables):
        removed = 1
        while removed:
            sleep(PAUSE_SECONDS)
            with database.writing() as connection:
                begun = monotonic()
                if not is_retired(connection):
                    return
                removed = _remove(connection, held, pace.size)
            pace.note(removed, monotonic() - begun)


def _contents(database: Database, tables: GenerationTables) -> list[HeldRows]:
    """What is there of the tables, and of the indexes before them."""
    with database.reading() as connection:
        known = set(inspect(connection).get_table_names())
    all_tables = tables.metadata.sorted_tables
    indexes = [table.info[HELD_ROWS] for table in all_tables if HELD_ROWS in table.info]
    contents = indexes + [HeldRows(table.name, "true") for table in all_tables]
    return [each for each in contents if each.name in known]


def _remove(connection: Connection, held: HeldRows, count: int) -> int:
    some = f"SELECT rowid FROM {held.name} WHERE {held.condition} LIMIT {count}"  # noqa: S608
    removed = connection.exec_driver_sql(f"DELETE FROM {held.name} WHERE rowid IN ({some})")  # noqa: S608
    return removed.rowcount
