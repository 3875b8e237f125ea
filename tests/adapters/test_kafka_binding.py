"""A record of Kafka becomes a command, in both modes of CloudEvents' binding, or is refused."""

from contextlib import suppress
from datetime import datetime
from time import process_time
from typing import Any

import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from adapters.bookings.kafka_binding import Headers, command_of_record
from adapters.bookings.messages import COMMANDS, MAX_MESSAGE_BYTES, command_of
from contacts_domain.errors import NewerMessage, NotJson, Refused
from tests.adapters.booking_messages import a_message, bytes_of, encoded
from tests.adapters.strategies import MESSAGES, mutated
from tests.adapters.test_booking_message_fuzz import CANARIES, SPOILED, tells_something

Message = dict[str, Any]
Record = tuple[list[tuple[str, bytes | None]], bytes]

STRUCTURED = ("content-type", b"application/cloudevents+json")


def in_binary_mode(message: Message) -> Record:
    """The attributes that are text as headers, the data as the value."""
    named = {name: value for name, value in message.items() if isinstance(value, str)}
    headers: list[tuple[str, bytes | None]] = [
        ("content-type" if name == "datacontenttype" else f"ce_{name}", value.encode())
        for name, value in named.items()
    ]
    return headers, encoded(message["data"])


def event_of(message: Message) -> BaseCloudEvent:
    """The message as the SDK of CloudEvents has it."""
    attributes = {name: value for name, value in message.items() if name != "data"}
    attributes["time"] = datetime.fromisoformat(attributes["time"])
    return CloudEvent(attributes, message["data"])


def headers_of(sent: KafkaMessage) -> Headers:
    """As clients of Kafka hand them over."""
    return list(sent.headers.items())


def refusal_of(headers: Headers, value: bytes | None, code: str) -> Refused:
    """The refusal that the record meets."""
    with pytest.raises(Refused) as refusal:
        command_of_record(headers, value)
    assert refusal.value.code == code
    assert refusal.value.message
    return refusal.value


# --- both modes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [STRUCTURED],
        [("content-type", b"application/json")],
        [("content-type", b"Application/CloudEvents+JSON ; charset=UTF-8")],
        [("traceparent", b"00-0af7"), STRUCTURED],
        [("content-type", None)],
        [STRUCTURED, ("ce_type", b"booking.cancelled"), ("ce_id", b"another")],
    ],
    ids=["none", "stated", "plain JSON", "parameters", "others", "null", "with attributes"],
)
def test_structured_mode_is_read_with_and_without_its_header(headers: Headers) -> None:
    """The value says everything; where it is an envelope, headers add nothing."""
    value = bytes_of()
    assert command_of_record(headers, value, "feed") == command_of(value, "feed")


@pytest.mark.parametrize("kind", COMMANDS)
def test_binary_mode_means_the_same_command(kind: str) -> None:
    """Attributes are headers, the value is the data."""
    message = a_message(type=kind, dataschema="https://example.org/bookings/v1")
    headers, value = in_binary_mode(message)
    assert {name for name, _ in headers} == {
        "ce_id", "ce_source", "ce_type", "ce_time", "ce_specversion", "ce_dataschema",
        "ce_subject", "content-type",
    }  # fmt: skip
    command = command_of_record(headers, value, "feed")
    assert type(command) is COMMANDS[kind]
    assert command == command_of(encoded(message), "feed")


@given(MESSAGES)
def test_both_modes_mean_the_same(message: Message) -> None:
    """For any valid message."""
    expected = command_of(encoded(message))
    assert command_of_record(*in_binary_mode(message)) == expected
    assert command_of_record([STRUCTURED], encoded(message)) == expected


