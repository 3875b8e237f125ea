"""Steers SQLite's query planner, which knows nothing of how many rows an organizer has.

Without it, SQLite walks the index that gives the wanted order, however few rows a filter leaves.
PostgreSQL keeps statistics and needs no steering.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, UnaryExpression
from sqlalchemy.sql.operators import custom_op

MANY = 1_000
"""Up to so many matches are looked up one by one and sorted; with more, walking the list in its
order finds a page sooner."""


def unindexed(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """`column`, of which SQLite shall use no index; its unary plus does nothing else."""
    if connection.dialect.name != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)
