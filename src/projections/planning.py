"""Steers the query planners, which know little of how many rows one organizer has.

SQLite keeps no statistics; without steering it walks the index that gives the wanted order, however
few rows a filter leaves. PostgreSQL's statistics are of all organizers together; what is frequent
among them may be rare in the address book of one, and the other way round.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, UnaryExpression, exists, func, select
from sqlalchemy.sql.operators import custom_op

MANY = 1_000
"""Up to so many matches are looked up one by one and sorted; with more, walking the list in its
order finds a page sooner."""


def unindexed(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """`column`, of which SQLite shall use no index; its unary plus does nothing else."""
    if connection.dialect.name != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def found_before_sorted(connection: Connection, query: Select[Any]) -> Select[Any]:
    """`query`, all rows of which PostgreSQL shall find before anything else is done with them.

    A planner that is asked for a few rows of a result in some order walks an index in that order,
    which takes long where hardly any row matches.
    """
    if connection.dialect.name == "sqlite":
        return query
    return select(query.cte("found").prefix_with("MATERIALIZED"))


def ordered(
    connection: Connection,
    query: Select[Any],
    columns: Sequence[ColumnElement[Any]],
    *,
    descending: bool,
    sorts_few: bool,
) -> Select[Any]:
    """`query` in the order of some of its columns, sorted or found in that order."""
    if sorts_few:
        query = found_before_sorted(connection, query)
        if connection.dialect.name == "sqlite":
            columns = [unindexed(connection, column) for column in columns]
        else:
            columns = [query.selected_columns[str(column.key)] for column in columns]
    return query.order_by(*(each.desc() if descending else each.asc() for each in columns))


def looked_at_one_by_one(
    connection: Connection, column: ColumnElement[Any], among: Select[Any]
) -> ColumnElement[bool]:
    """That `column` is among the ids that a query finds, too many to begin with them.

    The offset keeps PostgreSQL from making a join of it, whose size it would have to guess.
    """
    if connection.dialect.name == "sqlite":
        return column.in_(among)
    (found,) = among.selected_columns
    return exists(among.where(found == column).offset(0))


def are_many(connection: Connection, query: Select[Any]) -> bool:
    """Whether `query` finds more than `MANY` rows; it looks no further."""
    some = query.limit(MANY + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one()) > MANY
