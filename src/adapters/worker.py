"""The projection worker: follows the log with every projection that it leads, stands by for those
that another worker leads, and outlives a database that goes away for a while."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from time import monotonic

import structlog
from sqlalchemy import Connection

from adapters.event_store.waking import Stop, Waking
from adapters.upgrade_rebuild import UpgradeRebuild
from adapters.worker_health import WorkerHealth
from contacts_domain.errors import (
    CheckpointMoved,
    ContactsError,
    DatabaseBusy,
    DatabaseUnavailable,
    StorageError,
    UnwritableDatabase,
)
from contacts_domain.garbage import little_garbage_collected
from projections.engine import ProjectionEngine
from projections.retiring import drop_abandoned

POLL_SECONDS = 1.0
"""How long a follower waits at most before it looks again."""
LEASE = timedelta(seconds=10)
"""How long after a leader's last sign of life a standby takes over."""
FIRST_RETRY_SECONDS = 0.1
CLEAN_UP_SECONDS = 60.0
ROUND_PATIENCE = timedelta(seconds=5)
"""How long a round waits for the locks of others before it is tried again."""
LAST_ROUNDS_SECONDS = 3.0
"""How long a worker that ends goes on folding to come to the head."""
HAND_OVER_PATIENCE = timedelta(seconds=1)
"""How long it then waits for the locks of others, once to fold and once to resign."""
TRIED_AGAIN = (DatabaseUnavailable, DatabaseBusy, CheckpointMoved, UnwritableDatabase)

log = structlog.get_logger("contacts.worker")


class Observer:
    """Told what a worker does; this one tells nobody, metrics do."""

    def folded(self, projection: str, events: int, seconds: float) -> None:
        """A batch was committed."""

    def failed(self, reason: str) -> None:
        """A round could not be done and will be tried again; `reason` is the error's code."""


class _Stopped(Exception):
    """Ends a rebuild after a batch."""


