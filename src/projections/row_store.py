"""Loads and writes rows set-wise: a few statements per table and kind of change, for any batch."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect, Table, and_, select

from projections.driver_sql import Codec, Values, mark_of, run
from projections.fold import Changes, Difference, Key, Row
from projections.prepared import KeyedQuery

WRITTEN_ALONG = "written along"
"""In the `info` of a table: the `Companion` that is written with its rows."""


class Companion(Protocol):
    """What is kept beside a table by whoever writes its rows, such as an index of its texts."""

    def write(self, connection: Connection, differences: Iterable[Difference]) -> None:
        """Bring it from the rows before to the rows after."""


class RowStore:
    """Rows spread over tables that share their primary key; belongs to one database."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.key_names = tuple(column.name for column in tables[0].primary_key.columns)
        self._tables = tables
        self._query, self._names = _selection(tables)
        self._companions: list[Companion] = [
            table.info[WRITTEN_ALONG] for table in tables if WRITTEN_ALONG in table.info
        ]
        self._made: list[_TableWriter] | None = None

    def load(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, Row]:
        """The rows under `keys` that exist."""
        names, key_names = self._names, self.key_names
        found = self._query.rows(connection, keys)
        rows = [dict(zip(names, values, strict=True)) for values in found]
        return {tuple(row[name] for name in key_names): row for row in rows}

    def write(self, connection: Connection, changes: Changes) -> None:
        """Bring the tables from `changes.before` to `changes.after`."""
        inserted, updated, deleted = changes.inserted(), changes.updated(), changes.deleted()
        for writer in self._writers(connection.dialect):
            if deleted:
                writer.delete(connection, deleted)
            if updated:
                writer.update(connection, updated)
            if inserted:
                writer.insert(connection, inserted)
        for companion in self._companions:
            companion.write(connection, changes.differing())

    def _writers(self, dialect: Dialect) -> "list[_TableWriter]":
        if self._made is None:
            self._made = [_TableWriter(table, dialect) for table in self._tables]
        return self._made


def _selection(tables: Sequence[Table]) -> tuple[KeyedQuery, list[str]]:
    """The query for rows of all tables by their key, and the names of its columns."""
    first, *others = tables
    key = [*first.primary_key.columns]
    columns = [*first.columns]
    source: Any = first
    for other in others:
        source = source.join(other, and_(*(first.c[c.name] == other.c[c.name] for c in key)))
        columns += [column for column in other.columns if not column.primary_key]
    query = KeyedQuery(select(*columns).select_from(source), key)
    return query, [column.name for column in columns]


class _TableWriter:
    """The statements of one table."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        mark, self._name = mark_of(dialect), dialect.identifier_preparer.format_table(table)
        self._dialect, self._mark = dialect, mark
        keys = [*table.primary_key.columns]
        self._columns = {column.name: column for column in table.columns}
        self._key_names = [column.name for column in keys]
        self._value_names = [c.name for c in table.columns if not c.primary_key]
        self._keys = Codec(keys, dialect)
        self._rows = Codec([*table.columns], dialect)
        names, marks = ", ".join(self._columns), ", ".join(mark for _ in self._columns)
        self._insert = f"INSERT INTO {self._name} ({names}) VALUES ({marks})"  # noqa: S608
        self._matches = " AND ".join(f"{name} = {mark}" for name in self._key_names)
        self._delete = f"DELETE FROM {self._name} WHERE {self._matches}"  # noqa: S608
        self._updates: dict[Values, tuple[str, Codec]] = {}

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        run(connection, self._insert, self._rows.to_driver(rows))

    def update(self, connection: Connection, pairs: Iterable[tuple[Row, Row]]) -> None:
        """Write the columns that changed and no others: their indexes stay as they are."""
        changed: dict[Values, list[Row]] = {}
        for before, after in pairs:
            names = tuple(name for name in self._value_names if before[name] != after[name])
            if names:
                changed.setdefault(names, []).append(after)
        for names, rows in changed.items():
            statement, codec = self._update_of(names)
            run(connection, statement, codec.to_driver(rows))

    def _update_of(self, names: Values) -> tuple[str, Codec]:
        if names not in self._updates:
            values = ", ".join(f"{name} = {self._mark}" for name in names)
            statement = f"UPDATE {self._name} SET {values} WHERE {self._matches}"  # noqa: S608
            columns = [self._columns[name] for name in (*names, *self._key_names)]
            self._updates[names] = statement, Codec(columns, self._dialect)
        return self._updates[names]

    def delete(self, connection: Connection, keys: Sequence[Key]) -> None:
        columns = self._keys.columns_to_driver(zip(*keys, strict=True))
        run(connection, self._delete, list(zip(*columns, strict=True)))
