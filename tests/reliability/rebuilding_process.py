"""A rebuild in a process of its own, in small batches and with a lease that runs out soon; it says
how far it is, line by line, for somebody to kill it.

Usage: python -m tests.reliability.rebuilding_process DATABASE BATCH
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import sleep

from adapters import open_contacts
from contacts_domain.errors import DatabaseBusy, RebuildCancelled, RebuildUnderWay
from projections import rebuild_leases
from projections.rebuilding import RebuildProgress

ROOT = Path(__file__).parents[2]
LEASE = timedelta(seconds=0.5)
CANCELLED = 3


def main(database: str, batch: int) -> int:
    """Rebuild all, as soon as nobody else does."""
    rebuild_leases.REBUILD_LEASE = LEASE
    with open_contacts(database, catch_up=False) as contacts:
        contacts.engine.rebuild_batch_size = batch
        while True:
            try:
                contacts.rebuild(on_progress=tell)
            except (RebuildUnderWay, DatabaseBusy):
                sleep(0.1)
            except RebuildCancelled:
                return CANCELLED
            else:
                return 0


def tell(progress: RebuildProgress) -> None:
    """A line of a pipe, which is read or not."""
    sys.stdout.write(f"{progress.projection} {progress.done}\n")
    sys.stdout.flush()


@contextmanager
def a_rebuilding_process(database: str, batch: int) -> Iterator[subprocess.Popen[str]]:
    """The process, killed at the end of the `with`."""
    program = [sys.executable, "-m", "tests.reliability.rebuilding_process", database, str(batch)]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
