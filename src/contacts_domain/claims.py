"""Claims make set rules hold under concurrency: one holder per (organizer, kind, key), for ever
checked by a primary key. What an event claims is a pure function, so claims can be rebuilt."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Literal, NamedTuple
from uuid import UUID

from contacts_domain import commands, events
from contacts_domain.emails import email_key
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.free_text import comparison_key
from contacts_domain.import_commands import (
    ImportCommand,
    NoteExport,
    StartImport,
    UndoImportOfContact,
)
from contacts_domain.import_events import stream_of_request

ClaimKind = Literal["email", "group_name", "booking", "message", "command"]
"""What is unique per organizer. `message` is a CloudEvents (source, id); `command` exists only
for ids that callers gave, and is the one kind that is a record of its own, not derived."""

LONGEST_KEY = 500
"""Bytes in UTF-8 of a key that is kept as it is. PostgreSQL's primary key has room for 2,704 bytes,
of which an organizer's id may take 400."""

REMEMBERED = 4_096
"""Claims of one kind: reading, deciding and recording a unit of work each ask for the same ones."""

_DIGEST = "sha256:"
_SEPARATOR = "\n"  # allowed in none of the parts


class Claim(NamedTuple):
    """Something that at most one stream of an organizer can hold."""

    organizer_id: str
    kind: ClaimKind
    key: str


def claim_key(text: str) -> str:
    """What stands for `text` in a claim: itself, or the digest of a long one.

    Text that looks like a digest is digested, too, so that no two keys are ever taken for one.
    """
    encoded = text.encode()
    if len(encoded) <= LONGEST_KEY and not text.startswith(_DIGEST):
        return text
    return _DIGEST + sha256(encoded).hexdigest()


def _claim(organizer_id: str, kind: ClaimKind, *parts: str) -> Claim:
    return Claim(organizer_id, kind, claim_key(_SEPARATOR.join(parts)))


class ClaimChange(NamedTuple):
    """A claim that an event takes for its stream, or releases."""

    claim: Claim
    taken: bool


@lru_cache(maxsize=REMEMBERED)
def email_claim(organizer_id: str, email: str) -> Claim:
    """The right to an e-mail address."""
    return _claim(organizer_id, "email", email_key(email))


def group_name_claim(organizer_id: str, name: str) -> Claim:
    """The right to a group name, compared without case."""
    return _claim(organizer_id, "group_name", comparison_key(name))


@lru_cache(maxsize=REMEMBERED)
def booking_claim(organizer_id: str, booking_id: str, invitee_email: str) -> Claim:
    """Where a booking of an invitee is at home."""
    return _claim(organizer_id, "booking", booking_id, email_key(invitee_email))


@lru_cache(maxsize=REMEMBERED)
def message_claim(organizer_id: str, message_source: str, message_id: str) -> Claim:
    """Which stream recorded a booking message."""
    return _claim(organizer_id, "message", message_source, message_id)


def command_claim(organizer_id: str, command_id: str) -> Claim:
    """A command id that a caller gave; its holder is the receipt."""
    return _claim(organizer_id, "command", command_id)


def claim_changes(recorded: RecordedEvent) -> Iterator[ClaimChange]:
    """What `recorded` takes and releases, releases first. Taking what one holds changes nothing."""
    organizer_id = recorded.organizer_id
    match recorded.event:
        case events.ContactCreated(email=email) | events.ContactRestored(email=email):
            yield ClaimChange(email_claim(organizer_id, email), taken=True)
        case events.ContactEmailChanged(email=email, previous_email=previous_email):
            yield ClaimChange(email_claim(organizer_id, previous_email), taken=False)
            yield ClaimChange(email_claim(organizer_id, email), taken=True)
        case events.ContactDeleted(email=email):
            yield ClaimChange(email_claim(organizer_id, email), taken=False)
        case events.BookingEvent() as booking:
            yield ClaimChange(
                booking_claim(organizer_id, booking.booking_id, booking.invitee_email), taken=True
            )
            yield ClaimChange(
                message_claim(organizer_id, booking.message_source, booking.message_id), taken=True
            )
        case events.GroupCreated(group_name=name):
            yield ClaimChange(group_name_claim(organizer_id, name), taken=True)
        case events.GroupChanged(group_name=str() as name, previous_name=str() as previous_name):
            yield ClaimChange(group_name_claim(organizer_id, previous_name), taken=False)
            yield ClaimChange(group_name_claim(organizer_id, name), taken=True)
        case events.GroupDeleted(group_name=name):
            yield ClaimChange(group_name_claim(organizer_id, name), taken=False)


def claims_consulted(command: commands.Command) -> Iterator[Claim]:
    """The claims that deciding `command` looks at, so that a batch reads them all at once."""
    organizer_id = command.organizer_id
    if command.command_id is not None:
        yield command_claim(organizer_id, command.command_id)
    match command:
        case commands.CreateContact(email=email) | commands.ImportContact(email=email):
            yield email_claim(organizer_id, email)
        case commands.EditContact(email=str() as email):
            yield email_claim(organizer_id, email)
        case commands.BookingCommand() as message:
            yield message_claim(organizer_id, message.message_source, message.message_id)
            yield booking_claim(organizer_id, message.booking_id, message.invitee_email)
            yield email_claim(organizer_id, message.invitee_email)
        case commands.CreateGroup(name=name) | commands.ChangeGroup(name=str() as name):
            yield group_name_claim(organizer_id, name)


def streams_read_whole(command: commands.Command) -> Iterator[UUID]:
    """The streams whose very events deciding `command` looks at."""
    match command:
        case UndoImportOfContact(contact_id=contact_id):
            yield contact_id
        case NoteExport(organizer_id=organizer_id, request_id=request_id):
            yield stream_of_request(organizer_id, request_id)


def streams_consulted(command: commands.Command) -> Iterator[UUID]:
    """The contacts and groups that `command` names by id."""
    match command:
        case commands.AddContactToGroup() | commands.RemoveContactFromGroup():
            yield command.contact_id
            yield command.group_id
        case commands.ContactCommand(contact_id=contact_id):
            yield contact_id
        case commands.GroupCommand(group_id=group_id):
            yield group_id
        case ImportCommand(import_id=import_id):
            yield import_id
        case StartImport(organizer_id=organizer_id, request_id=request_id):
            yield stream_of_request(organizer_id, request_id)
        case commands.CreateContact(group_ids=group_ids):
            yield from group_ids
        case commands.CreateGroup(contact_ids=contact_ids):
            yield from contact_ids
