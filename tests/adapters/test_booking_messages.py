"""A message becomes a command: what is taken in, what is refused, and how it is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.bookings.messages import MAX_MESSAGE_BYTES, command_of
from contacts_domain.commands import (
    BookingCommand,
    CancelBooking,
    CompleteBooking,
    RecordBooking,
    RescheduleBooking,
)
from contacts_domain.errors import InvalidMessage, NewerMessage, NotJson, Refused
from tests.adapters.booking_messages import ABSENT, a_message, bytes_of, encoded

EXAMPLE = b"""
{"specversion": "1.0", "id": "evt-1", "source": "/scheduling/bookings", "type": "booking.created",
 "time": "2026-11-20T10:00:00Z", "datacontenttype": "application/json", "subject": "bk-1",
 "data": {"organizer_id": "acme", "booking_id": "bk-1", "event_type": "Intro call",
  "starts_at": "2026-11-27T09:00:00+01:00", "ends_at": "2026-11-27T09:30:00+01:00",
  "timezone": "Europe/Berlin", "invitee_name": "Ada Lovelace", "invitee_email": "ada@example.org",
  "invitee_phone": "+44 20 7946 0958"}}
"""

TYPES: dict[str, type[BookingCommand]] = {
    "booking.created": RecordBooking,
    "booking.rescheduled": RescheduleBooking,
    "booking.completed": CompleteBooking,
    "booking.cancelled": CancelBooking,
}


def refusal_of(message: bytes, code: str) -> Refused:
    """The refusal that the message meets."""
    with pytest.raises(Refused) as refusal:
        command_of(message)
    assert refusal.value.code == code
    assert refusal.value.message
    return refusal.value


def test_the_documented_example_becomes_a_command() -> None:
    """Every member of the example finds its place; times are UTC."""
    assert command_of(EXAMPLE, actor="feed") == RecordBooking(
        organizer_id="acme",
        actor="feed",
        source="bookings",
        correlation_id="evt-1",
        booking_id="bk-1",
        event_type="Intro call",
        starts_at=datetime(2026, 11, 27, 8, 0, tzinfo=UTC),
        ends_at=datetime(2026, 11, 27, 8, 30, tzinfo=UTC),
        timezone="Europe/Berlin",
        invitee_name="Ada Lovelace",
        invitee_email="ada@example.org",
        invitee_phone="+44 20 7946 0958",
        message_id="evt-1",
        message_source="/scheduling/bookings",
        occurred_at=datetime(2026, 11, 20, 10, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(("name", "command"), TYPES.items(), ids=TYPES)
def test_each_type_has_its_command(name: str, command: type[BookingCommand]) -> None:
    """Created, rescheduled, completed, cancelled."""
    assert type(command_of(bytes_of(type=name))) is command


def test_extension_attributes_and_unknown_members_are_ignored() -> None:
    """They belong to brokers and to later versions of the platform."""
    plain = a_message()
    extended = a_message() | {"id": plain["id"], "data": plain["data"] | {"room": {"floor": 3}}}
    extended |= {"traceparent": "00-0af7", "partitionkey": "acme", "dataref": None}
    assert command_of(encoded(extended)) == command_of(encoded(plain))


@pytest.mark.parametrize("field", ["invitee_name", "invitee_phone", "event_type", "timezone"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ABSENT, ""),
        (None, ""),
        (7, "7"),
        (True, "true"),
        (["Ada", "Bob"], '["Ada","Bob"]'),
        ({"first": "Ada"}, '{"first":"Ada"}'),
        ("x" * 50_000, "x" * 50_000),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\ud800b", "a\N{REPLACEMENT CHARACTER}b"),
        ("line\nbreak\t\x1b[31m", "line\nbreak\t\x1b[31m"),
    ],
    ids=["absent", "null", "int", "bool", "list", "object", "long", "NUL", "surrogate", "control"],
)
def test_descriptive_texts_never_refuse(field: str, value: Any, expected: str) -> None:
    """Whatever stands for a name, a phone, an event type or a time zone becomes text, whole."""
    assert getattr(command_of(bytes_of(**{field: value})), field) == expected


@pytest.mark.parametrize("depth", [10, 200, 300, 900])
def test_a_nested_name_never_refuses(depth: int) -> None:
    """Not even when it is nested more deeply than it could be written again."""
    nested = b"[" * depth + b"]" * depth
    message = bytes_of(invitee_name="NAME").replace(b'"NAME"', nested)
    assert command_of(message).invitee_email.startswith("ada")


@pytest.mark.parametrize("value", [ABSENT, None], ids=["absent", "null"])
def test_an_end_may_be_missing(value: object) -> None:
    """A booking without an end is one."""
    assert command_of(bytes_of(ends_at=value)).ends_at is None


@pytest.mark.parametrize("name", ["specversion", "time", "id", "source", "type", "data"])
@pytest.mark.parametrize(
    "value", [ABSENT, None, "", ["x"]], ids=["absent", "null", "blank", "list"]
)
def test_required_attributes_of_the_envelope_are_named(name: str, value: object) -> None:
    """CloudEvents requires them, and we require the time and the data."""
    with pytest.raises(Refused) as refusal:
        command_of(bytes_of(**{name: value}))
    assert refusal.value.code in ("invalid_message", "invalid_command")
    alias = {"id": "message_id", "source": "message_source"}.get(name, name)
    assert name in refusal.value.message or alias in refusal.value.message


@pytest.mark.parametrize("name", ["organizer_id", "booking_id", "starts_at", "invitee_email"])
@pytest.mark.parametrize(
    "value", [ABSENT, None, "", ["x"]], ids=["absent", "null", "blank", "list"]
)
def test_required_members_of_the_data_are_named(name: str, value: object) -> None:
    """Without them there is no booking."""
    with pytest.raises(Refused) as refusal:
        command_of(bytes_of(**{name: value}))
    assert refusal.value.code in ("invalid_message", "invalid_command", "invalid_email")
    assert name in refusal.value.message


@pytest.mark.parametrize("name", ["datacontenttype", "dataschema", "subject"])
def test_optional_attributes_may_be_null(name: str) -> None:
    """CloudEvents' JSON format: null means the same as absent."""
    assert command_of(bytes_of(**{name: None})).event_type == "Intro call"


