"""Documents for machines: JSON Schema and AsyncAPI."""

import json

from adapters.bookings.message_schema import message_schema
from tools.reference.asyncapi import asyncapi_document
from tools.reference.markdown import COMMAND

GENERATED_JSON = f"Generated from the code by `{COMMAND}`. Do not edit; edit the code."


def schema_file() -> str:
    """The JSON Schema of a booking message."""
    return _json_file({"$comment": GENERATED_JSON, **message_schema()})


def asyncapi_file() -> str:
    """The AsyncAPI document of the channel of bookings."""
    return _json_file({**asyncapi_document(), "x-generated": GENERATED_JSON})


def _json_file(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
