"""Tags: who has which, and how many contacts each one has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    select,
)

from contacts_domain.tags import tag_key
from projections.columns import Folded
from projections.contact_list import CONTACTS
from projections.fold import ActiveTables, Counter, Key, Membership, Row
from projections.search_text import escaped_for_like


def contact_tags_table(metadata: MetaData, generation: int) -> Table:
    """Which contacts, deleted ones left out, have a tag, each in its own spelling."""
    name = f"contact_tags_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("tag_key", Folded),
        Column("contact_id", Uuid),
        Column("tag", Text, nullable=False),
        PrimaryKeyConstraint("organizer_id", "tag_key", "contact_id", name=f"pk_{name}"),
    )


def tag_counts_table(metadata: MetaData, generation: int) -> Table:
    """How many contacts, inactive ones included, have a tag."""
    name = f"tag_counts_{generation}"
    return Table(
        name,
        metadata,
        Column("organizer_id", Text),
        Column("tag_key", Folded),
        Column("contacts", Integer, nullable=False),
        PrimaryKeyConstraint("organizer_id", "tag_key", name=f"pk_{name}"),
    )


def _memberships(contact: Row) -> Iterable[Row]:
    if not contact["is_deleted"]:
        for tag in contact["tags"]:
            yield {
                "organizer_id": contact["organizer_id"],
                "tag_key": tag_key(tag),
                "contact_id": contact["contact_id"],
                "tag": tag,
            }


def _amounts(contact: Row) -> Iterable[tuple[Key, Mapping[str, int]]]:
    for membership in _memberships(contact):
        yield (membership["organizer_id"], membership["tag_key"]), {"contacts": 1}


CONTACT_TAGS = Membership("contact_tags", (contact_tags_table,), of=CONTACTS, rows=_memberships)
TAG_COUNTS = Counter("tag_counts", (tag_counts_table,), of=CONTACTS, amounts=_amounts)


@dataclass(frozen=True)
class TagCount:
    """A tag, in the spelling of the contact that was created first, and its contacts."""

    tag: str
    contacts: int


def count_tagged(
    connection: Connection, tables: ActiveTables, organizer_id: str, tag_keys: Sequence[str]
) -> int:
    """At most how many contacts, inactive ones included, have any of these tags."""
    counts = tables[tag_counts_table]
    query = select(func.coalesce(func.sum(counts.c.contacts), 0)).where(
        counts.c.organizer_id == organizer_id, counts.c.tag_key.in_(tag_keys)
    )
    return int(connection.execute(query).scalar_one())


def list_tags(
    connection: Connection, tables: ActiveTables, organizer_id: str, prefix: str
) -> list[TagCount]:
    """The tags of an organizer that begin with `prefix`, the most used first, then by name."""
    counts, members = tables[tag_counts_table], tables[contact_tags_table]
    spelling = (
        select(members.c.tag)
        .where(
            members.c.organizer_id == counts.c.organizer_id,
            members.c.tag_key == counts.c.tag_key,
        )
        .order_by(members.c.contact_id)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(spelling.label("tag"), counts.c.contacts)
        .where(
            counts.c.organizer_id == organizer_id,
            counts.c.tag_key.like(f"{escaped_for_like(tag_key(prefix))}%", escape="\\"),
        )
        .order_by(counts.c.contacts.desc(), counts.c.tag_key)
    )
    return [TagCount(*row) for row in connection.execute(query)]
