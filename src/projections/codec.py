"""Values as the database's driver takes and gives them, converted a column at a time: SQLAlchemy's
own processing of every row would cost more than the database does."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect

from projections.driver_sql import Values


def column_type(column: ColumnElement[Any], dialect: Dialect) -> str:
    """How the database calls the type of a column, without its collation."""
    name, *_collation = column.type.compile(dialect).split(" COLLATE ")
    return name


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


def _converted(
    columns: Iterable[Sequence[Any]], converters: Sequence[Callable[[Any], Any] | None]
) -> list[Sequence[Any]]:
    """Each column by its converter; no columns where there are no rows."""
    pairs = zip(columns, converters, strict=False)
    return [values if convert is None else [*map(convert, values)] for values, convert in pairs]
