"""The published JSON Schema says what is taken in, as far as a schema can."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from adapters.bookings.message_schema import ATTRIBUTES, MEMBERS, message_schema
from adapters.bookings.messages import BookingData, BookingMessage, command_of
from contacts_domain.errors import Refused
from tests.adapters.booking_messages import ABSENT, a_message, encoded
from tests.adapters.strategies import MESSAGES, mutated

PUBLISHED = Path(__file__).parents[2] / "docs/reference/booking-message.v1.schema.json"
SCHEMA = json.loads(PUBLISHED.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

ONLY_THE_INTAKE_KNOWS = (
    "allowed", "calendar", "address", "domain", "email", "out of range", "value is required",
    "valid datetime", "nested", "not JSON", "hyphen", "period", "@-sign", "white space", "Idna",
)  # fmt: skip


def refusal_of(message: object) -> str | None:
    """Why the message does not become a command, or nothing if it does."""
    try:
        command_of(encoded(message))
    except Refused as refusal:
        return refusal.message
    return None


def is_taken_in(message: object) -> bool:
    """Whether the message becomes a command."""
    return refusal_of(message) is None


def trimmed(document: Any) -> Any:
    """The document without white space around its texts."""
    if isinstance(document, dict):
        return {name: trimmed(value) for name, value in document.items()}
    return document.strip() if isinstance(document, str) else document


def test_it_is_a_schema_of_2020_12() -> None:
    """By the meta-schema; the library answers the published one."""
    Draft202012Validator.check_schema(SCHEMA)
    assert {name: value for name, value in SCHEMA.items() if name != "$comment"} == message_schema()


def test_every_field_is_described() -> None:
    """And nothing is described that there is not."""
    assert list(ATTRIBUTES) == list(BookingMessage.model_fields)
    assert list(MEMBERS) == list(BookingData.model_fields)
    described = {**SCHEMA["properties"], **SCHEMA["$defs"]["data"]["properties"]}
    assert all(keywords["description"] for keywords in described.values())


def test_its_examples_are_valid_and_taken_in() -> None:
    """The whole one and the least one."""
    for example in SCHEMA["examples"]:
        VALIDATOR.validate(example)
        assert is_taken_in(example)
    least = SCHEMA["examples"][-1]
    for name in least:
        assert not VALIDATOR.is_valid({each: least[each] for each in least if each != name})


def test_samples_are_valid_if_and_only_if_they_are_taken_in() -> None:
    """Every line of the library's own feed."""
    feed = files("adapters.samples").joinpath("bookings.jsonl").read_text(encoding="utf-8")
    messages = [json.loads(line) for line in feed.splitlines()]
    assert len(messages) == 5_000
    assert [m for m in messages if VALIDATOR.is_valid(m) != is_taken_in(m)] == []
    assert any(not is_taken_in(message) for message in messages)


@pytest.mark.parametrize(
    "name", ["specversion", "time", "starts_at", "ends_at", "datacontenttype", "dataschema"]
)
@pytest.mark.parametrize(
    "value",
    [
        ABSENT, None, "", " ", "1.0", "1.1", 1, 1.0, True, [], {}, "x", 1763632800, "1763632800",
        "1763632800.5", -5, "2026-11-20T10:00:00Z", "2026-11-20T10:00Z", "2026-11-20 10:00:00z",
        "2026-11-20T10:00:00.123456789Z", "2026-11-20T10:00:00+0100", "2026-11-20T10:00:00",
        "2026-11-20T10:00:00\N{MINUS SIGN}01:00", "2026-11-20", "20261120T100000Z",
        " 2026-11-20T10:00:00Z", "2026-11-20T10:00:00 +01:00", "2026-11-20T10:00:00+01",
        "application/json", "text/json", "json", "a/b+json", "Application/JSON ; q=1", "text/xml",
        "text/xml; a=/json", "a/b+jsonx", "/v1", "v1", "/v01", "/v00", "/v2", "/v1/", "urn:x/v1",
        "/v\N{FULLWIDTH DIGIT ONE}", "/v11",
    ],
    ids=repr,
)  # fmt: skip
def test_what_a_schema_can_tell_it_tells(name: str, value: Any) -> None:
    """Valid if and only if it is taken in: versions, times and content types."""
    message = a_message(**{name: value})
    assert VALIDATOR.is_valid(message) == is_taken_in(message)


@pytest.mark.parametrize("name", ["id", "source", "type", "organizer_id", "booking_id"])
@pytest.mark.parametrize(
    "value",
    [ABSENT, None, "", "  ", 7, [], "x", "x" * 100, "x" * 101, "x" * 201, "x" * 501, " x", "x\ny"],
    ids=lambda value: repr(value)[:20],
)
def test_ids_are_told_apart(name: str, value: Any) -> None:
    """Blank ones, long ones; white space and line breaks are told of the organizer's only."""
    message = a_message(**{name: value})
    if value == "x\ny" and name in ("id", "source", "booking_id"):
        assert VALIDATOR.is_valid(message)
        assert not is_taken_in(message)
    else:
        assert VALIDATOR.is_valid(message) == is_taken_in(message)


@given(MESSAGES)
def test_valid_messages_are_valid(message: dict[str, Any]) -> None:
    """What is taken in is valid once the white space around it is gone."""
    VALIDATOR.validate(trimmed(message))


@given(mutated(a_message()))
def test_schema_and_intake_agree_on_mutated_messages(message: dict[str, Any]) -> None:
    """But for what only the intake can know."""
    reason = refusal_of(message)
    if reason is None:
        VALIDATOR.validate(trimmed(message))
    elif VALIDATOR.is_valid(message):
        assert any(known in reason for known in ONLY_THE_INTAKE_KNOWS), reason


UNTELLABLE: dict[str, tuple[dict[str, Any], str]] = {
    "a day that is none": ({"time": "2026-02-30T10:00:00Z"}, "invalid_message"),
    "an hour that is none": ({"starts_at": "2026-02-03T25:00:00Z"}, "invalid_message"),
    "before the first year of UTC": ({"time": "0001-01-01T00:00:00+14:00"}, "invalid_command"),
    "a domain that is none": ({"invitee_email": "ada@-example-.org"}, "invalid_email"),
    "a line break in an id": ({"booking_id": "bk\n1"}, "invalid_command"),
    "NUL in an id": ({"id": "evt\0001"}, "invalid_command"),
    "an organizer that is not in NFC": ({"organizer_id": "a\u0308"}, "invalid_command"),
    "forty combining marks": ({"source": "a" + "\u0308" * 40}, "invalid_command"),
    "more than a megabyte": ({"invitee_name": "x" * 1_100_000}, "invalid_message"),
}


@pytest.mark.parametrize(("members", "code"), UNTELLABLE.values(), ids=UNTELLABLE)
def test_what_no_schema_can_tell_is_refused_all_the_same(
    members: dict[str, Any], code: str
) -> None:
    """The kinds that the module of the schema lists."""
    message = a_message(**members)
    VALIDATOR.validate(message)
    with pytest.raises(Refused) as refusal:
        command_of(encoded(message))
    assert refusal.value.code == code
