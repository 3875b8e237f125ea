"""A unit of work: what its commands have decided so far, as the next of them sees it.

Decisions run against this overlay of aggregates and claims. A command's events join it only when
the whole command succeeded, so a refusal never damages its neighbours; nothing is written before
the end.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from uuid_utils import uuid7

from contacts_domain.claims import (
    Claim,
    claim_changes,
    claims_consulted,
    streams_consulted,
    streams_read_whole,
)
from contacts_domain.commands import Command, ContactCommand
from contacts_domain.contact import Contact
from contacts_domain.errors import (
    ContactNotFound,
    CorruptDatabase,
    FieldProblem,
    GroupNotFound,
    ImportNotFound,
)
from contacts_domain.event_schema import Provenance, RecordedEvent
from contacts_domain.events import Event
from contacts_domain.group import Group
from contacts_domain.import_commands import ImportCommand
from contacts_domain.imports import Import
from contacts_domain.organizer import Organizer, organizer_stream_id
from contacts_domain.recording import ClaimWrites, TakenClaim
from contacts_domain.streams import Aggregate, StreamSource, project


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command comes to: events, perhaps none, and what to tell the caller."""

    stream_id: UUID
    """What the command is about."""
    own_events: Sequence[Event]
    """The events of `stream_id`."""
    warnings: tuple[FieldProblem, ...] = ()
    elsewhere: Sequence[tuple[UUID, Sequence[Event]]] = ()
    """Events of other streams in the same unit of work, recorded after the own ones."""

    @property
    def streams(self) -> Sequence[tuple[UUID, Sequence[Event]]]:
        """All events, by stream, in the order they are recorded in."""
        return [(self.stream_id, self.own_events), *self.elsewhere]

    @property
    def events(self) -> Sequence[Event]:
        """All events in the order they are recorded in."""
        if not self.elsewhere:
            return self.own_events
        return [event for _, events in self.streams for event in events]


class RecordedReceipt(NamedTuple):
    """What a command id came to: its position if it was recorded before this unit, else the place
    of its last event within it."""

    holder: str
    position: int | None
    event_index: int


def _stream_id(holder: str) -> UUID:
    try:
        return UUID(holder)
    except ValueError:
        raise CorruptDatabase(
            "A claim has a holder that is no stream id; restore the database from a backup."
        ) from None


