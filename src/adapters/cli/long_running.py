"""A process that operators start and stop: waits for its database, ends well on signals, answers
probes."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any, Protocol

import structlog

from adapters.address_book import Contacts
from adapters.cli.log_lines import all_in_log_lines
from adapters.event_store.waking import Stop
from adapters.probes import Probes
from adapters.process_health import ProcessHealth
from contacts_domain.errors import (
    ContactsError,
    DatabaseBusy,
    DatabaseUnavailable,
    StorageError,
)

FIRST_RETRY_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
"""Between two attempts to open the database."""


class Failures(Protocol):
    """Told of every attempt that failed."""

    def failed(self, reason: str) -> None:
        """Something will be tried again; `reason` is the error's code."""


class Stoppable(Protocol):
    """What a process does, once its database is open."""

    def stop(self) -> None:
        """End it well; may be called from a signal handler."""


class _ToldToStop(BaseException):
    """Ends whatever is done before there is anything to be stopped."""


class LongRunning:
    """One process: also while it waits for its database."""

    def __init__(self, name: str, health: ProcessHealth, observer: Failures) -> None:
        """`name` stands in its log lines."""
        self._log = structlog.get_logger(f"contacts.{name}")
        self._name = name
        self._health = health
        self._observer = observer
        self._doing: Stoppable | None = None
        self._stopping = Stop()

    @contextmanager
    def running(self, probes: str | None, metrics: Callable[[], bytes] | None) -> Iterator[None]:
        """Heed signals, answer probes, and let all that is said be log lines, to the end of the
        `with`; what no patience can mend ends the program with 1."""
        with all_in_log_lines():
            try:
                with self._stopped_by_signals(), self._answering(probes, metrics):
                    yield
            except _ToldToStop:
                self._log.info(f"{self._name} stopped")
            except ContactsError as error:
                self._log.error(f"{self._name} failed", reason=error.code, why=error.message)
                raise SystemExit(1) from None

    def opened(self, open_database: Callable[[], Contacts]) -> Contacts:
        """The address book, as soon as its database answers."""
        pause = FIRST_RETRY_SECONDS
        while not self._stopping.is_set():
            self._health.turned()
            try:
                return open_database()
            except (DatabaseUnavailable, DatabaseBusy) as error:
                self._failed(error)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        raise _ToldToStop

    def stops(self, doing: Stoppable) -> bool:
        """From now on signals stop this; false if one came already."""
        self._doing = doing
        return not self._stopping.is_set()

    def _failed(self, error: StorageError) -> None:
        if self._health.failed(error):
            self._log.warning("waiting for the database", reason=error.code, why=error.message)
        self._observer.failed(error.code)

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
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
        if self._doing is not None:
            self._doing.stop()
        elif is_first:
            raise _ToldToStop

    @contextmanager
    def _answering(
        self, address: str | None, metrics: Callable[[], bytes] | None
    ) -> Iterator[None]:
        """Answer probes there. Raises SettingsError."""
        serving: AbstractContextManager[Probes | None] = nullcontext()
        if address is not None:
            serving = Probes(address, self._health, metrics)
        with serving as server:
            if server is not None:
                self._log.info("probes are answered", port=server.port)
            yield


def can_measure() -> bool:
    """Whether the extra `metrics` is installed."""
    return find_spec("prometheus_client") is not None
