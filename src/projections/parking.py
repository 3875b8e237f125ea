"""Events that a projector could not fold: set aside with the reason, together with everything that
comes after on the same streams, so that one bad event never stops the rest.

A parked event is folded by `retry` once its projector is mended, or dropped for ever: rebuilds pass
over what was dropped.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
    func,
    select,
)

from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent
from projections.checkpoints import Checkpoint
from projections.columns import Instant, JsonText

STREAMS_PER_STATEMENT = 1_000

QUEUED = "queued"
"""The reason of an event whose projector did not fail: it waits for an earlier one."""


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that waits; nothing here is personal."""

    projection: str
    position: int
    stream_id: UUID
    organizer_id: str
    event: str
    reason: str
    """The class of the error, or `queued`."""
    where: str
    """Where in the code it was raised, blank for a queued one."""
    recorded_at: datetime | None
    parked_at: datetime
    streams: frozenset[UUID]
    """The event's own stream and those it names."""


class EventPlace(NamedTuple):
    """What tells an event from any other: in a log restored from a backup, another one may stand at
    its position, also of the same stream."""

    position: int
    stream_id: UUID
    recorded_at: datetime | None

    @classmethod
    def of(cls, event: RecordedEvent) -> Self:
        """What `event` would be known by."""
        return cls(event.position, event.originator_id, event.recorded_at)


