"""What tells a follower that there may be new events: a pause on every database, cut short on
PostgreSQL by notifications.

A notification can be missed, by a connection that breaks or before it listens; so nobody relies on
one: a follower looks again after every wait, however it ended.
"""

from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol

import sqlalchemy.exc
from sqlalchemy import Engine

LONGEST_SLICE_SECONDS = 0.5
"""A listener looks so often whether it is to stop."""


def channel_of(schema: str | None) -> str:
    """The channel that writers of a schema notify; at most 63 bytes, as PostgreSQL's names."""
    return f"contacts:{schema or ''}".encode()[:63].decode(errors="ignore")


class Stop:
    """Ends the waits of one thread, now and later.

    It may be set from a signal handler that interrupts the very wait: `SimpleQueue.put` is
    reentrant, whereas `threading.Event` would wait for a lock that the interrupted thread holds.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._woken: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """End the wait at hand and all later ones."""
        self._is_set = True
        self._woken.put(None)

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._is_set

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or when set."""
        if not self._is_set:
            with suppress(Empty):
                self._woken.get(timeout=max(0.0, seconds))


class Waking(Protocol):
    """Waits for new events."""

    def wait(self, seconds: float) -> None:
        """Return when there may be new events, at the latest after so many seconds."""

    def stop(self) -> None:
        """End every wait, now and later; may be called from a signal handler."""

    def close(self) -> None:
        """Give back what was used."""


class Pausing:
    """Waits the time out."""

    def __init__(self) -> None:
        self._stopped = Stop()

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or when stopped."""
        self._stopped.wait(seconds)

    def stop(self) -> None:
        """End every wait."""
        self._stopped.set()

    def close(self) -> None:
        """Nothing is used."""


class Listening(Pausing):
    """Listens on a connection of its own, outside the pool; without one it pauses."""

    def __init__(self, engine: Engine, channel: str) -> None:
        super().__init__()
        self._engine = engine
        self._channel = channel
        self._connection: Any = None
        """The driver's connection (psycopg), in autocommit."""

    def wait(self, seconds: float) -> None:
        """Return on a notification, after so many seconds, or when stopped."""
        if self._connection is None:
            self._connect(seconds)
            return  # what came before it listened was told to nobody
        deadline = monotonic() + seconds
        while not self._stopped.is_set() and (remaining := deadline - monotonic()) > 0:
            try:
                if self._is_notified(min(remaining, LONGEST_SLICE_SECONDS)):
                    return
            except self._engine.dialect.loaded_dbapi.Error:
                self.close()
                return

    def _is_notified(self, seconds: float) -> bool:
        return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))

    def _connect(self, seconds: float) -> None:
        try:
            pooled = self._engine.raw_connection()
        except sqlalchemy.exc.SQLAlchemyError:
            self._stopped.wait(seconds)
            return
        connection: Any = pooled.driver_connection
        self._connection = connection
        pooled.detach()
        try:
            connection.rollback()
            connection.autocommit = True
            quoted = self._channel.replace('"', '""')
            connection.execute(f'LISTEN "{quoted}"')
        except self._engine.dialect.loaded_dbapi.Error:
            self.close()
            self._stopped.wait(seconds)

    def close(self) -> None:
        """Close the connection; the next wait makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(self._engine.dialect.loaded_dbapi.Error):
                connection.close()
