"""`contacts migrate`: bring the tables of an existing database to the newest revision."""

from cyclopts import App
from rich.text import Text

from adapters.cli.session import InSession
from adapters.event_store.migrating import Migrated
from adapters.wiring import migrate as migrate_database


def register(app: App) -> None:
    """Add the command of this module."""
    app.command(migrate)


def migrate(*, session: InSession) -> None:
    """Bring the tables to the revision that this version needs, or make them.

    Make a backup first: there is no way back. Events are never changed.
    """
    settings = session.settings
    migrated = migrate_database(settings.database, schema=settings.schema_name)
    document = {
        "from": migrated.from_revision,
        "to": migrated.to_revision,
        "migrated": migrated.changed,
    }
    session.output.show(document, lambda: [Text(_in_words(migrated))])


def _in_words(migrated: Migrated) -> str:
    if migrated.from_revision is None:
        return f"Made the tables, at revision {migrated.to_revision}."
    if not migrated.changed:
        return f"Nothing to do: the tables have revision {migrated.to_revision}."
    return f"Migrated from revision {migrated.from_revision} to {migrated.to_revision}."
