"""Who carries out imports in the background: a port, and threads of this process behind it."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread
from typing import Protocol
from uuid import UUID

import structlog

from contacts_domain.errors import ContactsError

log = structlog.get_logger("contacts")

CarryOut = Callable[[str, UUID, Callable[[], bool]], object]
"""Carries out an import of an organizer, until it is done or is told to stop."""


class ImportRunner(Protocol):
    """Carries out imports, now or later, here or elsewhere.

    An import that it loses, because a process ended say, stays as far as it came; `resume` hands it
    in again.
    """

    def submit(self, organizer_id: str, import_id: UUID) -> None:
        """Have an import carried out; returns at once."""

    def close(self) -> None:
        """Stop after the units that are under way."""


class ThreadRunner:
    """Carries out one import after the other in a thread of this process."""

    def __init__(self, carry_out: CarryOut) -> None:
        self._carry_out = carry_out
        self._queue: SimpleQueue[tuple[str, UUID] | None] = SimpleQueue()
        self._stopping = Event()
        self._thread: Thread | None = None

    def submit(self, organizer_id: str, import_id: UUID) -> None:
        """Have an import carried out; returns at once."""
        self._queue.put((organizer_id, import_id))
        if self._thread is None:
            self._thread = Thread(target=self._run, name="contacts-imports", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop after the unit that is under way; what waits stays as it is."""
        if self._thread is not None:
            self._stopping.set()
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (work := self._queue.get()) is not None and not self._stopping.is_set():
            organizer_id, import_id = work
            try:
                self._carry_out(organizer_id, import_id, self._stopping.is_set)
            except ContactsError as error:
                log.error("import interrupted", import_id=str(import_id), code=error.code)
            except Exception as error:
                log.error(
                    "import interrupted", import_id=str(import_id), reason=type(error).__name__
                )
