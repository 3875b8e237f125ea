"""The projection worker: follows the log with every projection that it leads, stands by for those
that another worker leads, and outlives a database that goes away for a while."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import Connection

from adapters.event_store.waking import Stop, Waking
from contacts_domain.errors import (
    CheckpointMoved,
    CorruptEvent,
    DatabaseBusy,
    DatabaseUnavailable,
    StorageError,
    UnknownEvent,
)
from projections.engine import ProjectionEngine
from projections.garbage import little_garbage_collected
from projections.retiring import drop_abandoned

POLL_SECONDS = 1.0
"""How long a follower waits at most before it looks again."""
LEASE = timedelta(seconds=10)
"""How long after a leader's last sign of life a standby takes over."""
FIRST_RETRY_SECONDS = 0.1
CLEAN_UP_SECONDS = 60.0

log = structlog.get_logger("contacts.worker")


class Observer:
    """Told what a worker does; this one tells nobody, metrics do."""

    def folded(self, projection: str, events: int, seconds: float) -> None:
        """A batch was committed."""

    def failed(self, reason: str) -> None:
        """A round could not be done and will be tried again."""


@dataclass
class WorkerHealth:
    """How a worker is doing, for probes."""

    last_round: datetime | None = None
    """When the database was last reached and everything there was folded, UTC."""
    failing: str | None = None
    """Why the last round failed."""
    leads: dict[str, bool] = field(default_factory=dict)
    """Per projection, whether this worker leads it or stands by."""

    def is_healthy(self, now: datetime, patience: timedelta = 3 * LEASE) -> bool:
        """Whether the worker has been working within `patience`."""
        return self.last_round is not None and now - self.last_round <= patience


class ProjectionWorker:
    """Follows until it is stopped; one thread."""

    def __init__(
        self,
        engine: ProjectionEngine,
        waking: Waking,
        *,
        holder: str,
        observer: Observer | None = None,
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
        self.health = WorkerHealth()

    def stop(self) -> None:
        """End `run` after the batch at hand; may be called from a signal handler."""
        self._stopping.set()
        self._waking.stop()

    def run(self) -> None:
        """Follow until `stop`, then hand over what is led.

        A database that is busy or away is tried again, at least once a second. Raises what no
        patience can mend: CheckpointBeyondLog, UnknownEvent, CorruptEvent.
        """
        log.info("worker started", holder=self._holder)
        pause = FIRST_RETRY_SECONDS
        try:
            while not self._stopping.is_set():
                try:
                    is_ahead = self._round()
                except (DatabaseUnavailable, DatabaseBusy, CheckpointMoved) as error:
                    self._failed(error)
                    self._stopping.wait(pause)
                    pause = min(2 * pause, self._poll_seconds)
                    continue
                pause = FIRST_RETRY_SECONDS
                self._recovered()
                if not is_ahead:
                    self._waking.wait(self._poll_seconds)
        finally:
            self._hand_over()
            self._waking.close()
            log.info("worker stopped", holder=self._holder)

    def _round(self) -> bool:
        """One batch of every projection that is led; whether there may be more at once."""
        led = [name for name in self._engine.projections if self._is_led(name)]
        behind = [] if self._stopping.is_set() else self._engine.behind(led)
        is_ahead = bool(behind) and self._follow(behind)
        self._clean_up()
        return is_ahead

    def _is_led(self, name: str) -> bool:
        """Whether this worker leads, having prolonged the lease in time."""
        renewed = self._renewed.get(name)
        if renewed is not None and monotonic() - renewed < self._lease.total_seconds() / 3:
            return True
        begun = monotonic()
        with self._engine.database.writing() as connection:
            leads = self._leads(connection, name)
        self._note(name, begun if leads else None)
        return leads

    def _follow(self, names: Sequence[str]) -> bool:
        """The next batch; the leases are held to its commit, so that no other worker folds it."""
        begun = monotonic()
        with little_garbage_collected(), self._engine.database.writing() as connection:
            led = {name: self._leads(connection, name) for name in sorted(names)}
            folded = self._engine.follow(connection, [name for name in led if led[name]])
        for name, leads in led.items():
            self._note(name, begun if leads else None)
        for name, events in folded.items():
            self._observer.folded(name, events, monotonic() - begun)
        return bool(folded)

    def _leads(self, connection: Connection, name: str) -> bool:
        """Take or prolong the lease of a projection."""
        return self._engine.leadership.lead(connection, name, self._holder, self._lease)

    def _note(self, name: str, renewed: float | None) -> None:
        leads = renewed is not None
        if self.health.leads.get(name) is not leads:
            log.info("leading" if leads else "standing by", projection=name, holder=self._holder)
        self.health.leads[name] = leads
        if renewed is None:
            self._renewed.pop(name, None)
        else:
            self._renewed[name] = renewed

    def _clean_up(self) -> None:
        if monotonic() - self._cleaned_up > CLEAN_UP_SECONDS:
            self._cleaned_up = monotonic()
            drop_abandoned(self._engine)

    def _failed(self, error: Exception) -> None:
        reason = type(error).__name__
        if self.health.failing != reason:
            log.warning("database out of reach", reason=reason, holder=self._holder)
        self.health.failing = reason
        self._renewed.clear()  # meanwhile another worker may lead
        self._observer.failed(reason)

    def _recovered(self) -> None:
        if self.health.failing is not None:
            log.info("database reached again", holder=self._holder)
        self.health.failing = None
        self.health.last_round = datetime.now(UTC)

    def _hand_over(self) -> None:
        """Give the leases up, at the head of the log if that is near, so that commands that follow
        inline go on from there."""
        for name in self._renewed:
            try:
                self._hand_over_one(name)
            except StorageError as error:
                log.warning("lease left to run out", projection=name, reason=type(error).__name__)

    def _hand_over_one(self, name: str) -> None:
        engine, holder = self._engine, self._holder
        try:
            with engine.database.writing() as connection:
                engine.log.locked_head(connection)
                if self._leads(connection, name):
                    engine.follow(connection, [name])
                    engine.leadership.resign(connection, name, holder)
        except (UnknownEvent, CorruptEvent, CheckpointMoved):
            with engine.database.writing() as connection:
                engine.leadership.resign(connection, name, holder)
