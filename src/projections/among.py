"""That a column is among some values, given as one: the statement is the same for any number of
them, and can be prepared."""

from typing import Any, Self

import orjson
from sqlalchemy import BindParameter, Boolean, ColumnElement, Dialect, Text, types
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import OperatorType


class is_among(ColumnElement[bool]):  # noqa: N801 - reads as a condition
    """Whether `column` is one of the values in the list that is given under a name."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values: BindParameter[Any] = BindParameter(name, type_=_Values(column.type))

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002
        """As it is: with the `= 1` that SQLAlchemy appends, no index of SQLite's would serve."""
        return self


class _Values(types.TypeDecorator[Any]):
    """A list: an array, or JSON where there are none."""

    impl = Text
    cache_ok = False

    def __init__(self, of: types.TypeEngine[Any]) -> None:
        super().__init__()
        self._of = of

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """The type that the database has for it."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self._of))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """To the database."""
        if dialect.name != "sqlite":
            return value
        convert = self._of.dialect_impl(dialect).bind_processor(dialect)
        return orjson.dumps([*(map(convert, value) if convert else value)]).decode()


@compiles(is_among)
def _is_in_array(element: is_among, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} = ANY({compiler.process(element.values, **options)})"


@compiles(is_among, "sqlite")
def _is_in_json(element: is_among, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    values = compiler.process(element.values, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608
