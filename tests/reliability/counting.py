"""Counts what an engine sends to its database: statements, rows written, rows read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Engine, event

WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE")
MANY_IN_ONE = "json_to_recordset"
"""In statements of PostgreSQL's that write many rows at once."""
LONGEST_SHOWN = 150
"""Characters of a statement in a message."""


class Count(NamedTuple):
    """How much was sent and fetched."""

    statements: int
    """One for many rows at once, too."""
    written: int
    """Sets of parameters of the statements that write, or rows where one set holds many."""
    read: int
    """Rows of the answers to all others."""


@dataclass
class Statement:
    """One statement as the driver got it."""

    text: str
    written: int = 0
    read: int = 0


@dataclass
class Sent:
    """The statements of one operation, in their order."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def count(self) -> Count:
        """How much there was."""
        return Count(
            len(self.statements),
            sum(each.written for each in self.statements),
            sum(each.read for each in self.statements),
        )

    def __str__(self) -> str:
        lines = []
        for text, some in groupby(self.statements, lambda each: each.text):
            same = list(some)
            times = f"{len(same)} times " if len(same) > 1 else ""
            written, read = sum(each.written for each in same), sum(each.read for each in same)
            lines.append(f"    {times}[{written} written, {read} read] {text[:LONGEST_SHOWN]}")
        return "\n".join(lines)


@contextmanager
def counting(*engines: Engine) -> Iterator[Sent]:
    """Everything that goes through cursors of these engines inside the `with`, the driver's own SQL
    included; COPY and the end of a transaction pass them by."""
    sent = Sent()
    is_sqlite = engines[0].dialect.name == "sqlite"

    def before(
        _connection: object,
        cursor: Any,
        statement: str,
        parameters: Sequence[Any],
        _context: object,
        executemany: bool,
    ) -> None:
        noted = Statement(" ".join(statement.split()))
        sent.statements.append(noted)
        if noted.text.startswith(WRITING):
            noted.written = len(parameters) if executemany else 1
        elif is_sqlite:
            cursor.row_factory = _counted_in(noted)

    def after(_connection: object, cursor: Any, *_details: object) -> None:
        noted = sent.statements[-1]
        if is_sqlite:
            return
        if MANY_IN_ONE in noted.text:
            noted.written = cursor.rowcount
        elif not (noted.written or cursor.description is None):
            noted.read = cursor.rowcount

    listeners = {"before_cursor_execute": before, "after_cursor_execute": after}
    targets = [(engine, *each) for engine in engines for each in listeners.items()]
    for target in targets:
        event.listen(*target)
    try:
        yield sent
    finally:
        for target in targets:
            event.remove(*target)


def _counted_in(statement: Statement) -> Any:
    """SQLite tells only row by row how many it answers."""

    def row_factory(_cursor: object, row: tuple[Any, ...]) -> tuple[Any, ...]:
        statement.read += 1
        return row

    return row_factory
