"""Workers on threads of the test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep
from typing import Any

from adapters import Contacts
from adapters.worker import ProjectionWorker

PATIENCE_SECONDS = 30


@contextmanager
def a_worker(
    contacts: Contacts, holder: str = "worker", **options: Any
) -> Iterator[ProjectionWorker]:
    """A worker that follows until the end of the `with`."""
    worker = contacts.worker(holder=holder, **options)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as error:  # told to the test below
            failures.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
        if failures:
            raise failures[0]


def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something holds."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it never came true"
        sleep(0.01)
