"""Where everything meets: the one place that builds the parts and connects them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import structlog
from sqlalchemy import Engine

from adapters.address_book import Contacts
from adapters.bookings.parked_messages import ParkedMessages
from adapters.consumer_positions import ConsumerPositions
from adapters.event_store.database import Database
from adapters.event_store.engines import open_database
from adapters.event_store.factory import RecorderFactory
from adapters.event_store.log import SqlEventLog
from adapters.event_store.migrating import Migrated
from adapters.event_store.recorder import ContactRecorder
from adapters.event_store.sqlite_files import APPLICATION_ID
from adapters.event_store.tables import store_tables
from adapters.exchange.exports import Exports
from adapters.exchange.import_runner import ImportRunner
from adapters.exchange.imports import Imports
from adapters.exchange.limits import DEFAULT_LIMITS, ImportLimits
from adapters.exchange.staging import StagedRows
from adapters.preparing import Preparation
from adapters.waiting import wait_for
from contacts_domain.contact_book import ContactBook
from contacts_domain.errors import SettingsError
from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent
from contacts_domain.phones import is_region
from projections.catalog import PROJECTIONS
from projections.engine import ProjectionEngine
from projections.queries import ContactList
from projections.retiring import drop_abandoned

log = structlog.get_logger("contacts")


def open_contacts(
    database: str | Path | Engine,
    *,
    schema: str | None = None,
    default_region: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    follow: Literal["inline", "worker"] = "inline",
    catch_up: bool = True,
    import_limits: ImportLimits = DEFAULT_LIMITS,
    import_runner: ImportRunner | None = None,
    application_id: int = APPLICATION_ID,
) -> Contacts:
    """Open an address book, making its tables where there are none; old ones need `migrate`.

    `database` is an SQLAlchemy URL (SQLite or PostgreSQL), the path of an SQLite file, or an
    Engine of the host's, whose connections are left as they are. `schema` is PostgreSQL's, by
    default `contacts`. `default_region` (ISO 3166-1 alpha-2) reads national phone numbers.
    `clock` tells the time in UTC. With `follow="inline"` the read models follow in the transaction
    of each command, unless a worker leads them; with `"worker"` only when a worker runs or somebody
    calls `catch_up`. With `catch_up`, read models that are behind the log, as after a crash, catch
    up first, and those that an older version of the library made are rebuilt. `import_limits`
    bounds the files that are imported, `import_runner` carries out those that are submitted, by
    default a thread. `application_id` marks a new SQLite file.

    Raises SettingsError, UnwritableDatabase, ForeignDatabase, CorruptDatabase, OutdatedDatabase,
    NewerDatabase, DatabaseBusy, DatabaseUnavailable, CheckpointBeyondLog, RebuildCancelled.
    """
    if default_region is not None and not is_region(default_region):
        raise SettingsError(
            f"There is no region {default_region!r}; use an ISO 3166-1 code such as DE or GB."
        )
    opened = open_database(database, schema)
    try:
        contacts = _assemble(
            opened, default_region, clock, follow, application_id, import_limits, import_runner
        )
        if catch_up:
            contacts.rebuild_outdated()
            contacts.catch_up()
            drop_abandoned(contacts.engine)
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

    Raises SettingsError, UnwritableDatabase, ForeignDatabase, CorruptDatabase, NewerDatabase,
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
    import_limits: ImportLimits,
    import_runner: ImportRunner | None,
) -> Contacts:
    tables = store_tables(database.schema)
    event_log = SqlEventLog(tables)
    engine = ProjectionEngine(database, event_log, PROJECTIONS, _report_parked)
    Preparation(database, tables, engine, application_id).prepare()
    recorder = ContactRecorder(
        database,
        tables,
        clock=clock,
        follow_inline=engine.follow_inline if follow == "inline" else None,
    )
    book = ContactBook(
        RecorderFactory(recorder),
        clock=clock,
        default_region=default_region,
        waiter=partial(wait_for, engine),
    )
    imports = Imports(
        engine,
        clock,
        database=database,
        log=event_log,
        book=book,
        staged=StagedRows(database, tables, clock),
        limits=import_limits,
        runner=import_runner,
    )
    return Contacts(
        database,
        book,
        engine,
        event_log,
        clock,
        ConsumerPositions(database, tables, clock),
        ParkedMessages(database, tables, book),
        imports,
        Exports(engine, clock, book=book, contact_list=ContactList(engine, clock)),
    )


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