@dataclass(slots=True)
class UnitOfWork:
    """Aggregates, claims and new events of the commands handled together."""

    source: StreamSource
    now: Callable[[], datetime]
    """The current time, UTC."""
    default_region: str | None = None
    """ISO 3166-1 alpha-2, for organizers who have set no region of their own."""
    events: list[RecordedEvent] = field(default_factory=list)
    _aggregates: dict[UUID, Aggregate | None] = field(default_factory=dict)
    _streams: dict[UUID, Sequence[RecordedEvent]] = field(default_factory=dict)
    _begun: dict[UUID, list[RecordedEvent]] = field(default_factory=dict)
    """Streams that began in this unit and that no command has looked at since."""
    _claims: dict[Claim, str | None] = field(default_factory=dict)
    _initial_claims: dict[Claim, str | None] = field(default_factory=dict)
    _claimed_at: dict[Claim, int] = field(default_factory=dict)
    _positions: dict[Claim, int] = field(default_factory=dict)

    # --- reading -------------------------------------------------------------------------------

    def prefetch(self, commands: Iterable[Command]) -> None:
        """Read at once what these commands will look at."""
        commands = tuple(commands)
        self._read_claims([claim for each in commands for claim in claims_consulted(each)])
        named = [stream_id for each in commands for stream_id in streams_consulted(each)]
        named += [organizer_stream_id(each.organizer_id) for each in commands]
        holders = [
            _stream_id(holder)
            for claim, holder in self._claims.items()
            if holder is not None and claim.kind != "command"
        ]
        self._read_streams([*named, *holders])
        whole = [stream_id for each in commands for stream_id in streams_read_whole(each)]
        if whole:
            self._streams |= self.source.streams(whole)

    def holder(self, claim: Claim) -> UUID | None:
        """The contact or group that holds `claim`, this unit's earlier commands included."""
        holder = self._holder_text(claim)
        return None if holder is None else _stream_id(holder)

    def recorded_receipt(self, claim: Claim) -> RecordedReceipt | None:
        """What is on record for a command id, this unit's earlier commands included."""
        holder = self._holder_text(claim)
        if holder is None:
            return None
        return RecordedReceipt(holder, self._positions.get(claim), self._claimed_at.get(claim, 0))

    def contact(self, command: ContactCommand) -> Contact:
        """The contact that a command names; foreign, deleted and unknown ones are not found."""
        return self.contact_of(command.organizer_id, command.contact_id)

    def contact_of(self, organizer_id: str, contact_id: UUID) -> Contact:
        """The organizer's contact of this id; foreign, deleted and unknown ones are not found."""
        contact = self._contact_even_if_deleted(organizer_id, contact_id)
        if contact.is_deleted:
            raise ContactNotFound(contact_id)
        return contact

    def contact_even_if_deleted(self, command: ContactCommand) -> Contact:
        """As `contact`, for deleting again and for restoring."""
        return self._contact_even_if_deleted(command.organizer_id, command.contact_id)

    def _contact_even_if_deleted(self, organizer_id: str, contact_id: UUID) -> Contact:
        found = self._aggregate(contact_id)
        if not isinstance(found, Contact) or found.organizer_id != organizer_id:
            raise ContactNotFound(contact_id)
        return found

    def holding_contact(self, claim: Claim) -> Contact | None:
        """The contact that holds `claim`, deleted or not."""
        holder = self.holder(claim)
        found = None if holder is None else self._aggregate(holder)
        return found if isinstance(found, Contact) else None

    def group(self, organizer_id: str, group_id: UUID) -> Group:
        """The organizer's group of this id; foreign, deleted and unknown ones are not found."""
        group = self.group_even_if_deleted(organizer_id, group_id)
        if group.is_deleted:
            raise GroupNotFound(group_id)
        return group

    def group_even_if_deleted(self, organizer_id: str, group_id: UUID) -> Group:
        """As `group`, for deleting again."""
        found = self._aggregate(group_id)
        if not isinstance(found, Group) or found.organizer_id != organizer_id:
            raise GroupNotFound(group_id)
        return found

    def import_(self, command: ImportCommand) -> Import:
        """The import that a command names; foreign and unknown ones are not found."""
        return self.require_import(command.organizer_id, command.import_id)

    def require_import(self, organizer_id: str, import_id: UUID) -> Import:
        """The organizer's import of this id; foreign and unknown ones are not found."""
        found = self.import_if_any(organizer_id, import_id)
        if found is None:
            raise ImportNotFound(import_id)
        return found

    def import_if_any(self, organizer_id: str, import_id: UUID) -> Import | None:
        """The organizer's import of this id. Raises ImportNotFound for what is another's."""
        found = self._aggregate(import_id)
        if found is None:
            return None
        if not isinstance(found, Import) or found.organizer_id != organizer_id:
            raise ImportNotFound(import_id)
        return found

    def recorded(self, stream_id: UUID) -> Sequence[RecordedEvent]:
        """The events of a stream with their provenance, this unit's own ones at the end."""
        if stream_id not in self._streams:
            self._streams |= self.source.streams([stream_id])
        own = [each for each in self.events if each.originator_id == stream_id]
        return [*self._streams.get(stream_id, ()), *own]

    def organizer(self, organizer_id: str) -> Organizer:
        """The organizer's settings, the defaults if nothing was ever set."""
        stream_id = organizer_stream_id(organizer_id)
        found = self._aggregate(stream_id)
        return found if isinstance(found, Organizer) else Organizer(stream_id, organizer_id)

    def region_of(self, organizer_id: str) -> str | None:
        """How the organizer's national phone numbers are read."""
        return self.organizer(organizer_id).default_region or self.default_region

    def _aggregate(self, stream_id: UUID) -> Aggregate | None:
        if stream_id in self._begun:
            self._aggregates[stream_id] = project(None, self._begun.pop(stream_id))
        elif stream_id not in self._aggregates:
            self._read_streams([stream_id])
        return self._aggregates[stream_id]

    def _holder_text(self, claim: Claim) -> str | None:
        if claim not in self._claims:
            self._read_claims([claim])
        return self._claims[claim]

    def _read_streams(self, stream_ids: Iterable[UUID]) -> None:
        unread = [each for each in dict.fromkeys(stream_ids) if each not in self._aggregates]
        if unread:
            self._aggregates |= dict.fromkeys(unread)
            self._aggregates |= self.source.aggregates(unread)

    def _read_claims(self, claims: Iterable[Claim]) -> None:
        unread = [each for each in dict.fromkeys(claims) if each not in self._claims]
        if not unread:
            return
        held = self.source.claim_holders(unread)
        for claim in unread:
            holder = held.get(claim)
            self._claims[claim] = self._initial_claims[claim] = holder and holder.holder
            if holder is not None:
                self._positions[claim] = holder.position

    # --- joining -------------------------------------------------------------------------------

    def join(self, command: Command, decision: Decision) -> None:
        """Take in what a command decided, so that the next one sees it."""
        provenance = Provenance(
            actor=command.actor,
            source=command.source,
            correlation_id=command.correlation_id,
            causation_id=str(uuid7()),
            command_id=command.command_id,
        )
        for stream_id, events in decision.streams:
            version = self._version_of(stream_id)
            recorded = [
                RecordedEvent(
                    originator_id=stream_id,
                    originator_version=number,
                    organizer_id=command.organizer_id,
                    event=event,
                    provenance=provenance,
                )
                for number, event in enumerate(events, version + 1)
            ]
            for each in recorded:
                self._join_claims(each)
                self.events.append(each)
            if version:
                self._aggregates[stream_id] = project(self._aggregate(stream_id), recorded)
            elif recorded:
                self._begun[stream_id] = recorded

    def _version_of(self, stream_id: UUID) -> int:
        """The version of a stream that a command decided on; 0 if it is about to begin."""
        if stream_id in self._begun:
            return len(self._begun[stream_id])
        aggregate = self._aggregates.get(stream_id)
        return 0 if aggregate is None else aggregate.version

    def join_receipt(self, claim: Claim, receipt: str) -> None:
        """Record what a command with an id came to."""
        self._take(claim, receipt, len(self.events) - 1)

    def _join_claims(self, recorded: RecordedEvent) -> None:
        for change in claim_changes(recorded):
            if change.taken:
                self._take(change.claim, str(recorded.originator_id), len(self.events))
            else:
                self._initial_claims.setdefault(change.claim, str(recorded.originator_id))
                self._claims[change.claim] = None

    def _take(self, claim: Claim, holder: str, event_index: int) -> None:
        if self._holder_text(claim) == holder:
            return
        self._claims[claim] = holder
        self._claimed_at[claim] = event_index

    def claim_writes(self) -> ClaimWrites:
        """What the unit comes to for the claims, in the order that never deadlocks."""
        changed = sorted(
            claim
            for claim, holder in self._claims.items()
            if holder != self._initial_claims.get(claim)
        )
        return ClaimWrites(
            released=[claim for claim in changed if self._initial_claims.get(claim) is not None],
            taken=[
                TakenClaim(claim, holder, self._claimed_at[claim])
                for claim in changed
                if (holder := self._claims[claim]) is not None
            ],
        )
