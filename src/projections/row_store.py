"""Loads and writes rows set-wise: a few statements per table and kind of change, for any batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Dialect, Table

from projections.driver_sql import Codec, Values, mark_of, run
from projections.fold import Changes, Difference, Key, Row

KEYS_PER_STATEMENT = 1_000
"""Keeps composite keys below SQLite's 32,766 variables a statement."""


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
        self._companions: list[Companion] = [
            table.info[WRITTEN_ALONG] for table in tables if WRITTEN_ALONG in table.info
        ]
        self._made: tuple[_Reader, list[_TableWriter]] | None = None

    def load(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, Row]:
        """The rows under `keys` that exist."""
        reader, _ = self._statements(connection.dialect)
        rows = chain.from_iterable(reader.select(connection, some) for some in _slices(keys))
        return {tuple(row[name] for name in self.key_names): row for row in rows}

    def write(self, connection: Connection, changes: Changes) -> None:
        """Bring the tables from `changes.before` to `changes.after`."""
        inserted, updated, deleted = changes.inserted(), changes.updated(), changes.deleted()
        for writer in self._statements(connection.dialect)[1]:
            if deleted:
                writer.delete(connection, deleted)
            if updated:
                writer.update(connection, updated)
            if inserted:
                writer.insert(connection, inserted)
        for companion in self._companions:
            companion.write(connection, changes.differing())

    def _statements(self, dialect: Dialect) -> "tuple[_Reader, list[_TableWriter]]":
        if self._made is None:
            writers = [_TableWriter(table, dialect) for table in self._tables]
            self._made = _Reader(self._tables, dialect), writers
        return self._made


class _Reader:
    """Selects rows by their keys from all tables at once."""

    def __init__(self, tables: Sequence[Table], dialect: Dialect) -> None:
        first, *others = tables
        keys = [*first.primary_key.columns]
        columns = [*first.columns, *(c for t in others for c in t.columns if not c.primary_key)]
        self._keys = Codec(keys, dialect)
        self._rows = Codec(columns, dialect)
        named = {table: dialect.identifier_preparer.format_table(table) for table in tables}
        names = [f"{named[first]}.{column.name}" for column in keys]
        selected = ", ".join(f"{named[c.table]}.{c.name}" for c in columns)
        joined = "".join(
            f" JOIN {named[other]} USING ({', '.join(column.name for column in keys)})"
            for other in others
        )
        self._select = f"SELECT {selected} FROM {named[first]}{joined} WHERE "  # noqa: S608
        self._among = (
            _among_marks(names)
            if dialect.name == "sqlite"
            else _among_arrays(names, [_array_type(column, dialect) for column in keys])
        )

    def select(self, connection: Connection, keys: Sequence[Key]) -> list[Row]:
        """The rows under `keys` that exist."""
        columns = self._keys.columns_to_driver(zip(*keys, strict=True))
        condition, values = self._among(columns)
        found = connection.exec_driver_sql(self._select + condition, values)
        return self._rows.dicts_from_driver(found.all())


Among = Callable[[Sequence[Sequence[Any]]], tuple[str, Values]]
"""The condition that a key is among some, given by columns, and its values."""


def _among_marks(names: Sequence[str]) -> Among:
    """SQLite: a mark for every value."""
    key = f"({', '.join(names)})"
    marks = f"({', '.join('?' for _ in names)})"

    def among(columns: Sequence[Sequence[Any]]) -> tuple[str, Values]:
        keys = list(zip(*columns, strict=True))
        values = tuple(chain.from_iterable(keys))
        return f"{key} IN (VALUES {', '.join([marks] * len(keys))})", values

    return among


def _among_arrays(names: Sequence[str], types: Sequence[str]) -> Among:
    """PostgreSQL: an array for every column, so that the statement is always the same."""
    arrays = ", ".join(f"%s::{type_}" for type_ in types)
    if len(names) == 1:
        condition = f"{names[0]} = ANY({arrays})"
    else:
        condition = f"({', '.join(names)}) IN (SELECT * FROM unnest({arrays}))"  # noqa: S608
    return lambda columns: (condition, tuple(list(values) for values in columns))


def _array_type(column: Column[Any], dialect: Dialect) -> str:
    name, *_collation = column.type.compile(dialect).split(" COLLATE ")
    return f"{name}[]"


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


def _slices(keys: Sequence[Key]) -> Iterator[list[Key]]:
    remaining = iter(keys)
    while some := list(islice(remaining, KEYS_PER_STATEMENT)):
        yield some
