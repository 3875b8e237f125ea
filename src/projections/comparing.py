"""Two tables of the same form compared row by row, in the byte order of their primary keys.

Both are streamed, so tables of any size are compared in little memory. Values are compared as
SQLite stores them, whichever database they come from: a damaged one differs, and stops nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    Uuid,
    collate,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from projections.columns import Folded, Instant, instant_text

Stored = tuple[Any, ...]
"""A row as SQLite stores it, the columns of the primary key first."""
Kind = Literal["different", "missing", "superfluous"]

ROWS_AT_A_TIME = 1_000


@dataclass(frozen=True)
class Difference:
    """A value that is not what the log says, or a row that is missing or too many.

    Values are personal data: show them to whoever asks for them, never log them.
    """

    projection: str
    table: str
    """Its name without the generation."""
    organizer_id: str | None
    """None where no row tells whose it is."""
    key: dict[str, Any]
    """The row's primary key, by column."""
    kind: Kind
    column: str | None
    """None for a whole row."""
    expected: Any
    """What follows from the log; for a missing row all its other columns."""
    found: Any
    """What the table holds; for a superfluous row all its other columns."""


def name_of(table: Table) -> str:
    """The table's name without the generation."""
    return table.name.rpartition("_")[0]


def columns_of(table: Table) -> list[Column[Any]]:
    """Those of the primary key first."""
    others = [column for column in table.columns if not column.primary_key]
    return [*table.primary_key.columns, *others]


def stored_rows(connection: Connection, table: Table) -> Iterator[Stored]:
    """All rows in the byte order of their primary keys, streamed."""
    is_sqlite = connection.dialect.name == "sqlite"
    columns = columns_of(table)
    query = select(*(type_coerce(column, NullType()) for column in columns)).order_by(
        *(_in_byte_order(column, is_sqlite) for column in table.primary_key.columns)
    )
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_A_TIME})
    if is_sqlite:
        return (tuple(row) for row in found)
    forms = [(index, _FORMS[type(c.type)]) for index, c in enumerate(columns) if _has_form(c)]
    return (_as_in_sqlite(list(row), forms) for row in found)


def _in_byte_order(column: Column[Any], is_sqlite: bool) -> ColumnElement[Any]:
    is_text = isinstance(column.type, Text | Folded)
    return column if is_sqlite or not is_text else collate(column, "C")


def _hexadecimal(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value


def _instant(value: Any) -> Any:
    return instant_text(value) if isinstance(value, datetime) else value


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


_FORMS: dict[type[Any], Callable[[Any], Any]] = {
    Uuid: _hexadecimal,
    Instant: _instant,
    Boolean: _number,
}
"""How SQLite stores what PostgreSQL has a type for."""


def _has_form(column: Column[Any]) -> bool:
    return type(column.type) in _FORMS


def _as_in_sqlite(row: list[Any], forms: list[tuple[int, Callable[[Any], Any]]]) -> Stored:
    for index, form in forms:
        row[index] = form(row[index])
    return tuple(row)


# --- side by side ------------------------------------------------------------------------------


def side_by_side(
    expected: Iterator[Stored], found: Iterator[Stored], key_length: int
) -> Iterator[tuple[Stored | None, Stored | None]]:
    """The rows of two ordered streams, those with the same key together."""
    left, right = next(expected, None), next(found, None)
    while left is not None or right is not None:
        order = _order(left, right, key_length)
        yield (left if order <= 0 else None), (right if order >= 0 else None)
        if order <= 0:
            left = next(expected, None)
        if order >= 0:
            right = next(found, None)


def _order(left: Stored | None, right: Stored | None, key_length: int) -> int:
    """Negative if `left` comes first, 0 if both have one key."""
    if left is None or right is None:
        return 1 if left is None else -1
    one, other = left[:key_length], right[:key_length]
    if one == other:
        return 0
    return -1 if [*map(_sortable, one)] < [*map(_sortable, other)] else 1


def _sortable(value: Any) -> tuple[int, Any]:
    """SQLite's order of values of any type: nothing, numbers, texts, bytes."""
    match value:
        case None:
            return 0, 0
        case str():
            return 2, value
        case bytes():
            return 3, value
    return 1, value


def differences(
    projection: str,
    table: Table,
    organizer_of: Callable[[Stored], str | None],
    expected: Stored | None,
    found: Stored | None,
) -> Iterator[Difference]:
    """In what two rows with the same key differ, one of which may be missing."""
    columns, row = columns_of(table), found if expected is None else expected
    assert row is not None  # noqa: S101 - one of the two is there
    length = len(table.primary_key.columns)
    shown_key = _shown_row(columns[:length], row[:length])

    def difference(kind: Kind, column: str | None, ours: Any, theirs: Any) -> Difference:
        organizer_id = organizer_of(row)
        return Difference(
            projection, name_of(table), organizer_id, shown_key, kind, column, ours, theirs
        )

    if found is None:
        yield difference("missing", None, _shown_row(columns[length:], row[length:]), None)
    elif expected is None:
        yield difference("superfluous", None, None, _shown_row(columns[length:], row[length:]))
    else:
        for column, ours, theirs in zip(columns, expected, found, strict=True):
            if ours != theirs:
                yield difference(
                    "different", str(column.name), _shown(column, ours), _shown(column, theirs)
                )


def _shown_row(columns: list[Column[Any]], values: Stored) -> dict[str, Any]:
    return {str(c.name): _shown(c, value) for c, value in zip(columns, values, strict=True)}


def _shown(column: Column[Any], value: Any) -> Any:
    """A stored value as people and JSON know it; a damaged one as it is."""
    match column.type, value:
        case Uuid(), str():
            try:
                return str(UUID(value))
            except ValueError:
                return value
        case Boolean(), 0 | 1:
            return bool(value)
        case _, bytes():
            return value.hex()
    return value
