"""What becomes of parked events: folded once their projector is mended, or dropped for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from contacts_domain.errors import ParkedEventNotFound
from projections.checkpoints import Checkpoint
from projections.engine import ProjectionEngine
from projections.parking import ParkedEvent, sequence_of


@dataclass(frozen=True, slots=True)
class Retried:
    """What a retry came to."""

    projection: str
    folded: int
    parked: int
    """How many of the events tried wait again."""


def parked_events(engine: ProjectionEngine, name: str) -> list[ParkedEvent]:
    """What waits in the generation that readers see, by position."""
    with engine.database.reading() as connection:
        return engine.parking.waiting(connection, engine.checkpoints.active(connection)[name])


def parked_event(engine: ProjectionEngine, name: str, position: int) -> ParkedEvent:
    """The parked event at a position. Raises ParkedEventNotFound."""
    return _at(parked_events(engine, name), name, position)


def retry(engine: ProjectionEngine, name: str, position: int | None = None) -> Retried:
    """Fold parked events in their order: all of them, or those that hang together with one.

    One transaction; what fails again is parked again. Raises ParkedEventNotFound, and
    OutdatedDatabase or NewerDatabase for read tables of another version of the library.
    """
    with engine.database.writing() as connection:
        checkpoint = engine.checkpoints.locked(connection, name)
        engine.refuse_other_version(checkpoint)
        waiting = engine.parking.waiting(connection, checkpoint)
        if position is None:
            return _retry(engine, connection, checkpoint, waiting)
        _at(waiting, name, position)
        return _retry(engine, connection, checkpoint, sequence_of(waiting, position))


def drop(engine: ProjectionEngine, name: str, position: int, dropped_by: str) -> Retried:
    """Pass over a parked event for ever, also in rebuilds, and retry what waited behind it.

    A rebuild that is under way begins anew.
    In read tables of another version of the library, which wait to be rebuilt, nothing is retried.
    Raises ParkedEventNotFound.
    """
    with engine.database.writing() as connection:
        checkpoint = engine.checkpoints.locked(connection, name)
        waiting = engine.parking.waiting(connection, checkpoint)
        dropped = _at(waiting, name, position)
        now = datetime.now(UTC)
        engine.checkpoints.abandon(connection, name, now)  # it may have folded the event
        engine.parking.drop(connection, dropped, dropped_by, now)
        engine.parking.release(connection, checkpoint, [position])
        checkpoint = engine.checkpoints.move(
            connection, checkpoint, checkpoint.position, checkpoint.parked - 1
        )
        behind = [each for each in sequence_of(waiting, position) if each is not dropped]
        if engine.is_outdated(checkpoint):
            return Retried(name, 0, len(behind))
        return _retry(engine, connection, checkpoint, behind)


def _at(waiting: Sequence[ParkedEvent], name: str, position: int) -> ParkedEvent:
    for each in waiting:
        if each.position == position:
            return each
    raise ParkedEventNotFound(name, position)


def _retry(
    engine: ProjectionEngine,
    connection: Connection,
    checkpoint: Checkpoint,
    chosen: Sequence[ParkedEvent],
) -> Retried:
    """Fold `chosen`, which hang together with nothing else that waits."""
    parked = 0
    held: set[UUID] = set()
    for start in range(0, len(chosen), engine.batch_size):
        positions = [each.position for each in chosen[start : start + engine.batch_size]]
        engine.parking.release(connection, checkpoint, positions)
        events = engine.log.read_at(connection, positions)
        parked += engine.advancing.fold_or_park(connection, checkpoint, events, held)
    folded = len(chosen) - parked
    engine.checkpoints.move(connection, checkpoint, checkpoint.position, checkpoint.parked - folded)
    return Retried(checkpoint.projection, folded, parked)
