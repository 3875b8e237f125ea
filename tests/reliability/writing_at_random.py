"""What each of many processes does that write to one address book at once; told to the test."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from adapters import Contacts, open_contacts
from contacts_domain.commands import Command, CreateContact, EditContact, TagContact
from contacts_domain.errors import ConcurrentModification, EmailAlreadyUsed
from contacts_domain.outcomes import Receipt, Refusal
from tests.builders import ORGANIZER, a_booking, a_contact

SHARED_EMAILS = 6
GUESTS = 3


@dataclass
class Told:
    """What one process was told, and what must be there afterwards."""

    events: list[int] = field(default_factory=list)
    """The positions of all events of its receipts."""
    emails: list[str] = field(default_factory=list)
    """Of contacts that it made."""
    tags: list[tuple[UUID, str]] = field(default_factory=list)
    bookings: set[tuple[str, str]] = field(default_factory=set)
    """Booking ids and invitees."""
    refused: int = 0
    """How often an e-mail was in use."""
    tried_again: int = 0
    """How often a unit lost so many races that it had to be given anew."""
    errors: list[str] = field(default_factory=list)
    """Whatever else was raised or refused."""


def write_at_random(
    database: str, seed: int, number: int, steps: int, known: Sequence[UUID]
) -> Told:
    """Carry out random commands, one by one and in batches."""
    chance, told = random.Random(seed * 1_000 + number), Told()
    with open_contacts(database) as contacts:
        for step in range(steps):
            size = chance.choice((1, 1, 3))
            commands = [
                _a_command(chance, f"{number}-{step}-{index}", known) for index in range(size)
            ]
            _carry_out(contacts, commands, told)
    return told


def _a_command(chance: random.Random, name: str, known: Sequence[UUID]) -> Command:
    guest = f"guest-{chance.randrange(GUESTS)}@example.org"
    shared = chance.randrange(SHARED_EMAILS)
    contact = chance.choice(known)
    match chance.randrange(6):
        case 0:
            return a_contact(email=f"own-{name}@example.org")
        case 1:
            return a_contact(email=f"shared-{shared}@example.org")
        case 2:
            return EditContact(organizer_id=ORGANIZER, contact_id=contact, notes=name)
        case 3:
            return TagContact(organizer_id=ORGANIZER, contact_id=contact, tags=(name,))
        case 4:
            return a_booking(booking_id=f"bk-{name}", invitee_email=guest, message_id=f"m-{name}")
        case _:
            return a_booking(
                booking_id=f"bk-{shared}", invitee_email=guest, message_id=f"m-{shared}-{guest}"
            )


def _carry_out(contacts: Contacts, commands: Sequence[Command], told: Told) -> None:
    try:
        outcomes = contacts.handle_all(commands, on_refusal="report")
    except ConcurrentModification:  # as it says: nothing was recorded, try again
        told.tried_again += 1
        _carry_out(contacts, commands, told)
        return
    except Exception as error:  # whatever it is, the test shall see it
        told.errors.append(f"{type(error).__name__}: {error} ({error.__cause__})")
        return
    for command, outcome in zip(commands, outcomes, strict=True):
        match outcome:
            case Receipt(position=last, events=count):
                told.events += range(last - count + 1, last + 1)
                _note(command, told)
            case Refusal(error=EmailAlreadyUsed()):
                told.refused += 1
            case Refusal(error=error):
                told.errors.append(f"{type(error).__name__}: {error}")


def _note(command: Command, told: Told) -> None:
    match command:
        case CreateContact(email=email):
            told.emails.append(email)
        case TagContact(contact_id=contact_id, tags=tags):
            told.tags += [(contact_id, tag) for tag in tags]
        case EditContact():
            pass
        case booking:
            told.bookings.add((booking.booking_id, booking.invitee_email))  # type: ignore[attr-defined]
