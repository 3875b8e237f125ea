"""Loads and writes rows set-wise: a few statements per table and kind of change, for any batch."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Dialect, Table, and_, select

from projections.codec import Codec
from projections.driver_sql import Values, mark_of, send, send_many
from projections.fold import Changes, Difference, Key, Row
from projections.prepared import KeyedQuery
from projections.row_sets import RowSet

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


class _Statement:
    """What is done with rows: with one, and with many at once where the database can."""

    def __init__(
        self,
        of_one: str,
        columns: Sequence[Column[Any]],
        of_many: Callable[[str], str],
        dialect: Dialect,
    ) -> None:
        """`of_many` is told where to read the rows from."""
        self._of_one, self._codec = of_one, Codec(columns, dialect)
        self._set = RowSet(columns, dialect) if dialect.name == "postgresql" else None
        self._of_many = of_many(self._set.source) if self._set else ""

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Do it with the values of rows, of which there is at least one."""
        if self._set is None or len(rows) == 1:
            send_many(connection, self._of_one, self._codec.to_driver(rows))
        else:
            send(connection, self._of_many, self._set.document(rows))


class _TableWriter:
    """The statements of one table."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self._dialect, self._mark = dialect, mark_of(dialect)
        self._name = dialect.identifier_preparer.format_table(table)
        self._columns = {column.name: column for column in table.columns}
        self._key_names = [column.name for column in table.primary_key.columns]
        self._value_names = [c.name for c in table.columns if not c.primary_key]
        self._updates: dict[Values, _Statement] = {}
        self._insert = self._make_insert()
        self._delete = self._make_delete()

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        self._insert.run(connection, rows)

    def update(self, connection: Connection, pairs: Iterable[tuple[Row, Row]]) -> None:
        """Write the columns that changed and no others: their indexes stay as they are."""
        changed: dict[Values, list[Row]] = {}
        for before, after in pairs:
            names = tuple(name for name in self._value_names if before[name] != after[name])
            if names:
                changed.setdefault(names, []).append(after)
        for names, rows in changed.items():
            if names not in self._updates:
                self._updates[names] = self._make_update(names)
            self._updates[names].run(connection, rows)

    def delete(self, connection: Connection, keys: Sequence[Key]) -> None:
        rows = [dict(zip(self._key_names, key, strict=True)) for key in keys]
        self._delete.run(connection, rows)

    def _make_insert(self) -> _Statement:
        names = ", ".join(self._columns)
        into = f"INSERT INTO {self._name} ({names})"
        marks = ", ".join(self._mark for _ in self._columns)
        return self._statement(
            f"{into} VALUES ({marks})",
            [*self._columns],
            lambda given: f"{into} SELECT {names} FROM {given}",  # noqa: S608
        )

    def _make_update(self, names: Values) -> _Statement:
        values = ", ".join(f"{name} = {self._mark}" for name in names)
        changes = ", ".join(f"{name} = given.{name}" for name in names)
        return self._statement(
            f"UPDATE {self._name} SET {values} WHERE {self._matches()}",  # noqa: S608
            [*names, *self._key_names],
            lambda given: (
                f"UPDATE {self._name} AS present SET {changes} FROM {given} "  # noqa: S608
                f"WHERE {self._is_given()}"
            ),
        )

    def _make_delete(self) -> _Statement:
        return self._statement(
            f"DELETE FROM {self._name} WHERE {self._matches()}",  # noqa: S608
            self._key_names,
            lambda given: (
                f"DELETE FROM {self._name} AS present USING {given} "  # noqa: S608
                f"WHERE {self._is_given()}"
            ),
        )

    def _statement(
        self, of_one: str, names: Sequence[str], of_many: Callable[[str], str]
    ) -> _Statement:
        columns = [self._columns[name] for name in names]
        return _Statement(of_one, columns, of_many, self._dialect)

    def _matches(self) -> str:
        return " AND ".join(f"{name} = {self._mark}" for name in self._key_names)

    def _is_given(self) -> str:
        return " AND ".join(f"present.{name} = given.{name}" for name in self._key_names)
