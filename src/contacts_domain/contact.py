"""The contact: decides what a command changes, and becomes what its events say.

Deciding (`edit`, `tag`, `record_booking`, …) reads the state and returns events or raises a
refusal; `apply` writes the state and never fails. Deciding what is already so returns no events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any
from uuid import UUID

from contacts_domain import events
from contacts_domain.bookings import BookingLedger, message_event, says_the_same
from contacts_domain.commands import BookingCommand, CorrectInteraction
from contacts_domain.errors import CommandIdReused, InteractionNotFound, MessageIdReused
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event
from contacts_domain.learning import learned_from
from contacts_domain.phones import NO_PHONE, Phone
from contacts_domain.tags import missing_from, present_in, tag_key

DETAILS = ("first_name", "last_name", "company", "job_title", "notes")


@dataclass(slots=True)
class Interaction:
    """A manually logged interaction as it stands after corrections."""

    logged: events.ContactInteractionLogged
    current: events.ContactInteractionLogged
    removed: bool = False


@dataclass(slots=True)
class Contact:
    """A person in one organizer's address book."""

    id: UUID
    organizer_id: str
    version: int = 0
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    name_is_placeholder: bool = False
    phone: Phone = NO_PHONE
    company: str = ""
    job_title: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    group_ids: set[UUID] = field(default_factory=set)
    is_active: bool = True
    is_deleted: bool = False
    entered: set[str] = field(default_factory=set)
    """Which of `email`, `name`, `phone` a person or an import set; bookings leave those alone."""
    bookings: BookingLedger = field(default_factory=BookingLedger)
    interactions: dict[UUID, Interaction] = field(default_factory=dict)

    # --- deciding ------------------------------------------------------------------------------

    def edit(self, changes: dict[str, str], phone: Phone | None) -> list[Event]:
        """New details; `changes` maps names of `DETAILS` to values, None leaves the phone."""
        differing: dict[str, Any] = {
            name: new for name, new in changes.items() if new != getattr(self, name)
        }
        if phone is not None and phone != self.phone:
            differing |= {"phone": phone.typed, "phone_e164": phone.e164}
        return [events.ContactDetailsChanged(**differing)] if differing else []

    def change_email(self, email: str) -> list[Event]:
        """Another address, or another spelling of the same."""
        if email == self.email:
            return []
        return [events.ContactEmailChanged(email=email, previous_email=self.email)]

    def tag(self, tags: Iterable[str]) -> list[Event]:
        """Tags it does not have yet."""
        missing = missing_from(self.tags, tags)
        return [events.ContactTagged(tags=missing)] if missing else []

    def untag(self, tags: Iterable[str]) -> list[Event]:
        """Tags it has."""
        present = present_in(self.tags, tags)
        return [events.ContactUntagged(tags=present)] if present else []

    def replace_tags(self, tags: tuple[str, ...]) -> list[Event]:
        """Exactly these tags; the order among kept ones does not change."""
        keys = {tag_key(tag) for tag in tags}
        dropped = tuple(tag for tag in self.tags if tag_key(tag) not in keys)
        return [*self.untag(dropped), *self.tag(tags)]

    def join(self, group_id: UUID) -> list[Event]:
        """Membership of a group that the caller made sure exists."""
        return [] if group_id in self.group_ids else [events.ContactGrouped(group_id=group_id)]

    def leave(self, group_id: UUID) -> list[Event]:
        """The end of a membership."""
        return [events.ContactUngrouped(group_id=group_id)] if group_id in self.group_ids else []

    def deactivate(self) -> list[Event]:
        """Setting it aside."""
        return [events.ContactDeactivated()] if self.is_active else []

    def reactivate(self) -> list[Event]:
        """Bringing it back."""
        return [] if self.is_active else [events.ContactReactivated()]

    def delete(self) -> list[Event]:
        """Hiding it and freeing its e-mail."""
        return [] if self.is_deleted else [events.ContactDeleted(email=self.email)]

    def restore(self) -> list[Event]:
        """Undoing the deletion; the caller made sure that the e-mail is free."""
        return [events.ContactRestored(email=self.email)] if self.is_deleted else []

    def log(self, interaction: events.ContactInteractionLogged) -> list[Event]:
        """A new entry; its id repeated with the same content changes nothing."""
        known = self.interactions.get(interaction.interaction_id)
        if known is None:
            return [interaction]
        same_time = {"occurred_at": known.logged.occurred_at}  # by default it is the time of asking
        if known.logged != interaction.model_copy(update=same_time):
            raise CommandIdReused(str(interaction.interaction_id))
        return []

    def correct(self, correction: CorrectInteraction) -> list[Event]:
        """New values of a logged entry."""
        current = self._interaction(correction.interaction_id).current
        changes = {
            name: value
            for name in ("type", "description", "occurred_at", "metadata")
            if (value := getattr(correction, name)) not in (None, getattr(current, name))
        }
        if not changes:
            return []
        return [
            events.ContactInteractionCorrected(interaction_id=correction.interaction_id, **changes)
        ]

    def remove_interaction(self, interaction_id: UUID) -> list[Event]:
        """An entry off the timeline."""
        known = self.interactions.get(interaction_id)
        if known is not None and known.removed:
            return []
        self._interaction(interaction_id)
        return [events.ContactInteractionRemoved(interaction_id=interaction_id)]

    def record_booking(self, message: BookingCommand, default_region: str | None) -> list[Event]:
        """A booking message and what the contact learns from it; nothing for a duplicate."""
        event = message_event(message)
        known = self.bookings.message(event.message_source, event.message_id)
        if known is None:
            return [*learned_from(event, self, default_region), self.bookings.counted(event)]
        if not says_the_same(known, event):
            raise MessageIdReused(event.message_source, event.message_id)
        return []

    def _interaction(self, interaction_id: UUID) -> Interaction:
        known = self.interactions.get(interaction_id)
        if known is None or known.removed:
            raise InteractionNotFound(interaction_id)
        return known

    # --- applying ------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Become what `event` says."""
        _apply(event, self)
        self.version += 1


