"""A line to the database that breaks once, while a transaction commits: a real driver connection
that loses the answer to its COMMIT."""

import sqlite3
from typing import Any, Literal

from sqlalchemy import Engine, create_engine

Moment = Literal["before the commit", "after the commit"]
"""Whether the COMMIT took effect."""


class Line:
    """Where connections come from; `breaks` arms the next commit of changes."""

    def __init__(self) -> None:
        self.breaks: Moment | None = None
        self.is_cut_for_good = False
        """Whether the driver's connection is of no use after the break."""
        self.broken = 0
        """How often it broke."""

    def connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        """A driver connection on this line."""
        connection = BreakableConnection(*arguments, **options)
        connection.line = self
        return connection

    def engine(self, url: str) -> Engine:
        """An engine whose connections are all on this line."""
        return create_engine(url, connect_args={"factory": self.connect})


class BreakableConnection(sqlite3.Connection):
    """Commits like its base class until its line breaks."""

    line: Line
    changes_seen = 0

    def commit(self) -> None:
        """Commit; if armed and something was changed, break once."""
        has_changes = self.total_changes != self.changes_seen
        self.changes_seen = self.total_changes
        moment = self.line.breaks if has_changes else None
        if moment is None:
            super().commit()
            return
        self.line.breaks = None
        self.line.broken += 1
        if moment == "before the commit":
            super().rollback()
        else:
            super().commit()
        if self.line.is_cut_for_good:
            self.close()
        raise sqlite3.OperationalError("disk I/O error")

    def rollback(self) -> None:
        """Roll back; what was changed does not count."""
        super().rollback()
        self.changes_seen = self.total_changes
