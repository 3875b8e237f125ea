"""The storage format: stable event names, schema versions, upcasting, validation both ways.

Names and versions are resolved from the registry below and from nothing else: an unknown name or
a newer version is refused, never guessed and never imported from a string in the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic import ValidationError

from contacts_domain import events, import_events
from contacts_domain.errors import CorruptEvent, UnknownEvent
from contacts_domain.events import Event

EVENT_TYPES: Mapping[str, type[Event]] = {
    "contact.created": events.ContactCreated,
    "contact.details_changed": events.ContactDetailsChanged,
    "contact.entry_undone": events.ContactEntryUndone,
    "contact.email_changed": events.ContactEmailChanged,
    "contact.tagged": events.ContactTagged,
    "contact.untagged": events.ContactUntagged,
    "contact.grouped": events.ContactGrouped,
    "contact.ungrouped": events.ContactUngrouped,
    "contact.deactivated": events.ContactDeactivated,
    "contact.reactivated": events.ContactReactivated,
    "contact.booking_recorded": events.ContactBookingRecorded,
    "contact.booking_rescheduled": events.ContactBookingRescheduled,
    "contact.booking_completed": events.ContactBookingCompleted,
    "contact.booking_cancelled": events.ContactBookingCancelled,
    "contact.interaction_logged": events.ContactInteractionLogged,
    "contact.interaction_corrected": events.ContactInteractionCorrected,
    "contact.interaction_removed": events.ContactInteractionRemoved,
    "contact.deleted": events.ContactDeleted,
    "contact.restored": events.ContactRestored,
    "group.created": events.GroupCreated,
    "group.changed": events.GroupChanged,
    "group.deleted": events.GroupDeleted,
    "organizer.settings_changed": events.OrganizerSettingsChanged,
    "organizer.search_saved": events.OrganizerSearchSaved,
    "organizer.search_deleted": events.OrganizerSearchDeleted,
    "organizer.mapping_saved": events.OrganizerMappingSaved,
    "organizer.mapping_deleted": events.OrganizerMappingDeleted,
    "organizer.export_made": events.OrganizerExportMade,
    "import.started": import_events.ImportStarted,
    "import.confirmed": import_events.ImportConfirmed,
    "import.rows_taken_in": import_events.ImportRowsTakenIn,
    "import.completed": import_events.ImportCompleted,
    "import.cancelled": import_events.ImportCancelled,
    "import.undo_started": import_events.ImportUndoStarted,
    "import.contacts_undone": import_events.ImportContactsUndone,
    "import.undone": import_events.ImportUndone,
}
"""Stored name -> class. Names are for ever; classes may be renamed and moved."""

EVENT_NAMES: Mapping[type[Event], str] = {cls: name for name, cls in EVENT_TYPES.items()}

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Mapping[str, tuple[Upcaster, ...]] = {}
"""Stored name -> functions over the decoded state: version 1 -> 2, 2 -> 3, and so on."""


def current_version(name: str) -> int:
    """The schema version in which events of this name are written, 1 or more."""
    return 1 + len(UPCASTERS.get(name, ()))


class Provenance(NamedTuple):
    """Who caused an event, by which way in, and because of what."""

    actor: str = ""
    source: str = ""
    correlation_id: str | None = None
    causation_id: str | None = None
    """Names the handled command; every event of one command shares it."""
    command_id: str | None = None
    """The id that the caller gave the command, if any."""


class RecordedEvent(NamedTuple):
    """An event with its place: stream, version, tenant, provenance and, once stored, position.

    `position` is 0 and `recorded_at` None until the event store has recorded it.
    """

    originator_id: UUID
    originator_version: int
    organizer_id: str
    event: Event
    provenance: Provenance = Provenance()
    position: int = 0
    recorded_at: datetime | None = None

    @property
    def streams(self) -> frozenset[UUID]:
        """Its own stream and those it names."""
        return frozenset((self.originator_id, *self.event.named_streams))


@dataclass(frozen=True)
class EnvelopedEvent(StoredEvent):
    """The stored form of an event of ours: `topic` is its stable name, `state` its JSON."""

    schema_version: int
    organizer_id: str
    provenance: Provenance
    event: Event | None = field(default=None, compare=False, repr=False)
    """What `state` says, where that need not be read."""


def encode(event: Event) -> bytes:
    """The JSON that is stored for `event`; fields that are None are left out."""
    return event.model_dump_json(exclude_none=True).encode()


def decode(name: str, schema_version: int | None, state: bytes) -> Event:
    """The event stored under `name`, upcast and validated.

    Raises UnknownEvent for an unknown name or a newer version, CorruptEvent for bad content.
    """
    event_type = EVENT_TYPES.get(name)
    if event_type is None:
        raise UnknownEvent(f"The event name {name!r} is not known; upgrade the library.", name=name)
    known_version = current_version(name)
    if schema_version is None or not 1 <= schema_version <= known_version:
        raise UnknownEvent(
            f"Version {schema_version} of {name!r} is not known (up to {known_version} is); "
            "upgrade the library.",
            name=name,
            schema_version=schema_version,
        )
    try:
        if schema_version == known_version:
            return event_type.model_validate_json(state)
        decoded = orjson.loads(state)
        for upcast in UPCASTERS[name][schema_version - 1 :]:
            decoded = upcast(decoded)
        return event_type.model_validate_json(orjson.dumps(decoded))
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # upcasters may stumble
        fields = error.errors(include_input=False) if isinstance(error, ValidationError) else ()
        raise CorruptEvent(
            f"A stored {name!r} does not fit its schema; restore it from a backup.",
            name=name,
            fields=[".".join(map(str, e["loc"])) for e in fields],
        ) from None


class EventMapper(Mapper[UUID]):
    """Turns recorded events into stored ones and back, through the registry, with validation."""

    def __init__(self) -> None:
        super().__init__(transcoder=JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> EnvelopedEvent:
        """The stored form of a `RecordedEvent`."""
        if not isinstance(domain_event, RecordedEvent):
            raise TypeError(f"only RecordedEvent can be stored, not {type(domain_event)}")
        name = EVENT_NAMES[type(domain_event.event)]
        return EnvelopedEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=name,
            state=encode(domain_event.event),
            schema_version=current_version(name),
            organizer_id=domain_event.organizer_id,
            provenance=domain_event.provenance,
            event=domain_event.event,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> RecordedEvent:
        """The `RecordedEvent` of a stored one; raises UnknownEvent or CorruptEvent."""
        if not isinstance(stored_event, EnvelopedEvent) or not isinstance(
            stored_event.originator_id, UUID
        ):
            raise CorruptEvent(
                f"The stored event {stored_event.topic!r} has no envelope; it is not of this "
                "library.",
                name=stored_event.topic,
            )
        event = stored_event.event
        if event is None:
            event = decode(stored_event.topic, stored_event.schema_version, stored_event.state)
        return RecordedEvent(
            originator_id=stored_event.originator_id,
            originator_version=stored_event.originator_version,
            organizer_id=stored_event.organizer_id,
            event=event,
            provenance=stored_event.provenance,
        )
