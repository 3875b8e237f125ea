"""Looks into the test's database, and changes it, behind the library's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text

Target = str | Path
"""The URL of a database, or the path of an SQLite file."""


def engine_of(database: Target, schema: str = "contacts", **options: Any) -> Engine:
    """An engine that the library knows nothing of; its connections see the library's tables."""
    if isinstance(database, Path):
        database = f"sqlite:///{database}"
    if database.startswith("postgresql"):
        quoted = schema.replace('"', '""').replace("\\", "\\\\").replace(" ", "\\ ")
        options["connect_args"] = {"options": f'-csearch_path="{quoted}"'}
    return create_engine(database, **({"poolclass": NullPool} | options))


@contextmanager
def connected(database: Target, schema: str = "contacts") -> Iterator[Connection]:
    """A connection that rolls back at the end."""
    engine = engine_of(database, schema)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows(database: Target, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """What a query answers."""
    with connected(database) as connection:
        return [tuple(row) for row in connection.execute(text(sql), parameters)]


def column(database: Target, sql: str, **parameters: Any) -> list[Any]:
    """The first column of what a query answers."""
    return [row[0] for row in rows(database, sql, **parameters)]


def value(database: Target, sql: str, **parameters: Any) -> Any:
    """The one value that a query answers."""
    ((only,),) = rows(database, sql, **parameters)
    return only


def change(database: Target, *statements: str) -> None:
    """Carry out statements and commit."""
    with connected(database) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def change_with(database: Target, statement: str, **parameters: Any) -> None:
    """Carry out one statement with parameters and commit."""
    with connected(database) as connection:
        connection.execute(text(statement), parameters)
        connection.commit()


def tables(database: Target, schema: str | None = None) -> set[str]:
    """The names of the tables in a schema, by default in the address book's."""
    with connected(database) as connection:
        if schema is None and connection.dialect.name == "postgresql":
            schema = "contacts"
        return set(inspect(connection).get_table_names(schema))


def indexes(database: Target) -> set[str]:
    """The names of the indexes in the address book's schema, without those of keys."""
    with connected(database) as connection:
        schema = "contacts" if connection.dialect.name == "postgresql" else None
        found = inspect(connection).get_multi_indexes(schema=schema)
        return {str(index["name"]) for some in found.values() for index in some}


def columns(database: Target) -> list[str]:
    """The names of the columns of an event."""
    with connected(database) as connection:
        return [*connection.exec_driver_sql("SELECT * FROM events").keys()]


def positions(database: Target) -> list[int]:
    """The positions of all events, ascending."""
    return column(database, "SELECT position FROM events ORDER BY position")


def head(database: Target) -> int:
    """The position that the log's head says was given out last."""
    return int(value(database, "SELECT position FROM log_head"))
