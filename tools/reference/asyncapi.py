"""The AsyncAPI 3.0 document of the channel that booking messages come through, from the code."""

import re
from collections.abc import Mapping
from typing import Any

from adapters.bookings.kafka_binding import (
    ATTRIBUTE_PREFIX,
    CONTENT_TYPE,
    STRUCTURED_JSON,
)
from adapters.bookings.message_schema import EXAMPLE, MEMBERS, message_schema
from adapters.bookings.messages import COMMANDS, KNOWN_DATA_VERSION, MAX_MESSAGE_BYTES

SCHEMA_FILE = f"booking-message.v{KNOWN_DATA_VERSION}.schema.json"
CHANNEL = "bookings"
BINDING_VERSION = "0.5.0"
DATA_TYPE = "application/json"
BINARY_ATTRIBUTES = ("specversion", "id", "source", "type", "time", "dataschema", "subject")

DESCRIPTION = (
    "Booking messages, by CloudEvents 1.0 and its protocol binding for Kafka, in structured or in "
    "binary mode. They may come in any order and any number of times. What is refused is parked "
    "and never stops a partition."
)


def asyncapi_document() -> dict[str, Any]:
    """What the library receives: four types, each in both modes of the binding."""
    messages = {name: message for kind in COMMANDS for name, message in _in_both_modes(kind)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bookings for contacts-domain",
            "version": f"{KNOWN_DATA_VERSION}.0.0",
            "description": DESCRIPTION,
        },
        "defaultContentType": STRUCTURED_JSON,
        "channels": {
            CHANNEL: {
                "address": CHANNEL,
                "title": "Bookings",
                "description": "The topic; its name is up to the installation. Messages of one "
                "organizer have one key, so they share a partition. A compacted topic would "
                f"lose messages. A value has at most {MAX_MESSAGE_BYTES} bytes.",
                "messages": {name: _reference("components", "messages", name) for name in messages},
                "bindings": {
                    "kafka": {
                        "topicConfiguration": {"cleanup.policy": ["delete"]},
                        "bindingVersion": BINDING_VERSION,
                    }
                },
            }
        },
        "operations": {
            "takeInBookings": {
                "action": "receive",
                "summary": "Every message becomes what it changes in an address book, once.",
                "channel": _reference("channels", CHANNEL),
                "messages": [
                    _reference("channels", CHANNEL, "messages", name) for name in messages
                ],
            }
        },
        "components": {
            "messages": messages,
            "schemas": {"binaryHeaders": _binary_headers()},
        },
    }


def _in_both_modes(kind: str) -> list[tuple[str, dict[str, Any]]]:
    structured = {
        "name": kind,
        "title": f"{kind} in structured mode",
        "contentType": STRUCTURED_JSON,
        "headers": {
            "type": "object",
            "properties": {
                CONTENT_TYPE: {"type": "string", "pattern": f"^{re.escape(STRUCTURED_JSON)}"}
            },
        },
        "payload": {
            "allOf": [{"$ref": SCHEMA_FILE}, {"properties": {"type": {"const": kind}}}],
        },
        "examples": [
            {
                "name": "structured",
                "headers": {CONTENT_TYPE: STRUCTURED_JSON},
                "payload": {**EXAMPLE, "type": kind},
            }
        ],
    }
    binary = {
        "name": kind,
        "title": f"{kind} in binary mode",
        "contentType": DATA_TYPE,
        "headers": {
            "allOf": [
                _reference("components", "schemas", "binaryHeaders"),
                {"properties": {f"{ATTRIBUTE_PREFIX}type": {"const": kind}}},
            ]
        },
        "payload": {"$ref": f"{SCHEMA_FILE}#/$defs/data"},
        "examples": [
            {"name": "binary", "headers": _example_headers(kind), "payload": EXAMPLE["data"]}
        ],
    }
    binding = {
        "kafka": {
            "key": {"type": "string", **MEMBERS["organizer_id"]},
            "bindingVersion": BINDING_VERSION,
        }
    }
    return [
        (f"{kind}.{mode}", {**message, "bindings": binding})
        for mode, message in (("structured", structured), ("binary", binary))
    ]


def _binary_headers() -> dict[str, Any]:
    """The attributes as headers; a header without a value is one that is not there."""
    schema = message_schema()
    said: Mapping[str, Any] = schema["properties"] | {
        "subject": {"type": "string", "description": "Ignored."}
    }
    headers = {f"{ATTRIBUTE_PREFIX}{name}": _text_only(said[name]) for name in BINARY_ATTRIBUTES}
    return {
        "type": "object",
        "description": "Texts in UTF-8; the case of a header's name does not matter, and of "
        "several headers of one name the last counts.",
        "required": [f"{ATTRIBUTE_PREFIX}{name}" for name in schema["required"] if name != "data"],
        "properties": headers | {CONTENT_TYPE: _text_only(said["datacontenttype"])},
    }


def _text_only(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """A header is text or not there, never null."""
    return {
        **{name: value for name, value in keywords.items() if name != "default"},
        "type": "string",
    }


def _example_headers(kind: str) -> dict[str, str]:
    attributes = {name: EXAMPLE[name] for name in BINARY_ATTRIBUTES if name in EXAMPLE}
    named = {f"{ATTRIBUTE_PREFIX}{name}": value for name, value in attributes.items()}
    return {**named, f"{ATTRIBUTE_PREFIX}type": kind, CONTENT_TYPE: EXAMPLE["datacontenttype"]}


def _reference(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}
