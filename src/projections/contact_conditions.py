"""Filters as conditions on the read tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Join,
    Select,
    Table,
    and_,
    bindparam,
    func,
    select,
)

from contacts_domain.contact_filter import ContactFilter
from contacts_domain.free_text import comparison_key
from contacts_domain.tags import tag_key
from projections.contact_list import booking_totals_table, contact_list_table
from projections.fold import ActiveTables
from projections.groups import contact_groups_table, find_group
from projections.planning import MANY, are_many, looked_at_one_by_one, unindexed
from projections.prepared import prepared_for
from projections.search_index import (
    contains,
    count_matches,
    matching_positions,
    seen_to_contain,
)
from projections.search_text import needle
from projections.statistics import statistics_table
from projections.tags import contact_tags_table, count_tagged


def filter_of(criteria: Mapping[str, object]) -> ContactFilter:
    """The filter that criteria mean; a term without a letter asks for nothing.

    Raises InvalidQuery.
    """
    wanted = ContactFilter.of(criteria)
    return wanted if needle(wanted.search) else replace(wanted, search="")


@dataclass(frozen=True)
class Conditions:
    """What a contact's row, joined with its booking totals, must fulfil."""

    owner: ColumnElement[bool]
    owner_looked_up: ColumnElement[bool]
    """The same, for queries that find rows by other conditions."""
    owner_of_totals: ColumnElement[bool]
    """The same, for queries that walk the booking totals."""
    rest: list[ColumnElement[bool]]
    counted: list[ColumnElement[bool]]
    """The rest, for queries that see every row."""
    matches: int | None
    """How many contacts the search alone finds, where it had to be counted."""
    names_contacts: bool
    """Whether some condition names contacts one by one."""
    names_few: bool
    """Whether it names only a few."""
    leaves_few: bool
    """Whether so few rows are left that they are better sorted than found in order."""
    about_bookings: bool
    """Whether something is asked of the booking totals."""
    few_bookings: bool
    """Whether these few are found by their booking totals."""

    @property
    def for_pages(self) -> ColumnElement[bool]:
        """For queries that stop at the end of a page."""
        return and_(self.owner_looked_up if self.names_few else self.owner, *self.rest)

    @property
    def for_pages_by_bookings(self) -> ColumnElement[bool]:
        """The same, where many are left and their order is one of the booking totals."""
        return and_(self.owner_of_totals, *self.rest)

    @property
    def for_counting(self) -> ColumnElement[bool]:
        """For queries that see every row."""
        return and_(self.owner_looked_up if self.names_contacts else self.owner, *self.counted)


def conditions_of(
    connection: Connection, tables: ActiveTables, organizer_id: str, wanted: ContactFilter
) -> Conditions:
    """The conditions that a filter means; deleted contacts never fulfil them.

    Raises GroupNotFound.
    """
    contacts = tables[contact_list_table]
    chosen = list(_choices(connection, tables, organizer_id, wanted))
    conditions: list[ColumnElement[bool]] = [contacts.c.is_deleted.is_(False)]
    if wanted.is_active is not None:
        conditions.append(contacts.c.is_active.is_(wanted.is_active))
    conditions += _times(contacts, wanted)
    booked = _bookings(connection, tables, organizer_id, wanted)
    chosen += booked
    return Conditions(
        owner=contacts.c.organizer_id == organizer_id,
        owner_looked_up=unindexed(connection, contacts.c.organizer_id) == organizer_id,
        owner_of_totals=_owner_of_totals(connection, tables, organizer_id),
        rest=[*conditions, *(each.condition for each in chosen)],
        counted=[*conditions, *(each.counted for each in chosen)],
        matches=next((each.matches for each in chosen if each.matches is not None), None),
        names_contacts=any(each.names_contacts for each in chosen),
        names_few=any(each.names_contacts and each.is_few for each in chosen),
        leaves_few=any(each.is_few for each in chosen),
        about_bookings=bool(booked),
        few_bookings=any(each.is_few for each in booked),
    )


