"""Before a worker follows: what another version of the library made is rebuilt, by this process or
by another that is at it already."""

from collections.abc import Callable
from time import monotonic

import structlog

from adapters.event_store.waking import Stop
from adapters.worker_health import Rebuilding, WorkerHealth
from projections.engine import ProjectionEngine
from projections.rebuilding import REBUILD_POLL_SECONDS, RebuildProgress, rebuild_outdated

PROGRESS_LOG_SECONDS = 30.0

log = structlog.get_logger("contacts.worker")


class UpgradeRebuild:
    """Rebuilds, tells how far it has come, and can be stopped between two batches."""

    def __init__(
        self,
        engine: ProjectionEngine,
        health: WorkerHealth,
        stopping: Stop,
        on_turn: Callable[[], None],
    ) -> None:
        """`on_turn` is called after every batch and every wait; what it raises ends the rebuild."""
        self._engine = engine
        self._health = health
        self._stopping = stopping
        self._on_turn = on_turn
        self._told: list[str] = []
        self._logged = monotonic()

    def run(self) -> None:
        """Return when nothing is outdated. Raises what `projections.rebuilding.rebuild` does."""
        outdated = self._engine.outdated()
        if not outdated:
            return
        self._tell_once("rebuilding what another version made", outdated)
        self._health.rebuilding = Rebuilding(outdated[0])
        try:
            for rebuilt in rebuild_outdated(self._engine, self._on_progress, self._wait):
                log.info("rebuilt", projection=rebuilt.projection, position=rebuilt.position)
        finally:
            self._health.rebuilding = None

    def _on_progress(self, progress: RebuildProgress) -> None:
        self._health.rebuilding = Rebuilding(progress.projection, progress.done, progress.total)
        if monotonic() - self._logged > PROGRESS_LOG_SECONDS:
            self._logged = monotonic()
            log.info(
                "rebuilding",
                projection=progress.projection,
                done=progress.done,
                total=progress.total,
            )
        self._on_turn()

    def _wait(self, name: str) -> None:
        """Another process rebuilds this projection."""
        self._tell_once("waiting for another's rebuild", [name])
        self._health.rebuilding = self._of_another(name)
        self._stopping.wait(REBUILD_POLL_SECONDS)
        self._on_turn()

    def _of_another(self, name: str) -> Rebuilding:
        with self._engine.database.reading() as connection:
            building = self._engine.checkpoints.being_built(connection)
            head = self._engine.log.head(connection)
        done = max((each.position for each in building if each.projection == name), default=0)
        return Rebuilding(name, done, head, by_another=True)

    def _tell_once(self, event: str, projections: list[str]) -> None:
        """Not again for every attempt while the database goes away and comes back."""
        told = [event, *projections]
        if told != self._told:
            self._told = told
            log.info(event, projections=projections)
