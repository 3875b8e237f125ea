"""The engine: brings read tables from one position of the log to a later one, exactly once.

One batch is one transaction: load the touched rows, fold in memory, write what changed, move the
checkpoint by compare-and-set. Inline, catching up and rebuilding all pass through `advance`.
"""

from collections import ChainMap
from collections.abc import Callable, Collection, Sequence

import sqlalchemy.exc
from sqlalchemy import Connection, MetaData, Table

from contacts_domain.errors import CheckpointBeyondLog, UnknownProjection
from contacts_domain.event_schema import RecordedEvent
from projections import row_store
from projections.checkpoints import Checkpoint, Checkpoints
from projections.fold import (
    Changes,
    Counter,
    Key,
    Membership,
    Projection,
    Row,
    fold_events,
    keys_touched,
    summed_differences,
)
from projections.generations import ActiveTables, GenerationTables, ReadTables
from projections.parking import QUEUED, Parking
from projections.storage import Database, EventLog

BATCH = 1_000
"""Events per transaction when catching up."""

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
    ) -> None:
        self.database = database
        self.log = log
        self.projections = {projection.name: projection for projection in projections}
        self.metadata = MetaData(schema=database.schema)
        self.checkpoints = Checkpoints(self.metadata)
        self.parking = Parking(self.metadata)
        self.tables = ReadTables(projections, database.schema)
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
        self.tables.of(name, generation).create(connection)
        return self.checkpoints.begin(connection, name, generation)

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
            events = self.log.read(connection, checkpoint.position, BATCH)
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
        if strict:
            fold_batch(connection, tables, events)
            parked = 0
        else:
            parked = self._fold_or_park(connection, tables, checkpoint, events)
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
            error = _failure(connection, tables, free)
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
    except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError):
        raise  # the database failed, not the projector
    except Exception as error:  # a projector may fail in any way; all of them are parked
        return error
    return None


def fold_batch(
    connection: Connection, tables: GenerationTables, events: Sequence[RecordedEvent]
) -> None:
    """Load, fold and write all rows of one projection that a batch touches."""
    changed: dict[int, Changes] = {}
    for fold in tables.projection.folds:
        keys = keys_touched(fold, events)
        if keys:
            own = tables.all_of(fold.tables)
            changes = Changes(row_store.load(connection, own, keys))
            fold_events(fold, events, changes)
            row_store.write(connection, own, changes)
            changed[id(fold)] = changes
    for part in tables.projection.derived:
        if id(part.of) in changed:
            _write_derived(connection, tables, part, changed[id(part.of)])


def _write_derived(
    connection: Connection,
    tables: GenerationTables,
    part: Membership | Counter,
    changes: Changes,
) -> None:
    own = [tables[part.table]]
    key_names = tuple(column.name for column in own[0].primary_key.columns)
    if isinstance(part, Membership):
        row_store.write(connection, own, _membership_changes(part, key_names, changes))
    else:
        sums = summed_differences(part, changes)
        if sums:
            row_store.write(connection, own, _counter_changes(connection, own, key_names, sums))


def _membership_changes(part: Membership, key_names: Sequence[str], changes: Changes) -> Changes:
    derived = Changes({})
    after: dict[Key, Row] = {}
    for row_before, row_after in changes.differing():
        derived.before |= _keyed(part, key_names, row_before)
        after |= _keyed(part, key_names, row_after)
    derived.after = after
    return derived


def _keyed(part: Membership, key_names: Sequence[str], row: Row | None) -> dict[Key, Row]:
    rows = part.rows(row) if row is not None else ()
    return {tuple(each[name] for name in key_names): each for each in rows}


def _counter_changes(
    connection: Connection,
    own: Sequence[Table],
    key_names: Sequence[str],
    sums: dict[Key, dict[str, int]],
) -> Changes:
    changes = Changes(row_store.load(connection, own, list(sums)))
    for key, amounts in sums.items():
        before = changes.before.get(key) or dict(zip(key_names, key, strict=True))
        row = before | {name: before.get(name, 0) + amount for name, amount in amounts.items()}
        remains = any(row[name] for name in row if name not in key_names)
        changes.put(key, row if remains else None)
    return changes
