"""The address book as a host sees it: commands go in, queries hang off the read model they read,
operators find projections and parked events."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal
from uuid import UUID

from adapters.bookings.parked_messages import ParkedMessages
from adapters.claims.rebuilding import ClaimsRebuilt, rebuild_claims
from adapters.claims.verifying import MAX_DIFFERENCES, ClaimsVerified, verify_claims
from adapters.consumer_positions import ConsumerPositions
from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from adapters.event_store.waking import Listening, Pausing, channel_of
from adapters.exchange.exports import Exports
from adapters.exchange.imports import Imports
from adapters.projection_status import (
    ProjectionStatus,
    RebuildStatus,
    projection_status,
    rebuild_status,
)
from adapters.scratch import report_left_out, scratch_database
from adapters.waiting import wait_for
from adapters.worker import LEASE, POLL_SECONDS, Observer, ProjectionWorker
from adapters.worker_health import WorkerHealth
from contacts_domain.commands import Command
from contacts_domain.contact_book import ContactBook
from contacts_domain.errors import ContactNotFound
from contacts_domain.events import ContactCreated
from contacts_domain.history import HistoryEntry, history_of
from contacts_domain.intake import NOTHING_TAKEN_IN, Intake
from contacts_domain.outcomes import Outcome, Receipt
from projections.engine import ProjectionEngine
from projections.looking_back import PastBook, look_back
from projections.parking import ParkedEvent
from projections.queries import ReadModels
from projections.rebuilding import (
    CancelledRebuild,
    OnProgress,
    Rebuilt,
    cancel,
    rebuild,
    rebuild_outdated,
)
from projections.retiring import OldGeneration, drop_old
from projections.retrying import Retried, drop, parked_event, parked_events, retry
from projections.verifying import LIMIT, Verification, verify
from projections.verifying import OnProgress as OnVerified

SQLITE_POLL_SECONDS = 0.2


class Contacts(ReadModels, AbstractContextManager["Contacts"]):
    """An open address book: commands go in here, queries hang off the read model they read."""

    imports: Imports
    exports: Exports

    def __init__(
        self,
        database: Database,
        book: ContactBook,
        engine: ProjectionEngine,
        event_log: SqlEventLog,
        clock: Callable[[], datetime],
        consumer_positions: ConsumerPositions,
        parked_messages: ParkedMessages,
        imports: Imports,
        exports: Exports,
    ) -> None:
        super().__init__(engine, clock)
        self._database = database
        self._event_log = event_log
        self.book = book
        self.engine = engine
        self.now = clock
        self.consumer_positions = consumer_positions
        self.parked_messages = parked_messages
        self.imports = imports
        self.exports = exports

    def handle(self, command: Command) -> Receipt:
        """Carry out one command.

        Read models that follow inline show it when this returns; where a worker follows, they do
        when the receipt's `wait` returns.

        Raises the `Refused` that the command documents, with nothing recorded.
        """
        return self.book.handle(command)

    def handle_all(
        self,
        commands: Iterable[Command],
        on_refusal: Literal["abort", "report"] = "abort",
        intake: Intake = NOTHING_TAKEN_IN,
    ) -> list[Outcome]:
        """Carry out commands as one unit of work; see `ContactBook.handle_all`."""
        return self.book.handle_all(commands, on_refusal, intake)

    def history(self, organizer_id: str, reference: str | UUID) -> list[HistoryEntry]:
        """Every event of a contact, oldest first, with what it changed field by field.

        `reference` is an id or an e-mail; a deleted contact is found by its id.
        Raises ContactNotFound, for a foreign contact as for a missing one.
        """
        contact_id = self._contact_id(organizer_id, reference)
        with self._database.reading() as connection:
            recorded = self._event_log.read_stream(connection, contact_id)
        if not recorded or recorded[0].organizer_id != organizer_id:
            raise ContactNotFound(reference)
        if not isinstance(recorded[0].event, ContactCreated):
            raise ContactNotFound(reference)
        return list(history_of(recorded))

    def _contact_id(self, organizer_id: str, reference: str | UUID) -> UUID:
        try:
            return UUID(str(reference))
        except ValueError:
            return self.contact_list.find(organizer_id, reference).id

    def catch_up(self) -> None:
        """Bring every projection to the head of the log."""
        self.engine.catch_up()

    def wait_for(self, position: int, timeout: float = 5.0) -> None:
        """Return when every read model shows the event at `position`, within `timeout` seconds.

        Raises WaitTimedOut, and EventParked if a projector failed on it.
        """
        wait_for(self.engine, [position], timeout)

    def parked(self, *names: str) -> list[ParkedEvent]:
        """The events that projectors failed on, and those that wait behind them.

        Of all projections, or those that own the named read models. Raises UnknownProjection.
        """
        chosen = self.engine.named(names or tuple(self.engine.projections))
        return [each for name in chosen for each in parked_events(self.engine, name)]

    def parked_event(self, name: str, position: int) -> ParkedEvent:
        """One of them. Raises UnknownProjection and ParkedEventNotFound."""
        return parked_event(self.engine, self.engine.projection_of(name), position)

    def retry_parked(self, name: str, position: int | None = None) -> Retried:
        """Fold parked events of a projection again: all, or those that hang together with one.

        What fails again is parked again. Raises UnknownProjection, ParkedEventNotFound, and
        OutdatedDatabase or NewerDatabase for read tables of another version.
        """
        return retry(self.engine, self.engine.projection_of(name), position)

    def drop_parked(self, name: str, position: int, *, actor: str = "") -> Retried:
        """Pass over a parked event for ever, also in rebuilds; what waited behind it is retried.

        The event stays in the log. Raises UnknownProjection and ParkedEventNotFound.
        """
        return drop(self.engine, self.engine.projection_of(name), position, dropped_by=actor)

    def rebuild(
        self, *names: str, on_progress: OnProgress = lambda _progress: None
    ) -> list[Rebuilt]:
        """Rebuild the projections that own these read models, all of them without a name.

        Readers see the old tables until the new ones are complete. `on_progress` is told after
        each batch of each projection; what it raises interrupts the rebuild, and the next one goes
        on from there. Raises UnknownProjection, ProjectorFailed, RebuildCancelled and
        RebuildUnderWay.
        """
        return rebuild(self.engine, names or tuple(self.engine.projections), on_progress)

    def verify(
        self,
        *names: str,
        limit: int = LIMIT,
        on_progress: OnVerified = lambda _progress: None,
    ) -> Verification:
        """Compute read tables again from the log and compare them with what is there, row by row.

        Those of the projections that own these read models, all of them without a name. Nothing is
        written and nobody waits; the right to read is enough. At most `limit` differences are told,
        all are counted.

        Raises UnknownProjection, OutdatedDatabase, NewerDatabase, CheckpointBeyondLog and
        ProjectorFailed.
        """
        with scratch_database() as scratch:
            chosen = names or tuple(self.engine.projections)
            return verify(self.engine, scratch, chosen, limit=limit, on_progress=on_progress)

    @contextmanager
    def as_of(self, organizer_id: str, time: datetime) -> Iterator[PastBook]:
        """One organizer's address book as it was at `time`, now at the latest, to be queried.

        Computed from the log when it is opened, at a cost proportional to the organizer's events
        until then; the right to read is enough. For one thread at a time.
        Raises InvalidQuery for a time without an offset.
        """
        with scratch_database() as scratch:
            yield look_back(self.engine, scratch, organizer_id, time, self.now(), report_left_out)

    def cancel_rebuild(self, *names: str) -> list[CancelledRebuild]:
        """End the rebuilds of the projections that own these read models, of all without a name.

        In whatever process one runs, it raises RebuildCancelled at its next batch. What interrupted
        ones left is removed. Empty if there were none. Raises UnknownProjection.
        """
        return cancel(self.engine, names or tuple(self.engine.projections))

    def drop_old_generations(self, *names: str) -> list[OldGeneration]:
        """Remove the tables that rebuilds have replaced, of all projections without a name.

        On PostgreSQL they stay for a minute after that, and while somebody reads them; then
        `is_dropped` is false. Raises UnknownProjection.
        """
        chosen = self.engine.named(names or tuple(self.engine.projections))
        return drop_old(self.engine, chosen)

    def projection_status(self) -> list[ProjectionStatus]:
        """How far each projection has come, by name."""
        return projection_status(self.engine, self._event_log, self.now())

    def rebuild_status(self) -> list[RebuildStatus]:
        """The rebuilds that are under way, in this process or another."""
        return rebuild_status(self.engine, self._event_log)

    def rebuild_outdated(self) -> list[Rebuilt]:
        """Rebuild the projections that another version of the library made, or wait for another
        process that does. Raises ProjectorFailed."""
        return rebuild_outdated(self.engine)

    def verify_claims(
        self,
        *,
        limit: int = MAX_DIFFERENCES,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> ClaimsVerified:
        """Compare all claims with those that follow from the whole log, at one moment.

        No lock is taken and nothing is changed. The first `limit` differences are told one by one.
        `on_progress` is told how many events have been read, and how many there are.
        """
        return verify_claims(self._database, self._event_log, limit=limit, on_progress=on_progress)

    def rebuild_claims(
        self, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> ClaimsRebuilt:
        """Make the claims those that follow from the log, in one transaction, while writers go on.

        Raises DatabaseBusy; then everything is as it was.
        """
        return rebuild_claims(self._database, self._event_log, on_progress=on_progress)

    def worker(
        self,
        *,
        holder: str,
        observer: Observer | None = None,
        health: WorkerHealth | None = None,
        lease: timedelta = LEASE,
        poll_seconds: float | None = None,
        listen: bool = True,
    ) -> ProjectionWorker:
        """A follower for a process or thread of its own: `run` it, and `stop` it from elsewhere.

        `holder` names it among all workers of the database; another takes over when it has given
        no sign of life for a `lease`. It looks for events every `poll_seconds` (1 at most; by
        default 1, and 0.2 on SQLite) and, with `listen`, when PostgreSQL notifies it.
        """
        database = self._database
        default = SQLITE_POLL_SECONDS if database.is_sqlite else POLL_SECONDS
        is_listening = listen and not database.is_sqlite
        return ProjectionWorker(
            self.engine,
            Listening(database.engine, channel_of(database.schema)) if is_listening else Pausing(),
            holder=holder,
            observer=observer,
            health=health,
            lease=lease,
            poll_seconds=min(POLL_SECONDS, poll_seconds or default),
        )

    def close(self) -> None:
        """Close the database connections, unless the engine is the host's; what is imported in the
        background stops after the unit that is under way."""
        self.imports.close()
        self.book.close()
        self._database.close()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
