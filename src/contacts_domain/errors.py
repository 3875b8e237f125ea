"""Every refusal the library can answer, as one tree; the class name in snake_case is its code."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class ContactsError(Exception):
    """Something was refused or failed; subclasses say what, with which value and what to do."""

    code: ClassVar[str] = "contacts_error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        return _revived, (type(self), self.__dict__)


def _revived(cls: type[ContactsError], state: dict[str, Any]) -> ContactsError:
    """An error from another process; its constructor may want other arguments."""
    error = cls.__new__(cls, state["message"])
    error.__dict__.update(state)
    return error


class Refused(ContactsError):
    """A command that cannot be carried out; nothing of it was recorded."""


# --- what a command says -----------------------------------------------------------------------


@dataclass(frozen=True)
class FieldProblem:
    """A field that cannot be accepted, or only in part: which, why, and the value as given."""

    field: str
    reason: str
    value: str


class InvalidCommand(Refused):
    """A command with missing, unknown, too long or malformed fields; `errors` names each."""

    def __init__(self, errors: Iterable[FieldProblem]) -> None:
        self.errors = tuple(errors)
        named = "; ".join(f"{e.field or 'command'}: {e.reason}" for e in self.errors)
        super().__init__(
            f"The command was refused: {named}. Correct these fields and send it again.",
            errors=[{"field": e.field, "reason": e.reason, "value": e.value} for e in self.errors],
        )


class InvalidEmail(InvalidCommand):
    """An e-mail address that RFC 5321/6531 syntax does not allow."""


class InvalidPhone(InvalidCommand):
    """A phone number that no numbering plan can hold, given by a person."""


class InvalidTag(InvalidCommand):
    """A tag that is blank, longer than 50 characters, or holds a comma or a line break."""


class InvalidColor(InvalidCommand):
    """A colour that is no hex code such as `#0066cc`."""


# --- what the address book says ----------------------------------------------------------------


class ContactNotFound(Refused):
    """No such contact for this organizer: unknown, deleted and foreign ids answer alike."""

    def __init__(self, reference: object) -> None:
        super().__init__(
            f"There is no contact {reference}. List the contacts to find its id or e-mail.",
            reference=str(reference),
        )


class GroupNotFound(Refused):
    """No such group for this organizer: unknown, deleted and foreign ids answer alike."""

    def __init__(self, reference: object) -> None:
        super().__init__(
            f"There is no group {reference}. List the groups to find its id or name.",
            reference=str(reference),
        )


class SearchNotFound(Refused):
    """No saved search of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no saved search {name!r}. List the saved searches to find its name.",
            name=name,
        )


