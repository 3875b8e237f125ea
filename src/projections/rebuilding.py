"""Rebuild: a new generation is filled beside the old one, which goes on being read and written,
catches up, and under the lock reaches the head and becomes the one that readers see."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Self
from uuid import uuid4

from sqlalchemy import Connection

from contacts_domain.errors import (
    DatabaseBusy,
    DatabaseUnavailable,
    RebuildUnderWay,
    StorageError,
)
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
REBUILD_LEASE = timedelta(seconds=30)
"""How long after a rebuild's last batch another may begin."""
REBUILD_POLL_SECONDS = 0.2
RETIREMENT = timedelta(minutes=1)
"""How long the tables of a retired generation stay for readers that have just looked them up."""


def rebuild(
    engine: ProjectionEngine, names: Iterable[str], on_progress: OnProgress = lambda _: None
) -> list[Rebuilt]:
    """Rebuild the projections that `names` mean, one after the other, from the whole log.

    What was dropped is passed over. What an interrupted rebuild left behind is removed by the next
    one. Raises ProjectorFailed, which leaves the old generation in place, and RebuildUnderWay if
    another process is at it.
    """
    rebuilt = []
    for name in engine.named(list(names)):
        with _Flight(engine, name) as flight:
            rebuilt.append(_rebuild(engine, flight, on_progress))
    return rebuilt


def rebuild_outdated(engine: ProjectionEngine) -> list[Rebuilt]:
    """Rebuild the projections that another version of the library made, as `rebuild` does.

    Where another process is at it, wait for what it comes to.
    """
    rebuilt = []
    while outdated := engine.outdated():
        name = outdated[0]
        try:
            with _Flight(engine, name) as flight:
                if name in engine.outdated():  # nobody was faster
                    rebuilt.append(_rebuild(engine, flight, lambda _: None))
        except RebuildUnderWay:
            sleep(REBUILD_POLL_SECONDS)
    return rebuilt


def _rebuild(engine: ProjectionEngine, flight: "_Flight", on_progress: OnProgress) -> Rebuilt:
    drop_retired(engine)
    checkpoint = _begin(engine, flight.name)
    while True:
        with engine.database.writing() as connection:
            flight.go_on(connection)
            head = engine.log.head(connection)
            if head - checkpoint.position <= engine.batch_size:
                break  # near enough to finish under the lock
            checkpoint = _advance(engine, connection, checkpoint)
        on_progress(RebuildProgress(flight.name, checkpoint.position, head))
    rebuilt = _finish(engine, checkpoint)
    drop_retired(engine)
    on_progress(RebuildProgress(flight.name, rebuilt.position, rebuilt.position))
    return rebuilt


class _Flight:
    """The lease of one rebuild, so that no other process rebuilds the same projection."""

    def __init__(self, engine: ProjectionEngine, name: str) -> None:
        self._engine = engine
        self._lease_name = f"rebuild of {name}"
        self._holder = uuid4().hex
        self.name = name

    def go_on(self, connection: Connection) -> None:
        """Take or prolong the lease. Raises RebuildUnderWay."""
        leadership = self._engine.leadership
        if not leadership.lead(connection, self._lease_name, self._holder, REBUILD_LEASE):
            raise RebuildUnderWay(
                f"Another process rebuilds the projection {self.name!r}; let it finish. If it "
                f"died, try again after {REBUILD_LEASE.total_seconds():.0f} seconds.",
                projection=self.name,
            )

    def __enter__(self) -> Self:
        try:
            with self._engine.database.writing() as connection:
                self.go_on(connection)
        except StorageError:
            self._resign()  # nobody knows whether it was taken
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._resign()

    def _resign(self) -> None:
        with suppress(StorageError), self._engine.database.writing() as connection:  # it runs out
            self._engine.leadership.resign(connection, self._lease_name, self._holder)


def _begin(engine: ProjectionEngine, name: str) -> Checkpoint:
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
        except (DatabaseBusy, DatabaseUnavailable):
            continue  # a long read holds it, or it is not ours to remove: left to the next one
