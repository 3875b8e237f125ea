"""What the world may ask for, in the imperative. Every command is validated here, once.

A command that cannot be accepted raises `InvalidCommand` (or a subclass) when it is made.
Omitted fields mean "unchanged" or the default; null is refused; `""` clears.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from uuid import UUID

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from uuid_utils.compat import uuid7

from contacts_domain import errors
from contacts_domain.command_fields import (
    DEFAULT_COLOR,
    Color,
    Description,
    GroupName,
    Metadata,
    NotNull,
    OrganizerId,
    Region,
    RequiredLine100,
    RequiredLine200,
    RequiredLine500,
    SearchCriteria,
    Source,
)
from contacts_domain.emails import EmailAddress
from contacts_domain.errors import FieldProblem, InvalidCommand
from contacts_domain.events import ManualInteractionType, NameOrder
from contacts_domain.free_text import (
    Line40,
    Line100,
    Line200,
    Line500,
    SanitizedText,
    Text2000,
    Text20000,
    sanitized,
)
from contacts_domain.instants import Instant
from contacts_domain.tags import Tags

_ERRORS_OF_ONE_FIELD: Mapping[str, type[InvalidCommand]] = {
    "invalid_email": errors.InvalidEmail,
    "invalid_tag": errors.InvalidTag,
    "invalid_color": errors.InvalidColor,
}


class Command(BaseModel):
    """A request to change one organizer's address book, with its provenance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organizer_id: OrganizerId
    actor: Line200 = ""
    """Who asks: a user name, an account id, a system."""
    source: Source = "library"
    """The way in."""
    correlation_id: Line500 | None = None
    """What this belongs to: an import id, a CloudEvents id, a request id."""
    command_id: Line200 | None = None
    """Given once per intent by a caller who may repeat it: a repetition is answered, not redone."""

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_with_a_typed_error(
        cls, data: object, handler: ModelWrapValidatorHandler[Self]
    ) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False)
        kinds = {detail["type"] for detail in details}
        refusal = _ERRORS_OF_ONE_FIELD.get(kinds.pop(), InvalidCommand)
        raise (InvalidCommand if kinds else refusal)(map(_field_error, details))


def _field_error(detail: ErrorDetails) -> FieldProblem:
    field = ".".join(str(part) for part in detail["loc"][:1])
    value = detail.get("input")
    shown = "" if detail["type"] == "missing" or isinstance(value, dict) else _shown(value)
    return FieldProblem(sanitized(field), detail["msg"].removeprefix("Value error, "), shown)


def _shown(value: object) -> str:
    try:
        return sanitized(str(value)[:200])
    except ValueError:  # an integer with more digits than Python writes
        return ""


# --- contacts ----------------------------------------------------------------------------------


class CreateContact(Command):
    """Add a contact by hand. Refused: EmailAlreadyUsed, InvalidPhone, GroupNotFound."""

    email: EmailAddress
    first_name: RequiredLine100
    last_name: Line100 = ""
    phone: Line40 = ""
    company: Line200 = ""
    job_title: Line200 = ""
    notes: Text20000 = ""
    tags: Tags = ()
    group_ids: tuple[UUID, ...] = ()


class ContactCommand(Command):
    """A command about one contact. Refused: ContactNotFound."""

    contact_id: UUID


class EditContact(ContactCommand):
    """Change e-mail or details; omitted fields stay. Refused: EmailAlreadyUsed, InvalidPhone."""

    email: Annotated[EmailAddress | None, NotNull] = None
    first_name: Annotated[RequiredLine100 | None, NotNull] = None
    last_name: Annotated[Line100 | None, NotNull] = None
    phone: Annotated[Line40 | None, NotNull] = None
    company: Annotated[Line200 | None, NotNull] = None
    job_title: Annotated[Line200 | None, NotNull] = None
    notes: Annotated[Text20000 | None, NotNull] = None


class ImportContact(Command):
    """Take in one row of an import; `on_duplicate` says what an e-mail in use means.

    `skip` leaves the contact alone; `update` overwrites with what the row fills in, tags replaced;
    `merge` fills blanks only and unites tags. Receipt events tell what came of it.
    """

    on_duplicate: Literal["skip", "update", "merge"] = "skip"
    email: EmailAddress
    first_name: Line100 = ""
    last_name: Line100 = ""
    phone: Line40 = ""
    company: Line200 = ""
    job_title: Line200 = ""
    notes: Text20000 = ""
    tags: Tags = ()
    source: Source = "import"


class TagContact(ContactCommand):
    """Put tags on a contact."""

    tags: Tags


class UntagContact(ContactCommand):
    """Take tags off a contact."""

    tags: Tags


