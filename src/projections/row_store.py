"""Loads and writes rows set-wise: one statement per table and kind of change, for any batch."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    select,
    tuple_,
)

from projections.fold import Changes, Key, Row

KEYS_PER_STATEMENT = 1_000
"""Keeps composite keys below SQLite's 32,766 variables a statement."""


class RowStore:
    """Rows spread over tables that share their primary key; its statements are made once."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.key_names = tuple(column.name for column in tables[0].primary_key.columns)
        self._writers = [_TableWriter(table) for table in tables]
        self._select = _selection(tables)

    def load(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, Row]:
        """The rows under `keys` that exist."""
        rows: dict[Key, Row] = {}
        is_simple = len(self.key_names) == 1
        for some in _slices(keys):
            wanted = [key[0] for key in some] if is_simple else some
            for found in connection.execute(self._select, {"keys": wanted}).mappings():
                row = dict(found)
                rows[tuple(row[name] for name in self.key_names)] = row
        return rows

    def write(self, connection: Connection, changes: Changes) -> None:
        """Bring the tables from `changes.before` to `changes.after`."""
        inserted, updated, deleted = changes.inserted(), changes.updated(), changes.deleted()
        for writer in self._writers:
            if deleted:
                writer.delete(connection, deleted)
            if updated:
                writer.update(connection, updated)
            if inserted:
                writer.insert(connection, inserted)


class _TableWriter:
    """The statements of one table."""

    def __init__(self, table: Table) -> None:
        self._key_names = [column.name for column in table.primary_key.columns]
        self._names = [column.name for column in table.columns]
        self._value_names = [name for name in self._names if name not in self._key_names]
        matches = and_(*(table.c[name] == bindparam(f"key_{name}") for name in self._key_names))
        values: dict[str, Any] = {name: bindparam(name) for name in self._value_names}
        self._insert = table.insert()
        self._update: Update = table.update().where(matches).values(values)
        self._delete: Delete = table.delete().where(matches)

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        connection.execute(self._insert, [{n: row[n] for n in self._names} for row in rows])

    def update(self, connection: Connection, pairs: Sequence[tuple[Row, Row]]) -> None:
        changed = [
            {name: after[name] for name in self._value_names}
            | {f"key_{name}": after[name] for name in self._key_names}
            for before, after in pairs
            if any(before[name] != after[name] for name in self._value_names)
        ]
        if changed:
            connection.execute(self._update, changed)

    def delete(self, connection: Connection, keys: Sequence[Key]) -> None:
        names = [f"key_{name}" for name in self._key_names]
        connection.execute(self._delete, [dict(zip(names, key, strict=True)) for key in keys])


def _selection(tables: Sequence[Table]) -> Select[Any]:
    first, *others = tables
    columns = [*first.columns]
    source: Any = first
    for other in others:
        source = source.join(other, _same_key(first, other))
        columns += [column for column in other.columns if not column.primary_key]
    key_columns = list(first.primary_key.columns)
    key = key_columns[0] if len(key_columns) == 1 else tuple_(*key_columns)
    return select(*columns).select_from(source).where(key.in_(bindparam("keys", expanding=True)))


def _same_key(table: Table, other: Table) -> ColumnElement[bool]:
    return and_(*(table.c[column.name] == column for column in other.primary_key.columns))


def _slices(keys: Sequence[Key]) -> Iterator[list[Key]]:
    remaining = iter(keys)
    while some := list(islice(remaining, KEYS_PER_STATEMENT)):
        yield some
