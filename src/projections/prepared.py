"""Statements of SQLAlchemy's that are compiled once, for one database, and from then on go to the
driver as text."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
)

from projections.codec import Codec, column_type
from projections.driver_sql import Values, execute, execute_many, fetch
from projections.fold import ActiveTables, TableFactory

KEYS_PER_STATEMENT = 1_000
"""Keeps composite keys below SQLite's 32,766 variables a statement."""
GENERATIONS_KEPT = 16
"""The queries of so many generations, of all databases, are kept."""


class Prepared:
    """A statement of SQLAlchemy's with named values, compiled at its first use and from then on
    sent to the driver as text; for one database."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: _Compiled | None = None

    def execute(self, connection: Connection, **values: Any) -> int:
        """Execute it with these values; how many rows it wrote."""
        compiled = self._compiled_for(connection.dialect)
        return execute(connection, compiled.text, compiled.parameters(values))

    def execute_many(self, connection: Connection, values: Sequence[dict[str, Any]]) -> int:
        """Execute it once for each set of values; how many rows it wrote."""
        compiled = self._compiled_for(connection.dialect)
        return execute_many(connection, compiled.text, [*map(compiled.parameters, values)])

    def _compiled_for(self, dialect: Dialect) -> "_Compiled":
        if self._compiled is None:
            self._compiled = _Compiled(self._statement, dialect)
        return self._compiled


class PreparedQuery(Prepared):
    """The same for a query, with rows as SQLAlchemy would give them."""

    def __init__(self, selection: Select[Any]) -> None:
        super().__init__(selection)
        self._columns = list(selection.selected_columns)
        self._codec: Codec | None = None

    def rows(self, connection: Connection, **values: Any) -> list[Values]:
        """What is found with these values."""
        if self._codec is None:
            self._codec = Codec(self._columns, connection.dialect)
        compiled = self._compiled_for(connection.dialect)
        found = fetch(connection, compiled.text, compiled.parameters(values))
        return self._codec.from_driver(found)

    def named_rows(self, connection: Connection, **values: Any) -> list[dict[str, Any]]:
        """The same by the names of the columns."""
        names = [str(column.key) for column in self._columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows(connection, **values)]


def prepared_for(
    *factories: TableFactory,
) -> Callable[[Callable[..., Select[Any]]], Callable[[ActiveTables], PreparedQuery]]:
    """Decorates what makes a query of these tables: each generation has it made once."""

    def decorated(make: Callable[..., Select[Any]]) -> Callable[[ActiveTables], PreparedQuery]:
        @lru_cache(maxsize=GENERATIONS_KEPT)
        def made(*tables: Table) -> PreparedQuery:
            return PreparedQuery(make(*tables))

        def prepared(active: ActiveTables) -> PreparedQuery:
            return made(*(active[factory] for factory in factories))

        return prepared

    return decorated


class _Compiled:
    """A statement as text and its values in the order, or under the names, that it wants."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        binds: dict[str, BindParameter[Any]] = compiled.binds
        self.text: str = compiled.string
        self._names: Sequence[str] | None = compiled.positiontup
        self._converters = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_is
            for name, bind in binds.items()
        }
        self._fixed = {name: bind.value for name, bind in binds.items() if not bind.required}

    def parameters(self, values: dict[str, Any]) -> Any:
        given = self._fixed | values
        converted = {name: convert(given[name]) for name, convert in self._converters.items()}
        if self._names is None:
            return converted
        return tuple(converted[name] for name in self._names)


def _as_is(value: Any) -> Any:
    return value


class KeyedQuery:
    """A query for the rows under some keys, a thousand at a time."""

    def __init__(
        self,
        selection: Select[Any],
        key: Sequence[ColumnElement[Any]],
        order_by: Sequence[ColumnElement[Any]] = (),
    ) -> None:
        """`selection` has no conditions and no order of its own; the rows of every thousand of keys
        are in the order of `order_by`."""
        self._selection, self._key, self._order_by = selection, key, order_by
        self._compiled: _CompiledKeyedQuery | None = None

    def rows(self, connection: Connection, keys: Sequence[Values]) -> list[Values]:
        """What is found under `keys`."""
        if self._compiled is None:
            self._compiled = _CompiledKeyedQuery(
                self._selection, self._key, self._order_by, connection.dialect
            )
        found = (self._compiled.rows(connection, some) for some in _slices(keys))
        return list(chain.from_iterable(found))


class _CompiledKeyedQuery:
    """The statement but for the keys."""

    def __init__(
        self,
        selection: Select[Any],
        key: Sequence[ColumnElement[Any]],
        order_by: Sequence[ColumnElement[Any]],
        dialect: Dialect,
    ) -> None:
        names = [str(column.compile(dialect=dialect)) for column in key]
        order = ", ".join(str(column.compile(dialect=dialect)) for column in order_by)
        self._keys = Codec(key, dialect)
        self._rows = Codec(list(selection.selected_columns), dialect)
        self._begins = f"{selection.compile(dialect=dialect)} WHERE "
        self._ends = f" ORDER BY {order}" if order else ""
        self._among = (
            _among_marks(names)
            if dialect.name == "sqlite"
            else _among_arrays(names, [f"{column_type(column, dialect)}[]" for column in key])
        )

    def rows(self, connection: Connection, keys: Sequence[Values]) -> list[Values]:
        condition, values = self._among(self._keys.columns_to_driver(zip(*keys, strict=True)))
        found = fetch(connection, f"{self._begins}{condition}{self._ends}", values)
        return self._rows.from_driver(found)


Among = Callable[[Sequence[Sequence[Any]]], tuple[str, Values]]
"""The condition that a key is among some, given by columns, and its values."""


def _among_marks(names: Sequence[str]) -> Among:
    """SQLite: a mark for every value. It looks through the whole table for several keys of several
    columns, unless they come from a query."""
    key = f"({', '.join(names)})"
    marks = f"({', '.join('?' for _ in names)})"

    def among(columns: Sequence[Sequence[Any]]) -> tuple[str, Values]:
        keys = list(zip(*columns, strict=True))
        values = tuple(chain.from_iterable(keys))
        given = ", ".join([marks] * len(keys))
        return f"{key} IN (SELECT * FROM (VALUES {given}))", values  # noqa: S608

    return among


def _among_arrays(names: Sequence[str], types: Sequence[str]) -> Among:
    """PostgreSQL: an array for every column, so that the statement is always the same."""
    arrays = ", ".join(f"%s::{type_}" for type_ in types)
    if len(names) == 1:
        condition = f"{names[0]} = ANY({arrays})"
    else:
        condition = f"({', '.join(names)}) IN (SELECT * FROM unnest({arrays}))"  # noqa: S608
    return lambda columns: (condition, tuple(list(values) for values in columns))


def _slices(keys: Sequence[Values]) -> Iterator[list[Values]]:
    remaining = iter(keys)
    while some := list(islice(remaining, KEYS_PER_STATEMENT)):
        yield some
