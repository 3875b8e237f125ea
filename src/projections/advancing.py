"""One batch: fold what follows a checkpoint and move it, in the caller's transaction.

Load the touched rows, fold in memory, write what changed, move the checkpoint by compare-and-set.
Inline, catching up, a worker and rebuilds that park all pass through `advance`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from contacts_domain.errors import ProjectorFailed
from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent
from projections.checkpoints import Checkpoint, Checkpoints
from projections.folding import failure_of_folding
from projections.generations import GenerationTables, ReadTables
from projections.parking import QUEUED, Parking

Notice = Callable[[str, RecordedEvent, BaseException], None]
"""Told the projection, the event and the error whenever an event is parked."""


class Batch(NamedTuple):
    """What follows a checkpoint in the log."""

    events: Sequence[RecordedEvent]
    """Without those that the projection passes over for ever."""
    last: int
    """The position that the checkpoint moves to."""


class Advancing:
    """Brings one generation of one projection from one position of the log to a later one."""

    def __init__(
        self, checkpoints: Checkpoints, parking: Parking, tables: ReadTables, on_parked: Notice
    ) -> None:
        self.checkpoints = checkpoints
        self.parking = parking
        self.tables = tables
        self._on_parked = on_parked

    def advance(self, connection: Connection, checkpoint: Checkpoint, batch: Batch) -> Checkpoint:
        """Fold what follows the checkpoint and move it; what cannot be folded is parked."""
        (moved,) = self.advance_all(connection, [(checkpoint, batch)])
        return moved

    def advance_all(
        self, connection: Connection, batches: Sequence[tuple[Checkpoint, Batch]]
    ) -> list[Checkpoint]:
        """The same for several projections, each with what follows its checkpoint."""
        parked = [
            self.fold_or_park(connection, checkpoint, batch.events, held=None)
            for checkpoint, batch in batches
        ]
        moves = [
            (checkpoint, batch.last, checkpoint.parked + count)
            for (checkpoint, batch), count in zip(batches, parked, strict=True)
        ]
        return self.checkpoints.move_all(connection, moves) if moves else []

    def advance_strictly(
        self, connection: Connection, checkpoint: Checkpoint, batch: Batch
    ) -> Checkpoint:
        """As `advance`, but a projector's failure is raised as ProjectorFailed."""
        tables = self.tables.of(checkpoint.projection, checkpoint.generation)
        events = _handled(tables, batch.events)
        error = failure_of_folding(connection, tables, events)
        if error is not None:
            raise _projector_failed(checkpoint, *_culprit(connection, tables, events, error))
        return self.checkpoints.move(connection, checkpoint, batch.last, checkpoint.parked)

    def fold_or_park(
        self,
        connection: Connection,
        checkpoint: Checkpoint,
        events: Sequence[RecordedEvent],
        held: set[UUID] | None,
    ) -> int:
        """Fold what can be folded; how many events had to be parked.

        A batch that fails is bisected to the culprit. Events whose streams are `held` (by default
        those of everything parked) queue, and what they name is held too; `held` grows by them.
        """
        tables = self.tables.of(checkpoint.projection, checkpoint.generation)
        if held is None:
            held = self._held(connection, checkpoint, events)
        parked = 0
        batches = [_handled(tables, events)]
        while batches:
            free, queued = _parted(batches.pop(), held)
            self._park(connection, checkpoint, queued, None)
            parked += len(queued)
            error = failure_of_folding(connection, tables, free) if free else None
            if error is None:
                continue
            if len(free) > 1:  # bisect; the earlier half comes first
                middle = len(free) // 2
                batches += [free[middle:], free[:middle]]
                continue
            self._park(connection, checkpoint, free, error)
            held |= free[0].streams
            parked += 1
        return parked

    def _held(
        self, connection: Connection, checkpoint: Checkpoint, events: Sequence[RecordedEvent]
    ) -> set[UUID]:
        """The streams of these events that must wait because of what is parked."""
        if not checkpoint.parked:
            return set()
        streams = {stream for each in events for stream in each.streams}
        return self.parking.held(connection, checkpoint, streams)

    def _park(
        self,
        connection: Connection,
        checkpoint: Checkpoint,
        events: Sequence[RecordedEvent],
        error: Exception | None,
    ) -> None:
        reason, where = (QUEUED, "") if error is None else (type(error).__name__, _place(error))
        now = datetime.now(UTC)
        self.parking.park(connection, checkpoint, events, reason, where, now)
        if error is not None:
            self._on_parked(checkpoint.projection, events[0], error)


def _handled(tables: GenerationTables, events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    return [each for each in events if tables.projection.handles(each.event)]


def _parted(
    events: Sequence[RecordedEvent], held: set[UUID]
) -> tuple[list[RecordedEvent], list[RecordedEvent]]:
    """What may be folded, and what must queue; the streams of the latter join `held`."""
    if not held:
        return list(events), []
    free: list[RecordedEvent] = []
    queued: list[RecordedEvent] = []
    for event in events:
        if held.isdisjoint(event.streams):
            free.append(event)
        else:
            queued.append(event)
            held |= event.streams
    return free, queued


def _culprit(
    connection: Connection,
    tables: GenerationTables,
    events: Sequence[RecordedEvent],
    error: Exception,
) -> tuple[RecordedEvent, Exception]:
    """Which of the events cannot be folded, found by halving; the caller rolls back."""
    while len(events) > 1:
        half = events[: len(events) // 2]
        found = failure_of_folding(connection, tables, half)
        events, error = (events[len(half) :], error) if found is None else (half, found)
    return events[0], error


def _projector_failed(
    checkpoint: Checkpoint, event: RecordedEvent, error: Exception
) -> ProjectorFailed:
    reason, name = type(error).__name__, EVENT_NAMES[type(event.event)]
    failed = ProjectorFailed(
        f"The projection {checkpoint.projection!r} cannot be rebuilt: it failed on {name} at "
        f"position {event.position} ({reason} in {_place(error)}). The old read tables stay. Mend "
        "the projector, or drop the event where it is parked.",
        projection=checkpoint.projection,
        position=event.position,
        reason=reason,
    )
    failed.__cause__ = _without_values(error)
    return failed


def _without_values(error: Exception) -> Exception:
    """The kind of an error and how it came about: its text, as PostgreSQL's, may quote events."""
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)


def _place(error: Exception) -> str:
    """Where in the code an error was raised, without any values."""
    frames = extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
