"""Metadata of interactions: a JSON object of at most 16 KiB, kept as text and never interpreted."""

from typing import Any
from uuid import uuid4

import pytest

from contacts_domain.commands import CorrectInteraction
from tests.builders import ORGANIZER, an_interaction
from tests.domain.refusals import refused_fields

LIMIT = 16 * 1024
"""Bytes of the JSON."""


def kept(metadata: Any) -> str:
    """What is kept of it."""
    return an_interaction(uuid4(), metadata=metadata).metadata


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ({}, "{}"),
        ("{}", "{}"),
        ({"b": 1, "a": {"d": True, "c": None}}, '{"a":{"c":null,"d":true},"b":1}'),
        (' {"b": 1.50, "a": "\\u00fc"} ', '{"a":"ü","b":1.5}'),
        ({"a": "x" * (LIMIT - 8)}, '{"a":"' + "x" * (LIMIT - 8) + '"}'),
        ({"n": 2**63}, '{"n":9223372036854775808}'),
    ],
    ids=["empty", "empty text", "mapping", "text", "16 KiB", "large integer"],
)
def test_metadata_is_kept_as_the_text_of_a_json_object(metadata: object, text: str) -> None:
    """In one form, keys sorted; what it says does not change."""
    assert kept(metadata) == text
    assert kept(text) == text


def test_metadata_in_another_form_is_the_same() -> None:
    """White space and the order of keys say nothing."""
    assert kept('{"b": 2,\n "a": 1}') == kept({"a": 1, "b": 2})


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        5,
        [],
        "",
        "[]",
        '"text"',
        "null",
        "{",
        "{'a': 1}",
        "\ud800",
        {1: 2},
        {"a": ...},
        {"a": "\ud800"},
        '{"a": "\\ud800"}',
    ],
    ids=ascii,
)
def test_what_is_no_json_object_is_no_metadata(metadata: object) -> None:
    """Neither when it is logged nor when it is corrected."""
    about = {"organizer_id": ORGANIZER, "contact_id": uuid4(), "interaction_id": uuid4()}
    assert refused_fields(lambda: an_interaction(uuid4(), metadata=metadata)) == ["metadata"]
    assert refused_fields(lambda: CorrectInteraction(**about, metadata=metadata)) == ["metadata"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": "x" * (LIMIT - 7)},
        '{"a":"' + "x" * (LIMIT - 7) + '"}',
        {"a": "ü" * (LIMIT // 2)},
        "x" * (LIMIT + 1),
        {str(number): None for number in range(10_000)},
    ],
    ids=["mapping", "text", "bytes, not characters", "no JSON", "keys"],
)
def test_metadata_of_more_than_16_kib_is_refused(metadata: object) -> None:
    """What counts are the bytes that would be stored."""
    assert refused_fields(lambda: kept(metadata)) == ["metadata"]


@pytest.mark.parametrize("depth", [300, 5000])
def test_metadata_nested_too_deep_is_refused(depth: int) -> None:
    """As text and as a mapping alike, however deep."""
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    text = '{"a":' + "[" * depth + "]" * depth + "}"
    assert refused_fields(lambda: kept({"a": nested})) == ["metadata"]
    assert refused_fields(lambda: kept(text)) == ["metadata"]


@pytest.mark.parametrize(
    "metadata",
    [{"n": 2**64}, '{"n":18446744073709551616}', {"n": float("nan")}, {"n": float("inf")}],
    ids=["big integer", "big integer in a text", "not a number", "infinity"],
)
def test_numbers_that_cannot_be_kept_exactly_are_refused(metadata: object) -> None:
    """Opaque means that nothing is rounded or dropped on the way in."""
    assert refused_fields(lambda: kept(metadata)) == ["metadata"]
