"""Rebuild: a new generation is filled beside the old one, which goes on being read and written,
catches up, and under the lock reaches the head and becomes the one that readers see.

Several projections are rebuilt in one pass over the log. A pass that was interrupted goes on from
where it was.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from contacts_domain.errors import (
    ContactsError,
    ProjectorFailed,
    RebuildCancelled,
    RebuildUnderWay,
)
from contacts_domain.garbage import little_garbage_collected
from projections.construction import Construction, Stretch
from projections.engine import ProjectionEngine
from projections.pacing import Pace
from projections.rebuild_leases import Flight, lease_name, taken
from projections.retiring import drop_if_unused

REBUILD_POLL_SECONDS = 0.2
COLLECT_EVERY = 20
"""Batches between two collections of cyclic garbage."""


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild has come."""

    projection: str
    done: int
    total: int
    """Events in the log when this was reported."""
    rate: float = 0.0
    """Events per second since this process began."""

    @property
    def eta(self) -> timedelta | None:
        """How long the rest will take at this rate; None if there is no telling."""
        return timedelta(seconds=(self.total - self.done) / self.rate) if self.rate else None


OnProgress = Callable[[RebuildProgress], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A projection after its rebuild."""

    projection: str
    generation: int
    position: int


@dataclass(frozen=True, slots=True)
class CancelledRebuild:
    """A rebuild that will not come to its end; what it had made is gone."""

    projection: str
    generation: int
    position: int


def rebuild(
    engine: ProjectionEngine, names: Iterable[str], on_progress: OnProgress = lambda _: None
) -> list[Rebuilt]:
    """Rebuild the projections that `names` mean from the whole log, which is read once.

    What was dropped is passed over. A rebuild that was interrupted is gone on with. The generation
    before stays until `drop_old`, or until the projection is rebuilt again. Where one projection
    fails or is cancelled the others are finished before the error is raised.

    Raises ProjectorFailed and RebuildCancelled, which leave the old generation in place, and
    RebuildUnderWay if another process is at it.
    """
    with taken(engine, engine.named([*names])) as flights, little_garbage_collected():
        return _Pass(engine, flights, on_progress, parks=False).run()


def rebuild_outdated(
    engine: ProjectionEngine,
    on_progress: OnProgress = lambda _: None,
    wait: Callable[[str], None] = lambda _: sleep(REBUILD_POLL_SECONDS),
) -> list[Rebuilt]:
    """Rebuild the projections that another version of the library made, as `rebuild` does.

    What cannot be folded is parked: one event never keeps an address book from being opened. Where
    another process is at it, wait for what it comes to: `wait` is told the projection, and returns
    when to look again. What it or `on_progress` raises ends the rebuild.
    """
    rebuilt: list[Rebuilt] = []
    while outdated := engine.outdated():
        try:
            with taken(engine, outdated) as flights, little_garbage_collected():
                if outdated == engine.outdated():  # nobody was faster
                    rebuilt += _Pass(engine, flights, on_progress, parks=True).run()
        except RebuildUnderWay as error:
            wait(error.details["projection"])
    return rebuilt


def cancel(engine: ProjectionEngine, names: Iterable[str]) -> list[CancelledRebuild]:
    """End the rebuilds of these projections, in whatever process they run.

    One that is under way raises RebuildCancelled at its next batch; what an interrupted one left
    is removed.
    """
    cancelled = []
    for name in engine.named([*names]):
        with engine.database.writing() as connection:
            building = engine.checkpoints.being_built(connection)
            given_up = engine.checkpoints.abandon(connection, name, datetime.now(UTC))
            engine.leadership.withdraw(connection, lease_name(name))
        for each in building:
            if each.projection == name and each.generation in given_up:
                drop_if_unused(engine, name, each.generation)
                cancelled.append(CancelledRebuild(name, each.generation, each.position))
    return cancelled


class _Pass:
    """One pass over the log, for all projections that are rebuilt."""

    def __init__(
        self,
        engine: ProjectionEngine,
        flights: Sequence[Flight],
        on_progress: OnProgress,
        *,
        parks: bool,
    ) -> None:
        is_shared = not engine.database.loads_in_bulk
        self._engine = engine
        self._pace = Pace(engine.rebuild_batch_size, adapts=is_shared)
        self._building = [
            Construction(engine, flight, self._pace, parks=parks) for flight in flights
        ]
        self._report = _Reports(self._building, on_progress)
        self._rebuilt: list[Rebuilt] = []
        self._errors: list[ContactsError] = []

    def run(self) -> list[Rebuilt]:
        """Go on until nothing is left to be built."""
        batches = 0
        while self._building:
            batches += 1
            if batches % COLLECT_EVERY == 0:
                gc.collect(0)
            head = self._head()
            near = [each for each in self._building if head - each.position <= self._pace.near]
            if near:
                with self._ending(near[0]):
                    self._end(near[0])
            else:
                self._fold(head)
        if self._errors:
            raise self._errors[0]
        return self._rebuilt

    def _head(self) -> int:
        with self._engine.database.reading() as connection:
            return self._engine.log.head(connection)

    def _fold(self, head: int) -> None:
        """The next stretch, for the projections that have not come so far."""
        after = min(each.position for each in self._building)
        with self._engine.database.reading() as connection:
            events = self._engine.log.read(connection, after, self._pace.size)
        stretch = Stretch(events, events[-1].position)
        longest = 0.0
        for each in [each for each in self._building if after <= each.position < stretch.last]:
            with self._ending(each):
                longest = max(longest, each.fold(stretch))
                self._report.folded(each, head)
        self._pace.note(len(events), longest)

    def _end(self, near: Construction) -> None:
        if not near.is_indexed:
            near.build_indexes()
        elif near.finish():
            self._building.remove(near)
            self._rebuilt.append(Rebuilt(near.name, near.generation, near.position))
            self._report.folded(near, near.position)

    @contextmanager
    def _ending(self, one: Construction) -> Iterator[None]:
        """What ends the rebuild of one projection is raised when the others are done."""
        try:
            yield
        except (ProjectorFailed, RebuildCancelled) as error:
            self._building.remove(one)
            self._errors.append(error)


class _Reports:
    """Tells how far each projection has come, and how fast."""

    def __init__(self, building: Iterable[Construction], on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._begun = monotonic()
        self._first = {each.name: each.position for each in building}

    def folded(self, one: Construction, total: int) -> None:
        """A construction went on."""
        done = one.position
        seconds = max(monotonic() - self._begun, 1e-6)
        rate = max(0.0, (done - self._first[one.name]) / seconds)
        self._on_progress(RebuildProgress(one.name, done, max(done, total), rate))