def _owner_of_totals(
    connection: Connection, tables: ActiveTables, organizer_id: str
) -> ColumnElement[bool]:
    """A contact and its totals have the same owner; see `joined_contacts`."""
    if connection.dialect.name == "sqlite":
        return tables[contact_list_table].c.organizer_id == organizer_id
    return tables[booking_totals_table].c.owner_id == organizer_id


class _Choice(NamedTuple):
    """A condition that may leave few contacts, and may name them one by one."""

    condition: ColumnElement[bool]
    """For queries that stop at the end of a page."""
    counted: ColumnElement[bool]
    """For queries that see every row."""
    names_contacts: bool
    is_few: bool
    matches: int | None = None


def _choices(
    connection: Connection, tables: ActiveTables, organizer_id: str, wanted: ContactFilter
) -> Iterator[_Choice]:
    if wanted.search:
        yield _search(connection, tables, organizer_id, wanted)
    if wanted.company is not None:
        yield _company(connection, tables, organizer_id, comparison_key(wanted.company))
    for tags in [*([tag] for tag in wanted.tags), *([wanted.any_tags] if wanted.any_tags else [])]:
        keys = [tag_key(tag.strip()) for tag in tags]
        is_few = count_tagged(connection, tables, organizer_id, keys) <= MANY
        yield _member(connection, tables, _tagged(tables, organizer_id, keys), is_few=is_few)
    if wanted.group is not None:
        group = find_group(connection, tables, organizer_id, wanted.group)
        members = _members(tables, organizer_id, group.id)
        is_few = group.contact_count <= MANY
        yield _member(connection, tables, members, is_few=is_few)


def _search(
    connection: Connection, tables: ActiveTables, organizer_id: str, wanted: ContactFilter
) -> _Choice:
    """PostgreSQL's index is asked again, as it answers sooner than many contacts are named."""
    contacts, term, is_active = tables[contact_list_table], wanted.search, wanted.is_active
    looked_up = contains(contacts, term)
    if connection.dialect.name != "sqlite":
        matches = count_matches(connection, contacts, organizer_id, term, is_active=is_active)
        is_few = matches <= MANY
        found = looked_up if is_few else seen_to_contain(connection, contacts, term)
        return _Choice(found, looked_up, names_contacts=False, is_few=is_few, matches=matches)
    positions = matching_positions(connection, contacts, organizer_id, term, is_active=is_active)
    if positions is None:
        return _Choice(looked_up, looked_up, names_contacts=False, is_few=False)
    named = contacts.c.created_position.in_(positions)
    return _Choice(named, named, names_contacts=True, is_few=True, matches=len(positions))


def _company(
    connection: Connection, tables: ActiveTables, organizer_id: str, company_key: str
) -> _Choice:
    contacts = tables[contact_list_table]
    there = contacts.c.company_key == company_key
    everybody = select(contacts.c.contact_id).where(contacts.c.organizer_id == organizer_id, there)
    is_few = connection.dialect.name == "sqlite" or not are_many(connection, everybody)
    return _Choice(there, there, names_contacts=False, is_few=is_few)


def _bookings(
    connection: Connection, tables: ActiveTables, organizer_id: str, wanted: ContactFilter
) -> list[_Choice]:
    """That a contact's booking totals are as wanted, if anything is wanted of them."""
    totals = tables[booking_totals_table]
    ranges = list(_ranges(totals, wanted))
    if not ranges:
        return []
    those = select(totals.c.contact_id).where(totals.c.owner_id == organizer_id, *ranges)
    is_few = connection.dialect.name != "sqlite" and not are_many(connection, those)
    return [_Choice(and_(*ranges), and_(*ranges), names_contacts=False, is_few=is_few)]


