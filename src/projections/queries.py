"""What readers call: one object per read model, each call in one read transaction that sees one
moment of the active generations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack
from uuid import UUID

from sqlalchemy import Connection

from contacts_domain.contact_filter import Criteria
from projections.contact_conditions import filter_of
from projections.contact_list_query import (
    ContactView,
    contact_page,
    every_contact,
    find_contact,
)
from projections.engine import ProjectionEngine
from projections.exports import ExportView, export_page
from projections.fold import ActiveTables
from projections.groups import GroupView, find_group, list_groups
from projections.imports import ImportView, find_import, import_page
from projections.organizers import (
    SavedMapping,
    SavedSearch,
    SettingsView,
    find_mapping,
    find_search,
    list_mappings,
    list_searches,
    settings_of,
)
from projections.paging import DEFAULT_LIMIT, Page
from projections.statistics import Statistics, statistics_of
from projections.tags import TagCount, list_tags
from projections.timeline import TimelineCriteria, TimelineEntry, TimelineFilter, timeline_page


@dataclass(frozen=True)
class ReadSide:
    """Where queries read from, and what time it is for them."""

    engine: ProjectionEngine
    now: Callable[[], datetime]

    @contextmanager
    def moment(self) -> Iterator[tuple[Connection, ActiveTables]]:
        """A read transaction and the tables of the generations active in it."""
        with self.engine.database.reading() as connection:
            yield connection, self.engine.active_tables(connection)


class ContactList(ReadSide):
    """The contacts of an organizer."""

    def page(
        self,
        organizer_id: str,
        *,
        sort: str = "name",
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        **criteria: Unpack[Criteria],
    ) -> Page[ContactView]:
        """One page of the contacts that fulfil the `Criteria`, its `total` counting them all.

        `sort` is `name` (last, first), `email`, `company`, `created_at`, `updated_at`,
        `total_bookings` or `last_booking_date`, with `-` in front descending; missing values come
        last. `limit` is 1 to 500. Raises InvalidQuery, InvalidCursor, GroupNotFound.
        """
        wanted = filter_of(criteria)
        with self.moment() as (connection, tables):
            return contact_page(
                connection,
                tables,
                organizer_id,
                wanted,
                now=self.now(),
                sort=sort,
                limit=limit,
                cursor=cursor,
            )

    def every(
        self, organizer_id: str, *, sort: str = "name", **criteria: Unpack[Criteria]
    ) -> Iterator[ContactView]:
        """All contacts that fulfil the `Criteria`, as of one moment, streamed in pages.

        Raises InvalidQuery and GroupNotFound.
        """
        wanted = filter_of(criteria)
        with self.moment() as (connection, tables):
            yield from every_contact(
                connection, tables, organizer_id, wanted, now=self.now(), sort=sort
            )

    def find(self, organizer_id: str, reference: str | UUID) -> ContactView:
        """The contact of this id or e-mail, inactive ones included. Raises ContactNotFound."""
        with self.moment() as (connection, tables):
            return find_contact(connection, tables, organizer_id, str(reference), self.now())


class Timeline(ReadSide):
    """What happened with contacts."""

    def page(
        self,
        organizer_id: str,
        reference: str | UUID,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        **criteria: Unpack[TimelineCriteria],
    ) -> Page[TimelineEntry]:
        """Entries of the contact of this id or e-mail, newest first; `limit` is 1 to 500.

        Raises ContactNotFound, InvalidQuery, InvalidCursor.
        """
        wanted = TimelineFilter.of(criteria)
        with self.moment() as (connection, tables):
            contact = find_contact(connection, tables, organizer_id, str(reference), self.now())
            return timeline_page(
                connection,
                tables,
                organizer_id,
                wanted,
                contact_id=contact.id,
                limit=limit,
                cursor=cursor,
            )

    def all(
        self,
        organizer_id: str,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        **criteria: Unpack[TimelineCriteria],
    ) -> Page[TimelineEntry]:
        """Entries of all contacts, newest first; `limit` is 1 to 500.

        Raises InvalidQuery and InvalidCursor.
        """
        wanted = TimelineFilter.of(criteria)
        with self.moment() as (connection, tables):
            return timeline_page(
                connection, tables, organizer_id, wanted, limit=limit, cursor=cursor
            )


class StatisticsReader(ReadSide):
    """The address book in numbers."""

    def of(self, organizer_id: str) -> Statistics:
        """The numbers of an organizer now; all zero for an unknown one."""
        with self.moment() as (connection, tables):
            return statistics_of(connection, tables, organizer_id, self.now())


class Groups(ReadSide):
    """The groups of an organizer."""

    def list(self, organizer_id: str) -> list[GroupView]:
        """All groups by name."""
        with self.moment() as (connection, tables):
            return list_groups(connection, tables, organizer_id)

    def find(self, organizer_id: str, reference: str | UUID) -> GroupView:
        """The group of this id or name, compared without case. Raises GroupNotFound."""
        with self.moment() as (connection, tables):
            return find_group(connection, tables, organizer_id, str(reference))


class Tags(ReadSide):
    """The tags of an organizer."""

    def list(self, organizer_id: str, *, prefix: str = "") -> list[TagCount]:
        """All tags that begin with `prefix`, compared without case; the most used first."""
        with self.moment() as (connection, tables):
            return list_tags(connection, tables, organizer_id, prefix)


class Organizers(ReadSide):
    """Settings, saved searches and saved mappings."""

    def settings(self, organizer_id: str) -> SettingsView:
        """How the organizer's address book works; the defaults for an unknown one."""
        with self.moment() as (connection, tables):
            return settings_of(connection, tables, organizer_id)

    def searches(self, organizer_id: str) -> list[SavedSearch]:
        """All saved searches by name."""
        with self.moment() as (connection, tables):
            return list_searches(connection, tables, organizer_id)

    def mappings(self, organizer_id: str) -> list[SavedMapping]:
        """All saved mappings of columns by name."""
        with self.moment() as (connection, tables):
            return list_mappings(connection, tables, organizer_id)

    def mapping(self, organizer_id: str, name: str) -> SavedMapping:
        """The saved mapping of this name, compared without case. Raises MappingNotFound."""
        with self.moment() as (connection, tables):
            return find_mapping(connection, tables, organizer_id, name)

    def search(self, organizer_id: str, name: str) -> SavedSearch:
        """The saved search of this name, compared without case. Raises SearchNotFound."""
        with self.moment() as (connection, tables):
            return find_search(connection, tables, organizer_id, name)