@singledispatch
def _apply(event: Event, contact: Contact) -> None:  # noqa: ARG001
    raise TypeError(f"{type(event).__name__} is no event of a contact")


@_apply.register
def _(event: events.ContactCreated, contact: Contact) -> None:
    contact.email = event.email
    contact.first_name, contact.last_name = event.first_name, event.last_name
    contact.name_is_placeholder = event.name_is_placeholder
    contact.phone = Phone(event.phone, event.phone_e164)
    contact.company, contact.job_title = event.company, event.job_title
    contact.notes, contact.tags = event.notes, event.tags
    if event.origin == "entered":
        named = () if event.name_is_placeholder else ("name",)
        contact.entered.update(("email", *named, *(("phone",) if event.phone else ())))


@_apply.register
def _(event: events.ContactDetailsChanged, contact: Contact) -> None:
    for name in DETAILS:
        value = getattr(event, name)
        if value is not None:
            setattr(contact, name, value)
    named = event.first_name is not None or event.last_name is not None
    if named:
        contact.name_is_placeholder = bool(event.name_is_placeholder)
    if event.phone is not None:
        contact.phone = Phone(event.phone, event.phone_e164)
    if event.origin == "entered":
        phoned = event.phone is not None
        contact.entered.update(("name",) * named + ("phone",) * phoned)


@_apply.register
def _(event: events.ContactEntryUndone, contact: Contact) -> None:
    contact.entered.difference_update(event.fields)


@_apply.register
def _(event: events.ContactEmailChanged, contact: Contact) -> None:
    contact.email = event.email
    if event.origin == "entered":
        contact.entered.add("email")


@_apply.register
def _(event: events.ContactTagged, contact: Contact) -> None:
    contact.tags += event.tags


@_apply.register
def _(event: events.ContactUntagged, contact: Contact) -> None:
    contact.tags = tuple(tag for tag in contact.tags if tag not in event.tags)


@_apply.register
def _(event: events.ContactGrouped, contact: Contact) -> None:
    contact.group_ids.add(event.group_id)


@_apply.register
def _(event: events.ContactUngrouped, contact: Contact) -> None:
    contact.group_ids.discard(event.group_id)


@_apply.register
def _(_event: events.ContactDeactivated, contact: Contact) -> None:
    contact.is_active = False


@_apply.register
def _(_event: events.ContactReactivated, contact: Contact) -> None:
    contact.is_active = True


@_apply.register
def _(_event: events.ContactDeleted, contact: Contact) -> None:
    contact.is_deleted = True


@_apply.register
def _(_event: events.ContactRestored, contact: Contact) -> None:
    contact.is_deleted = False


@_apply.register
def _(event: events.BookingEvent, contact: Contact) -> None:
    contact.bookings.apply(event)


@_apply.register
def _(event: events.ContactInteractionLogged, contact: Contact) -> None:
    contact.interactions[event.interaction_id] = Interaction(event, event)


@_apply.register
def _(event: events.ContactInteractionCorrected, contact: Contact) -> None:
    interaction = contact.interactions[event.interaction_id]
    changes = event.model_dump(exclude={"interaction_id"}, exclude_none=True)
    interaction.current = interaction.current.model_copy(update=changes)


@_apply.register
def _(event: events.ContactInteractionRemoved, contact: Contact) -> None:
    contact.interactions[event.interaction_id].removed = True


def begin_contact(first: RecordedEvent) -> Contact:
    """The contact whose stream begins with `first`, before it is applied."""
    return Contact(id=first.originator_id, organizer_id=first.organizer_id)
