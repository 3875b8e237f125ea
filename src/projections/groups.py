"""Groups: their names and colours, who is in them, and how many."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    select,
)

from contacts_domain import events
from contacts_domain.errors import GroupNotFound
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.free_text import comparison_key
from projections.among import is_among
from projections.columns import Folded
from projections.contact_list import CONTACTS
from projections.fold import ActiveTables, Counter, Key, Membership, Row, RowFold
from projections.prepared import prepared_for
from projections.search_text import folded


def groups_table(metadata: MetaData, generation: int) -> Table:
    """One row a group, deleted ones left out."""
    name = f"groups_{generation}"
    return Table(
        name,
        metadata,
        Column("group_id", Uuid),
        Column("organizer_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("name_key", Text, nullable=False),
        Column("sort_name", Folded, nullable=False),
        Column("description", Text, nullable=False),
        Column("color", Text, nullable=False),
        PrimaryKeyConstraint("group_id", name=f"pk_{name}"),
        Index(f"ix_{name}_name", "organizer_id", "name_key"),
    )


def contact_groups_table(metadata: MetaData, generation: int) -> Table:
    """Which contacts, deleted ones left out, are in a group; the group itself may be deleted."""
    name = f"contact_groups_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("group_id", Uuid),
        Column("contact_id", Uuid),
        PrimaryKeyConstraint("organizer_id", "group_id", "contact_id", name=f"pk_{name}"),
    )


def group_counts_table(metadata: MetaData, generation: int) -> Table:
    """How many contacts, inactive ones included, are in a group."""
    name = f"group_counts_{generation}"
    return Table(
        name,
        metadata,
        Column("group_id", Uuid),
        Column("contact_count", Integer, nullable=False),
        PrimaryKeyConstraint("group_id", name=f"pk_{name}"),
    )


def _named(row: Row) -> Row:
    return row | {"name_key": comparison_key(row["name"]), "sort_name": folded(row["name"])}


def _created(_: Row | None, recorded: RecordedEvent) -> Row:
    event = recorded.event
    assert isinstance(event, events.GroupCreated)  # noqa: S101 - the fold is keyed by type
    return _named(
        {
            "group_id": recorded.originator_id,
            "organizer_id": recorded.organizer_id,
            "name": event.group_name,
            "description": event.description,
            "color": event.color,
        }
    )


def _changed(row: Row | None, recorded: RecordedEvent) -> Row | None:
    event = recorded.event
    assert isinstance(event, events.GroupChanged)  # noqa: S101 - the fold is keyed by type
    if row is None:
        return None
    given = {"name": event.group_name, "description": event.description, "color": event.color}
    return _named(row | {name: value for name, value in given.items() if value is not None})


def _deleted(_row: Row | None, _recorded: RecordedEvent) -> None:
    return None


Fold = Callable[[Row | None, RecordedEvent], Row | None]

_CHANGES: dict[type[events.Event], Fold] = {
    events.GroupCreated: _created,
    events.GroupChanged: _changed,
    events.GroupDeleted: _deleted,
}

GROUPS = RowFold(
    name="groups",
    tables=(groups_table,),
    key_of=lambda recorded: (recorded.originator_id,),
    changes=_CHANGES,
)


def _memberships(contact: Row) -> Iterable[Row]:
    if not contact["is_deleted"]:
        for group_id in contact["group_ids"]:
            yield {
                "organizer_id": contact["organizer_id"],
                "group_id": UUID(group_id),
                "contact_id": contact["contact_id"],
            }


def _amounts(contact: Row) -> Iterable[tuple[Key, Mapping[str, int]]]:
    for membership in _memberships(contact):
        yield (membership["group_id"],), {"contact_count": 1}


CONTACT_GROUPS = Membership(
    "contact_groups", (contact_groups_table,), of=CONTACTS, rows=_memberships
)
GROUP_COUNTS = Counter("group_counts", (group_counts_table,), of=CONTACTS, amounts=_amounts)


@dataclass(frozen=True)
class GroupView:
    """A group with the number of its contacts, inactive ones included."""

    id: UUID
    name: str
    description: str
    color: str
    contact_count: int


@dataclass(frozen=True)
class GroupLabel:
    """A group as a contact shows it."""

    id: UUID
    name: str
    color: str


def _groups(tables: ActiveTables, organizer_id: str) -> Select[Any]:
    groups, counts = tables[groups_table], tables[group_counts_table]
    return (
        select(
            groups.c.group_id,
            groups.c.name,
            groups.c.description,
            groups.c.color,
            func.coalesce(counts.c.contact_count, 0),
        )
        .select_from(groups.outerjoin(counts, groups.c.group_id == counts.c.group_id))
        .where(groups.c.organizer_id == organizer_id)
    )


def list_groups(connection: Connection, tables: ActiveTables, organizer_id: str) -> list[GroupView]:
    """All groups of an organizer by name."""
    groups = tables[groups_table]
    query = _groups(tables, organizer_id).order_by(groups.c.sort_name, groups.c.group_id)
    return [GroupView(*row) for row in connection.execute(query)]


def find_group(
    connection: Connection, tables: ActiveTables, organizer_id: str, reference: str
) -> GroupView:
    """The organizer's group of this id, or of this name compared without case.

    Raises GroupNotFound, for a foreign group as for a missing one.
    """
    groups = tables[groups_table]
    try:
        wanted = groups.c.group_id == UUID(reference)
    except ValueError:
        wanted = groups.c.name_key == comparison_key(reference)
    row = connection.execute(_groups(tables, organizer_id).where(wanted)).first()
    if row is None:
        raise GroupNotFound(reference)
    return GroupView(*row)


def group_labels(
    connection: Connection, tables: ActiveTables, organizer_id: str, group_ids: Iterable[UUID]
) -> dict[UUID, GroupLabel]:
    """Those of the groups that still exist."""
    wanted = sorted(set(group_ids))
    if not wanted:
        return {}
    found = _labels(tables).rows(connection, organizer_id=organizer_id, group_ids=wanted)
    return {row[0]: GroupLabel(*row) for row in found}


@prepared_for(groups_table)
def _labels(groups: Table) -> Select[Any]:
    return select(groups.c.group_id, groups.c.name, groups.c.color).where(
        groups.c.organizer_id == bindparam("organizer_id"),
        is_among(groups.c.group_id, "group_ids"),
    )
