"""The engine: brings read tables from one position of the log to a later one, exactly once.

One batch is one transaction: load the touched rows, fold in memory, write what changed, move the
checkpoint by compare-and-set. Inline, catching up and rebuilding all pass through `advance`.
"""

from collections import ChainMap
from collections.abc import Callable, Collection, Sequence

import sqlalchemy.exc
from sqlalchemy import Connection, MetaData

from contacts_domain.errors import CheckpointBeyondLog, UnknownProjection
from contacts_domain.event_schema import RecordedEvent
from projections.checkpoints import Checkpoint, Checkpoints
from projections.fold import (
    Changes,
    Counter,
    Membership,
    Projection,
    RowFold,
    add_to_counters,
    fold_events,
    keys_touched,
    membership_changes,
    summed_differences,
)
from projections.generations import ActiveTables, GenerationTables, ReadTables
from projections.parking import QUEUED, Parking
from projections.storage import Database, EventLog

BATCH = 1_000
"""Events per transaction when catching up and rebuilding."""

Notice = Callable[[str, RecordedEvent, BaseException], None]
"""Told the projection, the event and the error whenever an event is parked."""


class ProjectionEngine:
    """Follows the event log with all projections of one database."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        projections: Sequence[Projection],
        on_parked: Notice,
        batch_size: int = BATCH,
    ) -> None:
        self.database = database
        self.log = log
        self.projections = {projection.name: projection for projection in projections}
        self.metadata = MetaData(schema=database.schema)
        self.checkpoints = Checkpoints(self.metadata)
        self.parking = Parking(self.metadata)
        self.tables = ReadTables(projections, database.schema)
        self.batch_size = batch_size
        self._on_parked = on_parked

    def prepare(self, connection: Connection) -> None:
        """Make the engine's own tables and a first generation of every projection."""
        self.metadata.create_all(connection)
        active = self.checkpoints.active(connection)
        for name in self.projections:
            if name not in active:
                self.begin_generation(connection, name, 1)
                self.checkpoints.activate(connection, Checkpoint(name, 1, 0, 0))

    def is_prepared(self, connection: Connection, table_names: Collection[str]) -> bool:
        """Whether `prepare` has nothing left to do."""
        own = {table.name for table in self.metadata.tables.values()}
        if not own <= set(table_names):
            return False
        return self.projections.keys() <= self.checkpoints.active(connection).keys()

    def begin_generation(self, connection: Connection, name: str, generation: int) -> Checkpoint:
        """Make empty tables and a checkpoint at 0."""
        self.tables.of(name, generation).drop(connection)  # leftovers of a damaged database
        self.tables.of(name, generation).create(connection)
        return self.checkpoints.begin(connection, name, generation, self.tables.shape_of(name))

    def outdated(self) -> list[str]:
        """The projections whose rows other tables or folds made: an upgrade must rebuild them."""
        with self.database.reading() as connection:
            active = self.checkpoints.active(connection)
        return [
            name for name in self.projections if active[name].shape != self.tables.shape_of(name)
        ]

    def active_tables(self, connection: Connection) -> ActiveTables:
        """The tables that readers see in this transaction, of all projections."""
        return ChainMap(
            *(
                self.tables.of(checkpoint.projection, checkpoint.generation).tables
                for checkpoint in self.checkpoints.active(connection).values()
            )
        )

    def named(self, names: Sequence[str]) -> list[str]:
        """The projections that these names of projections or read models mean, each once.

        Raises UnknownProjection.
        """
        return list(dict.fromkeys(self._named(name) for name in names))

    def _named(self, name: str) -> str:
        for projection in self.projections.values():
            if name == projection.name or name in projection.read_models:
                return projection.name
        known = sorted(
            {*self.projections}.union(*(each.read_models for each in self.projections.values()))
        )
        raise UnknownProjection(
            f"There is no projection {name!r}. Name one of: {', '.join(known)}.", name=name
        )

    # --- following -----------------------------------------------------------------------------

    def follow_inline(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        """Fold events in the transaction that records them.

        Only projections that are at the head take part; one that is behind stays so until it
        catches up. A projector's failure parks the event, it never fails the command.
        """
        before = events[0].position - 1
        for checkpoint in self.checkpoints.active(connection).values():
            if checkpoint.position == before:
                self.advance(connection, checkpoint, events, strict=False)

    def catch_up(self) -> None:
        """Bring every projection to the head of the log, batch by batch.

        Raises CheckpointBeyondLog when a read table knows events that the log does not have.
        """
        for name in self.projections:
            while self._catch_up_once(name):
                pass

    def _catch_up_once(self, name: str) -> bool:
        """One batch; whether there may be more."""
        with self.database.reading() as connection:
            checkpoint = self.checkpoints.active(connection)[name]
            if not self._is_behind(connection, checkpoint):
                return False
        with self.database.writing() as connection:
            checkpoint = self.checkpoints.active(connection)[name]
            events = self.log.read(connection, checkpoint.position, self.batch_size)
            if events:
                self.advance(connection, checkpoint, events, strict=False)
        return bool(events)

    def _is_behind(self, connection: Connection, checkpoint: Checkpoint) -> bool:
        head = self.log.head(connection)
        if checkpoint.position > head:
            raise CheckpointBeyondLog(
                f"The read tables of {checkpoint.projection!r} are at position "
                f"{checkpoint.position}, but the event log ends at {head}; was an older backup of "
                "it restored? Restore the newer log, or run `contacts projections rebuild --all`.",
                projection=checkpoint.projection,
                position=checkpoint.position,
                head=head,
            )
        return checkpoint.position < head

    # --- one batch -----------------------------------------------------------------------------

    def advance(
        self,
        connection: Connection,
        checkpoint: Checkpoint,
        events: Sequence[RecordedEvent],
        *,
        strict: bool,
    ) -> Checkpoint:
        """Fold `events`, which follow the checkpoint without a gap, and move it to the last.

        With `strict` a projector's failure is raised; otherwise the event is parked.
        """
        tables = self.tables.of(checkpoint.projection, checkpoint.generation)
        handled = [each for each in events if tables.projection.handles(each.event)]
        parked = 0
        if strict:
            fold_batch(connection, tables, handled)
        elif handled:
            parked = self._fold_or_park(connection, tables, checkpoint, handled)
        return self.checkpoints.move(
            connection, checkpoint, events[-1].position, checkpoint.parked + parked
        )

    def _fold_or_park(
        self,
        connection: Connection,
        tables: GenerationTables,
        checkpoint: Checkpoint,
        events: Sequence[RecordedEvent],
    ) -> int:
        """Fold what can be folded; how many events had to be parked."""
        held = self.parking.streams(connection, checkpoint) if checkpoint.parked else set()
        parked = 0
        batches = [list(events)]
        while batches:
            batch = batches.pop()
            queued = [event for event in batch if event.originator_id in held]
            for event in queued:
                self.parking.park(connection, checkpoint, event, QUEUED)
            parked += len(queued)
            free = [event for event in batch if event.originator_id not in held]
            error = _failure(connection, tables, free) if free else None
            if error is None:
                continue
            if len(free) > 1:  # bisect; the earlier half comes first
                middle = len(free) // 2
                batches += [free[middle:], free[:middle]]
                continue
            (culprit,) = free
            self.parking.park(connection, checkpoint, culprit, type(error).__name__)
            self._on_parked(checkpoint.projection, culprit, error)
            held.add(culprit.originator_id)
            parked += 1
        return parked


def _failure(
    connection: Connection, tables: GenerationTables, events: Sequence[RecordedEvent]
) -> Exception | None:
    """Fold in a savepoint; the projector's failure, if any, with nothing of the batch left."""
    try:
        with connection.begin_nested():
            fold_batch(connection, tables, events)
    except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError) as error:
        return error  # a row that the database refuses is the projector's doing
    except sqlalchemy.exc.DBAPIError:
        raise  # the database failed, not the projector
    except Exception as error:  # a projector may fail in any way; all of them are parked
        return error
    return None


def fold_batch(
    connection: Connection, tables: GenerationTables, events: Sequence[RecordedEvent]
) -> None:
    """Load, fold and write all rows of one projection that a batch touches."""
    for fold in tables.projection.folds:
        keys = keys_touched(fold, events)
        if keys:
            rows = tables.rows_of(fold)
            changes = Changes(rows.load(connection, keys))
            fold_events(fold, events, changes)
            rows.write(connection, changes)
            _write_derived(connection, tables, fold, changes)


def _write_derived(
    connection: Connection, tables: GenerationTables, fold: RowFold, changes: Changes
) -> None:
    for part in tables.projection.parts:
        match part:
            case Membership(of=of) if of is fold:
                rows = tables.rows_of(part)
                rows.write(connection, membership_changes(part, rows.key_names, changes))
            case Counter(of=of) if of is fold:
                sums = summed_differences(part, changes)
                if sums:
                    rows = tables.rows_of(part)
                    counted = Changes(rows.load(connection, list(sums)))
                    add_to_counters(rows.key_names, sums, counted)
                    rows.write(connection, counted)
            case _:
                pass
