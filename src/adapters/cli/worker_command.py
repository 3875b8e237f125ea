"""`contacts projections run`: the worker, as a process that operators start and stop."""

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated
from uuid import uuid4

import structlog
from cyclopts import Parameter

from adapters.address_book import Contacts
from adapters.cli.session import InSession
from adapters.probes import Probes
from adapters.worker import LEASE, Observer, ProjectionWorker
from contacts_domain.errors import InvalidQuery

log = structlog.get_logger("contacts.worker")


def run(
    *,
    probes: str | None = None,
    lease_seconds: float = LEASE.total_seconds(),
    listen: Annotated[bool, Parameter(negative="--no-listen")] = True,
    session: InSession,
) -> None:
    """Follow the events with all projections until SIGTERM or Ctrl-C, which finish the batch.

    One worker leads each projection; others stand by. Logs are JSON lines on standard error.

    Parameters
    ----------
    probes
        HOST:PORT for GET /health and, with the extra `metrics`, GET /metrics.
    lease_seconds
        How long after a leader's last sign of life a standby takes over.
    listen
        Be woken by PostgreSQL; without it, as behind PgBouncer, look once a second.
    """
    if not 1 <= lease_seconds <= 3_600:
        raise InvalidQuery("A lease lasts from 1 to 3,600 seconds.")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with session.open(catch_up=False, follow="worker") as contacts:
        contacts.rebuild_outdated()
        observer, text = _metrics(contacts)
        worker = contacts.worker(
            holder=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
            observer=observer,
            lease=timedelta(seconds=lease_seconds),
            listen=listen,
        )
        serving = nullcontext() if probes is None else Probes(probes, worker.health, text)
        with _stopped_by_signals(worker), serving as server:
            if server is not None:
                log.info("probes are answered", port=server.port)
            worker.run()
    session.output.show({"stopped": True}, list)


def _metrics(contacts: Contacts) -> tuple[Observer, Callable[[], bytes] | None]:
    """What observes the worker, and the text of its metrics if they can be had."""
    if find_spec("prometheus_client") is None:
        return Observer(), None
    from adapters.metrics import Metrics  # only here: the extra need not be installed

    metrics = Metrics(contacts.projection_status, contacts.rebuild_status)
    return metrics, metrics.text


@contextmanager
def _stopped_by_signals(worker: ProjectionWorker) -> Iterator[None]:
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, lambda *_: worker.stop()) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
