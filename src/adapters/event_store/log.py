"""The log as the projection engine reads it; implements `projections.storage.EventLog`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, select, tuple_

from adapters.event_store.tables import StoreTables
from contacts_domain.errors import CorruptEvent
from contacts_domain.event_schema import Provenance, RecordedEvent, decode
from projections.columns import damaged
from projections.prepared import PreparedQuery

READ_COLUMNS = (
    "position",
    "stream_id",
    "stream_version",
    "organizer_id",
    "name",
    "schema_version",
    "state",
    "recorded_at",
    "actor",
    "source",
    "correlation_id",
    "causation_id",
    "command_id",
)


class SqlEventLog:
    """Reads events in the order of their positions, which is the order of their commits."""

    def __init__(self, tables: StoreTables) -> None:
        self._head = tables.log_head
        self._events = tables.events
        self._selection: Select[Any] = select(*(tables.events.c[name] for name in READ_COLUMNS))
        position = tables.events.c.position
        after = self._selection.where(position > bindparam("after")).order_by(position)
        self._after = PreparedQuery(after.limit(bindparam("limit")))

    def head(self, connection: Connection) -> int:
        """The position of the last event, 0 if there is none."""
        return _position(connection.execute(select(self._head.c.position)).scalar_one())

    def locked_head(self, connection: Connection) -> int:
        """As `head`, and nobody else records events until this transaction ends."""
        locked = select(self._head.c.position).with_for_update()
        return _position(connection.execute(locked).scalar_one())

    def read(self, connection: Connection, after: int, limit: int) -> Sequence[RecordedEvent]:
        """At most `limit` events with positions greater than `after`, ascending.

        Raises UnknownEvent and CorruptEvent for events that cannot be read.
        """
        return [_recorded(row) for row in self._after.rows(connection, after=after, limit=limit)]

    def read_of_organizer(
        self, connection: Connection, organizer_id: str, after: int, limit: int
    ) -> Sequence[RecordedEvent]:
        """As `read`, of one organizer; the events of others cost nothing.

        PostgreSQL is asked for a range of the index by organizer and position, in the index's
        order: it must not walk the positions of everybody, expecting to find enough soon.
        """
        organizer, position = self._events.c.organizer_id, self._events.c.position
        if connection.dialect.name == "sqlite":
            query = self._selection.where(organizer == organizer_id, position > after)
        else:
            place = tuple_(organizer, position)
            query = self._selection.where(place > (organizer_id, after), organizer <= organizer_id)
        ordered = query.order_by(organizer, position).limit(limit)
        return [_recorded(row) for row in connection.execute(ordered)]

    def read_at(self, connection: Connection, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        """The events at these positions, ascending; as `read` otherwise."""
        position = self._events.c.position
        query = self._selection.where(position.in_(positions)).order_by(position)
        return [_recorded(row) for row in connection.execute(query)]

    def read_stream(self, connection: Connection, stream_id: UUID) -> Sequence[RecordedEvent]:
        """All events of one stream, in the order of its versions."""
        events = self._events
        query = self._selection.where(events.c.stream_id == stream_id)
        ordered = query.order_by(events.c.stream_version)
        return [_recorded(row) for row in connection.execute(ordered)]

    def recorded_at(self, connection: Connection, position: int) -> datetime | None:
        """When the event at `position` was recorded, UTC."""
        events = self._events
        query = select(events.c.recorded_at).where(events.c.position == position)
        return connection.execute(query).scalar()


def _position(value: object) -> int:
    if isinstance(value, int):
        return value
    raise damaged("a position")  # SQLite stores what it is given


def _recorded(row: Sequence[Any]) -> RecordedEvent:
    position, stream_id, version, organizer_id, name, schema_version, state, at = row[:8]
    if organizer_id is None:
        raise CorruptEvent(
            f"The event at position {position} has no organizer; it is not of this library.",
            position=position,
        )
    return RecordedEvent(
        originator_id=stream_id,
        originator_version=version,
        organizer_id=organizer_id,
        event=decode(name, schema_version, state),
        provenance=Provenance(*row[8:]),
        position=position,
        recorded_at=at,
    )


def placed(recorded: RecordedEvent, position: int, recorded_at: datetime) -> RecordedEvent:
    """An event just recorded, with the place it was given."""
    return recorded._replace(position=position, recorded_at=recorded_at)