class MappingNotFound(Refused):
    """No saved mapping of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no saved mapping {name!r}. List the saved mappings to find its name.",
            name=name,
        )


class ImportNotFound(Refused):
    """No import of this id in this address book."""

    def __init__(self, import_id: object) -> None:
        super().__init__(
            f"There is no import {import_id}. List the imports to find its id.",
            import_id=str(import_id),
        )


class InteractionNotFound(Refused):
    """No such manually logged interaction on this contact."""

    def __init__(self, interaction_id: object) -> None:
        super().__init__(
            f"There is no manual interaction {interaction_id} on this contact. "
            "Read its timeline for the ids; entries of bookings cannot be changed.",
            interaction_id=str(interaction_id),
        )


class EmailAlreadyUsed(Refused):
    """The organizer has a contact with this e-mail; `contact_id` says which."""

    def __init__(self, email: str, contact_id: object, *, is_active: bool) -> None:
        self.contact_id = contact_id
        self.is_active = is_active
        state = "an active" if is_active else "a deactivated"
        super().__init__(
            f"The e-mail {email} belongs to {state} contact, {contact_id}. "
            "Edit or reactivate that contact, or use another e-mail.",
            email=email,
            contact_id=str(contact_id),
            is_active=is_active,
        )


class GroupNameAlreadyUsed(Refused):
    """The organizer has a group with this name, compared without case; `group_id` says which."""

    def __init__(self, name: str, group_id: object) -> None:
        self.group_id = group_id
        super().__init__(
            f"A group named {name!r} exists already, {group_id}. Use it, or choose another name.",
            name=name,
            group_id=str(group_id),
        )


class CommandIdReused(Refused):
    """The command id was used before for a command with other content."""

    def __init__(self, command_id: str) -> None:
        super().__init__(
            f"The command id {command_id!r} was used for another command. "
            "Give every command an id of its own; repeat an id only with the same content.",
            command_id=command_id,
        )


class MessageIdReused(Refused):
    """A booking message repeats the (source, id) of another message with other content."""

    def __init__(self, source: str, message_id: str) -> None:
        super().__init__(
            f"The message {message_id!r} of {source!r} was received before with other content. "
            "CloudEvents ids must be unique per source; the first one stands.",
            source=source,
            message_id=message_id,
        )


class ConcurrentModification(Refused):
    """The same contact, group or name was changed by others again and again meanwhile."""

    def __init__(self, attempts: int) -> None:
        super().__init__(
            f"Others changed the same records during all {attempts} attempts. Try again.",
            attempts=attempts,
        )


class ImportNotPossible(Refused):
    """An import that is not in the state for this: finished, cancelled, or not confirmed yet."""

    def __init__(self, import_id: object, status: str, what: str) -> None:
        super().__init__(
            f"The import {import_id} is {status}; it cannot be {what}.",
            import_id=str(import_id),
            status=status,
        )


class EmailColumnMissing(Refused):
    """A plan for an import in which no column is the e-mail."""

    def __init__(self, headers: Iterable[str]) -> None:
        named = [header.strip()[:40] for header in headers]
        super().__init__(
            "No column is the email, so contacts cannot be told apart. Say which one is; there "
            f"are: {', '.join(named[:20])}.",
            headers=named,
        )


class RowsAlreadyTakenIn(Refused):
    """Somebody else runs the same import and has taken in these rows."""

    def __init__(self, import_id: object) -> None:
        super().__init__(
            f"Another process runs the import {import_id}; its status says how far it is.",
            import_id=str(import_id),
        )


class ContactsAlreadyUndone(Refused):
    """Somebody else undoes the same import and has put back these contacts."""

    def __init__(self, import_id: object) -> None:
        super().__init__(
            f"Another process undoes the import {import_id}; its status says how far it is.",
            import_id=str(import_id),
        )


# --- what is read ------------------------------------------------------------------------------


class InvalidQuery(ContactsError):
    """A sort key, limit or filter that does not exist or is out of bounds."""


class InvalidCursor(ContactsError):
    """A page cursor that is damaged or belongs to another sort or other filters."""

    def __init__(self) -> None:
        super().__init__(
            "The cursor does not belong to this list. A cursor is valid for the sort and the "
            "filters it was given with; start again without one."
        )


class InvalidMessage(Refused):
    """Bytes that are not a booking message: not JSON, not a CloudEvent, or with wrong data."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is no booking message that can be accepted: {reason}.")


class NotJson(Refused):
    """A line or message that is not JSON at all."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is not JSON: {reason}.")


class UnknownOrganizer(Refused):
    """A booking message for an organizer that the platform does not know."""

    def __init__(self) -> None:
        super().__init__(
            "Its organizer is not known here. If it ought to be, make it known and replay the "
            "message."
        )


class MessageFailed(Refused):
    """A booking message that the library itself failed on; its neighbours were taken in."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The library failed on it ({reason}). Report this; replay the message after an "
            "upgrade."
        )


class NewerMessage(Refused):
    """A booking message whose data schema is newer than this version of the library knows."""

    def __init__(self, dataschema: str) -> None:
        super().__init__(
            f"The data schema {dataschema!r} is newer than known. Upgrade, then replay it.",
            dataschema=dataschema,
        )


# --- files -------------------------------------------------------------------------------------


class UnreadableFile(ContactsError):
    """An input file that is missing, is no text, or cannot be read as what it should be."""


class FileTooLarge(UnreadableFile):
    """An input file with more bytes, rows, columns or characters than are read."""

    def __init__(self, of_what: str, limit: int, **place: int) -> None:
        at = "".join(f" ({name} {number})" for name, number in place.items())
        super().__init__(
            f"The file has more than {limit:,} {of_what}{at}. Nothing was imported; split it, or "
            "have the limit raised.",
            of_what=of_what,
            limit=limit,
            **place,
        )


class BrokenFeed(ContactsError):
    """A booking feed with lines that are not JSON; all its other lines were applied."""


class UnwritableFile(ContactsError):
    """An output file that cannot be created or written."""


# --- storage -----------------------------------------------------------------------------------


class StorageError(ContactsError):
    """The database failed or is not what it should be; nothing was half-written."""


