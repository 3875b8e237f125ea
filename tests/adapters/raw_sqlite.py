"""Looks into the test's SQLite file, and changes it, behind the library's back."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(path: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What a query answers."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, parameters).fetchall()


def column(path: Path, sql: str, *parameters: Any) -> list[Any]:
    """The first column of what a query answers."""
    return [row[0] for row in rows(path, sql, *parameters)]


def value(path: Path, sql: str, *parameters: Any) -> Any:
    """The one value that a query answers."""
    ((only,),) = rows(path, sql, *parameters)
    return only


def change(path: Path, *statements: str) -> None:
    """Carry out statements and commit."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def change_with(path: Path, statement: str, *parameters: Any) -> None:
    """Carry out one statement with parameters and commit."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, parameters)
        connection.commit()


def positions(path: Path) -> list[int]:
    """The positions of all events, in the order they are stored in."""
    return column(path, "SELECT position FROM events ORDER BY rowid")


def head(path: Path) -> int:
    """The position that the log's head says was given out last."""
    return int(value(path, "SELECT position FROM log_head"))