class ProjectionWorker:
    """Follows until it is stopped; one thread."""

    def __init__(
        self,
        engine: ProjectionEngine,
        waking: Waking,
        *,
        holder: str,
        observer: Observer | None = None,
        health: WorkerHealth | None = None,
        lease: timedelta = LEASE,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        """`holder` names this worker among all others of the database."""
        self._engine = engine
        self._waking = waking
        self._holder = holder
        self._observer = observer or Observer()
        self._lease = lease
        self._poll_seconds = poll_seconds
        self._stopping = Stop()
        self._renewed: dict[str, float] = {}
        self._cleaned_up = monotonic()
        self.health = health or WorkerHealth()
        self._upgrade = UpgradeRebuild(engine, self.health, self._stopping, self._turn)

    def stop(self) -> None:
        """End `run` after the batch at hand; may be called from a signal handler."""
        self._stopping.set()
        self._waking.stop()

    def run(self) -> None:
        """Rebuild what another version made, follow until `stop`, then hand over what is led.

        A database that is busy, full or away is tried again, at least once a second. Raises what
        no patience can mend: CheckpointBeyondLog, UnknownEvent, CorruptEvent, CorruptDatabase,
        NewerDatabase, and RebuildCancelled.
        """
        log.info("worker started", holder=self._holder)
        try:
            self._follow()
        except _Stopped:
            pass
        except ContactsError as error:
            self.health.failed(error)
            raise
        finally:
            self._hand_over()
            self._waking.close()
            log.info("worker stopped", holder=self._holder)

    def _follow(self) -> None:
        pause, is_current = FIRST_RETRY_SECONDS, False
        while not self._stopping.is_set():
            self.health.turned()
            try:
                if not is_current:
                    self._upgrade.run()
                    is_current = True
                is_ahead = self._round()
            except TRIED_AGAIN as error:
                self._failed(error)
                self._stopping.wait(pause)
                pause = min(2 * pause, self._poll_seconds)
                continue
            pause = FIRST_RETRY_SECONDS
            self._recovered()
            if not is_ahead:
                self._waking.wait(self._poll_seconds)

    def _turn(self) -> None:
        """After every batch of a rebuild."""
        self.health.turned()
        self._recovered()
        if self._stopping.is_set():
            raise _Stopped

    # --- one round -----------------------------------------------------------------------------

    def _round(self) -> bool:
        """One batch of every projection that is led; whether there may be more at once."""
        self._lead()
        behind = [] if self._stopping.is_set() else self._engine.behind([*self._renewed])
        folded = self._fold(behind, ROUND_PATIENCE) if behind else {}
        if self._is_near_head(behind, folded):
            self.health.arrived()
        self._clean_up()
        return bool(folded)

    def _lead(self) -> None:
        """Take what leases can be had, at once, so that workers that start together do not share
        them; prolong in time those that are held."""
        begun = monotonic()
        due_before = begun - self._lease.total_seconds() / 3
        never = float("-inf")
        names = [
            name
            for name in self._engine.projections
            if self._renewed.get(name, never) <= due_before
        ]
        if names:
            with self._engine.database.writing(ROUND_PATIENCE) as connection:
                led = self._led(connection, names)
            self._note(led, begun)

    def _fold(self, names: Sequence[str], patience: timedelta) -> dict[str, int]:
        """The next batch; by how many positions each projection that is led moved.

        The leases are held to its commit, so that no other worker folds it.
        """
        begun = monotonic()
        with little_garbage_collected(), self._engine.database.writing(patience) as connection:
            led = self._led(connection, names)
            folded = self._engine.follow(connection, [name for name in led if led[name]])
        self._note(led, begun)
        for name, events in folded.items():
            self._observer.folded(name, events, monotonic() - begun)
        return folded

    def _is_near_head(self, behind: Sequence[str], folded: dict[str, int]) -> bool:
        """Whether a batch that was not full has brought everything that was behind forward."""
        return folded.keys() == set(behind) and all(
            events < self._engine.batch_size for events in folded.values()
        )

    def _led(self, connection: Connection, names: Iterable[str]) -> dict[str, bool]:
        """Take or prolong the leases of projections; which of them are held now."""
        lead, holder, lease = self._engine.leadership.lead, self._holder, self._lease
        return {name: lead(connection, name, holder, lease) for name in sorted(names)}

    def _note(self, led: Mapping[str, bool], renewed: float) -> None:
        for name, leads in led.items():
            if self.health.leads.get(name) is not leads:
                told = "leading" if leads else "standing by"
                log.info(told, projection=name, holder=self._holder)
            self.health.leads[name] = leads
            if leads:
                self._renewed[name] = renewed
            else:
                self._renewed.pop(name, None)

    def _clean_up(self) -> None:
        if monotonic() - self._cleaned_up > CLEAN_UP_SECONDS:
            self._cleaned_up = monotonic()
            drop_abandoned(self._engine)

    def _failed(self, error: ContactsError) -> None:
        if self.health.failed(error):
            self._log_failure("database out of reach", error)
        self._renewed.clear()  # meanwhile another worker may lead
        self._observer.failed(error.code)

    def _recovered(self) -> None:
        if self.health.recovered():
            log.info("database reached again", holder=self._holder)

    # --- the end -------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        """Give the leases up, at the head of the log if that can be had within seconds, so that
        commands that follow inline go on from there."""
        if not self._renewed:
            return
        try:
            self._resign(at_head=self._approach_head())
        except DatabaseUnavailable as error:
            self._log_failure("leases left to run out", error)
        except ContactsError as error:
            self._log_failure("handed over behind the head", error)
            self._resign_or_leave()

    def _approach_head(self) -> bool:
        """Go on folding without the log's lock; whether the head is near now."""
        deadline = monotonic() + LAST_ROUNDS_SECONDS
        while monotonic() < deadline:
            behind = self._engine.behind([*self._renewed])
            folded = self._fold(behind, HAND_OVER_PATIENCE) if behind else {}
            if self._is_near_head(behind, folded):
                return True
        return False

    def _resign(self, *, at_head: bool) -> None:
        """Give the leases up; `at_head` folds what is left before, while nobody writes."""
        engine, names = self._engine, sorted(self._renewed)
        with engine.database.writing(HAND_OVER_PATIENCE) as connection:
            if at_head:
                engine.log.locked_head(connection)
                led = self._led(connection, names)
                engine.follow(connection, [name for name in names if led[name]])
            for name in names:
                engine.leadership.resign(connection, name, self._holder)

    def _resign_or_leave(self) -> None:
        try:
            self._resign(at_head=False)
        except StorageError as error:
            self._log_failure("leases left to run out", error)

    def _log_failure(self, event: str, error: ContactsError) -> None:
        log.warning(event, reason=error.code, why=error.message, holder=self._holder)
