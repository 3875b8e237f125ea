"""Streams of events and the aggregates that they make."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from contacts_domain.claims import Claim
from contacts_domain.contact import Contact, begin_contact
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import ContactCreated, GroupCreated, OrganizerEvent
from contacts_domain.group import Group, begin_group
from contacts_domain.import_events import ImportStarted
from contacts_domain.imports import Import, begin_import
from contacts_domain.organizer import Organizer, begin_organizer
from contacts_domain.recording import ClaimHolder

Aggregate = Contact | Group | Organizer | Import


class StreamSource(Protocol):
    """Where a unit of work reads from; `ContactBook` implements it on the event store."""

    def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[RecordedEvent]]:
        """The events of those of the streams that exist, in their order."""

    def aggregates(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Aggregate]:
        """Those of the streams that exist, rebuilt from their events."""

    def claim_holders(self, claims: Sequence[Claim]) -> Mapping[Claim, ClaimHolder]:
        """Those of the claims that are held."""


def project(aggregate: Aggregate | None, recorded: Iterable[RecordedEvent]) -> Aggregate | None:
    """The aggregate after `recorded`; None if there is none and nothing was recorded."""
    for each in recorded:
        if aggregate is None:
            aggregate = _begin(each)
        aggregate.apply(each.event)
    return aggregate


def _begin(first: RecordedEvent) -> Aggregate:
    match first.event:
        case ContactCreated():
            return begin_contact(first)
        case GroupCreated():
            return begin_group(first)
        case ImportStarted():
            return begin_import(first)
        case OrganizerEvent():
            return begin_organizer(first)
        case other:
            raise TypeError(f"no stream begins with {type(other).__name__}")
