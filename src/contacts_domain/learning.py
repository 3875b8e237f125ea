"""What a contact learns about a person from booking messages.

Name, phone and spelling of the e-mail that nobody entered come from the earliest message that has
them, and are learned anew when an earlier one arrives.
"""

from typing import Any, Protocol

from contacts_domain import events
from contacts_domain.bookings import BookingLedger, is_earlier, stamp_of
from contacts_domain.commands import BookingCommand
from contacts_domain.emails import local_part
from contacts_domain.events import BookingEvent, Event
from contacts_domain.free_text import cut
from contacts_domain.names import MAX_LENGTH, PersonName, split_full_name
from contacts_domain.phones import Phone, readable_phone


class Learner(Protocol):
    """What is known about a contact, and what of it was entered by a person or an import."""

    email: str
    first_name: str
    last_name: str
    phone: Phone
    is_deleted: bool
    entered: set[str]
    bookings: BookingLedger


def learned_from(event: BookingEvent, known: Learner, default_region: str | None) -> list[Event]:
    """The changes that a message not yet applied brings."""
    learned: list[Event] = []
    if _learns_email(event, known):
        learned.append(
            events.ContactEmailChanged(
                email=event.invitee_email, previous_email=known.email, origin="booking"
            )
        )
    details: dict[str, Any] = {}
    name = _learned_name(event, known)
    if name is not None and name != (known.first_name, known.last_name):
        details |= {"first_name": name.first, "last_name": name.last}
        if not event.invitee_name.strip():
            details["name_is_placeholder"] = True
    phone = _learned_phone(event, known, default_region)
    if phone is not None and phone != known.phone:
        details |= {"phone": phone.typed, "phone_e164": phone.e164}
    if details:
        learned.append(events.ContactDetailsChanged(**details, origin="booking"))
    return learned


def _learns_email(event: BookingEvent, known: Learner) -> bool:
    return (
        not known.is_deleted  # its e-mail may be somebody else's by now
        and "email" not in known.entered
        and is_earlier(stamp_of(event), known.bookings.first)
        and event.invitee_email != known.email
    )


def _learned_name(event: BookingEvent, known: Learner) -> PersonName | None:
    if "name" in known.entered:
        return None
    if event.invitee_name.strip():
        if is_earlier(stamp_of(event), known.bookings.first_named):
            return split_full_name(event.invitee_name)
    elif known.bookings.first_named is None and _learns_email(event, known):
        return placeholder_name(event.invitee_email)
    return None


def _learned_phone(event: BookingEvent, known: Learner, default_region: str | None) -> Phone | None:
    if "phone" in known.entered or not event.invitee_phone.strip():
        return None
    if not is_earlier(stamp_of(event), known.bookings.first_phoned):
        return None
    return readable_phone(event.invitee_phone, default_region)


def placeholder_name(email: str) -> PersonName:
    """The name of somebody who gave none: the text before the `@`."""
    return PersonName(cut(local_part(email), MAX_LENGTH), "")


def created_from_booking(
    message: BookingCommand, default_region: str | None
) -> events.ContactCreated:
    """The contact that an unknown invitee becomes."""
    is_placeholder = not message.invitee_name.strip()
    name = (
        placeholder_name(message.invitee_email)
        if is_placeholder
        else split_full_name(message.invitee_name)
    )
    phone = readable_phone(message.invitee_phone, default_region)
    return events.ContactCreated(
        email=message.invitee_email,
        first_name=name.first,
        last_name=name.last,
        name_is_placeholder=is_placeholder,
        phone=phone.typed,
        phone_e164=phone.e164,
        origin="booking",
    )


def name_by_bookings(bookings: BookingLedger) -> PersonName | None:
    """The name in the earliest message that has one."""
    named = [each for each in bookings.messages.values() if each.invitee_name.strip()]
    return split_full_name(min(named, key=stamp_of).invitee_name) if named else None


def phone_by_bookings(bookings: BookingLedger, default_region: str | None) -> Phone | None:
    """The phone in the earliest message that has one."""
    phoned = [each for each in bookings.messages.values() if each.invitee_phone.strip()]
    if not phoned:
        return None
    return readable_phone(min(phoned, key=stamp_of).invitee_phone, default_region)
