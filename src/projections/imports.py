"""Imports: the history of an organizer's, each with its plan, its progress and its result."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    Uuid,
    select,
)

from contacts_domain import import_events
from contacts_domain.errors import ImportNotFound
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event
from contacts_domain.import_events import ImportPlan, OnDuplicate
from contacts_domain.imports import ImportStatus
from projections.columns import Instant, JsonText
from projections.fold import ActiveTables, Row, RowFold
from projections.paging import Page, latest_page

COUNTS = ("created", "updated", "merged", "skipped", "failed")
UNDO_COUNTS = ("restored", "removed", "kept")


def imports_table(metadata: MetaData, generation: int) -> Table:
    """One row an import."""
    name = f"imports_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("import_id", Uuid),
        Column("file_name", Text, nullable=False),
        Column("format", Text, nullable=False),
        Column("size_bytes", BigInteger, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("rows", Integer, nullable=False),
        Column("status", Text, nullable=False),
        Column("plan", JsonText, nullable=False),
        *(Column(count, Integer, nullable=False) for count in (*COUNTS, *UNDO_COUNTS)),
        Column("actor", Text, nullable=False),
        Column("started_at", Instant, nullable=False),
        Column("ended_at", Instant),
        Column("undone_at", Instant),
        PrimaryKeyConstraint("organizer_id", "import_id", name=f"pk_{name}"),
    )


def _started(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, import_events.ImportStarted)  # noqa: S101 - keyed by type
    return {
        "organizer_id": recorded.organizer_id,
        "import_id": recorded.originator_id,
        "file_name": event.file_name,
        "format": event.format,
        "size_bytes": event.size_bytes,
        "sha256": event.sha256,
        "rows": event.rows,
        "status": "started",
        "plan": event.plan.model_dump(mode="json"),
        **dict.fromkeys((*COUNTS, *UNDO_COUNTS), 0),
        "actor": recorded.provenance.actor,
        "started_at": recorded.recorded_at,
        "ended_at": None,
        "undone_at": None,
    }


def _confirmed(row: Row | None, recorded: RecordedEvent) -> Row | None:
    event = recorded.event
    assert isinstance(event, import_events.ImportConfirmed)  # noqa: S101 - keyed by type
    return row and row | {"status": "running", "plan": event.plan.model_dump(mode="json")}


def _taken_in(row: Row | None, recorded: RecordedEvent) -> Row | None:
    return row and row | {name: row[name] + getattr(recorded.event, name) for name in COUNTS}


def _undone_some(row: Row | None, recorded: RecordedEvent) -> Row | None:
    event = recorded.event
    assert isinstance(event, import_events.ImportContactsUndone)  # noqa: S101 - keyed by type
    return row and row | {
        "restored": row["restored"] + event.restored,
        "removed": row["removed"] + event.removed,
        "kept": row["kept"] + len(event.kept),
    }


def _became(status: ImportStatus, *at: str) -> Callable[[Row | None, RecordedEvent], Row | None]:
    def change(row: Row | None, recorded: RecordedEvent) -> Row | None:
        return row and row | {"status": status, **dict.fromkeys(at, recorded.recorded_at)}

    return change


_CHANGES: dict[type[Event], Callable[[Row | None, RecordedEvent], Row | None]] = {
    import_events.ImportStarted: _started,
    import_events.ImportConfirmed: _confirmed,
    import_events.ImportRowsTakenIn: _taken_in,
    import_events.ImportCompleted: _became("completed", "ended_at"),
    import_events.ImportCancelled: _became("cancelled", "ended_at"),
    import_events.ImportUndoStarted: _became("undoing"),
    import_events.ImportContactsUndone: _undone_some,
    import_events.ImportUndone: _became("undone", "undone_at"),
}

IMPORTS = RowFold(
    name="imports",
    tables=(imports_table,),
    key_of=lambda recorded: (recorded.organizer_id, recorded.originator_id),
    changes=_CHANGES,
)


@dataclass(frozen=True)
class ImportView:
    """An import as it stands; times are UTC."""

    id: UUID
    file_name: str
    format: str
    size_bytes: int
    sha256: str
    rows: int
    """That the file has; done are created + updated + merged + skipped + failed."""
    status: ImportStatus
    created: int
    updated: int
    merged: int
    skipped: int
    failed: int
    restored: int
    """Contacts that its undoing gave earlier values back."""
    removed: int
    """Contacts that its undoing deleted."""
    kept: int
    """Changes that its undoing left alone."""
    actor: str
    started_at: datetime
    ended_at: datetime | None
    """When it was completed or cancelled."""
    undone_at: datetime | None
    plan: ImportPlan

    @property
    def done(self) -> int:
        """Rows taken in or refused so far."""
        return self.created + self.updated + self.merged + self.skipped + self.failed

    @property
    def on_duplicate(self) -> OnDuplicate:
        """What a row means for a contact that has its e-mail already."""
        return self.plan.on_duplicate


def find_import(
    connection: Connection, tables: ActiveTables, organizer_id: str, import_id: UUID
) -> ImportView:
    """The organizer's import of this id. Raises ImportNotFound."""
    table = tables[imports_table]
    query = _selection(table).where(
        table.c.organizer_id == organizer_id, table.c.import_id == import_id
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise ImportNotFound(import_id)
    return _view(dict(row))


def find_completed(
    connection: Connection, tables: ActiveTables, organizer_id: str, sha256: str
) -> UUID | None:
    """The first import of this very file that was completed and not undone."""
    table = tables[imports_table]
    query = (
        select(table.c.import_id)
        .where(
            table.c.organizer_id == organizer_id,
            table.c.sha256 == sha256,
            table.c.status == "completed",
        )
        .order_by(table.c.started_at, table.c.import_id)
    )
    return connection.execute(query.limit(1)).scalar()


def import_page(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    *,
    limit: int,
    cursor: str | None,
) -> Page[ImportView]:
    """Imports of an organizer, the latest first. Raises InvalidCursor and InvalidQuery."""
    table = tables[imports_table]
    rows, next_cursor = latest_page(
        connection,
        _selection(table).where(table.c.organizer_id == organizer_id),
        ["imports", organizer_id],
        (table.c.started_at, table.c.import_id),
        limit=limit,
        cursor=cursor,
    )
    return Page([_view(row) for row in rows], next_cursor)


def _selection(table: Table) -> Select[Any]:
    columns = [column for column in table.c if column.name != "organizer_id"]
    return select(*columns)


def _view(row: Row) -> ImportView:
    values = dict(row)
    plan = ImportPlan.model_validate(values.pop("plan"))
    return ImportView(id=values.pop("import_id"), plan=plan, **values)