@pytest.mark.parametrize("name", ["time", "starts_at", "ends_at"])
@pytest.mark.parametrize(
    "value",
    [
        "2026-11-20T10:00:00",
        "2026-11-20",
        "tomorrow",
        "2026-13-01T00:00:00Z",
        "2026-11-20T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        1e300,
        True,
    ],
)
def test_times_that_are_no_instants_are_refused(name: str, value: object) -> None:
    """Naive, impossible and out of any calendar: a typed refusal that names the member."""
    with pytest.raises(Refused) as refusal:
        command_of(bytes_of(**{name: value}))
    assert refusal.value.code in ("invalid_message", "invalid_command")
    alias = "occurred_at" if name == "time" else name
    assert name in refusal.value.message or alias in refusal.value.message


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_the_first_and_the_last_year_are_instants(year: str) -> None:
    """As long as UTC has the moment."""
    command = command_of(bytes_of(time=f"{year}-06-01T00:00:00+02:00"))
    assert command.occurred_at.year == int(year)
    assert command.occurred_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "schema", ["https://example.org/booking/v1", "/v1", "urn:bookings/v1", ABSENT]
)
def test_the_first_data_schema_is_known(schema: object) -> None:
    """Absent means the first."""
    assert command_of(bytes_of(dataschema=schema)).event_type == "Intro call"


@pytest.mark.parametrize("version", [2, 10, 999_999_999])
def test_a_newer_data_schema_waits_for_an_upgrade(version: int) -> None:
    """It is told apart from garbage, so that it can be replayed later."""
    error = refusal_of(bytes_of(dataschema=f"https://example.org/v{version}"), "newer_message")
    assert isinstance(error, NewerMessage)
    assert f"v{version}" in error.message


@pytest.mark.parametrize("schema", ["", "v1", "/v0", "/v", "/v1/", "/vone", "/v-1", "/v1.5", 1, []])
def test_a_data_schema_without_a_version_is_refused(schema: object) -> None:
    """Nothing is guessed."""
    assert isinstance(refusal_of(bytes_of(dataschema=schema), "invalid_message"), InvalidMessage)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/cloudevents+json"]
)
def test_json_by_other_names_is_json(kind: str) -> None:
    """Parameters and structured suffixes do not matter."""
    assert command_of(bytes_of(datacontenttype=kind)).event_type == "Intro call"


def test_data_that_is_not_json_is_refused() -> None:
    """Its content type says so."""
    assert "JSON" in refusal_of(bytes_of(datacontenttype="text/xml"), "invalid_message").message


@pytest.mark.parametrize("kind", ["booking.exploded", "Booking.Created", "contact.created", " "])
def test_an_unknown_type_is_refused_with_the_known_ones(kind: str) -> None:
    """The refusal lists what would have been understood."""
    message = refusal_of(bytes_of(type=kind), "invalid_message").message
    assert all(known in message for known in TYPES)


NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "blank": b"  ",
    "text": b"hello",
    "cut off": EXAMPLE.strip()[:-1],
    "two documents": b"{}{}",
    "single quotes": b"{'id': 1}",
    "not a number": b'{"id": NaN}',
    "not UTF-8": b'{"id": "\xff"}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a NUL": b"\0",
}


@pytest.mark.parametrize("message", NOT_JSON.values(), ids=NOT_JSON)
def test_bytes_that_are_no_json_are_told_apart(message: bytes) -> None:
    """Broken feeds answer `not_json`; so does nesting that nobody can mean."""
    assert isinstance(refusal_of(message, "not_json"), NotJson)


@pytest.mark.parametrize("message", [b"[]", b"7", b'"hello"', b"null", b"true", b"[{}]", b"{}"])
def test_json_that_is_no_event_is_an_invalid_message(message: bytes) -> None:
    """Lists, numbers, texts and null are JSON, but nobody's booking."""
    assert isinstance(refusal_of(message, "invalid_message"), InvalidMessage)


def test_a_message_of_the_greatest_length_is_taken_in() -> None:
    """One byte more is refused, and so are two megabytes of anything."""
    longest = bytes_of().ljust(MAX_MESSAGE_BYTES)
    assert command_of(longest).event_type == "Intro call"
    refusal_of(longest + b" ", "invalid_message")
    refusal_of(bytes_of(invitee_name="x" * 2_000_000), "invalid_message")
    refusal_of(b"x" * 2_000_000, "invalid_message")
