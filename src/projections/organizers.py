"""Organizers: their settings, saved searches and saved mappings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    bindparam,
    select,
)

from contacts_domain import events
from contacts_domain.column_mapping import ImportField
from contacts_domain.errors import MappingNotFound, SearchNotFound
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import NameOrder
from contacts_domain.free_text import comparison_key
from projections.columns import Folded, JsonText
from projections.fold import ActiveTables, Row, RowFold
from projections.prepared import prepared_for


def organizer_settings_table(metadata: MetaData, generation: int) -> Table:
    """One row an organizer who set something."""
    name = f"organizer_settings_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("default_region", Text, nullable=False),
        Column("name_order", Text, nullable=False),
        PrimaryKeyConstraint("organizer_id", name=f"pk_{name}"),
    )


def saved_searches_table(metadata: MetaData, generation: int) -> Table:
    """One row a saved search."""
    name = f"saved_searches_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("name_key", Folded),
        Column("name", Text, nullable=False),
        Column("criteria", Text, nullable=False),
        PrimaryKeyConstraint("organizer_id", "name_key", name=f"pk_{name}"),
    )


def saved_mappings_table(metadata: MetaData, generation: int) -> Table:
    """One row a saved way of mapping the columns of imports."""
    name = f"saved_mappings_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("name_key", Folded),
        Column("name", Text, nullable=False),
        Column("columns", JsonText, nullable=False),
        PrimaryKeyConstraint("organizer_id", "name_key", name=f"pk_{name}"),
    )


Fold = Callable[[Row | None, RecordedEvent], Row | None]


def _settings(row: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.OrganizerSettingsChanged)  # noqa: S101 - keyed by type
    default = {
        "organizer_id": recorded.organizer_id,
        "default_region": "",
        "name_order": "first_last",
    }
    return (row or default) | event.model_dump(exclude_none=True)


def _saved(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.OrganizerSearchSaved)  # noqa: S101 - keyed by type
    return {
        "organizer_id": recorded.organizer_id,
        "name_key": comparison_key(event.search_name),
        "name": event.search_name,
        "criteria": event.criteria,
    }


def _deleted(_row: Row | None, _recorded: RecordedEvent) -> None:
    return None


def _search_key(recorded: RecordedEvent) -> tuple[str, str]:
    event = recorded.event
    assert isinstance(  # noqa: S101 - keyed by type
        event, events.OrganizerSearchSaved | events.OrganizerSearchDeleted
    )
    return (recorded.organizer_id, comparison_key(event.search_name))


def _mapping_saved(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.OrganizerMappingSaved)  # noqa: S101 - keyed by type
    return {
        "organizer_id": recorded.organizer_id,
        "name_key": comparison_key(event.mapping_name),
        "name": event.mapping_name,
        "columns": [column.model_dump(mode="json") for column in event.columns],
    }


def _mapping_key(recorded: RecordedEvent) -> tuple[str, str]:
    event = recorded.event
    assert isinstance(  # noqa: S101 - keyed by type
        event, events.OrganizerMappingSaved | events.OrganizerMappingDeleted
    )
    return (recorded.organizer_id, comparison_key(event.mapping_name))


_SETTINGS: dict[type[events.Event], Fold] = {events.OrganizerSettingsChanged: _settings}
_SEARCHES: dict[type[events.Event], Fold] = {
    events.OrganizerSearchSaved: _saved,
    events.OrganizerSearchDeleted: _deleted,
}

_MAPPINGS: dict[type[events.Event], Fold] = {
    events.OrganizerMappingSaved: _mapping_saved,
    events.OrganizerMappingDeleted: _deleted,
}

SETTINGS = RowFold(
    name="organizer_settings",
    tables=(organizer_settings_table,),
    key_of=lambda recorded: (recorded.organizer_id,),
    changes=_SETTINGS,
)
SEARCHES = RowFold(
    name="saved_searches", tables=(saved_searches_table,), key_of=_search_key, changes=_SEARCHES
)

MAPPINGS = RowFold(
    name="saved_mappings", tables=(saved_mappings_table,), key_of=_mapping_key, changes=_MAPPINGS
)


@dataclass(frozen=True)
class SettingsView:
    """How an organizer's address book works."""

    default_region: str | None
    """ISO 3166-1 alpha-2; None where the installation's default holds."""
    name_order: NameOrder


@dataclass(frozen=True)
class SavedSearch:
    """A named filter of the contact list."""

    name: str
    criteria: dict[str, Any]


@dataclass(frozen=True)
class SavedMapping:
    """A named way of mapping the columns of imports."""

    name: str
    columns: dict[str, ImportField | None]
    """Header -> field; None for a column that is not imported."""


def settings_of(connection: Connection, tables: ActiveTables, organizer_id: str) -> SettingsView:
    """The organizer's settings, the defaults if nothing was ever set."""
    found = _settings_of(tables).rows(connection, organizer_id=organizer_id)
    if not found:
        return SettingsView(None, "first_last")
    region, name_order = found[0]
    return SettingsView(region or None, name_order)


@prepared_for(organizer_settings_table)
def _settings_of(table: Table) -> Select[Any]:
    query = select(table.c.default_region, table.c.name_order)
    return query.where(table.c.organizer_id == bindparam("organizer_id"))


def list_searches(
    connection: Connection, tables: ActiveTables, organizer_id: str
) -> list[SavedSearch]:
    """All saved searches of an organizer by name."""
    table = tables[saved_searches_table]
    found = _all_saved(connection, table, table.c.criteria, organizer_id)
    return [SavedSearch(name, orjson.loads(criteria)) for name, criteria in found]


def find_search(
    connection: Connection, tables: ActiveTables, organizer_id: str, name: str
) -> SavedSearch:
    """The saved search of this name, compared without case. Raises SearchNotFound."""
    table = tables[saved_searches_table]
    row = _one_saved(connection, table, table.c.criteria, organizer_id, name)
    if row is None:
        raise SearchNotFound(name)
    return SavedSearch(row[0], orjson.loads(row[1]))


def list_mappings(
    connection: Connection, tables: ActiveTables, organizer_id: str
) -> list[SavedMapping]:
    """All saved mappings of an organizer by name."""
    table = tables[saved_mappings_table]
    found = _all_saved(connection, table, table.c.columns, organizer_id)
    return [_saved_mapping(name, columns) for name, columns in found]


def find_mapping(
    connection: Connection, tables: ActiveTables, organizer_id: str, name: str
) -> SavedMapping:
    """The saved mapping of this name, compared without case. Raises MappingNotFound."""
    table = tables[saved_mappings_table]
    row = _one_saved(connection, table, table.c.columns, organizer_id, name)
    if row is None:
        raise MappingNotFound(name)
    return _saved_mapping(*row)


def _all_saved(
    connection: Connection, table: Table, content: Column[Any], organizer_id: str
) -> Iterable[Any]:
    """Names and what they stand for, by name."""
    query = select(table.c.name, content).where(table.c.organizer_id == organizer_id)
    return connection.execute(query.order_by(table.c.name_key))


def _one_saved(
    connection: Connection, table: Table, content: Column[Any], organizer_id: str, name: str
) -> Any:
    """A name as written and what it stands for."""
    query = select(table.c.name, content).where(
        table.c.organizer_id == organizer_id, table.c.name_key == comparison_key(name)
    )
    return connection.execute(query).one_or_none()


def _saved_mapping(name: str, columns: list[dict[str, Any]]) -> SavedMapping:
    return SavedMapping(name, {column["header"]: column["field"] for column in columns})
