"""Work in a process of its own: nothing lies in its memory but what the work needs."""

import re
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

READY_SECONDS = 120


class Measured(NamedTuple):
    """What a process answers."""

    seconds: float
    peak_mib: float
    """The greatest resident memory of the process."""
    result: Any


@dataclass(frozen=True)
class Ready:
    """A sign that one process gives and another one waits for."""

    file: Path

    def tell(self) -> None:
        """Give it."""
        self.file.touch()

    def wait(self) -> None:
        """Return when it was given. Raises TimeoutError, as when the process ended before."""
        deadline = monotonic() + READY_SECONDS
        while not self.file.exists():
            if monotonic() > deadline:
                raise TimeoutError("a process that is waited for does not say that it is ready")
            sleep(0.01)


def alone(work: Callable[..., tuple[float, Any]], *arguments: Any) -> Measured:
    """Run a function of a module in a new process; it answers its seconds and a result."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_measured, work, arguments).result()


def _measured(work: Callable[..., tuple[float, Any]], arguments: tuple[Any, ...]) -> Measured:
    seconds, result = work(*arguments)
    return Measured(seconds, _peak_mib(), result)


def _peak_mib() -> float:
    """Linux counts the memory of the process that started this one in `ru_maxrss`, not here."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text("utf-8"), re.MULTILINE)
        if found is not None:
            return int(found[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