def _ranges(totals: Table, wanted: ContactFilter) -> Iterator[ColumnElement[bool]]:
    bookings, last = totals.c.total_bookings, totals.c.last_booking_date
    if wanted.has_bookings is not None:
        yield bookings > 0 if wanted.has_bookings else bookings == 0
    if wanted.min_bookings is not None:
        yield bookings >= wanted.min_bookings
    if wanted.max_bookings is not None:
        yield bookings <= wanted.max_bookings
    if wanted.last_booking_after is not None:
        yield last >= wanted.last_booking_after
    if wanted.last_booking_before is not None:
        yield last < wanted.last_booking_before


def _times(contacts: Table, wanted: ContactFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.created_after is not None:
        yield contacts.c.created_at >= wanted.created_after
    if wanted.created_before is not None:
        yield contacts.c.created_at < wanted.created_before


def joined_contacts(
    connection: Connection, tables: ActiveTables, *, by_bookings: bool = False
) -> Join:
    """Contacts with their booking totals, which may be the way to find them.

    Only then PostgreSQL is told that both have the same owner: it takes the two conditions for
    independent and expects a tenth of the rows of an organizer who has a tenth of all.
    """
    contacts, totals = tables[contact_list_table], tables[booking_totals_table]
    same = contacts.c.contact_id == totals.c.contact_id
    if by_bookings or connection.dialect.name == "sqlite":
        same &= contacts.c.organizer_id == totals.c.owner_id
    return contacts.join(totals, same)


def _member(
    connection: Connection, tables: ActiveTables, members: Select[Any], *, is_few: bool
) -> _Choice:
    """That a contact is among `members`, which yield ids of contacts."""
    contact_id = tables[contact_list_table].c.contact_id
    named = contact_id.in_(members)
    seen = named if is_few else looked_at_one_by_one(connection, contact_id, members)
    return _Choice(seen, named, names_contacts=True, is_few=is_few)


def _tagged(tables: ActiveTables, organizer_id: str, tag_keys: Sequence[str]) -> Select[Any]:
    """Whom any of these tags names."""
    tagged = tables[contact_tags_table]
    return select(tagged.c.contact_id).where(
        tagged.c.organizer_id == organizer_id, tagged.c.tag_key.in_(tag_keys)
    )


def _members(tables: ActiveTables, organizer_id: str, group_id: UUID) -> Select[Any]:
    """Who is in this group."""
    members = tables[contact_groups_table]
    return select(members.c.contact_id).where(
        members.c.organizer_id == organizer_id, members.c.group_id == group_id
    )


def count_contacts(
    connection: Connection,
    tables: ActiveTables,
    organizer_id: str,
    wanted: ContactFilter,
    conditions: Conditions,
) -> int:
    """How many contacts match; counters and the search index know where nothing else is asked."""
    if wanted.is_plain:
        return _count_all(connection, tables, organizer_id, wanted.is_active)
    contacts = tables[contact_list_table]
    if wanted.is_plain_search:
        if conditions.matches is not None:
            return conditions.matches
        return count_matches(
            connection, contacts, organizer_id, wanted.search, is_active=wanted.is_active
        )
    source: FromClause = contacts
    if conditions.about_bookings:
        source = joined_contacts(connection, tables, by_bookings=True)
    query = select(func.count()).select_from(source).where(conditions.for_counting)
    return int(connection.execute(query).scalar_one())


def _count_all(
    connection: Connection, tables: ActiveTables, organizer_id: str, is_active: bool | None
) -> int:
    found = _counted(tables).rows(connection, organizer_id=organizer_id)
    total, active = found[0] if found else (0, 0)
    return {None: int(total), True: int(active), False: int(total - active)}[is_active]


@prepared_for(statistics_table)
def _counted(counters: Table) -> Select[Any]:
    query = select(counters.c.total_contacts, counters.c.active_contacts)
    return query.where(counters.c.organizer_id == bindparam("organizer_id"))