class AddContactToGroup(ContactCommand):
    """Make a contact a member of a group. Refused: GroupNotFound."""

    group_id: UUID


class RemoveContactFromGroup(ContactCommand):
    """End a contact's membership of a group. Refused: GroupNotFound."""

    group_id: UUID


class DeactivateContact(ContactCommand):
    """Set a contact aside; only a person can bring it back."""


class ReactivateContact(ContactCommand):
    """Bring a deactivated contact back."""


class DeleteContact(ContactCommand):
    """Hide a contact everywhere and free its e-mail; `RestoreContact` undoes it."""


class RestoreContact(ContactCommand):
    """Undo a deletion. Refused: EmailAlreadyUsed when the e-mail was taken meanwhile."""


class LogInteraction(ContactCommand):
    """Write down a touchpoint; `occurred_at` defaults to now."""

    interaction_id: UUID = Field(default_factory=uuid7)
    type: ManualInteractionType = "manual_entry"
    description: Description
    occurred_at: Instant | None = None
    booking_id: Line200 | None = None
    metadata: Metadata = "{}"


class CorrectInteraction(ContactCommand):
    """Change a logged interaction; omitted fields stay. Refused: InteractionNotFound."""

    interaction_id: UUID
    type: Annotated[ManualInteractionType | None, NotNull] = None
    description: Annotated[Description | None, NotNull] = None
    occurred_at: Annotated[Instant | None, NotNull] = None
    metadata: Annotated[Metadata | None, NotNull] = None


class RemoveInteraction(ContactCommand):
    """Take a logged interaction off the timeline. Refused: InteractionNotFound."""

    interaction_id: UUID


# --- bookings ----------------------------------------------------------------------------------


class BookingCommand(Command):
    """One booking message, whole. Refused: MessageIdReused.

    It finds the contact by the booking or by the invitee's e-mail, or creates one. A name or a
    phone never refuses it: what cannot be used stays on the booking as it came.
    """

    booking_id: RequiredLine200
    event_type: SanitizedText = ""
    starts_at: Instant
    ends_at: Instant | None = None
    timezone: SanitizedText = ""
    invitee_name: SanitizedText = ""
    invitee_email: EmailAddress
    invitee_phone: SanitizedText = ""
    message_id: RequiredLine200
    message_source: RequiredLine500
    occurred_at: Instant
    """The message's time."""
    source: Source = "bookings"


class RecordBooking(BookingCommand):
    """An invitee booked."""


class RescheduleBooking(BookingCommand):
    """A booking moved to another time."""


class CompleteBooking(BookingCommand):
    """A booking took place."""


class CancelBooking(BookingCommand):
    """A booking was called off."""


# --- groups ------------------------------------------------------------------------------------


class CreateGroup(Command):
    """Make a group, with its first members if any; names are unique without case.
    Refused: GroupNameAlreadyUsed, ContactNotFound."""

    name: GroupName
    description: Text2000 = ""
    color: Color = DEFAULT_COLOR
    contact_ids: tuple[UUID, ...] = ()


class GroupCommand(Command):
    """A command about one group. Refused: GroupNotFound."""

    group_id: UUID


class ChangeGroup(GroupCommand):
    """Rename, describe or recolour a group; omitted fields stay. Refused: GroupNameAlreadyUsed."""

    name: Annotated[GroupName | None, NotNull] = None
    description: Annotated[Text2000 | None, NotNull] = None
    color: Annotated[Color | None, NotNull] = None


class DeleteGroup(GroupCommand):
    """Remove a group; its members stay contacts."""


# --- organizers --------------------------------------------------------------------------------


class ChangeSettings(Command):
    """Change how the address book works; omitted settings stay."""

    default_region: Annotated[Region | None, NotNull] = None
    """ISO 3166-1 alpha-2, or `""` for none."""
    name_order: Annotated[NameOrder | None, NotNull] = None


class SaveSearch(Command):
    """Give a filter of the contact list a name; a name in use gets the new filter."""

    name: RequiredLine100
    criteria: SearchCriteria
    """The filter as a JSON object: the criteria of `contact_list.page`."""


class DeleteSearch(Command):
    """Remove a saved search. Refused: SearchNotFound."""

    name: RequiredLine100


def content_of(command: Command) -> bytes:
    """What makes a repeated command the same one: its type and fields without the provenance."""
    provenance = {"actor", "source", "correlation_id", "command_id"}
    generated = {"interaction_id"} if isinstance(command, LogInteraction) else set()
    fields = command.model_dump(mode="json", exclude=provenance | generated)
    return orjson.dumps([type(command).__name__, fields], option=orjson.OPT_SORT_KEYS)
