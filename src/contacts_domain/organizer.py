"""The organizer: what must survive a rebuild but belongs to no contact: settings, saved
searches and saved mappings. Its stream has an id derived from the organizer's, and begins with the
first of its events."""

from dataclasses import dataclass, field
from functools import lru_cache, singledispatch
from uuid import UUID, uuid5

from contacts_domain import events
from contacts_domain.column_mapping import SavedColumn
from contacts_domain.errors import MappingNotFound, SearchNotFound
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event, NameOrder
from contacts_domain.free_text import comparison_key

_ORGANIZERS = UUID("c2a1b0d4-8d1e-5b7c-9a52-6f1f0e7d3b21")


@lru_cache(maxsize=1_024)
def organizer_stream_id(organizer_id: str) -> UUID:
    """The stream of an organizer's settings."""
    return uuid5(_ORGANIZERS, organizer_id)


@dataclass(slots=True)
class Organizer:
    """How one organizer's address book works."""

    id: UUID
    organizer_id: str
    version: int = 0
    default_region: str = ""
    name_order: NameOrder = "first_last"
    searches: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name without case -> name as written, criteria."""
    mappings: dict[str, tuple[str, tuple[SavedColumn, ...]]] = field(default_factory=dict)
    """Name without case -> name as written, columns."""

    def change(self, default_region: str | None, name_order: NameOrder | None) -> list[Event]:
        """Other settings; None leaves one alone."""
        changed = events.OrganizerSettingsChanged(
            default_region=default_region if default_region != self.default_region else None,
            name_order=name_order if name_order != self.name_order else None,
        )
        return [] if changed == events.OrganizerSettingsChanged() else [changed]

    def save_search(self, name: str, criteria: str) -> list[Event]:
        """A name for a filter; names are the same without case."""
        if self.searches.get(comparison_key(name)) == (name, criteria):
            return []
        return [events.OrganizerSearchSaved(search_name=name, criteria=criteria)]

    def delete_search(self, name: str) -> list[Event]:
        """The end of a saved search. Raises SearchNotFound."""
        known = self.searches.get(comparison_key(name))
        if known is None:
            raise SearchNotFound(name)
        return [events.OrganizerSearchDeleted(search_name=known[0])]

    def save_mapping(self, name: str, columns: tuple[SavedColumn, ...]) -> list[Event]:
        """A name for a way of mapping columns; names are the same without case."""
        if self.mappings.get(comparison_key(name)) == (name, columns):
            return []
        return [events.OrganizerMappingSaved(mapping_name=name, columns=columns)]

    def delete_mapping(self, name: str) -> list[Event]:
        """The end of a saved mapping. Raises MappingNotFound."""
        known = self.mappings.get(comparison_key(name))
        if known is None:
            raise MappingNotFound(name)
        return [events.OrganizerMappingDeleted(mapping_name=known[0])]

    def apply(self, event: Event) -> None:
        """Become what `event` says."""
        _apply(event, self)
        self.version += 1


@singledispatch
def _apply(event: Event, organizer: Organizer) -> None:  # noqa: ARG001
    raise TypeError(f"{type(event).__name__} is no event of an organizer")


@_apply.register
def _(event: events.OrganizerSettingsChanged, organizer: Organizer) -> None:
    if event.default_region is not None:
        organizer.default_region = event.default_region
    if event.name_order is not None:
        organizer.name_order = event.name_order


@_apply.register
def _(event: events.OrganizerSearchSaved, organizer: Organizer) -> None:
    organizer.searches[comparison_key(event.search_name)] = (event.search_name, event.criteria)


@_apply.register
def _(event: events.OrganizerSearchDeleted, organizer: Organizer) -> None:
    organizer.searches.pop(comparison_key(event.search_name), None)


@_apply.register
def _(event: events.OrganizerMappingSaved, organizer: Organizer) -> None:
    key = comparison_key(event.mapping_name)
    organizer.mappings[key] = (event.mapping_name, event.columns)


@_apply.register
def _(event: events.OrganizerMappingDeleted, organizer: Organizer) -> None:
    organizer.mappings.pop(comparison_key(event.mapping_name), None)


@_apply.register
def _(_event: events.OrganizerExportMade, _organizer: Organizer) -> None:
    """It is no setting."""


def begin_organizer(first: RecordedEvent) -> Organizer:
    """The organizer whose stream begins with `first`, before it is applied."""
    return Organizer(id=first.originator_id, organizer_id=first.organizer_id)
