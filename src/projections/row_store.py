"""Loads and writes rows set-wise: one statement per table and kind of change, for any batch."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, select, tuple_

from projections.fold import Changes, Key, Row

KEYS_PER_STATEMENT = 1_000
"""Keeps composite keys below SQLite's 32,766 variables a statement."""


def load(connection: Connection, tables: Sequence[Table], keys: Sequence[Key]) -> dict[Key, Row]:
    """The rows under `keys`, each joined from all `tables`, which share their primary key."""
    first, *others = tables
    key_columns = tuple(first.primary_key.columns)
    source, columns = first.join(others[0], _same_key(first, others[0])) if others else first, []
    for table in tables:
        columns += [c for c in table.columns if table is first or not c.primary_key]
    query = select(*columns).select_from(source)
    rows: dict[Key, Row] = {}
    for some in _slices(keys):
        if len(key_columns) == 1:
            wanted = key_columns[0].in_([key[0] for key in some])
        else:
            wanted = tuple_(*key_columns).in_(some)
        for found in connection.execute(query.where(wanted)).mappings():
            row = dict(found)
            rows[tuple(row[column.name] for column in key_columns)] = row
    return rows


def write(connection: Connection, tables: Sequence[Table], changes: Changes) -> None:
    """Bring the tables from `changes.before` to `changes.after`."""
    inserted, updated, deleted = changes.inserted(), changes.updated(), changes.deleted()
    for table in tables:
        names = [column.name for column in table.columns]
        if deleted:
            _delete(connection, table, deleted)
        changed = [_cut(after, names) for before, after in updated if _differ(before, after, names)]
        if changed:
            _update(connection, table, changed)
        if inserted:
            connection.execute(table.insert(), [_cut(row, names) for row in inserted])


def _delete(connection: Connection, table: Table, keys: Sequence[Key]) -> None:
    columns = list(table.primary_key.columns)
    matches = and_(*(column == bindparam(f"key_{column.name}") for column in columns))
    connection.execute(
        table.delete().where(matches),
        [{f"key_{c.name}": part for c, part in zip(columns, key, strict=True)} for key in keys],
    )


def _update(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    key_names = {column.name for column in table.primary_key.columns}
    matches = and_(*(table.c[name] == bindparam(f"key_{name}") for name in sorted(key_names)))
    values: dict[str, Any] = {
        c.name: bindparam(c.name) for c in table.columns if c.name not in key_names
    }
    connection.execute(
        table.update().where(matches).values(values),
        [{f"key_{name}" if name in key_names else name: row[name] for name in row} for row in rows],
    )


def _differ(before: Row, after: Row, names: Iterable[str]) -> bool:
    return any(before[name] != after[name] for name in names)


def _cut(row: Row, names: Iterable[str]) -> Row:
    return {name: row[name] for name in names}


def _same_key(table: Table, other: Table) -> ColumnElement[bool]:
    return and_(*(table.c[column.name] == column for column in other.primary_key.columns))


def _slices(keys: Sequence[Key]) -> Iterable[list[Key]]:
    remaining = iter(keys)
    while some := list(islice(remaining, KEYS_PER_STATEMENT)):
        yield some
