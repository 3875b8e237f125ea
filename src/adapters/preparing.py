"""Before an address book is opened: new tables are made, all others are recognised or refused."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, inspect, select
from sqlalchemy.schema import CreateSchema

from adapters.event_store.database import Database
from adapters.event_store.migrating import (
    Migrated,
    lock_schema,
    migrate_tables,
    refuse_other,
    revision_of,
    stamp,
    unstamped,
)
from adapters.event_store.sessions import refuse_unfit
from adapters.event_store.sqlite_files import claim_sqlite_file, is_sqlite_file_ours
from adapters.event_store.tables import StoreTables
from contacts_domain.errors import CorruptDatabase, ForeignDatabase
from projections.engine import ProjectionEngine

log = structlog.get_logger("contacts")

REPLACEABLE = {"dropped_events", "projection_leaders"}
"""Tables of the engine without which it still knows what is in the read tables."""


@dataclass(frozen=True)
class Preparation:
    """A database and what has to be in it: the write side and the engine's bookkeeping."""

    database: Database
    tables: StoreTables
    engine: ProjectionEngine
    application_id: int

    def prepare(self) -> None:
        """Make what is missing, in one transaction; refuse what is not ours or not as it should be.

        Raises SettingsError, ForeignDatabase, CorruptDatabase, OutdatedDatabase, NewerDatabase.
        """
        if not self._is_prepared():
            with self._writing_alone() as connection:
                if not self._is_current(connection, self._table_names(connection)):
                    self._make_tables(connection)
                self._prepare_engine(connection)
        self.database.use_write_ahead_log()  # a crash may have come between

    def migrate(self) -> Migrated:
        """Bring the tables to the newest revision, in one transaction.

        Raises SettingsError, ForeignDatabase, NewerDatabase, and OutdatedDatabase where no revision
        is known.
        """
        with self._writing_alone() as connection:
            before = self._revision(connection, self._table_names(connection))
            migrated = migrate_tables(connection, self.database.schema, before)
            self._prepare_engine(connection)
        self.database.use_write_ahead_log()
        return migrated

    def _prepare_engine(self, connection: Connection) -> None:
        """Make what the engine lacks; where its own tables were lost, as in a restored backup that
        left them out, all read tables begin anew."""
        known = self._table_names(connection)
        lost = {each.name for each in self.engine.metadata.tables.values()}.difference(known)
        if lost:
            log.warning("bookkeeping of the projections was lost", tables=sorted(lost))
            self.engine.metadata.create_all(connection)
            if lost - REPLACEABLE:
                self.engine.checkpoints.distrust(connection)
        self.engine.prepare(connection)

    def _is_prepared(self) -> bool:
        with self.database.reading() as connection:
            if not self.database.is_sqlite:
                refuse_unfit(connection)
            if self._is_own_file and not is_sqlite_file_ours(connection, self.application_id):
                return False
            known = self._table_names(connection)
            return self._is_current(connection, known) and self.engine.is_prepared(
                connection, known
            )

    @contextmanager
    def _writing_alone(self) -> Iterator[Connection]:
        """A transaction in which nobody else makes or migrates these tables."""
        schema = self.database.schema
        with self.database.writing() as connection:
            if self._is_own_file:
                claim_sqlite_file(connection, self.application_id)
            elif schema is not None:
                refuse_unfit(connection)
                lock_schema(connection, schema)
                if not inspect(connection).has_schema(schema):  # else it needs a right in vain
                    connection.execute(CreateSchema(schema))
            yield connection

    @property
    def _is_own_file(self) -> bool:
        return self.database.is_sqlite and self.database.owns_engine

    @property
    def _own_names(self) -> set[str]:
        return self._store_names | {each.name for each in self.engine.metadata.tables.values()}

    @property
    def _store_names(self) -> set[str]:
        return {each.name for each in self.tables.metadata.tables.values()}

    def _table_names(self, connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names(schema=self.database.schema))

    def _is_current(self, connection: Connection, known: Collection[str]) -> bool:
        """Whether all tables that cannot be made again are there as this library knows them; False
        if there are none."""
        revision = self._revision(connection, known)
        if revision is None:
            return False
        refuse_other(revision)
        missing = self._store_names.difference(known)
        if missing:
            raise CorruptDatabase(
                f"The database lacks {', '.join(sorted(missing))}; restore it from a backup."
            )
        if connection.execute(select(self.tables.log_head.c.id)).first() is None:
            raise CorruptDatabase("The log has lost its head; restore the database from a backup.")
        return True

    def _revision(self, connection: Connection, known: Collection[str]) -> str | None:
        """Which revision the tables have; None if there are none."""
        found = self._own_names.intersection(known)
        if not found:
            return None
        if self.tables.migrations.name in found:
            revision = revision_of(connection, self.tables)
            if revision is not None:
                return revision
        if self.tables.log_head.name in found:
            raise unstamped()
        raise ForeignDatabase(
            f"The database has tables of other programs with the names {', '.join(sorted(found))}; "
            "give the address book a database of its own."
        )

    def _make_tables(self, connection: Connection) -> None:
        """Make them as the scripts would, but at once and without Alembic."""
        self.tables.metadata.create_all(connection)
        connection.execute(self.tables.log_head.insert().values(id=1, position=0))
        self.engine.metadata.create_all(connection)
        stamp(connection, self.tables)
