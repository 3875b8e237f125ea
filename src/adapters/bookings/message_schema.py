"""The JSON Schema (2020-12) of a booking message: what its models say, with limits and meanings.

Whatever `adapters.bookings.messages.command_of` takes in is valid once the white space around its
texts is gone. What is valid is taken in, unless something is wrong that no schema can tell: days
and offsets that no calendar has, the finer syntax of e-mail addresses, line breaks and NUL in ids,
text that Unicode cannot normalise, JSON that is too long or nested too deeply.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from adapters.bookings.messages import (
    COMMANDS,
    KNOWN_DATA_VERSION,
    TIME_PATTERN,
    BookingData,
    BookingMessage,
)
from contacts_domain.emails import MAX_LENGTH

SCHEMA_ID = f"urn:contacts-domain:booking-message:v{KNOWN_DATA_VERSION}"

Keywords = Mapping[str, Any]


def _not_blank(max_length: int) -> Keywords:
    return {"minLength": 1, "maxLength": max_length, "pattern": r"\S"}


TIME: Keywords = {"format": "date-time", "pattern": TIME_PATTERN}

ATTRIBUTES: Mapping[str, Keywords] = {
    "specversion": {"description": "The version of CloudEvents."},
    "id": {
        "description": "Unique among the messages of its source: a message counts once. The same "
        "id with other content is refused.",
        **_not_blank(200),
    },
    "source": {"description": "What sent the message, a URI reference.", **_not_blank(500)},
    "type": {"description": "What happened to the booking.", "enum": [*COMMANDS]},
    "time": {
        "description": "When it happened. Of several messages about a booking the latest one says "
        "what the booking is, whatever order they come in.",
        **TIME,
    },
    "datacontenttype": {
        "description": "A media type of JSON. Absent means application/json.",
        "pattern": r"^$|^[^;]*[/+][Jj][Ss][Oo][Nn]\s*(;|$)",
    },
    "dataschema": {
        "description": "Any URI that ends in the version of the data. Absent means the first.",
        "pattern": f"/v{KNOWN_DATA_VERSION}$",
    },
    "data": {"description": "The whole booking, in all four types."},
}
"""Attributes of the envelope -> what its model does not say."""

MEMBERS: Mapping[str, Keywords] = {
    "organizer_id": {
        "description": "Whose address book: the id that the platform knows the organizer by. It is "
        "also the key of the record.",
        "minLength": 1,
        "maxLength": 100,
        "pattern": r"^\S(.*\S)?$",
    },
    "booking_id": {
        "description": "The booking, one of the organizer's. With several invitees each of them "
        "has messages of their own.",
        **_not_blank(200),
    },
    "event_type": {"description": "What was booked. Anything but text is written as JSON."},
    "starts_at": {"description": "When the booking starts.", **TIME},
    "ends_at": {"description": "When it ends, if that is known.", **TIME},
    "timezone": {"description": "The invitee's time zone, by its IANA name. Never refused."},
    "invitee_name": {"description": "As the invitee wrote it. Never refused."},
    "invitee_email": {
        "description": "Who booked: an address by RFC 5321 and RFC 6531.",
        "format": "idn-email",
        "maxLength": MAX_LENGTH,
        "pattern": r"^\s*[^@\s]+@[^@\s]+\s*$",
    },
    "invitee_phone": {"description": "As the invitee wrote it. Never refused."},
}
"""Members of the data -> what its model does not say."""

EXAMPLE: Mapping[str, Any] = {
    "specversion": "1.0",
    "id": "evt-1",
    "source": "/scheduling/bookings",
    "type": "booking.created",
    "time": "2026-11-20T10:00:00Z",
    "datacontenttype": "application/json",
    "subject": "bk-1",
    "data": {
        "organizer_id": "acme",
        "booking_id": "bk-1",
        "event_type": "Intro call",
        "starts_at": "2026-11-27T09:00:00+01:00",
        "ends_at": "2026-11-27T09:30:00+01:00",
        "timezone": "Europe/Berlin",
        "invitee_name": "Ada Lovelace",
        "invitee_email": "ada@example.org",
        "invitee_phone": "+44 20 7946 0958",
    },
}
"""A message in structured mode."""


def message_schema() -> dict[str, Any]:
    """The schema of a message in structured mode; `$defs/data` is that of the data alone."""
    envelope = _object(BookingMessage, ATTRIBUTES)
    envelope["properties"]["data"] = {**ATTRIBUTES["data"], "$ref": "#/$defs/data"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Booking message",
        "description": "A booking that was made, moved, held or called off: a CloudEvent 1.0 in "
        "JSON. Attributes and members that are not named here are ignored.",
        **envelope,
        "examples": [EXAMPLE, _least_example()],
        "$defs": {
            "data": {
                "description": ATTRIBUTES["data"]["description"],
                **_object(BookingData, MEMBERS),
                "examples": [EXAMPLE["data"]],
            }
        },
    }
    return deepcopy(schema)


def _least_example() -> dict[str, Any]:
    """A message with nothing that may be left out."""
    needed = _object(BookingMessage, ATTRIBUTES)["required"]
    data = _object(BookingData, MEMBERS)["required"]
    least = {name: EXAMPLE[name] for name in needed}
    return least | {
        "id": "evt-2",
        "type": "booking.cancelled",
        "time": "2026-11-21T10:00:00Z",
        "data": {name: EXAMPLE["data"][name] for name in data},
    }


def _object(model: type[BaseModel], said: Mapping[str, Keywords]) -> dict[str, Any]:
    """What the model says, with what else is said of each of its fields."""
    schema = model.model_json_schema()
    return {
        "type": "object",
        "required": schema["required"],
        "properties": {
            name: {**_plain(keywords), **said[name]}
            for name, keywords in schema["properties"].items()
        },
    }


def _plain(keywords: Keywords) -> dict[str, Any]:
    """Without generated titles; something or null by one list of types."""
    plain = {name: value for name, value in keywords.items() if name != "title"}
    choices = plain.pop("anyOf", [])
    for choice in choices:
        plain |= choice
    if choices:
        plain["type"] = [choice["type"] for choice in choices]
    return plain
