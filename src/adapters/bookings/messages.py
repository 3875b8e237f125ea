"""A booking message becomes a command: a pure function from bytes, whatever brought them.

The format is CloudEvents 1.0 in JSON structured mode; all four types carry the full data.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from contacts_domain.commands import (
    BookingCommand,
    CancelBooking,
    CompleteBooking,
    RecordBooking,
    RescheduleBooking,
)
from contacts_domain.errors import (
    FieldProblem,
    InvalidCommand,
    InvalidMessage,
    NewerMessage,
    NotJson,
)

MAX_MESSAGE_BYTES = 1_048_576
KNOWN_DATA_VERSION = 1

TIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt _][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
    "([Zz]|[+\N{MINUS SIGN}-][0-9]{2}:?[0-9]{2})$"
)
"""RFC 3339, a little wider; numbers are no times, for nobody says whether they are seconds."""

_TIME = re.compile(TIME_PATTERN)

COMMANDS: Mapping[str, type[BookingCommand]] = {
    "booking.created": RecordBooking,
    "booking.rescheduled": RescheduleBooking,
    "booking.completed": CompleteBooking,
    "booking.cancelled": CancelBooking,
}
"""CloudEvents type -> command."""


def _text(value: object) -> str:
    """Names and phones never refuse a booking: whatever they are, they become text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _written_out(value: object) -> str:
    if not isinstance(value, str) or _TIME.match(value) is None:
        raise PydanticCustomError(
            "time_of_message", "must be a time with an offset, such as 2026-11-20T10:00:00Z"
        )
    return value


LenientText = Annotated[str, BeforeValidator(_text, json_schema_input_type=Any)]
WrittenTime = Annotated[AwareDatetime, BeforeValidator(_written_out, json_schema_input_type=str)]


class BookingData(BaseModel):
    """The data of all four types; unknown members are left to later versions."""

    model_config = ConfigDict(extra="ignore")

    organizer_id: str
    booking_id: str
    event_type: LenientText = ""
    starts_at: WrittenTime
    ends_at: WrittenTime | None = None
    timezone: LenientText = ""
    invitee_name: LenientText = ""
    invitee_email: str
    invitee_phone: LenientText = ""


class BookingMessage(BaseModel):
    """The CloudEvents envelope; extension attributes are ignored."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: WrittenTime
    datacontenttype: str | None = None
    dataschema: str | None = None
    data: dict[str, Any]


def command_of(message: bytes, actor: str = "") -> BookingCommand:
    """The command that a message in structured mode means.

    Raises NotJson, InvalidMessage, NewerMessage, and InvalidEmail or InvalidCommand for data that
    no booking can have. No error repeats personal data of the message.
    """
    return command_of_envelope(decoded(message), actor)


def command_of_envelope(envelope_members: object, actor: str = "") -> BookingCommand:
    """The command that a CloudEvent means, given as the JSON object of structured mode.

    Raises as `command_of`, but for NotJson.
    """
    envelope = _envelope(envelope_members)
    command_type = COMMANDS.get(envelope.type)
    if command_type is None:
        raise InvalidMessage(
            f"the type {envelope.type[:100]!r} is not one of {', '.join(COMMANDS)}"
        )
    data = _data(envelope)
    try:
        return command_type(
            **data.model_dump(),
            message_id=envelope.id,
            message_source=envelope.source,
            occurred_at=envelope.time,
            correlation_id=envelope.id,
            actor=actor,
        )
    except InvalidCommand as error:
        unquoted = [FieldProblem(each.field, each.reason, "") for each in error.errors]
        raise type(error)(unquoted) from None


def decoded(message: bytes) -> object:
    """The JSON value of these bytes. Raises NotJson, and InvalidMessage for too many of them."""
    if len(message) > MAX_MESSAGE_BYTES:
        raise InvalidMessage(f"it is longer than {MAX_MESSAGE_BYTES} bytes")
    try:
        return orjson.loads(message)
    except orjson.JSONDecodeError as error:
        if b"\\u" in message:  # perhaps a lone surrogate, which RFC 8259 allows and orjson does not
            return _decoded_with_surrogates(message)
        raise NotJson(f"{error.msg} at column {error.colno}") from None


def _decoded_with_surrogates(message: bytes) -> object:
    try:
        return json.loads(message.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson(getattr(error, "msg", "it cannot be decoded")) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _envelope(decoded: object) -> BookingMessage:
    try:
        return BookingMessage.model_validate(decoded)
    except ValidationError as error:
        raise InvalidMessage(f"as a CloudEvent, {_named_problems(error)}") from None


def _data(envelope: BookingMessage) -> BookingData:
    content_type = (
        (envelope.datacontenttype or "application/json").partition(";")[0].strip().lower()
    )
    if not content_type.endswith(("/json", "+json")):
        raise InvalidMessage("its datacontenttype is not JSON")
    _check_data_version(envelope.dataschema)
    try:
        return BookingData.model_validate(envelope.data)
    except ValidationError as error:
        raise InvalidMessage(f"in its data, {_named_problems(error)}") from None


def _check_data_version(dataschema: str | None) -> None:
    if dataschema is None:
        return
    version = re.search(r"/v([1-9][0-9]{0,8})\Z", dataschema[-500:])
    if version is None:
        raise InvalidMessage("its dataschema does not end in a version such as /v1")
    if int(version[1]) > KNOWN_DATA_VERSION:
        raise NewerMessage(dataschema[:500])


def _named_problems(error: ValidationError) -> str:
    """Field names and reasons, without the values."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    )
