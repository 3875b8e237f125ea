"""Exports: who took which contacts out of the address book, and when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    select,
)

from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event, OrganizerExportMade
from projections.columns import Instant, JsonText
from projections.fold import ActiveTables, Row, RowFold
from projections.paging import Page, latest_page


def exports_table(metadata: MetaData, generation: int) -> Table:
    """One row an export."""
    name = f"exports_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("export_id", Uuid),
        Column("format", Text, nullable=False),
        Column("fields", JsonText, nullable=False),
        Column("criteria", Text, nullable=False),
        Column("selected", Integer, nullable=False),
        Column("contacts", Integer, nullable=False),
        Column("is_lossless", Boolean, nullable=False),
        Column("file_name", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("made_at", Instant, nullable=False),
        PrimaryKeyConstraint("organizer_id", "export_id", name=f"pk_{name}"),
    )


def _made(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, OrganizerExportMade)  # noqa: S101 - keyed by type
    return {
        "organizer_id": recorded.organizer_id,
        "export_id": recorded.originator_id,
        **event.model_dump(mode="json"),
        "actor": recorded.provenance.actor,
        "source": recorded.provenance.source,
        "made_at": recorded.recorded_at,
    }


_CHANGES: dict[type[Event], Callable[[Row | None, RecordedEvent], Row | None]] = {
    OrganizerExportMade: _made
}

EXPORTS = RowFold(
    name="exports",
    tables=(exports_table,),
    key_of=lambda recorded: (recorded.organizer_id, recorded.originator_id),
    changes=_CHANGES,
)


@dataclass(frozen=True)
class ExportView:
    """An export that was made."""

    id: UUID
    format: str
    fields: list[str]
    criteria: dict[str, Any]
    """The filter; empty where contacts were named."""
    selected: int
    """How many contacts were named; 0 where a filter was given."""
    contacts: int
    """How many were written."""
    is_lossless: bool
    file_name: str
    actor: str
    source: str
    made_at: datetime
    """UTC."""


def export_page(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    *,
    limit: int,
    cursor: str | None,
) -> Page[ExportView]:
    """Exports of an organizer, the latest first. Raises InvalidCursor and InvalidQuery."""
    table = tables[exports_table]
    rows, next_cursor = latest_page(
        connection,
        select(table).where(table.c.organizer_id == organizer_id),
        ["exports", organizer_id],
        (table.c.made_at, table.c.export_id),
        limit=limit,
        cursor=cursor,
    )
    return Page([_view(row) for row in rows], next_cursor)


def _view(row: Row) -> ExportView:
    values = {name: value for name, value in row.items() if name != "organizer_id"}
    criteria = orjson.loads(values.pop("criteria"))
    return ExportView(id=values.pop("export_id"), criteria=criteria, **values)
