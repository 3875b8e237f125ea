"""Many rows into a table of PostgreSQL by COPY, through the driver's cursor."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Table


def copy_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows: values of the table's columns in their order, as the driver takes them.

    Raises SQLAlchemy's errors, as its own statements would.
    """
    dialect = connection.dialect
    preparer = dialect.identifier_preparer
    columns = ", ".join(preparer.quote(column.name) for column in table.columns)
    statement = f"COPY {preparer.format_table(table)} ({columns}) FROM STDIN"
    dbapi: Any = dialect.loaded_dbapi
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except dbapi.Error as error:
        raise sqlalchemy.exc.DBAPIError.instance(
            statement, None, error, dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error
    finally:
        cursor.close()
