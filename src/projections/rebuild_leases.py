"""One rebuild of a projection at a time: whoever rebuilds holds a lease."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread
from typing import Self
from uuid import uuid4

from sqlalchemy import Connection

from contacts_domain.errors import RebuildUnderWay, StorageError
from projections.engine import ProjectionEngine

REBUILD_LEASE = timedelta(seconds=30)
"""How long after a rebuild's last sign of life another may begin."""


class Flight:
    """The lease of one rebuild, so that no other process rebuilds the same projection."""

    def __init__(self, engine: ProjectionEngine, name: str) -> None:
        self._engine = engine
        self._lease_name = lease_name(name)
        self._holder = uuid4().hex
        self.name = name

    def go_on(self, connection: Connection) -> None:
        """Take or prolong the lease. Raises RebuildUnderWay."""
        leadership = self._engine.leadership
        if not leadership.lead(connection, self._lease_name, self._holder, REBUILD_LEASE):
            raise RebuildUnderWay(
                f"Another process rebuilds the projection {self.name!r}; let it finish, or stop it "
                f"with `contacts projections cancel {self.name}`. If it died, try again after "
                f"{REBUILD_LEASE.total_seconds():.0f} seconds.",
                projection=self.name,
            )

    def __enter__(self) -> Self:
        try:
            with self._engine.database.writing() as connection:
                self.go_on(connection)
        except StorageError:
            self._resign()  # nobody knows whether it was taken
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._resign()

    def _resign(self) -> None:
        with suppress(StorageError), self._engine.database.writing() as connection:  # it runs out
            self._engine.leadership.resign(connection, self._lease_name, self._holder)


@contextmanager
def taken(engine: ProjectionEngine, names: Iterable[str]) -> Iterator[list[Flight]]:
    """The leases of these rebuilds, prolonged again and again until the end of the `with`.

    Raises RebuildUnderWay; then none is held.
    """
    with ExitStack() as stack:
        flights = [stack.enter_context(Flight(engine, name)) for name in names]
        done = Event()
        keeping = Thread(target=_keep, args=(engine, flights, done), name="rebuild", daemon=True)
        keeping.start()
        try:
            yield flights
        finally:
            done.set()
            keeping.join()


def _keep(engine: ProjectionEngine, flights: Sequence[Flight], done: Event) -> None:
    """Some steps take longer than a lease: indexes, or removing what is old."""
    while not done.wait(REBUILD_LEASE.total_seconds() / 3):
        for flight in flights:
            with suppress(StorageError, RebuildUnderWay), engine.database.writing() as connection:
                flight.go_on(connection)


def lease_name(projection: str) -> str:
    """What the lease of a projection's rebuild is called among those of workers."""
    return f"rebuild of {projection}"
