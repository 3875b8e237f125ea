"""The AsyncAPI document is one, by the official schema, and says what the binding does."""

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource

from adapters.bookings.kafka_binding import command_of_record
from adapters.bookings.messages import COMMANDS
from contacts_domain.errors import Refused
from tools.make_docs import CHECKOUT, REFERENCE
from tools.reference.asyncapi import SCHEMA_FILE

DOCUMENT: dict[str, Any] = json.loads((REFERENCE / "asyncapi.json").read_text(encoding="utf-8"))
OFFICIAL = json.loads((CHECKOUT / "tests/asyncapi/3.0.0.json").read_text(encoding="utf-8"))
SCHEMA = json.loads((REFERENCE / SCHEMA_FILE).read_text(encoding="utf-8"))
MESSAGES: dict[str, dict[str, Any]] = DOCUMENT["components"]["messages"]


def validator_of(name: str, part: str) -> Draft202012Validator:
    """Of the headers or the payload of a message, with what they refer to."""
    here = Resource.from_contents(
        {"$schema": SCHEMA["$schema"], "$id": "file:///reference/asyncapi.json", **DOCUMENT}
    )
    there = Resource.from_contents({**SCHEMA, "$id": f"file:///reference/{SCHEMA_FILE}"})
    registry: Registry[Any] = Registry().with_resources(
        (resource.id() or "", resource) for resource in (here, there)
    )
    pointer = f"file:///reference/asyncapi.json#/components/messages/{name}/{part}"
    return Draft202012Validator({"$ref": pointer}, registry=registry)


def reference_to(name: str) -> dict[str, str]:
    """As operations point to messages."""
    return {"$ref": f"#/channels/bookings/messages/{name}"}


def test_it_is_an_asyncapi_document() -> None:
    """By the JSON Schema that the initiative publishes; what is wrong would be found."""
    official = Draft7Validator(OFFICIAL)
    assert [f"{e.json_path}: {e.message}" for e in official.iter_errors(DOCUMENT)] == []
    operations = {"takeInBookings": {**DOCUMENT["operations"]["takeInBookings"], "action": "eat"}}
    assert not official.is_valid({**DOCUMENT, "operations": operations})


def test_every_reference_leads_somewhere() -> None:
    """Within the document, and to the published schema."""

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [each for value in part.values() for each in references(value)]
        if isinstance(part, list):
            return [each for value in part for each in references(value)]
        return []

    found = set(references(DOCUMENT))
    assert any(each.startswith(SCHEMA_FILE) for each in found)
    for each in found:
        file, _, pointer = each.partition("#")
        target: Any = (
            json.loads((REFERENCE / file).read_text(encoding="utf-8")) if file else DOCUMENT
        )
        for step in pointer.split("/")[1:]:
            target = target[step]


def test_all_types_are_received_in_both_modes() -> None:
    """From the one channel, by the one operation."""
    names = [f"{kind}.{mode}" for kind in COMMANDS for mode in ("structured", "binary")]
    assert list(MESSAGES) == list(DOCUMENT["channels"]["bookings"]["messages"]) == names
    operation = DOCUMENT["operations"]["takeInBookings"]
    assert operation["action"] == "receive"
    assert operation["messages"] == [reference_to(name) for name in names]


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_is_of_its_message_alone_and_taken_in(name: str) -> None:
    """As a record with these headers and this value."""
    (example,) = MESSAGES[name]["examples"]
    fitting = [
        other
        for other in MESSAGES
        if validator_of(other, "headers").is_valid(example["headers"])
        and validator_of(other, "payload").is_valid(example["payload"])
    ]
    assert fitting == [name]
    headers = [(each, value.encode()) for each, value in example["headers"].items()]
    command = command_of_record(headers, json.dumps(example["payload"]).encode())
    assert type(command) is COMMANDS[MESSAGES[name]["name"]]
    key = MESSAGES[name]["bindings"]["kafka"]["key"]
    Draft202012Validator(key).validate(command.organizer_id)


@pytest.mark.parametrize("kind", COMMANDS)
def test_required_headers_are_those_without_which_it_is_refused(kind: str) -> None:
    """And no others."""
    (example,) = MESSAGES[f"{kind}.binary"]["examples"]
    for left_out in example["headers"]:
        headers = {name: text for name, text in example["headers"].items() if name != left_out}
        is_valid = validator_of(f"{kind}.binary", "headers").is_valid(headers)
        try:
            command_of_record(
                [(name, text.encode()) for name, text in headers.items()],
                json.dumps(example["payload"]).encode(),
            )
        except Refused:
            assert not is_valid, left_out
        else:
            assert is_valid, left_out
