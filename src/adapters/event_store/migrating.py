"""Which revision the tables of a database have, and the way from there to the newest.

Alembic runs the scripts in `migrations/versions`. It is imported when there is something to run,
not when a database is opened. The scripts are given their operations and the schema, because
`alembic.op` is one for the whole process and may be in use by a host's own migration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from adapters.event_store.tables import MIGRATIONS_TABLE, StoreTables
from contacts_domain.errors import NewerDatabase, OutdatedDatabase

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep

SCRIPTS = Path(__file__).with_name("migrations")

REVISIONS: Sequence[str] = ("0001", "0002", "0003")
"""Of the scripts, oldest first; new tables are made as the last one leaves them."""


@dataclass(frozen=True)
class Migrated:
    """What a migration did."""

    from_revision: str | None
    """None if there were no tables."""
    to_revision: str

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return self.from_revision != self.to_revision


def revision_of(connection: Connection, tables: StoreTables) -> str | None:
    """What the tables are stamped with; None if with nothing."""
    found = connection.execute(select(tables.migrations.c.version_num)).scalars()
    return ", ".join(sorted(map(str, found))) or None


def stamp(connection: Connection, tables: StoreTables) -> None:
    """Note that new tables are of the newest revision."""
    connection.execute(tables.migrations.insert().values(version_num=REVISIONS[-1]))


def refuse_unknown(revision: str) -> None:
    """Raise NewerDatabase for a revision that the scripts do not know."""
    if revision not in REVISIONS:
        raise NewerDatabase(
            f"The tables have revision {revision}, this library knows up to {REVISIONS[-1]}. "
            "Upgrade the library.",
            revision=revision,
            known_revision=REVISIONS[-1],
        )


def refuse_other(revision: str) -> None:
    """Raise OutdatedDatabase or NewerDatabase for any revision but the newest."""
    refuse_unknown(revision)
    if revision != REVISIONS[-1]:
        raise OutdatedDatabase(
            f"The tables have revision {revision}, this library needs {REVISIONS[-1]}. Run "
            "`contacts migrate`, or `adapters.migrate(database)` from the library.",
            revision=revision,
            needed_revision=REVISIONS[-1],
        )


def unstamped() -> OutdatedDatabase:
    """The error for tables of ours that no revision is known of, so no way leads on from them."""
    return OutdatedDatabase(
        "The tables have no revision: an unreleased version made them, or their row in "
        f"{MIGRATIONS_TABLE} was removed. Restore a backup, or begin a new database.",
        revision=None,
        needed_revision=REVISIONS[-1],
    )


def lock_schema(connection: Connection, schema: str) -> None:
    """On PostgreSQL, let no other process make or migrate the same tables until the commit.

    What it did is seen afterwards: read committed, whatever a host's engine is set to.
    """
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    digest = sha256(f"contacts-domain:{schema}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def migrate_tables(connection: Connection, schema: str | None, before: str | None) -> Migrated:
    """Bring the tables from the revision `before`, or from nothing, to the newest.

    Raises NewerDatabase.
    """
    if before is not None:
        refuse_unknown(before)
    if before != REVISIONS[-1]:
        _run_scripts(connection, schema)
    return Migrated(before, REVISIONS[-1])


def _run_scripts(connection: Connection, schema: str | None) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(SCRIPTS)

    def steps(revision: str, _: "MigrationContext") -> "list[RevisionStep]":
        return scripts._upgrade_revs(REVISIONS[-1], revision)

    context = MigrationContext.configure(
        connection,
        opts={
            "script": scripts,
            "fn": steps,
            "version_table": MIGRATIONS_TABLE,
            "version_table_schema": schema,
        },
    )
    context.run_migrations(op=Operations(context), schema=schema)
