"""Rebuild: a new generation is filled beside the old one, which goes on being read and written,
catches up, and under the lock reaches the head and becomes the one that readers see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

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


def rebuild(
    engine: ProjectionEngine, names: Iterable[str], on_progress: OnProgress = lambda _: None
) -> list[Rebuilt]:
    """Rebuild the projections that `names` mean, one after the other, from the whole log.

    A projector's failure is raised and leaves the old generation in place; what an interrupted
    rebuild left behind is removed by the next one.
    """
    return [_rebuild(engine, name, on_progress) for name in engine.named(list(names))]


def _rebuild(engine: ProjectionEngine, name: str, on_progress: OnProgress) -> Rebuilt:
    checkpoint = _begin(engine, name)
    while True:
        with engine.database.writing() as connection:
            head = engine.log.head(connection)
            if head - checkpoint.position <= engine.batch_size:
                break  # near enough to finish under the lock
            events = engine.log.read(connection, checkpoint.position, engine.batch_size)
            checkpoint = engine.advance(connection, checkpoint, events, strict=True)
        on_progress(RebuildProgress(name, checkpoint.position, head))
    rebuilt = _finish(engine, checkpoint)
    on_progress(RebuildProgress(name, rebuilt.position, rebuilt.position))
    return rebuilt


def _begin(engine: ProjectionEngine, name: str) -> Checkpoint:
    with engine.database.writing() as connection:
        known = engine.checkpoints.generations(connection, name)
        active = engine.checkpoints.active(connection)[name].generation
        for leftover in known:
            if leftover != active:
                _drop(engine, connection, name, leftover)
        return engine.begin_generation(connection, name, max(known) + 1)


def _finish(engine: ProjectionEngine, checkpoint: Checkpoint) -> Rebuilt:
    name = checkpoint.projection
    with engine.database.writing() as connection:
        head = engine.log.locked_head(connection)
        while checkpoint.position < head:
            events = engine.log.read(connection, checkpoint.position, engine.batch_size)
            checkpoint = engine.advance(connection, checkpoint, events, strict=True)
        old = engine.checkpoints.active(connection)[name]
        engine.checkpoints.activate(connection, checkpoint)
        _drop(engine, connection, name, old.generation)
    return Rebuilt(name, checkpoint.generation, checkpoint.position)


def _drop(engine: ProjectionEngine, connection: Connection, name: str, generation: int) -> None:
    engine.tables.of(name, generation).drop(connection)
    engine.checkpoints.forget(connection, name, generation)
    engine.parking.forget(connection, name, [generation])
