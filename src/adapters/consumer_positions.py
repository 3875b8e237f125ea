"""How far each log of messages has been taken in: read when a consumer is given a partition, moved
by units of work, and reset by people who know why."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from adapters.event_store.tables import StoreTables

Offsets = dict[int, int]
"""Partition -> offset of the next message."""


@dataclass(frozen=True)
class ConsumerPosition:
    """Where the next message of a partition stands."""

    source: str
    """The topic."""
    topic_id: str
    partition: int
    next_offset: int


@dataclass(frozen=True)
class PositionReset:
    """Somebody moved a position by hand."""

    source: str
    topic_id: str
    partition: int
    from_offset: int | None
    """None if the partition had no position yet."""
    to_offset: int
    reason: str
    actor: str
    reset_at: datetime
    """UTC."""


class ConsumerPositions:
    """The positions of one database."""

    def __init__(
        self, database: Database, tables: StoreTables, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._positions = tables.consumer_positions
        self._resets = tables.position_resets
        self._log = SqlEventLog(tables)
        self._clock = clock

    def all(self) -> list[ConsumerPosition]:
        """Every position, by topic and partition."""
        columns = self._positions.c
        with self._database.reading() as connection:
            found = connection.execute(
                select(
                    columns.source, columns.topic_id, columns.partition, columns.next_offset
                ).order_by(columns.source, columns.topic_id, columns.partition)
            )
            return [ConsumerPosition(*row) for row in found]

    def of(self, source: str) -> dict[str, Offsets]:
        """The positions of a topic, by topic id; more than one id after a deliberate reset only."""
        with self._database.reading() as connection:
            return self._read(connection, source)

    def begin(self, source: str, topic_id: str, starts: Mapping[int, int]) -> Offsets:
        """Note where partitions begin that have no position yet; all positions afterwards.

        Of consumers that begin at once, the first one settles it.
        """
        with self._locked() as connection:
            known = self._read(connection, source).get(topic_id, {})
            new = {each: offset for each, offset in starts.items() if each not in known}
            self._insert(connection, source, topic_id, new)
        return known | new

    def reset(
        self, source: str, topic_id: str, to: Mapping[int, int], *, reason: str, actor: str
    ) -> list[PositionReset]:
        """Move partitions of a topic, with what is known of other topics of that name forgotten.

        Whoever consumes them meanwhile notices with its next unit of work, which records nothing.
        """
        now = self._clock()
        with self._locked() as connection:
            before = self._read(connection, source).get(topic_id, {})
            resets = [
                PositionReset(
                    source, topic_id, each, before.get(each), to[each], reason, actor, now
                )
                for each in sorted(to)
            ]
            connection.execute(self._positions.delete().where(self._positions.c.source == source))
            self._insert(connection, source, topic_id, before | dict(to))
            connection.execute(self._resets.insert(), [vars(each) for each in resets])
        return resets

    def resets(self, source: str | None = None) -> list[PositionReset]:
        """What people reset, of one topic or of all, oldest first."""
        table = self._resets
        names = [*PositionReset.__dataclass_fields__]
        query = select(*[table.c[name] for name in names]).order_by(table.c.id)
        if source is not None:
            query = query.where(table.c.source == source)
        with self._database.reading() as connection:
            return [PositionReset(*row) for row in connection.execute(query)]

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        """A writing transaction in which no unit of work moves a position."""
        with self._database.writing() as connection:
            self._log.locked_head(connection)
            yield connection

    def _read(self, connection: Connection, source: str) -> dict[str, Offsets]:
        table = self._positions
        query = select(table.c.topic_id, table.c.partition, table.c.next_offset)
        found: dict[str, Offsets] = {}
        for topic_id, partition, offset in connection.execute(
            query.where(table.c.source == source)
        ):
            found.setdefault(topic_id, {})[partition] = offset
        return found

    def _insert(
        self, connection: Connection, source: str, topic_id: str, offsets: Mapping[int, int]
    ) -> None:
        if offsets:
            about = {"source": source, "topic_id": topic_id}
            connection.execute(
                self._positions.insert(),
                [
                    {**about, "partition": partition, "next_offset": offset}
                    for partition, offset in sorted(offsets.items())
                ],
            )
