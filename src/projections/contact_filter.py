"""Which contacts of an organizer are meant: filters as conditions on the read tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, select

from contacts_domain.tags import tag_key
from projections.contact_list import contact_list_table
from projections.generations import ActiveTables
from projections.groups import contact_groups_table, find_group
from projections.search_text import escaped_for_like, folded
from projections.statistics import statistics_table
from projections.tags import contact_tags_table


@dataclass(frozen=True)
class ContactFilter:
    """Which contacts of an organizer; everything given must hold."""

    search: str = ""
    """Part of the full name, the e-mail or the company, without regard to case and accents."""
    tags: tuple[str, ...] = ()
    """All of these."""
    any_tags: tuple[str, ...] = ()
    """At least one of these."""
    group: str | None = None
    """A group's id or its name."""
    is_active: bool | None = True
    """None for active and inactive ones."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the activity is asked for."""
        return not (folded(self.search) or self.tags or self.any_tags or self.group)


def conditions_of(
    connection: Connection, tables: ActiveTables, organizer_id: str, wanted: ContactFilter
) -> list[ColumnElement[bool]]:
    """What a contact's row must fulfil; deleted ones never do. Raises GroupNotFound."""
    contacts = tables[contact_list_table]
    conditions = [contacts.c.organizer_id == organizer_id, contacts.c.is_deleted.is_(False)]
    if wanted.is_active is not None:
        conditions.append(contacts.c.is_active.is_(wanted.is_active))
    term = folded(wanted.search)
    if term:
        pattern = f"%{escaped_for_like(term)}%"
        conditions.append(contacts.c.search_text.like(pattern, escape="\\"))
    conditions += [_has_any_tag(tables, organizer_id, [tag]) for tag in wanted.tags]
    if wanted.any_tags:
        conditions.append(_has_any_tag(tables, organizer_id, wanted.any_tags))
    if wanted.group is not None:
        group = find_group(connection, tables, organizer_id, wanted.group)
        conditions.append(_is_in_group(tables, organizer_id, group.id))
    return conditions


def _has_any_tag(
    tables: ActiveTables, organizer_id: str, tags: Sequence[str]
) -> ColumnElement[bool]:
    contacts, members = tables[contact_list_table], tables[contact_tags_table]
    return contacts.c.contact_id.in_(
        select(members.c.contact_id).where(
            members.c.organizer_id == organizer_id,
            members.c.tag_key.in_([tag_key(tag.strip()) for tag in tags]),
        )
    )


def _is_in_group(tables: ActiveTables, organizer_id: str, group_id: UUID) -> ColumnElement[bool]:
    contacts, members = tables[contact_list_table], tables[contact_groups_table]
    return contacts.c.contact_id.in_(
        select(members.c.contact_id).where(
            members.c.organizer_id == organizer_id, members.c.group_id == group_id
        )
    )


def count_contacts(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    wanted: ContactFilter,
    conditions: Sequence[ColumnElement[bool]],
) -> int:
    """How many contacts match; where only the activity is asked for, a counter knows."""
    if not wanted.is_plain:
        contacts = tables[contact_list_table]
        query = select(func.count()).select_from(contacts).where(and_(*conditions))
        return connection.execute(query).scalar_one()
    counters = tables[statistics_table]
    counted: Mapping[bool | None, ColumnElement[int]] = {
        None: counters.c.total_contacts,
        True: counters.c.active_contacts,
        False: counters.c.total_contacts - counters.c.active_contacts,
    }
    query = select(counted[wanted.is_active]).where(counters.c.organizer_id == organizer_id)
    return connection.execute(query).scalar() or 0