@given(MESSAGES)
def test_what_the_sdk_of_cloudevents_sends_is_understood(message: Message) -> None:
    """An independent producer, in both modes; its `datacontenttype` has no upper case."""
    if "datacontenttype" in message:
        message["datacontenttype"] = message["datacontenttype"].lower()
    expected = command_of(encoded(message))
    for sent in (to_structured_event(event_of(message)), to_binary_event(event_of(message))):
        assert command_of_record(headers_of(sent), sent.value) == expected


# --- headers -----------------------------------------------------------------------------------


def test_the_case_of_a_header_does_not_matter() -> None:
    """Clients and proxies change it."""
    headers, value = in_binary_mode(a_message())
    expected = command_of_record(headers, value)
    for changed in (str.upper, str.title):
        assert command_of_record([(changed(name), text) for name, text in headers], value) == (
            expected
        )


def test_of_repeated_headers_the_last_counts() -> None:
    """In whatever case they are."""
    headers, value = in_binary_mode(a_message())
    first: Headers = [("CE_Type", b"booking.exploded"), ("ce_id", b"\xff"), ("Content-Type", b"x")]
    assert command_of_record([*first, *headers], value) == command_of_record(headers, value)
    late = command_of_record([*headers, ("CE_ID", b"late")], value)
    assert late.message_id == "late"


@pytest.mark.parametrize("nothing", [None, b""], ids=["null", "empty"])
def test_a_header_without_a_value_is_not_there(nothing: bytes | None) -> None:
    """What may be missing may be empty, and what must be there is named."""
    headers, value = in_binary_mode(a_message())
    expected = command_of_record(headers, value)
    blank: Headers = [(name, nothing) for name in ("ce_dataschema", "ce_subject", "content-type")]
    assert command_of_record([*headers, *blank], value) == expected
    for name in ("id", "source", "type", "time", "specversion"):
        refused = refusal_of([*headers, (f"ce_{name}", nothing)], value, "invalid_message")
        assert f"{name}: Field required" in refused.message


def test_a_record_whose_attributes_are_all_empty_is_structured() -> None:
    """Nothing in its headers says otherwise."""
    value = bytes_of()
    assert command_of_record([("ce_id", None), ("ce_type", b"")], value) == command_of(value)


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_time", "ce_room", "content-type"])
def test_headers_that_are_not_utf_8_are_refused_by_name(name: str) -> None:
    """Bytes that were never text."""
    headers, value = in_binary_mode(a_message())
    refused = refusal_of([*headers, (name, b"caf\xe9")], value, "invalid_message")
    assert name in refused.message
    assert "UTF-8" in refused.message


def test_headers_of_others_may_hold_anything() -> None:
    """They are not read."""
    headers, value = in_binary_mode(a_message())
    others: Headers = [("trace", b"\xff\0"), ("", b"\xff"), ("ce-id", b"\xff"), ("\ud800", None)]
    assert command_of_record([*others, *headers], value) == command_of_record(headers, value)


def test_attributes_called_data_do_not_stand_for_the_data() -> None:
    """The value is the data, whatever headers say."""
    headers, value = in_binary_mode(a_message())
    others: Headers = [("ce_data", b"{}"), ("ce_data_base64", b"e30=")]
    assert command_of_record([*headers, *others], value) == command_of_record(headers, value)


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [[], [STRUCTURED], in_binary_mode(a_message())[0]])
def test_tombstones_are_refused(headers: Headers) -> None:
    """No value at all; nothing of a booking is ever deleted."""
    assert "no value" in refusal_of(headers, None, "invalid_message").message


@pytest.mark.parametrize("headers", [[], [STRUCTURED], in_binary_mode(a_message())[0]])
@pytest.mark.parametrize("value", [b"", b" ", b"\0", b"{", b"\xff"])
def test_values_that_are_no_json_are_told_apart(headers: Headers, value: bytes) -> None:
    """An empty value is no tombstone."""
    assert isinstance(refusal_of(headers, value, "not_json"), NotJson)


