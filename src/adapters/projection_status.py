"""How far the projections have come behind the log, for operators."""

from dataclasses import dataclass, replace
from datetime import datetime

from adapters.event_store.log import SqlEventLog
from contacts_domain.errors import ContactsError
from projections.checkpoints import Checkpoint
from projections.engine import ProjectionEngine, refuse_beyond_log
from projections.rebuild_leases import lease_name


@dataclass(frozen=True)
class ProjectionStatus:
    """The state of the generation that readers see."""

    projection: str
    generation: int
    position: int
    head: int
    lag_events: int
    lag_seconds: float
    """Since the oldest event that is still to be folded was recorded; 0 at the head."""
    parked: int
    leader: str | None = None
    """Which worker leads it; None where commands follow inline."""
    problem: str | None = None
    """The code of the error that keeps it from being followed: `checkpoint_beyond_log`, or
    `outdated_database` or `newer_database` where another version of the library made it."""


@dataclass(frozen=True)
class RebuildStatus:
    """A rebuild that is under way, or was left half-way."""

    projection: str
    generation: int
    position: int
    head: int
    is_running: bool = True
    """False for one that was interrupted, until it is gone on with."""

    @property
    def progress(self) -> float:
        """How much of the log it has folded, 0 to 1."""
        return self.position / self.head if self.head else 1.0


def rebuild_status(engine: ProjectionEngine, log: SqlEventLog) -> list[RebuildStatus]:
    """The generations that are being filled."""
    with engine.database.reading() as connection:
        head = log.head(connection)
        return [
            RebuildStatus(
                each.projection,
                each.generation,
                each.position,
                head,
                engine.leadership.is_held(connection, lease_name(each.projection)),
            )
            for each in engine.checkpoints.being_built(connection)
        ]


def projection_status(
    engine: ProjectionEngine, log: SqlEventLog, now: datetime
) -> list[ProjectionStatus]:
    """The status of every projection, by name."""
    with engine.database.reading() as connection:
        head = log.head(connection)
        leaders = engine.leadership.leaders(connection)
        statuses = []
        for name, checkpoint in sorted(engine.checkpoints.active(connection).items()):
            waiting_since = log.recorded_at(connection, checkpoint.position + 1)
            status = _status(checkpoint, head, waiting_since, now)
            problem = _problem(engine, checkpoint, head)
            statuses.append(replace(status, leader=leaders.get(name), problem=problem))
        return statuses


def _problem(engine: ProjectionEngine, checkpoint: Checkpoint, head: int) -> str | None:
    if checkpoint.projection not in engine.projections:
        return None  # of a program that has one more
    try:
        engine.refuse_other_version(checkpoint)
        refuse_beyond_log(checkpoint, head)
    except ContactsError as error:
        return error.code
    return None


def _status(
    checkpoint: Checkpoint, head: int, waiting_since: datetime | None, now: datetime
) -> ProjectionStatus:
    seconds = 0.0 if waiting_since is None else (now - waiting_since).total_seconds()
    return ProjectionStatus(
        projection=checkpoint.projection,
        generation=checkpoint.generation,
        position=checkpoint.position,
        head=head,
        lag_events=max(0, head - checkpoint.position),
        lag_seconds=round(max(0.0, seconds), 3),
        parked=checkpoint.parked,
    )
