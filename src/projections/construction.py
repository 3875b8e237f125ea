"""A generation under construction: begun or resumed, filled, indexed, and shown to readers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import NamedTuple

import sqlalchemy.exc
from sqlalchemy import Connection

from contacts_domain.errors import (
    ContactsError,
    ProjectorFailed,
    RebuildCancelled,
    StorageError,
)
from contacts_domain.event_schema import RecordedEvent
from projections.advancing import Batch
from projections.bulk_rows import BulkTables
from projections.checkpoints import Checkpoint
from projections.engine import ProjectionEngine
from projections.pacing import Pace
from projections.rebuild_leases import Flight
from projections.retiring import drop_if_unused, drop_old

ALL = 2**63 - 1
INDEX_MEMORY = (
    "SELECT set_config('maintenance_work_mem', '256MB', true) "
    "WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB')"
)
"""On PostgreSQL: what building an index may use until it stands, unless the server allows more."""


class Stretch(NamedTuple):
    """Some events of the log without a gap, read once for all projections."""

    events: Sequence[RecordedEvent]
    last: int


class _Lost(Exception):
    """Somebody gave up the generation that is being built."""


class _Unfoldable(Exception):
    """A projector failed, or the database refused a row of its."""


class Construction:
    """One projection's part of a rebuild; nobody else writes to its generation.

    Order of locks, everywhere: the log's head, the projection's pointer, its checkpoint, its lease.
    """

    def __init__(
        self, engine: ProjectionEngine, flight: Flight, pace: Pace, *, parks: bool
    ) -> None:
        """With `parks` what cannot be folded is parked; without, it ends the rebuild."""
        self._parks = parks
        self._engine = engine
        self._flight = flight
        self._pace = pace
        self.name = flight.name
        self.is_indexed = False
        """Whether nothing is left but to catch up."""
        self._begin()

    @property
    def position(self) -> int:
        """Up to where the log is folded."""
        return self._checkpoint.position

    @property
    def generation(self) -> int:
        """The number of the generation."""
        return self._checkpoint.generation

    # --- beginning -----------------------------------------------------------------------------

    def _begin(self) -> None:
        engine, name = self._engine, self.name
        drop_old(engine, [name])
        with engine.database.writing() as connection:
            self._checkpoint = self._resumed(connection) or self._begun(connection)
            self._drops = engine.parking.dropped(connection, name, 0, ALL)
            self._flight.go_on(connection)
        self.is_indexed = not engine.database.loads_in_bulk
        self._tables = BulkTables(engine.projections[name], self.generation, engine.database)
        if self.position:
            with engine.database.reading() as connection:
                self._tables.note_existing(connection)

    def _resumed(self, connection: Connection) -> Checkpoint | None:
        """What an interrupted rebuild left, if this code would have made the same of this log."""
        engine = self._engine
        active = engine.checkpoints.locked(connection, self.name)
        head = engine.log.head(connection)
        if active.position > head:  # an older backup of the log: what was folded is not in it
            return None
        for left in engine.checkpoints.being_built(connection):
            is_fit = left.projection == self.name and left.position <= head
            is_fit &= self._parks or not left.parked
            if is_fit and not engine.is_outdated(left):
                return left
        return None

    def _begun(self, connection: Connection) -> Checkpoint:
        engine, name = self._engine, self.name
        engine.checkpoints.abandon(connection, name, datetime.now(UTC))
        known = engine.checkpoints.generations(connection, name)
        is_indexed = not engine.database.loads_in_bulk
        return engine.begin_generation(connection, name, max(known) + 1, is_indexed=is_indexed)

    # --- filling -------------------------------------------------------------------------------

    def fold(self, stretch: Stretch) -> float:
        """Fold what of a stretch of the log has not been folded; for how long others had to wait
        for the transaction that wrote it, in seconds.

        Raises ProjectorFailed, RebuildCancelled, RebuildUnderWay.
        """
        database = self._engine.database
        try:
            with self._noticing_loss():
                with database.reading() as connection:
                    batch = self._batch(connection, stretch)
                    self._fold(connection, batch)
                with database.writing() as connection:
                    begun = monotonic()
                    moved = self._write(connection, batch)
        except _Lost:
            self._begin_anew()
            return 0.0
        except _Unfoldable:
            self._fold_with_care(batch)
            return 0.0
        except BaseException:
            self._tables.forget()
            raise
        self._checkpoint = moved
        return monotonic() - begun

    def _batch(self, connection: Connection, stretch: Stretch) -> Batch:
        events = [each for each in stretch.events if each.position > self.position]
        kept = self._engine.parking.without_dropped(connection, self.name, events)
        return Batch(kept, stretch.last)

    def _fold(self, connection: Connection, batch: Batch) -> None:
        if self._checkpoint.parked:
            raise _Unfoldable  # some may hang on what is parked
        try:
            self._tables.fold(connection, batch.events)
        except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError) as error:
            raise _Unfoldable from error
        except sqlalchemy.exc.DBAPIError:
            raise
        except Exception as error:  # a projector may fail in any way
            raise _Unfoldable from error

    def _write(self, connection: Connection, batch: Batch) -> Checkpoint:
        """The checkpoint comes first: its row is the lock that a cancelling process waits for."""
        moved = self._engine.checkpoints.move(connection, self._checkpoint, batch.last, parked=0)
        self._flight.go_on(connection)
        try:
            self._tables.flush(connection)
        except sqlalchemy.exc.DBAPIError as error:
            if isinstance(error, sqlalchemy.exc.IntegrityError | sqlalchemy.exc.DataError):
                raise _Unfoldable from error
            raise
        except ContactsError:
            raise
        except Exception as error:  # a value that the driver cannot send
            raise _Unfoldable from error
        return moved

    @contextmanager
    def _noticing_loss(self) -> Iterator[None]:
        """Raise _Lost for failures that come of nothing else: the checkpoint does not move, tables
        are not there."""
        try:
            yield
        except StorageError:
            with self._engine.database.reading() as connection:
                is_wanted = self._engine.checkpoints.is_wanted(connection, self._checkpoint)
            if is_wanted:
                raise
            raise _Lost from None

    def _fold_with_care(self, batch: Batch) -> None:
        """Find out which event it is and refuse or park it; if none is, go on."""
        engine = self._engine
        advance = engine.advancing.advance if self._parks else engine.advancing.advance_strictly
        self._tables.forget()
        try:
            with engine.database.writing() as connection:
                self._flight.go_on(connection)
                moved = advance(connection, self._checkpoint, batch)
        except ProjectorFailed:
            self._give_up()  # mended, the projector may make something else of earlier events
            raise
        self._checkpoint = moved
        if not moved.parked:
            with engine.database.reading() as connection:
                self._tables.note_existing(connection)

    def _begin_anew(self) -> None:
        """After an event was dropped, which may have been folded. Raises RebuildCancelled."""
        with self._engine.database.reading() as connection:
            drops = self._engine.parking.dropped(connection, self.name, 0, ALL)
        if drops == self._drops:
            raise self._cancelled()
        self._begin()

    def _cancelled(self) -> RebuildCancelled:
        drop_if_unused(self._engine, self.name, self.generation)
        return RebuildCancelled(
            f"The rebuild of the projection {self.name!r} was cancelled. Readers still see the "
            "tables they saw before.",
            projection=self.name,
        )

    def _give_up(self) -> None:
        with self._engine.database.writing() as connection:
            self._engine.checkpoints.abandon(connection, self.name, datetime.now(UTC))
        drop_if_unused(self._engine, self.name, self.generation)

    # --- ending --------------------------------------------------------------------------------

    def build_indexes(self) -> None:
        """Make the indexes that the rows were spared until now. Raises RebuildCancelled."""
        database = self._engine.database
        try:
            for build in self._tables.late_indexes:
                with self._noticing_loss(), database.writing() as connection:
                    connection.exec_driver_sql(INDEX_MEMORY)
                    build(connection)
        except _Lost:
            self._begin_anew()
        else:
            self.is_indexed = True

    def finish(self) -> bool:
        """While nobody records events, fold the last ones and show the tables to readers.

        False if the generation had to be begun anew. Raises as `fold` does.
        """
        engine = self._engine
        try:
            with self._noticing_loss(), engine.database.writing() as connection:
                head = engine.log.locked_head(connection)
                engine.checkpoints.locked(connection, self.name)
                last = self._checkpoint
                batch = Batch((), last.position)
                if not engine.checkpoints.is_wanted(connection, last):
                    raise _Lost
                if last.position < head:
                    events = engine.log.read(connection, last.position, head - last.position)
                    batch = self._batch(connection, Stretch(events, head))
                    self._fold(connection, batch)
                    last = self._write(connection, batch)
                engine.checkpoints.activate(connection, last, datetime.now(UTC))
        except _Lost:
            self._begin_anew()
            return False
        except _Unfoldable:
            self._fold_with_care(batch)
            return self.finish()
        except BaseException:
            self._tables.forget()
            raise
        self._checkpoint = last
        return True
