"""Keeps the rows of files that are being imported in the database, where any process finds them: a
unit of work each, so that an import goes on from exactly where it was broken off."""

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import delete, exists, select

from adapters.event_store.database import Database
from adapters.event_store.tables import StoreTables
from adapters.exchange.reading.source_table import SourceRow
from contacts_domain.free_text import sanitized
from projections.columns import damaged

ROWS_PER_UNIT = 500
TEXT_PER_UNIT = 4 * 1_048_576
"""Characters; a unit of long rows has fewer of them."""
UNITS_PER_TRANSACTION = 20
ABANDONED_AFTER = timedelta(days=1)
"""When rows may go that were staged for an import that never started."""

Unit = tuple[SourceRow, ...]


@dataclass
class Staged:
    """What was staged."""

    rows: int = 0
    units: int = 0


class StagedRows:
    """The staged rows of one database."""

    def __init__(
        self, database: Database, tables: StoreTables, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._staged = tables.staged_rows
        self._events = tables.events
        self._clock = clock

    def stage(self, organizer_id: str, import_id: UUID, rows: Iterable[SourceRow]) -> Staged:
        """Keep all rows; nothing of them if reading them fails."""
        staged = Staged()
        try:
            for units in _in_lots(_units_of(rows)):
                at = self._clock()
                with self._database.writing() as connection:
                    values = [
                        {
                            "import_id": import_id,
                            "unit": number,
                            "organizer_id": organizer_id,
                            "rows": _packed(unit),
                            "staged_at": at,
                        }
                        for number, unit in enumerate(units, staged.units)
                    ]
                    connection.execute(self._staged.insert(), values)
                staged.units += len(units)
                staged.rows += sum(map(len, units))
        except BaseException:
            self.drop(import_id)
            raise
        return staged

    def units(self, import_id: UUID, after: int = -1) -> Iterator[tuple[int, Unit]]:
        """The units with greater numbers, ascending, each read when it is asked for."""
        columns = self._staged.c
        while True:
            query = (
                select(columns.unit, columns.rows)
                .where(columns.import_id == import_id, columns.unit > after)
                .order_by(columns.unit)
                .limit(1)
            )
            with self._database.reading() as connection:
                found = connection.execute(query).one_or_none()
            if found is None:
                return
            after = found.unit
            yield after, _unpacked(found.rows)

    def keep_only(self, import_id: UUID, rows: Collection[int]) -> None:
        """Let go all rows but those with these numbers; again, it changes nothing."""
        wanted, columns = frozenset(rows), self._staged.c
        for number, unit in self.units(import_id):
            kept = tuple(row for row in unit if row.number in wanted)
            if len(kept) == len(unit):
                continue
            here = (columns.import_id == import_id, columns.unit == number)
            with self._database.writing() as connection:
                if kept:
                    values = {"rows": _packed(kept)}
                    connection.execute(self._staged.update().where(*here).values(values))
                else:
                    connection.execute(delete(self._staged).where(*here))

    def drop(self, import_id: UUID) -> None:
        """Let go all rows of an import."""
        with self._database.writing() as connection:
            connection.execute(delete(self._staged).where(self._staged.c.import_id == import_id))

    def drop_abandoned(self) -> None:
        """Let go what was staged a day ago or longer for imports that never started."""
        columns, events = self._staged.c, self._events.c
        is_abandoned = (
            columns.staged_at < self._clock() - ABANDONED_AFTER,
            ~exists().where(events.stream_id == columns.import_id),
        )
        with self._database.reading() as connection:
            found = connection.execute(select(columns.import_id).where(*is_abandoned).limit(1))
            if found.first() is None:
                return
        with self._database.writing() as connection:
            connection.execute(delete(self._staged).where(*is_abandoned))


def _units_of(rows: Iterable[SourceRow]) -> Iterator[Unit]:
    unit: list[SourceRow] = []
    length = 0
    for row in rows:
        length += sum(map(len, row.cells))
        unit.append(row)
        if len(unit) == ROWS_PER_UNIT or length > TEXT_PER_UNIT:
            yield tuple(unit)
            unit, length = [], 0
    if unit:
        yield tuple(unit)


def _in_lots(units: Iterator[Unit]) -> Iterator[list[Unit]]:
    lot: list[Unit] = []
    for unit in units:
        lot.append(unit)
        if len(lot) == UNITS_PER_TRANSACTION:
            yield lot
            lot = []
    if lot:
        yield lot


def _packed(unit: Unit) -> bytes:
    rows = [(row.number, row.cells, row.defect) for row in unit]
    try:
        text = orjson.dumps(rows)
    except TypeError:  # lone surrogates, which some encodings and workbooks can spell
        text = orjson.dumps([(n, [*map(sanitized, cells)], defect) for n, cells, defect in rows])
    return zlib.compress(text, 1)


def _unpacked(packed: bytes) -> Unit:
    try:
        return tuple(
            SourceRow(number, tuple(cells), defect)
            for number, cells, defect in orjson.loads(zlib.decompress(packed))
        )
    except (zlib.error, ValueError, TypeError):
        raise damaged("staged rows") from None
