"""Rows as the database's driver takes and gives them.

The hot statements are text, written once, and go to the driver as tuples; values are converted a
column at a time. SQLAlchemy's own processing of every row would cost more than the database does.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Select,
)

Values = tuple[Any, ...]


def mark_of(dialect: Dialect) -> str:
    """What stands for a value in a statement."""
    return "?" if dialect.paramstyle == "qmark" else "%s"


def run(connection: Connection, statement: str, rows: Sequence[Values]) -> None:
    """Execute a statement once for each of `rows`, of which there is at least one.

    A single row goes without the pipeline of many, which psycopg would complain about aloud when a
    conflict ends it.
    """
    connection.exec_driver_sql(statement, rows[0] if len(rows) == 1 else [*rows])


class Codec:
    """Converts the values of some columns to what the driver takes, and back."""

    def __init__(self, columns: Sequence[ColumnElement[Any]], dialect: Dialect) -> None:
        types = [column.type.dialect_impl(dialect) for column in columns]
        self.names = [str(getattr(column, "name", "")) for column in columns]
        self._to = [type_.bind_processor(dialect) for type_ in types]
        self._from = [type_.result_processor(dialect, None) for type_ in types]

    def to_driver(self, rows: Sequence[dict[str, Any]]) -> list[Values]:
        """The values of rows, which may have other columns, too."""
        columns = [[row[name] for row in rows] for name in self.names]
        return list(zip(*self.columns_to_driver(columns), strict=True))

    def columns_to_driver(self, columns: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """The same, column by column."""
        return _converted(columns, self._to)

    def from_driver(self, found: Iterable[Sequence[Any]]) -> list[Values]:
        """What was found, row by row."""
        return list(zip(*_converted(zip(*found, strict=True), self._from), strict=True))

    def dicts_from_driver(self, found: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        """The same as dicts."""
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in self.from_driver(found)]


class Prepared:
    """A statement of SQLAlchemy's with named values, compiled at its first use and from then on
    sent to the driver as text; for one database."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: _Compiled | None = None

    def execute(self, connection: Connection, **values: Any) -> CursorResult[Any]:
        """Execute it with these values; the result is as the driver gives it."""
        if self._compiled is None:
            self._compiled = _Compiled(self._statement, connection.dialect)
        return connection.exec_driver_sql(self._compiled.text, self._compiled.parameters(values))


class PreparedQuery(Prepared):
    """The same for a query, with rows as SQLAlchemy would give them."""

    def __init__(self, query: Select[Any]) -> None:
        super().__init__(query)
        self._columns = list(query.selected_columns)
        self._codec: Codec | None = None

    def rows(self, connection: Connection, **values: Any) -> list[Values]:
        """What is found with these values."""
        if self._codec is None:
            self._codec = Codec(self._columns, connection.dialect)
        return self._codec.from_driver(self.execute(connection, **values).all())


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


def _converted(
    columns: Iterable[Sequence[Any]], converters: Sequence[Callable[[Any], Any] | None]
) -> list[Sequence[Any]]:
    """Each column by its converter; no columns where there are no rows."""
    pairs = zip(columns, converters, strict=False)
    return [values if convert is None else [*map(convert, values)] for values, convert in pairs]
