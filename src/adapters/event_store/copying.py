"""Many rows into a table of PostgreSQL by COPY, through the driver's cursor."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Table

Bind = Callable[[Any], Any]


def copy_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows` whole, in their order; what else they hold is passed over.

    Raises SQLAlchemy's errors, as its own statements would.
    """
    dialect = connection.dialect
    preparer = dialect.identifier_preparer
    names = [column.name for column in table.columns]
    columns = ", ".join(preparer.quote(name) for name in names)
    statement = f"COPY {preparer.format_table(table)} ({columns}) FROM STDIN"
    binds = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    bound = [(place, bind) for place, bind in enumerate(binds) if bind is not None]
    values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    dbapi: Any = dialect.loaded_dbapi
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(_bound(values(row), bound))
    except dbapi.Error as error:
        raise sqlalchemy.exc.DBAPIError.instance(
            statement, None, error, dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error
    finally:
        cursor.close()


def _bound(values: Sequence[Any], bound: Sequence[tuple[int, Bind]]) -> Sequence[Any]:
    """Values as the driver takes them."""
    if not bound:
        return values
    changed = list(values)
    for place, bind in bound:
        changed[place] = bind(changed[place])
    return changed
