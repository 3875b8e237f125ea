"""Keyset paging: a page begins after the last row of the one before, at any depth for the price
of the first. Rows without a value of the sort key come last, in both directions."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Select, literal, tuple_

from contacts_domain.errors import InvalidCursor, InvalidQuery
from projections.columns import instant_of, instant_text
from projections.planning import ordered

DEFAULT_LIMIT = 50
MAX_LIMIT = 500

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, in its order."""

    items: list[T]
    next: str | None
    """The cursor of the page after this one, None at the end."""
    total: int | None = None
    """How many rows the filters match, where the list counts them."""


@dataclass(frozen=True)
class Keyset:
    """A total order of rows: the sort key, then what makes it unique."""

    columns: tuple[Column[Any], ...]
    """The sort key first, a unique column last."""
    descending: bool
    nullable: bool = False
    """Whether the sort key may be missing."""
    decoders: tuple[Callable[[Any], Any], ...] = ()
    """How each column's value is read back from a cursor."""
    sorts_few: bool = False
    """Whether the query leaves so few rows that no index is needed for their order."""


def checked_limit(limit: int) -> int:
    """`limit` if it is from 1 to 500; raises InvalidQuery."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidQuery(
            f"A page holds 1 to {MAX_LIMIT} items; {limit} is not possible.", limit=limit
        )
    return limit


def fetch_page(
    connection: Connection, query: Select[Any], keyset: Keyset, limit: int, after: Sequence[Any]
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """At most `limit` rows after the key `after` (empty: from the start), and the next key."""
    rows: list[dict[str, Any]] = []
    for stretch, starting in _stretches(keyset, after):
        wanted = ordered(
            connection,
            query.where(*stretch, *starting),
            keyset.columns,
            descending=keyset.descending,
            sorts_few=keyset.sorts_few,
        )
        found = connection.execute(wanted.limit(limit + 1 - len(rows)))
        names = [*found.keys()]
        rows += [dict(zip(names, row, strict=True)) for row in found]
        if len(rows) > limit:
            last = rows[limit - 1]
            return rows[:limit], [last[column.name] for column in keyset.columns]
    return rows, None


def _stretches(
    keyset: Keyset, after: Sequence[Any]
) -> list[tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]]:
    """First the rows with a sort key, then those without: both are plain index ranges."""
    first = keyset.columns[0]
    if not keyset.nullable:
        return [([], _after(keyset, after))]
    missing: list[ColumnElement[bool]] = [first.is_(None)]
    given: list[ColumnElement[bool]] = [first.is_not(None)]
    if after and after[0] is None:
        return [(missing, _after(keyset, after))]
    return [(given, _after(keyset, after)), (missing, [])]


def _after(keyset: Keyset, after: Sequence[Any]) -> list[ColumnElement[bool]]:
    """(a, b, c) > (x, y, z), a range of an index; missing leading values are equal by their
    stretch."""
    pairs = [pair for pair in zip(keyset.columns, after, strict=False) if pair[1] is not None]
    if not pairs:
        return []
    columns = tuple_(*(column for column, _ in pairs))
    values = tuple_(*(literal(value, column.type) for column, value in pairs))
    return [columns < values if keyset.descending else columns > values]


def latest_page(
    connection: Connection,
    query: Select[Any],
    belongs_to: object,
    order: tuple[Column[Any], Column[Any]],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows of a short list by a time and an id, the latest first, and the next cursor.

    Raises InvalidQuery and InvalidCursor.
    """
    keyset = Keyset(order, descending=True, decoders=(instant_of, UUID), sorts_few=True)
    after = decode_cursor(belongs_to, cursor, keyset)
    rows, key = fetch_page(connection, query, keyset, checked_limit(limit), after)
    jsonable = None if key is None else [instant_text(key[0]), key[1]]
    return rows, encode_cursor(belongs_to, jsonable)


def encode_cursor(belongs_to: object, key: Sequence[Any] | None) -> str | None:
    """An opaque cursor for the list that `belongs_to` describes (sort and filters, JSON)."""
    if key is None:
        return None
    return urlsafe_b64encode(orjson.dumps([_digest(belongs_to), *key])).decode().rstrip("=")


def decode_cursor(belongs_to: object, cursor: str | None, keyset: Keyset) -> list[Any]:
    """The key in `cursor`, empty without one; raises InvalidCursor if it is not of this list."""
    if cursor is None:
        return []
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        digest, *values = orjson.loads(urlsafe_b64decode(padded.encode("ascii")))
        if digest != _digest(belongs_to):
            raise InvalidCursor
        return _decoded(keyset, values)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise InvalidCursor from None


def _decoded(keyset: Keyset, values: Sequence[Any]) -> list[Any]:
    """The key's values; only the sort key may be missing, and only where it is nullable."""
    key = []
    for index, (decode, value) in enumerate(zip(keyset.decoders, values, strict=True)):
        if value is None and (index or not keyset.nullable):
            raise InvalidCursor
        key.append(None if value is None else decode(value))
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in key):
        raise InvalidCursor
    return key


def _digest(belongs_to: object) -> str:
    return sha256(orjson.dumps(belongs_to, default=str)).hexdigest()[:16]
