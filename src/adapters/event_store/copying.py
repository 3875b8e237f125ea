"""Many rows into a table of PostgreSQL by COPY, through the driver's cursor."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table

from projections.driver_sql import driver_cursor


def copy_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows: values of the table's columns in their order, as the driver takes them.

    Raises SQLAlchemy's errors, as its own statements would.
    """
    preparer = connection.dialect.identifier_preparer
    columns = ", ".join(preparer.quote(column.name) for column in table.columns)
    name = preparer.format_table(table).replace("%%", "%")  # COPY takes no values to be marked
    statement = f"COPY {name} ({columns}) FROM STDIN"
    with driver_cursor(connection) as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