class Parking:
    """The tables `parked_events`, `parked_streams` (what they hold) and `dropped_events`."""

    def __init__(self, metadata: MetaData) -> None:
        self._parked = Table(
            "parked_events",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("generation", Integer, primary_key=True),
            Column("position", BigInteger, primary_key=True),
            Column("stream_id", Uuid, nullable=False),
            Column("organizer_id", Text, nullable=False),
            Column("event", Text, nullable=False),
            Column("reason", Text, nullable=False),
            Column("where", Text, nullable=False),
            Column("recorded_at", Instant),
            Column("parked_at", Instant, nullable=False),
            Column("streams", JsonText, nullable=False),
        )
        self._held = Table(
            "parked_streams",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("generation", Integer, primary_key=True),
            Column("stream_id", Uuid, primary_key=True),
            Column("position", BigInteger, primary_key=True),
        )
        self._dropped = Table(
            "dropped_events",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("position", BigInteger, primary_key=True),
            Column("stream_id", Uuid, nullable=False),
            Column("organizer_id", Text, nullable=False),
            Column("event", Text, nullable=False),
            Column("reason", Text, nullable=False),
            Column("recorded_at", Instant),
            Column("dropped_at", Instant, nullable=False),
            Column("dropped_by", Text, nullable=False),
        )

    # --- parked --------------------------------------------------------------------------------

    def waiting(self, connection: Connection, checkpoint: Checkpoint) -> list[ParkedEvent]:
        """What is parked in one generation, by position."""
        table = self._parked
        query = select(table).where(*_of(self._parked, checkpoint)).order_by(table.c.position)
        return [_parked(row) for row in connection.execute(query)]

    def places(self, connection: Connection, checkpoint: Checkpoint) -> set[EventPlace]:
        """Which events are parked in one generation."""
        table = self._parked.c
        query = select(table.position, table.stream_id, table.recorded_at)
        return {
            EventPlace(*row)
            for row in connection.execute(query.where(*_of(self._parked, checkpoint)))
        }

    def held(
        self, connection: Connection, checkpoint: Checkpoint, streams: Collection[UUID]
    ) -> set[UUID]:
        """Those of `streams` whose events must wait."""
        table, wanted = self._held, sorted(streams)
        found: set[UUID] = set()
        for start in range(0, len(wanted), STREAMS_PER_STATEMENT):
            some = wanted[start : start + STREAMS_PER_STATEMENT]
            query = select(table.c.stream_id).where(
                *_of(table, checkpoint), table.c.stream_id.in_(some)
            )
            found.update(connection.execute(query.distinct()).scalars())
        return found

    def is_any_parked(
        self, connection: Connection, checkpoint: Checkpoint, positions: Collection[int]
    ) -> bool:
        """Whether any of these events waits."""
        query = select(func.count()).where(
            *_of(self._parked, checkpoint), self._parked.c.position.in_(list(positions))
        )
        return bool(connection.execute(query).scalar_one())

    def park(
        self,
        connection: Connection,
        checkpoint: Checkpoint,
        events: Sequence[RecordedEvent],
        reason: str,
        where: str,
        now: datetime,
    ) -> None:
        """Set events aside; the reason names the kind of failure, never its values."""
        rows = [
            {
                "projection": checkpoint.projection,
                "generation": checkpoint.generation,
                "position": each.position,
                "stream_id": each.originator_id,
                "organizer_id": each.organizer_id,
                "event": EVENT_NAMES[type(each.event)],
                "reason": reason,
                "where": where,
                "recorded_at": each.recorded_at,
                "parked_at": now,
                "streams": sorted(stream.hex for stream in each.streams),
            }
            for each in events
        ]
        held = [
            {
                "projection": checkpoint.projection,
                "generation": checkpoint.generation,
                "stream_id": stream_id,
                "position": each.position,
            }
            for each in events
            for stream_id in each.streams
        ]
        if rows:
            connection.execute(self._parked.insert(), rows)
            connection.execute(self._held.insert(), held)

    def release(
        self, connection: Connection, checkpoint: Checkpoint, positions: Sequence[int]
    ) -> None:
        """Take events out; the caller folds them, parks them again or drops them."""
        for table in (self._parked, self._held):
            connection.execute(
                table.delete().where(*_of(table, checkpoint), table.c.position.in_(positions))
            )

    def forget(self, connection: Connection, projection: str, generations: Iterable[int]) -> None:
        """Remove what was parked in retired generations; their successors folded it."""
        for table in (self._parked, self._held):
            connection.execute(
                table.delete().where(
                    table.c.projection == projection, table.c.generation.in_(list(generations))
                )
            )

    # --- dropped -------------------------------------------------------------------------------

    def drop(
        self, connection: Connection, parked: ParkedEvent, dropped_by: str, now: datetime
    ) -> None:
        """Record that a projection passes over an event for ever.

        In a log restored from an older backup, an event of that backup's future may have been
        dropped at the same position: it is gone, and so is its row.
        """
        table = self._dropped
        connection.execute(
            table.delete().where(
                table.c.projection == parked.projection, table.c.position == parked.position
            )
        )
        connection.execute(
            table.insert().values(
                projection=parked.projection,
                position=parked.position,
                stream_id=parked.stream_id,
                organizer_id=parked.organizer_id,
                event=parked.event,
                reason=parked.reason,
                recorded_at=parked.recorded_at,
                dropped_at=now,
                dropped_by=dropped_by,
            )
        )

    def dropped(
        self, connection: Connection, projection: str, after: int, upto: int
    ) -> set[EventPlace]:
        """The events with positions in (after, upto] that a projection passes over."""
        table = self._dropped
        query = select(table.c.position, table.c.stream_id, table.c.recorded_at).where(
            table.c.projection == projection, table.c.position > after, table.c.position <= upto
        )
        return {EventPlace(*row) for row in connection.execute(query)}

    def without_dropped(
        self, connection: Connection, projection: str, events: Sequence[RecordedEvent]
    ) -> Sequence[RecordedEvent]:
        """Those of `events`, which follow each other, that a projection does not pass over."""
        if not events:
            return events
        first, last = events[0].position, events[-1].position
        dropped = self.dropped(connection, projection, first - 1, last)
        return (
            [each for each in events if EventPlace.of(each) not in dropped] if dropped else events
        )


def _of(table: Table, checkpoint: Checkpoint) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.projection == checkpoint.projection,
        table.c.generation == checkpoint.generation,
    )


def _parked(row: Row[*tuple[object, ...]]) -> ParkedEvent:
    values = row._asdict()
    del values["generation"]
    streams = frozenset(UUID(each) for each in values.pop("streams"))
    return ParkedEvent(**values, streams=streams)


def sequence_of(waiting: Sequence[ParkedEvent], position: int) -> list[ParkedEvent]:
    """The parked events that hang together with the one at `position`: they share streams with it,
    or with others that do, and must be folded in their order."""
    chosen = {each.position: each for each in waiting if each.position == position}
    streams: set[UUID] = set()
    while True:
        streams |= {stream for each in chosen.values() for stream in each.streams}
        joining = [e for e in waiting if e.position not in chosen and e.streams & streams]
        if not joining:
            return sorted(chosen.values(), key=lambda each: each.position)
        chosen |= {each.position: each for each in joining}
