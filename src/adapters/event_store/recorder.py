"""Records units of work and reads streams, claims and the log, on SQLite and PostgreSQL.

Order inside a writing transaction, always: the position from `log_head` (which is the lock),
consumer positions, claims (deletes before inserts, sorted), events, inline projections. The hot
statements go to the driver as tuples; SQLAlchemy's processing would cost half of the rate.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy.exc
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)
from sqlalchemy import Connection, Table, and_, bindparam, select

from adapters.event_store.database import Database
from adapters.event_store.intake_writer import IntakeWriter
from adapters.event_store.log import SqlEventLog, placed
from adapters.event_store.polling import PollingSubscription
from adapters.event_store.statements import Statements
from adapters.event_store.tables import StoreTables
from contacts_domain.claims import Claim
from contacts_domain.event_schema import EnvelopedEvent, EventMapper, Provenance, RecordedEvent
from contacts_domain.intake import NOTHING_TAKEN_IN, Intake
from contacts_domain.recording import (
    NO_CLAIMS,
    ClaimHolder,
    ClaimWrites,
    EventRecorder,
)
from projections.driver_sql import Values, fetch, send_many
from projections.prepared import KeyedQuery, PreparedQuery

MANY = 50
"""From so many rows on COPY is worth its round trips."""

FollowInline = Callable[[Connection, Sequence[RecordedEvent]], None]
"""Folds just recorded events in the same transaction."""


class ContactRecorder(EventRecorder, ProcessRecorder):
    """The recorder of all events, claims and positions of one database."""

    def __init__(
        self,
        database: Database,
        tables: StoreTables,
        *,
        clock: Callable[[], datetime],
        follow_inline: FollowInline | None = None,
    ) -> None:
        self._database = database
        self._tables = tables
        self._clock = clock
        self._follow_inline = follow_inline
        self._mapper = EventMapper()
        self._sql = Statements(database, tables)
        self._log = SqlEventLog(tables)
        self._intake = IntakeWriter(tables)
        stream, version = tables.events.c.stream_id, tables.events.c.stream_version
        stored = select(*self._stored_columns)
        self._stream = PreparedQuery(stored.where(stream == bindparam("id")).order_by(version))
        self._streams = KeyedQuery(stored, [stream], order_by=[stream, version])
        claim = [tables.claims.c[name] for name in ("organizer_id", "kind", "key")]
        holder = tables.claims.c.holder, tables.claims.c.position
        self._claims = KeyedQuery(select(*claim, *holder), claim)

    # --- writing -------------------------------------------------------------------------------

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        claims: ClaimWrites = NO_CLAIMS,
        intake: Intake = NOTHING_TAKEN_IN,
        tracking: Tracking | None = None,
        **_kwargs: Any,
    ) -> Sequence[int] | None:
        """Write one unit of work; see `EventRecorder.insert_events`."""
        with self._writing() as connection:
            before, recorded_at = self._take_positions(connection, len(stored_events))
            self._intake.write(connection, intake, recorded_at)
            self._write_claims(connection, claims, before)
            if stored_events:
                self._append(connection, stored_events, before, recorded_at)
            if tracking is not None:
                self._track(connection, tracking)
            self._follow(connection, stored_events, before, recorded_at)
        return [before + index for index in range(1, len(stored_events) + 1)]

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._database.writing() as connection:
                yield connection
        except sqlalchemy.exc.IntegrityError as error:
            raise IntegrityError(str(error.orig)) from error

    def _take_positions(self, connection: Connection, count: int) -> tuple[int, datetime]:
        """The position before the unit and its time; holds the log's lock to the commit."""
        now = self._sql.time(self._clock())
        (row,) = fetch(connection, self._sql.take_positions, (count, now, now))
        return row[0] - count, self._sql.read_time(row[1])

    def _write_claims(self, connection: Connection, claims: ClaimWrites, before: int) -> None:
        if claims.released:
            send_many(connection, self._sql.release_claim, [*claims.released])
        if claims.taken:
            rows = [
                (*each.claim, each.holder, before + each.event_index + 1) for each in claims.taken
            ]
            self._insert(connection, self._tables.claims, self._sql.take_claim, rows)

    def _append(
        self,
        connection: Connection,
        stored_events: Sequence[StoredEvent],
        before: int,
        recorded_at: datetime,
    ) -> None:
        at = self._sql.time(recorded_at)
        rows = [
            (
                position,
                self._sql.id(each.originator_id),
                each.originator_version,
                each.topic,
                *_envelope(each, at),
                each.state,
            )
            for position, each in enumerate(stored_events, before + 1)
        ]
        self._insert(connection, self._tables.events, self._sql.append_event, rows)

    def _insert(
        self, connection: Connection, table: Table, statement: str, rows: Sequence[Values]
    ) -> None:
        """Insert rows of all columns, many of them in bulk where the database can."""
        if len(rows) >= MANY and self._database.loads_in_bulk:
            self._database.copy_rows(connection, table, rows)
        else:
            send_many(connection, statement, rows)

    def _follow(
        self,
        connection: Connection,
        stored_events: Sequence[StoredEvent],
        before: int,
        recorded_at: datetime,
    ) -> None:
        if self._follow_inline is None:
            return
        recorded = [
            placed(self._mapper.to_domain_event(each), position, recorded_at)
            for position, each in enumerate(stored_events, before + 1)
            if isinstance(each, EnvelopedEvent)
        ]
        if recorded:
            self._follow_inline(connection, recorded)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Record how far an upstream application was taken in; IntegrityError if not further."""
        with self._writing() as connection:
            self._track(connection, tracking)

    def _track(self, connection: Connection, tracking: Tracking) -> None:
        table, position = self._tables.tracking, tracking.notification_id
        moved = connection.execute(
            table.update()
            .where(
                table.c.application_name == tracking.application_name,
                table.c.notification_id < position,
            )
            .values(notification_id=position)
        )
        if moved.rowcount == 0:
            connection.execute(
                table.insert().values(
                    application_name=tracking.application_name, notification_id=position
                )
            )

    # --- reading -------------------------------------------------------------------------------

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of one stream with versions in (gt, lte], ascending or descending."""
        if gt is None and lte is None and limit is None and not desc:
            return self._whole_stream(originator_id)
        events = self._tables.events
        query = select(*self._stored_columns).where(events.c.stream_id == originator_id)
        if gt is not None:
            query = query.where(events.c.stream_version > gt)
        if lte is not None:
            query = query.where(events.c.stream_version <= lte)
        version = events.c.stream_version
        query = query.order_by(version.desc() if desc else version).limit(limit)
        with self._database.looking_up() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def _whole_stream(self, stream_id: UUID | str) -> Sequence[StoredEvent]:
        """All events of one stream: how aggregates are loaded."""
        with self._database.looking_up() as connection:
            return [_stored(row) for row in self._stream.rows(connection, id=stream_id)]

    def select_streams(self, stream_ids: Collection[UUID]) -> Sequence[StoredEvent]:
        """All events of these streams, each stream in the order of its versions."""
        with self._database.looking_up() as connection:
            rows = self._streams.rows(connection, [(each,) for each in sorted(stream_ids)])
        return [_stored(row) for row in rows]

    def select_claims(self, claims: Collection[Claim]) -> Mapping[Claim, ClaimHolder]:
        """Those of `claims` that are held."""
        with self._database.looking_up() as connection:
            rows = self._claims.rows(connection, sorted(claims))
        return {Claim(*row[:3]): ClaimHolder(*row[3:]) for row in rows}

    def position_of(self, stream_id: UUID, stream_version: int) -> int | None:
        """The position of one event, or None."""
        events = self._tables.events
        query = select(events.c.position).where(
            events.c.stream_id == stream_id, events.c.stream_version == stream_version
        )
        with self._database.looking_up() as connection:
            return connection.execute(query).scalar()

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events of all streams by position; see `ApplicationRecorder.select_notifications`."""
        events = self._tables.events
        position = events.c.position
        conditions = []
        if start is not None:
            conditions.append(position >= start if inclusive_of_start else position > start)
        if stop is not None:
            conditions.append(position <= stop)
        if topics:
            conditions.append(events.c.name.in_(list(topics)))
        query = select(
            position, events.c.stream_id, events.c.stream_version, events.c.name, events.c.state
        )
        query = query.where(and_(True, *conditions)).order_by(position).limit(limit)
        with self._database.looking_up() as connection:
            return [
                Notification(
                    id=row[0],
                    originator_id=row[1],
                    originator_version=row[2],
                    topic=row[3],
                    state=row[4],
                )
                for row in connection.execute(query)
            ]

    def max_notification_id(self) -> int | None:
        """The position of the last event."""
        with self._database.looking_up() as connection:
            return self._log.head(connection) or None

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far an upstream application was taken in."""
        table = self._tables.tracking
        query = select(table.c.notification_id).where(table.c.application_name == application_name)
        with self._database.looking_up() as connection:
            return connection.execute(query).scalar()

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """All events after `gt`, then new ones as they come, by polling."""
        return PollingSubscription(self, gt, topics)

    # --- what the log's readers share ----------------------------------------------------------

    @property
    def _stored_columns(self) -> Sequence[Any]:
        columns = self._tables.events.c
        return [columns[name] for name in STORED_COLUMNS]


STORED_COLUMNS = (
    "stream_id",
    "stream_version",
    "name",
    "state",
    "schema_version",
    "organizer_id",
    "actor",
    "source",
    "correlation_id",
    "causation_id",
    "command_id",
)


def _stored(row: Sequence[Any]) -> StoredEvent:
    stream_id, version, name, state, schema_version, organizer_id = row[:6]
    if organizer_id is None:
        return StoredEvent(stream_id, version, name, state)
    return EnvelopedEvent(
        stream_id, version, name, state, schema_version, organizer_id, Provenance(*row[6:])
    )


def _envelope(stored: StoredEvent, at: Any) -> tuple[Any, ...]:
    if not isinstance(stored, EnvelopedEvent):
        return (None, None, at, None, None, None, None, None)
    provenance = stored.provenance
    return (
        stored.schema_version,
        stored.organizer_id,
        at,
        provenance.actor,
        provenance.source,
        provenance.correlation_id,
        provenance.causation_id,
        provenance.command_id,
    )
