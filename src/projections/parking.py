"""Events that a projector could not fold: set aside with the reason, together with everything of
the same stream that comes after, so that one bad event never stops the rest."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, Uuid, select

from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent
from projections.checkpoints import Checkpoint
from projections.columns import Instant

QUEUED = "queued behind an earlier event of its stream"


class Parking:
    """The table `parked_events`."""

    def __init__(self, metadata: MetaData) -> None:
        self._table = Table(
            "parked_events",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("generation", Integer, primary_key=True),
            Column("position", BigInteger, primary_key=True),
            Column("stream_id", Uuid, nullable=False),
            Column("organizer_id", Text, nullable=False),
            Column("event", Text, nullable=False),
            Column("reason", Text, nullable=False),
            Column("recorded_at", Instant),
        )

    def streams(self, connection: Connection, checkpoint: Checkpoint) -> set[object]:
        """The streams with parked events."""
        table = self._table
        query = select(table.c.stream_id).where(
            table.c.projection == checkpoint.projection,
            table.c.generation == checkpoint.generation,
        )
        return set(connection.execute(query).scalars())

    def park(
        self, connection: Connection, checkpoint: Checkpoint, event: RecordedEvent, reason: str
    ) -> None:
        """Set an event aside; the reason names the kind of failure, never its values."""
        recorded_at: datetime | None = event.recorded_at
        connection.execute(
            self._table.insert().values(
                projection=checkpoint.projection,
                generation=checkpoint.generation,
                position=event.position,
                stream_id=event.originator_id,
                organizer_id=event.organizer_id,
                event=EVENT_NAMES[type(event.event)],
                reason=reason,
                recorded_at=recorded_at,
            )
        )

    def forget(self, connection: Connection, projection: str, generations: Iterable[int]) -> None:
        """Remove what was parked in dropped generations; their successors folded it."""
        table = self._table
        connection.execute(
            table.delete().where(
                table.c.projection == projection, table.c.generation.in_(list(generations))
            )
        )
