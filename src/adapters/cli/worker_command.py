"""`contacts projections run`: the worker, as a process that operators start and stop."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated, Any
from uuid import uuid4

import structlog
from cyclopts import Parameter

from adapters.address_book import Contacts
from adapters.cli.log_lines import all_in_log_lines
from adapters.cli.session import InSession, Session
from adapters.event_store.waking import Stop
from adapters.probes import Probes
from adapters.worker import FIRST_RETRY_SECONDS, LEASE, Observer, ProjectionWorker
from adapters.worker_health import WorkerHealth
from contacts_domain.errors import (
    ContactsError,
    DatabaseBusy,
    DatabaseUnavailable,
    InvalidQuery,
    StorageError,
)

LONGEST_PAUSE_SECONDS = 5.0
"""Between two attempts to open the database."""

log = structlog.get_logger("contacts.worker")


def run(
    *,
    probes: str | None = None,
    lease_seconds: float = LEASE.total_seconds(),
    listen: Annotated[bool, Parameter(negative="--no-listen")] = True,
    session: InSession,
) -> None:
    """Follow the events with all projections until SIGTERM, SIGHUP or Ctrl-C, which finish the
    batch.

    One worker leads each projection; others stand by. A database that is away is waited for. Logs
    are JSON lines on standard error.

    Parameters
    ----------
    probes
        HOST:PORT for GET /health, /ready and, with the extra `metrics`, /metrics.
    lease_seconds
        How long after a leader's last sign of life a standby takes over.
    listen
        Be woken by PostgreSQL; without it, as behind PgBouncer, look once a second.
    """
    with all_in_log_lines():
        try:
            _check(lease_seconds)
            process = _WorkerProcess(session, timedelta(seconds=lease_seconds), listen=listen)
            with process.stopped_by_signals(), process.answering(probes):
                process.run()
        except _ToldToStop:
            log.info("worker stopped")
        except ContactsError as error:
            log.error("worker failed", reason=error.code, why=error.message)
            raise SystemExit(1) from None
    session.output.show({"stopped": True}, list)


def _check(lease_seconds: float) -> None:
    if not 1 <= lease_seconds <= 3_600:
        raise InvalidQuery("A lease lasts from 1 to 3,600 seconds.")


class _ToldToStop(BaseException):
    """Ends whatever is done before there is a worker to be stopped."""


class _WorkerProcess:
    """A worker from its start on: also while it waits for its database."""

    def __init__(self, session: Session, lease: timedelta, *, listen: bool) -> None:
        self._session = session
        self._lease = lease
        self._listen = listen
        self._health = WorkerHealth()
        self._contacts: Contacts | None = None
        self._worker: ProjectionWorker | None = None
        self._stopping = Stop()
        self._observer, self._metrics = self._measured()

    def run(self) -> None:
        """Wait for the database, then work until told to stop."""
        with self._opened() as contacts:
            self._contacts = contacts
            worker = contacts.worker(
                holder=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
                observer=self._observer,
                health=self._health,
                lease=self._lease,
                listen=self._listen,
            )
            self._worker = worker
            if not self._stopping.is_set():
                worker.run()

    def _opened(self) -> Contacts:
        """The address book, as soon as its database answers."""
        pause = FIRST_RETRY_SECONDS
        while not self._stopping.is_set():
            self._health.turned()
            try:
                return self._session.open(catch_up=False, follow="worker")
            except (DatabaseUnavailable, DatabaseBusy) as error:
                self._failed(error)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        raise _ToldToStop

    def _failed(self, error: StorageError) -> None:
        if self._health.failed(error):
            log.warning("waiting for the database", reason=error.code, why=error.message)
        self._observer.failed(error.code)

    # --- signals -------------------------------------------------------------------------------

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGTERM, Ctrl-C and, unless it was started with `nohup`, the end of its terminal."""
        signals = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signals.append(signal.SIGHUP)
        before = [signal.signal(each, self._stop) for each in signals]
        try:
            yield
        finally:
            for each, handler in zip(signals, before, strict=True):
                signal.signal(each, handler)

    def _stop(self, *_signal: Any) -> None:
        is_first = not self._stopping.is_set()
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()
        elif is_first:
            raise _ToldToStop

    # --- probes --------------------------------------------------------------------------------

    @contextmanager
    def answering(self, address: str | None) -> Iterator[None]:
        """Answer probes there until the end of the `with`. Raises SettingsError."""
        serving: AbstractContextManager[Probes | None] = nullcontext()
        if address is not None:
            serving = Probes(address, self._health, self._metrics)
        with serving as server:
            if server is not None:
                log.info("probes are answered", port=server.port)
            yield

    def _measured(self) -> tuple[Observer, Callable[[], bytes] | None]:
        """What observes the worker, and the text of its metrics if they can be had."""
        if find_spec("prometheus_client") is None:
            return Observer(), None
        from adapters.metrics import Metrics  # only here: the extra need not be installed

        metrics = Metrics(
            lambda: self._reached().projection_status(), lambda: self._reached().rebuild_status()
        )
        return metrics, metrics.text

    def _reached(self) -> Contacts:
        if self._contacts is None:
            raise DatabaseUnavailable("The worker has not reached its database yet.")
        return self._contacts
