"""The rows of a generation under construction, whose only writer is the rebuild: what it wrote last
is kept in memory, changes wait until they are written, and many go by COPY where there is one."""

from collections.abc import Sequence

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Select,
    Table,
    and_,
    select,
)
from sqlalchemy.schema import CreateTable

from contacts_domain.event_schema import RecordedEvent
from projections.codec import Codec
from projections.fold import Changes, Counter, Key, Membership, Projection, Row, RowFold
from projections.folding import fold_batch
from projections.generations import GenerationTables
from projections.kept_rows import KeptRows, SeenKeys
from projections.row_store import RowStore
from projections.storage import Database

ROWS_KEPT = 25_000
"""Of each part of a projection."""
MANY = 200
"""From so many rows on COPY is worth its statements."""
KEYS_AT_ONCE = 10_000


class BulkRows(RowStore):
    """Loads what is neither kept nor new; `write` collects, and `flush` writes."""

    def __init__(self, tables: Sequence[Table], database: Database, *, kept: int) -> None:
        super().__init__(tables)
        self._database = database
        self._kept = KeptRows(kept)
        self._seen = SeenKeys() if kept else None
        self._pending: Changes | None = None

    def load(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, Row]:
        """The rows under `keys` that exist."""
        rows, missing = self._kept.take(keys)
        if missing and self._seen is not None:
            missing = self._seen.perhaps(missing)
        if missing:
            rows |= super().load(connection, missing)
        return rows

    def write(self, connection: Connection, changes: Changes) -> None:  # noqa: ARG002
        """Have `flush` bring the tables from `changes.before` to `changes.after`."""
        self._pending = changes

    def flush(self, connection: Connection) -> None:
        """Write what was collected; if the transaction fails, `forget`."""
        changes, self._pending = self._pending, None
        if changes is None:
            return
        if self._database.loads_in_bulk:
            self._write_in_bulk(connection, changes)
        else:
            super().write(connection, changes)
        if self._seen is not None:
            self._seen.add(key for key in changes.after if key not in changes.before)
            self._kept.put(changes.after.items())
            self._kept.remove(changes.deleted())

    def discard(self) -> None:
        """Do not write what was collected."""
        self._pending = None

    def forget(self) -> None:
        """Keep nothing: what was written may have been rolled back."""
        self._pending = None
        self._kept.clear()

    def note_existing(self, connection: Connection) -> None:
        """Learn the keys of the rows that are there, which another process wrote."""
        if self._seen is None:
            return
        keys: Select[tuple[object, ...]] = select(*self._tables[0].primary_key.columns)
        for some in connection.execute(keys.execution_options(yield_per=KEYS_AT_ONCE)).partitions():
            self._seen.add(tuple(row) for row in some)

    def _write_in_bulk(self, connection: Connection, changes: Changes) -> None:
        inserted, updated = changes.inserted(), changes.updated()
        rest = changes.without(inserted=len(inserted) >= MANY, updated=len(updated) >= MANY)
        super().write(connection, rest)
        for table in self._tables:
            if len(updated) >= MANY:
                self._update(connection, table, updated)
            if len(inserted) >= MANY:
                self._copy(connection, table, inserted)

    def _copy(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        values = Codec([*table.columns], connection.dialect).to_driver(rows)
        self._database.copy_rows(connection, table, values)

    def _update(
        self, connection: Connection, table: Table, pairs: Sequence[tuple[Row, Row]]
    ) -> None:
        """Copy the rows that differ in this table into one beside it, and update from there."""
        names = [column.name for column in table.columns if not column.primary_key]
        rows = [after for before, after in pairs if any(before[n] != after[n] for n in names)]
        if not rows:
            return
        changed = [n for n in names if any(before[n] != after[n] for before, after in pairs)]
        staged = Table(
            f"staged_{table.name}",
            MetaData(),
            *(Column(name, table.c[name].type) for name in (*self.key_names, *changed)),
            prefixes=["TEMPORARY"],
            postgresql_on_commit="DROP",
        )
        connection.execute(CreateTable(staged))
        self._copy(connection, staged, rows)
        connection.execute(
            table.update()
            .where(and_(*(table.c[name] == staged.c[name] for name in self.key_names)))
            .values({name: staged.c[name] for name in changed})
        )


class BulkTables(GenerationTables):
    """The tables of a generation under construction."""

    def __init__(self, projection: Projection, generation: int, database: Database) -> None:
        super().__init__(projection, generation, database.schema)
        self._bulk = {
            part.name: BulkRows(
                [self.tables[factory] for factory in part.tables],
                database,
                kept=0 if isinstance(part, Membership) else ROWS_KEPT,  # never loaded
            )
            for part in projection.parts
        }

    def rows_of(self, part: RowFold | Membership | Counter) -> RowStore:
        """Where the rows of a part of the projection are."""
        return self._bulk[part.name]

    def fold(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        """Fold in memory; `flush` writes what changed. Raises what a projector raises."""
        handled = [each for each in events if self.projection.handles(each.event)]
        try:
            fold_batch(connection, self, handled)
        except BaseException:
            for rows in self._bulk.values():
                rows.discard()
            raise

    def flush(self, connection: Connection) -> None:
        """Write what was folded; if the transaction fails, `forget`."""
        for rows in self._bulk.values():
            rows.flush(connection)

    def forget(self) -> None:
        """Keep nothing in memory: what was written may have been rolled back."""
        for rows in self._bulk.values():
            rows.forget()

    def note_existing(self, connection: Connection) -> None:
        """Learn which rows are there already."""
        for rows in self._bulk.values():
            rows.note_existing(connection)
