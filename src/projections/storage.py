"""The ports through which the read side reaches its database and the event log;
`adapters.event_store` implements both."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Table

from contacts_domain.event_schema import RecordedEvent


class Database(Protocol):
    """One database for events, claims, positions and read tables."""

    @property
    def schema(self) -> str | None:
        """The schema that the tables live in; None where the database has none."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one moment and writes nothing.

        Every statement is planned for its values, and served by one process.
        """

    @property
    def readers_keep_dropped_tables(self) -> bool:
        """Whether a reader goes on seeing tables that are removed after it began."""

    def writing(self, patience: timedelta | None = None) -> AbstractContextManager[Connection]:
        """A transaction that commits at the end; on SQLite it holds the write lock.

        It waits no longer than `patience` for the locks of others; then it raises DatabaseBusy.
        """

    @property
    def loads_in_bulk(self) -> bool:
        """Whether there is `copy_rows`; then indexes are built after the rows are there, and a
        large transaction keeps nobody from writing."""

    def copy_rows(
        self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Insert many rows the quickest way: values of the table's columns, as the driver takes
        them."""


class EventLog(Protocol):
    """The events of all streams in the order of their commits, without gaps."""

    def head(self, connection: Connection) -> int:
        """The position of the last event, 0 if there is none."""

    def locked_head(self, connection: Connection) -> int:
        """As `head`, and no event is recorded by others until this transaction ends."""

    def read(self, connection: Connection, after: int, limit: int) -> Sequence[RecordedEvent]:
        """At most `limit` events with positions greater than `after`, ascending."""

    def read_of_organizer(
        self, connection: Connection, organizer_id: str, after: int, limit: int
    ) -> Sequence[RecordedEvent]:
        """As `read`, of one organizer."""

    def read_at(self, connection: Connection, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        """The events at these positions, ascending."""