@pytest.mark.parametrize("value", [b"null", b"[]", b"7", b'"text"', b"{}"])
def test_data_that_is_no_booking_is_refused(value: bytes) -> None:
    """JSON of any other shape, in binary mode."""
    headers, _ = in_binary_mode(a_message())
    assert "data" in refusal_of(headers, value, "invalid_message").message


@pytest.mark.parametrize(
    "kind",
    [
        b"application/cloudevents",
        b"application/cloudevents-batch+json",
        b"application/cloudevents+avro",
        b"application/cloudevents+protobuf; charset=utf-8",
    ],
)
def test_batches_and_other_formats_are_refused(kind: bytes) -> None:
    """A record is one message in JSON."""
    headers: Headers = [("content-type", kind)]
    refused = refusal_of(headers, b"[" + bytes_of() + b"]", "invalid_message")
    assert "application/cloudevents+json" in refused.message


@pytest.mark.parametrize("kind", [b"text/plain", b"application/xml", b"application/avro", b";"])
def test_data_of_another_content_type_is_refused(kind: bytes) -> None:
    """Although the value may happen to be JSON; what is blank says nothing."""
    headers, value = in_binary_mode(a_message())
    with_kind: Headers = [*headers, ("content-type", kind)]
    if kind == b";":
        assert command_of_record(with_kind, value) == command_of_record(headers, value)
    else:
        assert "JSON" in refusal_of(with_kind, value, "invalid_message").message


def test_newer_data_waits_for_an_upgrade_in_both_modes() -> None:
    """It is told apart from garbage."""
    message = a_message(dataschema="https://example.org/bookings/v2")
    for headers, value in (in_binary_mode(message), ([STRUCTURED], encoded(message))):
        assert isinstance(refusal_of(headers, value, "newer_message"), NewerMessage)


@pytest.mark.parametrize("version", [b"0.3", b"2.0", b"1", b"1.0.2"])
def test_other_versions_of_cloudevents_are_refused(version: bytes) -> None:
    """Only 1.0 is known."""
    headers, value = in_binary_mode(a_message())
    refused = refusal_of([*headers, ("ce_specversion", version)], value, "invalid_message")
    assert "specversion" in refused.message


@pytest.mark.parametrize("members", SPOILED.values(), ids=SPOILED)
def test_no_refusal_in_binary_mode_tells_who_the_invitee_is(members: dict[str, Any]) -> None:
    """Neither its sentence nor its details."""
    with pytest.raises(Refused) as refusal:
        command_of_record(*in_binary_mode(a_message(**(CANARIES | members))))
    assert refusal.value.code in (
        "invalid_message", "invalid_command", "invalid_email", "newer_message",
    )  # fmt: skip
    assert not tells_something(str(refusal.value))
    assert not tells_something(repr(refusal.value.details))


def test_no_refusal_of_a_whole_record_tells_who_the_invitee_is() -> None:
    """Cut off, of a wrong kind, with broken headers, as a batch."""
    message = a_message(**CANARIES)
    headers, data = in_binary_mode(message)
    records: list[tuple[Headers, bytes]] = [
        (headers, data[:-9]),
        (headers, b"[" + data + b"]"),
        (headers, encoded(message)),
        (headers, data * 9_000),
        ([], data),
        ([STRUCTURED], data),
        ([("content-type", b"application/cloudevents-batch+json")], encoded([message])),
        ([*headers, ("ce_subject", b"Canaryname \xff")], data),
        ([*headers, ("ce_time", b"canary@canarydomain.example")], data),
        ([*headers, ("ce_specversion", b"Canaryname")], data),
        ([*headers, ("content-type", b"text/canary")], data),
        ([*headers, ("ce_id", b"Canaryname" * 99)], data),
    ]
    for headers, value in records:
        with pytest.raises(Refused) as refusal:
            command_of_record(headers, value)
        assert not tells_something(str(refusal.value))
        assert not tells_something(repr(refusal.value.details))


