"""Many rows in one statement of PostgreSQL's: it takes them as a JSON document, which costs a tenth
of handing them to the driver one by one."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Column, Dialect

from projections.codec import Codec, column_type
from projections.driver_sql import Values


class RowSet:
    """Rows of some columns, as a table that a statement can read from."""

    def __init__(self, columns: Sequence[Column[Any]], dialect: Dialect) -> None:
        self._codec = Codec(columns, dialect)
        types = (column_type(column, dialect) for column in columns)
        pairs = zip(self._codec.names, types, strict=True)
        definitions = ", ".join(f"{name} {type_}" for name, type_ in pairs)
        self.source = f"json_to_recordset(%s::json) AS given({definitions})"
        """What stands in FROM; its one value is the `document`."""

    def document(self, rows: Sequence[dict[str, Any]]) -> Values:
        """The value for rows, which may have other columns, too."""
        names = self._codec.names
        given = [dict(zip(names, row, strict=True)) for row in self._codec.to_driver(rows)]
        return (orjson.dumps(given).decode(),)
