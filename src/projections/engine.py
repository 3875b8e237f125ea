"""The engine: brings read tables from one position of the log to a later one, exactly once.

It knows which generations there are, which of them this version of the library can follow, and how
far they have come; what is done with a batch is in `advancing`.
"""

from collections import ChainMap
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, MetaData

from contacts_domain.errors import (
    CheckpointBeyondLog,
    NewerDatabase,
    OutdatedDatabase,
    UnknownProjection,
)
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.garbage import little_garbage_collected
from projections.advancing import Advancing, Batch, Notice
from projections.checkpoints import Checkpoint, Checkpoints
from projections.fold import ActiveTables, Projection
from projections.generations import ReadTables
from projections.leadership import Leadership
from projections.parking import Parking
from projections.storage import Database, EventLog

BATCH = 1_000
"""Events per transaction when catching up."""
REBUILD_BATCH = 10_000
"""Events per transaction, at most, when rebuilding."""


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
        self.leadership = Leadership(self.metadata)
        self.parking = Parking(self.metadata)
        self.tables = ReadTables(projections, database.schema)
        self.batch_size = batch_size
        self.rebuild_batch_size = REBUILD_BATCH
        self.advancing = Advancing(self.checkpoints, self.parking, self.tables, on_parked)

    def prepare(self, connection: Connection) -> None:
        """Make the engine's own tables and a first generation of every projection."""
        self.metadata.create_all(connection)
        active = self.checkpoints.active(connection)
        for name in self.projections:
            if name not in active:
                known = self.checkpoints.generations(connection, name)
                begun = self.begin_generation(connection, name, max(known, default=0) + 1)
                self.checkpoints.activate(connection, begun, datetime.now(UTC))

    def is_prepared(self, connection: Connection, table_names: Collection[str]) -> bool:
        """Whether `prepare` has nothing left to do."""
        own = {table.name for table in self.metadata.tables.values()}
        if not own <= set(table_names):
            return False
        return self.projections.keys() <= self.checkpoints.active(connection).keys()

    def begin_generation(
        self, connection: Connection, name: str, generation: int, *, is_indexed: bool = True
    ) -> Checkpoint:
        """Make empty tables and a checkpoint at 0; without `is_indexed` secondary indexes lack."""
        tables = self.tables.of(name, generation)
        tables.drop(connection)  # leftovers of a damaged database
        if is_indexed:
            tables.create(connection)
        else:
            tables.create_unindexed(connection)
        return self.checkpoints.begin(connection, name, generation, self.tables.shape_of(name))

    def drop_generation(self, connection: Connection, name: str, generation: int) -> None:
        """Remove the tables of a retired generation, and what is known of it."""
        if self.checkpoints.forget(connection, name, generation):  # else somebody else did
            self.tables.of(name, generation).drop(connection)
            self.parking.forget(connection, name, [generation])

    def outdated(self) -> list[str]:
        """The projections whose rows other tables or folds made: an upgrade must rebuild them.

        Raises NewerDatabase for rows that a newer version of the library made.
        """
        with self.database.reading() as connection:
            active = self.checkpoints.active(connection)
        for name in self.projections:
            self._refuse_newer(active[name])
        return [name for name in self.projections if self.is_outdated(active[name])]

    def refuse_other_version(self, checkpoint: Checkpoint) -> None:
        """Refuse rows that other tables or folds made. Raises NewerDatabase, OutdatedDatabase."""
        self._refuse_newer(checkpoint)
        if self.is_outdated(checkpoint):
            raise OutdatedDatabase(
                f"Another version of the library made the read tables of {checkpoint.projection!r};"
                f" run `contacts projections rebuild {checkpoint.projection}`.",
                projection=checkpoint.projection,
            )

    def _refuse_newer(self, checkpoint: Checkpoint) -> None:
        name = checkpoint.projection
        if checkpoint.version > self.projections[name].version:
            raise NewerDatabase(
                f"A newer version of the library made the read tables of {name!r}; upgrade this "
                "process.",
                projection=name,
            )

    def is_outdated(self, checkpoint: Checkpoint) -> bool:
        """Whether other tables or folds made the rows of a generation."""
        return checkpoint.shape != self.tables.shape_of(checkpoint.projection)

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
        return list(dict.fromkeys(self.projection_of(name) for name in names))

    def projection_of(self, name: str) -> str:
        """The projection of this name, or of this read model. Raises UnknownProjection."""
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

        A projection that a worker leads is left to the worker, and one that another version of the
        library made to that version. One that is behind, as after a worker's end, comes nearer to
        the head by a batch. A projector's failure parks the event, it never fails the command.
        """
        before, head = events[0].position - 1, events[-1].position
        limit = self.batch_size + len(events)
        batches = []
        for checkpoint in self.checkpoints.unled(connection, self.leadership):
            if self.is_outdated(checkpoint):
                continue
            if checkpoint.position == before:
                batches.append((checkpoint, Batch(events, head)))
            elif checkpoint.position < before:
                batches.append((checkpoint, self.read_batch(connection, checkpoint, limit)))
        self.advancing.advance_all(connection, batches)

    def catch_up(self) -> None:
        """Bring every projection to the head of the log, batch by batch.

        Raises CheckpointBeyondLog when a read table knows events that the log does not have.
        """
        while behind := self.behind(self.projections):
            with little_garbage_collected(), self.database.writing() as connection:
                if not self.follow(connection, behind):
                    return  # somebody else did

    def follow(self, connection: Connection, names: Collection[str]) -> dict[str, int]:
        """Fold the next batch, read once, with those of the projections that are the furthest
        behind; by how many positions each of them moved."""
        checkpoints = [self.checkpoints.locked(connection, name) for name in sorted(names)]
        checkpoints = [each for each in checkpoints if not self.is_outdated(each)]
        if not checkpoints:
            return {}
        after = min(each.position for each in checkpoints)
        limit = min(
            (each.position - after for each in checkpoints if each.position > after),
            default=self.batch_size,
        )
        events = self.log.read(connection, after, min(limit, self.batch_size))
        if not events:
            return {}
        last = [each for each in checkpoints if each.position == after]
        batches = [(each, self._batch_of(connection, each, events)) for each in last]
        self.advancing.advance_all(connection, batches)
        return {each.projection: events[-1].position - after for each in last}

    def behind(self, names: Collection[str]) -> list[str]:
        """The projections that have not come to the head, those left out that wait to be rebuilt.

        Raises CheckpointBeyondLog and NewerDatabase.
        """
        with self.database.reading() as connection:
            active = self.checkpoints.active(connection)
            head = self.log.head(connection)
        checkpoints = [active[name] for name in names]
        for each in checkpoints:
            self._refuse_newer(each)
            refuse_beyond_log(each, head)
        return [
            each.projection
            for each in checkpoints
            if each.position < head and not self.is_outdated(each)
        ]

    def read_batch(self, connection: Connection, checkpoint: Checkpoint, limit: int) -> Batch:
        """At most `limit` events after a checkpoint."""
        events = self.log.read(connection, checkpoint.position, limit)
        return self._batch_of(connection, checkpoint, events)

    def _batch_of(
        self, connection: Connection, checkpoint: Checkpoint, events: Sequence[RecordedEvent]
    ) -> Batch:
        """The events that follow a checkpoint, without those that were dropped."""
        after = checkpoint.position
        if not events:
            return Batch((), after)
        kept = self.parking.without_dropped(connection, checkpoint.projection, events)
        return Batch(kept, events[-1].position)


def refuse_beyond_log(checkpoint: Checkpoint, head: int) -> None:
    """Raise CheckpointBeyondLog if read tables know events that the log does not have."""
    if checkpoint.position > head:
        raise CheckpointBeyondLog(
            f"The read tables of {checkpoint.projection!r} are at position "
            f"{checkpoint.position}, but the event log ends at {head}; was an older backup of "
            "it restored? Restore the newer log, or run `contacts projections rebuild --all`.",
            projection=checkpoint.projection,
            position=checkpoint.position,
            head=head,
        )
