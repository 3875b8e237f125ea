"""One rebuild of a projection at a time: whoever rebuilds holds a lease."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
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

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Prolong the lease again and again during something that takes long."""
        done = Event()
        keeping = Thread(target=self._keep, args=(done,), name=self._lease_name, daemon=True)
        keeping.start()
        try:
            yield
        finally:
            done.set()
            keeping.join()

    def _keep(self, done: Event) -> None:
        while not done.wait(REBUILD_LEASE.total_seconds() / 3):
            with (
                suppress(StorageError, RebuildUnderWay),
                self._engine.database.writing() as connection,
            ):
                self.go_on(connection)

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


def lease_name(projection: str) -> str:
    """What the lease of a projection's rebuild is called among those of workers."""
    return f"rebuild of {projection}"