class Imports(ReadSide):
    """The imports of an organizer."""

    def page(
        self, organizer_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[ImportView]:
        """Imports, the latest first; `limit` is 1 to 500. Raises InvalidQuery, InvalidCursor."""
        with self.moment() as (connection, tables):
            return import_page(connection, tables, organizer_id, limit=limit, cursor=cursor)

    def find(self, organizer_id: str, import_id: UUID) -> ImportView:
        """The import of this id. Raises ImportNotFound."""
        with self.moment() as (connection, tables):
            return find_import(connection, tables, organizer_id, import_id)


class Exports(ReadSide):
    """The exports of an organizer."""

    def page(
        self, organizer_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[ExportView]:
        """Exports, the latest first; `limit` is 1 to 500. Raises InvalidQuery, InvalidCursor."""
        with self.moment() as (connection, tables):
            return export_page(connection, tables, organizer_id, limit=limit, cursor=cursor)


class ReadModels:
    """Where queries are: each hangs off the read model that it reads."""

    def __init__(self, engine: ProjectionEngine, clock: Callable[[], datetime]) -> None:
        self.contact_list = ContactList(engine, clock)
        self.timeline = Timeline(engine, clock)
        self.statistics = StatisticsReader(engine, clock)
        self.groups = Groups(engine, clock)
        self.tags = Tags(engine, clock)
        self.organizers = Organizers(engine, clock)
        self.imports = Imports(engine, clock)
        self.exports = Exports(engine, clock)