NAMES = ["ce_id", "ce_source", "ce_type", "ce_time", "ce_specversion", "ce_dataschema", "CE_"]
HEADERS = st.lists(
    st.tuples(
        st.sampled_from([*NAMES, "content-type", "ce_data"]) | st.text(max_size=8),
        st.none()
        | st.binary(max_size=20)
        | st.sampled_from([b"application/cloudevents+json", b"application/json", b"1.0", b"/v1"]),
    ),
    max_size=6,
)


@given(headers=HEADERS, value=st.none() | st.binary(max_size=100), in_front=st.booleans())
def test_any_record_is_a_command_or_a_refusal(
    headers: Headers, value: bytes | None, in_front: bool
) -> None:
    """Arbitrary headers alone, around those of a message, and with a message as the value."""
    with pytest.raises(Refused):
        command_of_record(headers, value)
    good, data = in_binary_mode(a_message())
    around = [*headers, *good] if in_front else [*good, *headers]
    for each, content in ((around, value), (around, data), (headers, bytes_of())):
        with suppress(Refused):
            assert command_of_record(each, content).booking_id


@given(mutated(a_message()))
def test_a_mutated_record_is_a_command_or_a_refusal(message: Message) -> None:
    """In binary mode, with whatever became of attributes and data."""
    texts = {
        name: value.encode(errors="replace").decode() if isinstance(value, str) else value
        for name, value in message.items()
    }
    with suppress(Refused):
        assert command_of_record(*in_binary_mode({"data": None} | texts)).booking_id


# --- size --------------------------------------------------------------------------------------

TEN_MEGABYTES = 10_000_000
GREAT: dict[str, bytes] = {
    "letters": b"x" * TEN_MEGABYTES,
    "a long name": b'{"invitee_name": "' + b"x" * TEN_MEGABYTES + b'"}',
    "deep lists": b"[" * TEN_MEGABYTES,
    "deep lists of an allowed length": b"[" * (MAX_MESSAGE_BYTES // 2),
    "deep objects of an allowed length": b'{"a":' * (MAX_MESSAGE_BYTES // 5),
    "deep lists behind an escape": b'["\\ud800",' + b"[" * (MAX_MESSAGE_BYTES // 2),
    "deep data": b'{"data":' + b"[" * 500_000 + b"]" * 500_000 + b"}",
}
SECONDS = 1.0
"""Of the processor; what is measured is some milliseconds."""


@pytest.mark.parametrize("value", GREAT.values(), ids=GREAT)
def test_great_and_deeply_nested_values_are_refused_fast(value: bytes) -> None:
    """In both modes."""
    for headers in ([STRUCTURED], in_binary_mode(a_message())[0]):
        before = process_time()
        with pytest.raises(Refused) as refusal:
            command_of_record(headers, value)
        assert process_time() - before < SECONDS
        assert refusal.value.code in ("invalid_message", "not_json")
        assert len(refusal.value.message) < 1_000


@pytest.mark.parametrize("name", [*NAMES[:-1], "content-type"])
@pytest.mark.parametrize("unit", [b"x", b" ", b"1", b"/v1", "a\N{COMBINING DIAERESIS}".encode()])
def test_great_headers_are_refused_fast(name: str, unit: bytes) -> None:
    """Brokers refuse them, but who knows how they are set up."""
    headers, value = in_binary_mode(a_message())
    great = unit * (TEN_MEGABYTES // len(unit))
    before = process_time()
    with suppress(Refused):
        command_of_record([*headers, (name, great)], value)
    assert process_time() - before < SECONDS


def test_the_greatest_value_is_taken_in_in_both_modes() -> None:
    """A megabyte is the value's, whatever the headers add."""
    headers, value = in_binary_mode(a_message())
    assert command_of_record(headers, value.ljust(MAX_MESSAGE_BYTES)).booking_id
    refusal_of(headers, value.ljust(MAX_MESSAGE_BYTES + 1), "invalid_message")
