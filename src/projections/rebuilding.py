"""Rebuild: a new generation is filled beside the old one, which goes on being read and written,
catches up, and under the lock reaches the head and becomes the one that readers see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from contacts_domain.errors import DatabaseBusy
from projections.checkpoints import Checkpoint
from projections.engine import ProjectionEngine


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild has come."""

    projection: str
    done: int
    total: int
    """Events in the log when this was reported."""


OnProgress = Callable[[RebuildProgress], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A projection after its rebuild."""

    projection: str
    generation: int
    position: int


DROP_PATIENCE = timedelta(milliseconds=200)
"""How long removing old tables may wait for their readers, and others for it."""
RETIREMENT = timedelta(minutes=1)
"""How long the tables of a retired generation stay for readers that have just looked them up."""


def rebuild(
    engine: ProjectionEngine, names: Iterable[str], on_progress: OnProgress = lambda _: None
) -> list[Rebuilt]:
    """Rebuild the projections that `names` mean, one after the other, from the whole log.

    What was dropped is passed over. What an interrupted rebuild left behind is removed by the next
    one. Raises ProjectorFailed, which leaves the old generation in place.
    """
    return [_rebuild(engine, name, on_progress) for name in engine.named(list(names))]


def _rebuild(engine: ProjectionEngine, name: str, on_progress: OnProgress) -> Rebuilt:
    checkpoint = _begin(engine, name)
    while True:
        with engine.database.writing() as connection:
            head = engine.log.head(connection)
            if head - checkpoint.position <= engine.batch_size:
                break  # near enough to finish under the lock
            checkpoint = _advance(engine, connection, checkpoint)
        on_progress(RebuildProgress(name, checkpoint.position, head))
    rebuilt = _finish(engine, checkpoint)
    drop_retired(engine)
    on_progress(RebuildProgress(name, rebuilt.position, rebuilt.position))
    return rebuilt


def _begin(engine: ProjectionEngine, name: str) -> Checkpoint:
    drop_retired(engine)
    with engine.database.writing() as connection:
        active = engine.checkpoints.locked(connection, name).generation
        known = engine.checkpoints.generations(connection, name)
        for unfinished in known:
            if unfinished > active:
                engine.drop_generation(connection, name, unfinished)
        return engine.begin_generation(connection, name, max(known) + 1)


def _advance(
    engine: ProjectionEngine, connection: Connection, checkpoint: Checkpoint
) -> Checkpoint:
    batch = engine.read_batch(connection, checkpoint, engine.batch_size)
    return engine.advance_strictly(connection, checkpoint, batch)


def _finish(engine: ProjectionEngine, checkpoint: Checkpoint) -> Rebuilt:
    name = checkpoint.projection
    with engine.database.writing() as connection:
        head = engine.log.locked_head(connection)
        engine.checkpoints.locked(connection, name)
        while checkpoint.position < head:
            checkpoint = _advance(engine, connection, checkpoint)
        engine.checkpoints.activate(connection, checkpoint, datetime.now(UTC))
    return Rebuilt(name, checkpoint.generation, checkpoint.position)


def drop_retired(engine: ProjectionEngine) -> None:
    """Remove the tables of retired generations, except those that readers may still hold.

    SQLite's readers keep what they saw whatever is removed, so nothing waits there.
    """
    grace = timedelta(0) if engine.database.readers_keep_dropped_tables else RETIREMENT
    with engine.database.reading() as connection:
        retired = engine.checkpoints.retired(connection, datetime.now(UTC) - grace)
    for name, generation in retired:
        try:
            with engine.database.writing(patience=DROP_PATIENCE) as connection:
                engine.drop_generation(connection, name, generation)
        except DatabaseBusy:
            continue  # a long read holds it: the next one removes it