class CorruptDatabase(StorageError):
    """A file that is no database, or a damaged one."""


class ForeignDatabase(StorageError):
    """A database of something else; it was not touched."""


class NewerDatabase(StorageError):
    """A database written by a newer version of the library."""


class OutdatedDatabase(StorageError):
    """A database whose tables an older version of the library made; migrate it first."""


class UnwritableDatabase(StorageError, UnwritableFile):
    """An SQLite file that cannot be made or written: no room, no right, or the disk failed."""


class DatabaseBusy(StorageError):
    """Somebody else held the database's write lock for too long."""


class DatabaseUnavailable(StorageError):
    """The database cannot be reached or broke off; committed work is safe."""


class CommitUncertain(DatabaseUnavailable):
    """The connection broke while committing: the unit is either recorded whole or not at all."""


class UnknownEvent(StorageError):
    """The log holds an event name or version that this version of the library does not know."""


class CorruptEvent(StorageError):
    """The log holds an event whose content does not fit its schema."""


class UnknownProjection(ContactsError):
    """There is no projection or read model of this name."""


class ParkedEventNotFound(ContactsError):
    """No event at this position is parked in this projection."""

    def __init__(self, projection: str, position: int) -> None:
        super().__init__(
            f"No event at position {position} is parked in the projection {projection!r}; "
            "`contacts projections parked list` shows what is.",
            projection=projection,
            position=position,
        )


class EventParked(ContactsError):
    """An event that was waited for is parked in a projection, so its read models do not show it."""


class WaitTimedOut(ContactsError):
    """The read models did not come far enough in time; they still will."""


class RebuildUnderWay(ContactsError):
    """Another process rebuilds this projection; let it finish."""


class RebuildCancelled(ContactsError):
    """A rebuild was cancelled; readers still see the tables they saw before."""


class ProjectorFailed(ContactsError):
    """A projector failed on an event during a rebuild; the old read tables stay in place."""


class ReadTablesDiffer(ContactsError):
    """The read tables are not what follows from the event log; a rebuild heals them."""


class CheckpointBeyondLog(StorageError):
    """A read table is ahead of the event log, as after restoring an older backup of the log."""


class CheckpointMoved(StorageError):
    """Another process moved a projection's checkpoint first; this batch was rolled back."""


class ClaimsDiffer(StorageError):
    """Claims that are not what the events say; a rebuild mends all but contested ones."""

    def __init__(self, problems: Mapping[str, int]) -> None:
        count = sum(problems.values())
        counts = ", ".join(f"{each.replace('_', ' ')}: {n}" for each, n in sorted(problems.items()))
        super().__init__(
            f"Claims that are not what the events say: {count} ({counts}). `contacts claims "
            "rebuild` mends all but contested ones.",
            problems=dict(problems),
        )


class PositionMoved(StorageError):
    """Another consumer moved the position of an input log first; nothing was recorded."""


class ParkedMessageNotFound(ContactsError):
    """No message is parked under this id; perhaps it was replayed or dropped meanwhile."""

    def __init__(self, message_id: int) -> None:
        super().__init__(
            f"No message is parked under {message_id}; `contacts bookings parked list` shows "
            "what is.",
            id=message_id,
        )


class BrokerUnavailable(ContactsError):
    """Kafka cannot be reached or did not answer; positions stay where they are."""


class BrokerRefused(ContactsError):
    """Kafka does not let this client in, or not do this; its credentials or rights are wrong."""


class OrganizersUnavailable(ContactsError):
    """Whether an organizer is known could not be told just now; positions stay where they are."""


class UnknownTopic(ContactsError):
    """The Kafka cluster has no such topic, or this client may not see it; none is ever made."""


class StartingPointNeeded(ContactsError):
    """Nothing of this topic was taken in yet, so somebody has to say where to begin."""


class MessagesMissing(ContactsError):
    """A topic no longer has, or never had, the messages that come next; nothing is skipped."""


class MessageUnreadable(ContactsError):
    """A record that Kafka's client cannot decode stands in the way, so it cannot even be parked."""


class TopicRecreated(ContactsError):
    """A topic of this name is not the one that was taken in from so far; its offsets mean other
    messages."""


class NotConfirmed(ContactsError):
    """Somebody was asked and did not say yes; nothing was done."""


class SettingsError(ContactsError):
    """A setting with a value that cannot be used."""
