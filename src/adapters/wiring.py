"""Where everything meets: the one place that builds the parts and connects them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy import Engine

from adapters.event_store.database import APPLICATION_ID, Database, open_database
from adapters.event_store.factory import RecorderFactory
from adapters.event_store.log import SqlEventLog
from adapters.event_store.migrating import Migrated
from adapters.event_store.recorder import ContactRecorder, leave_to_worker
from adapters.event_store.tables import store_tables
from adapters.preparing import Preparation
from adapters.projection_status import ProjectionStatus, projection_status
from contacts_domain.commands import Command
from contacts_domain.contact_book import ContactBook, Outcome, Receipt
from contacts_domain.errors import ContactNotFound, SettingsError
from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent
from contacts_domain.events import ContactCreated
from contacts_domain.history import HistoryEntry, history_of
from contacts_domain.phones import is_region
from contacts_domain.recording import LogPosition
from projections.catalog import PROJECTIONS
from projections.engine import ProjectionEngine
from projections.queries import ContactList, Groups, Organizers, StatisticsReader, Tags, Timeline
from projections.rebuilding import OnProgress, Rebuilt, rebuild

log = structlog.get_logger("contacts")


class Contacts(AbstractContextManager["Contacts"]):
    """An open address book: commands go in here, queries hang off the read model they read."""

    def __init__(
        self,
        database: Database,
        book: ContactBook,
        engine: ProjectionEngine,
        event_log: SqlEventLog,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._event_log = event_log
        self.book = book
        self.engine = engine
        self.now = clock
        self.contact_list = ContactList(engine, clock)
        self.timeline = Timeline(engine, clock)
        self.statistics = StatisticsReader(engine, clock)
        self.groups = Groups(engine, clock)
        self.tags = Tags(engine, clock)
        self.organizers = Organizers(engine, clock)

    def handle(self, command: Command) -> Receipt:
        """Carry out one command; the read models show it when this returns.

        Raises the `Refused` that the command documents, with nothing recorded.
        """
        return self.book.handle(command)

    def handle_all(
        self,
        commands: Iterable[Command],
        on_refusal: Literal["abort", "report"] = "abort",
        positions: Sequence[LogPosition] = (),
    ) -> list[Outcome]:
        """Carry out commands as one unit of work; see `ContactBook.handle_all`."""
        return self.book.handle_all(commands, on_refusal, positions)

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

    def rebuild(
        self, *names: str, on_progress: OnProgress = lambda _progress: None
    ) -> list[Rebuilt]:
        """Rebuild the projections that own these read models, all of them without a name.

        Readers see the old tables until the new ones are complete. Raises UnknownProjection.
        """
        return rebuild(self.engine, names or tuple(self.engine.projections), on_progress)

    def projection_status(self) -> list[ProjectionStatus]:
        """How far each projection has come, by name."""
        return projection_status(self.engine, self._event_log, self.now())

    def close(self) -> None:
        """Close the database connections, unless the engine is the host's."""
        self.book.close()
        self._database.close()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_contacts(
    database: str | Path | Engine,
    *,
    schema: str | None = None,
    default_region: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    follow: Literal["inline", "worker"] = "inline",
    catch_up: bool = True,
    application_id: int = APPLICATION_ID,
) -> Contacts:
    """Open an address book, making its tables where there are none; old ones need `migrate`.

    `database` is an SQLAlchemy URL (SQLite or PostgreSQL), the path of an SQLite file, or an
    Engine of the host's, whose connections are left as they are. `schema` is PostgreSQL's, by
    default `contacts`. `default_region` (ISO 3166-1 alpha-2) reads national phone numbers.
    `clock` tells the time in UTC. With `follow="inline"` the read models follow in the transaction
    of each command, with `"worker"` only when somebody calls `catch_up`. Read models that are
    behind the log, as after a crash, catch up first; those that another version of the library
    made are rebuilt. `application_id` marks a new SQLite file.

    Raises SettingsError, UnwritableFile, ForeignDatabase, CorruptDatabase, OutdatedDatabase,
    NewerDatabase, DatabaseBusy, DatabaseUnavailable, CheckpointBeyondLog.
    """
    if default_region is not None and not is_region(default_region):
        raise SettingsError(
            f"There is no region {default_region!r}; use an ISO 3166-1 code such as DE or GB."
        )
    opened = open_database(database, schema)
    try:
        contacts = _assemble(opened, default_region, clock, follow, application_id)
        if catch_up:
            rebuild(contacts.engine, contacts.engine.outdated())
            contacts.catch_up()
    except BaseException:
        opened.close()
        raise
    return contacts


def migrate(
    database: str | Path | Engine,
    *,
    schema: str | None = None,
    application_id: int = APPLICATION_ID,
) -> Migrated:
    """Bring the tables of an address book to the revision that this library needs.

    All in one transaction; an empty database gets its tables, one that is up to date stays as it
    is. Processes that migrate at once wait for each other. The arguments are those of
    `open_contacts`. There is no way back but a backup.

    Raises SettingsError, UnwritableFile, ForeignDatabase, CorruptDatabase, NewerDatabase,
    DatabaseBusy, DatabaseUnavailable, and OutdatedDatabase for tables without a revision.
    """
    opened = open_database(database, schema)
    try:
        tables = store_tables(opened.schema)
        engine = ProjectionEngine(opened, SqlEventLog(tables), PROJECTIONS, _report_parked)
        return Preparation(opened, tables, engine, application_id).migrate()
    finally:
        opened.close()


def _assemble(
    database: Database,
    default_region: str | None,
    clock: Callable[[], datetime],
    follow: Literal["inline", "worker"],
    application_id: int,
) -> Contacts:
    tables = store_tables(database.schema)
    event_log = SqlEventLog(tables)
    engine = ProjectionEngine(database, event_log, PROJECTIONS, _report_parked)
    Preparation(database, tables, engine, application_id).prepare()
    recorder = ContactRecorder(
        database,
        tables,
        clock=clock,
        follow_inline=engine.follow_inline if follow == "inline" else leave_to_worker,
    )
    book = ContactBook(RecorderFactory(recorder), clock=clock, default_region=default_region)
    return Contacts(database, book, engine, event_log, clock)


def _report_parked(projection: str, event: RecordedEvent, error: BaseException) -> None:
    """Tell operators, without any personal data, that an event waits."""
    log.error(
        "event parked",
        projection=projection,
        position=event.position,
        stream_id=str(event.originator_id),
        event_name=EVENT_NAMES[type(event.event)],
        reason=type(error).__name__,
    )
