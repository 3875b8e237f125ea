"""`contacts projections run`: the worker, as a process that operators start and stop."""

import os
import socket
from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import uuid4

from cyclopts import Parameter

from adapters.address_book import Contacts
from adapters.cli.long_running import LongRunning, can_measure
from adapters.cli.session import InSession
from adapters.worker import LEASE, Observer
from adapters.worker_health import WorkerHealth
from contacts_domain.errors import DatabaseUnavailable, InvalidQuery


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
    health, reached, observer, metrics = WorkerHealth(), _Reached(), Observer(), None
    if can_measure():
        from adapters.metrics import Metrics  # only here: the extra need not be installed

        observer = measured = Metrics(
            lambda: reached.contacts().projection_status(),
            lambda: reached.contacts().rebuild_status(),
        )
        metrics = measured.text
    process = LongRunning("worker", health, observer)
    with process.running(probes, metrics):
        lease = _lease(lease_seconds)
        opening = partial(session.open, catch_up=False, follow="worker")
        with process.opened(opening) as contacts:
            reached.opened = contacts
            worker = contacts.worker(
                holder=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
                observer=observer,
                health=health,
                lease=lease,
                listen=listen,
            )
            if process.stops(worker):
                worker.run()
    session.output.show({"stopped": True}, list)


class _Reached:
    """The address book that metrics ask, once its database was reached."""

    opened: Contacts | None = None

    def contacts(self) -> Contacts:
        if self.opened is None:
            raise DatabaseUnavailable("The worker has not reached its database yet.")
        return self.opened


def _lease(seconds: float) -> timedelta:
    if not 1 <= seconds <= 3_600:
        raise InvalidQuery("A lease lasts from 1 to 3,600 seconds.")
    return timedelta(seconds=seconds)
