"""The golden files: one stored JSON per event version, which loads for ever.

A golden file is never rewritten. A new version of an event gets a file of its own; what an old
file becomes then is what the upcasters make of it.
"""

from pathlib import Path

import pytest

from contacts_domain.event_schema import EVENT_TYPES, current_version, decode, encode
from tests.domain.golden_events import GOLDEN_EVENTS

GOLDEN = Path(__file__).parent.parent / "golden"


def golden(name: str, version: int) -> bytes:
    """The stored JSON; the file ends with a line break that is not part of it."""
    text = (GOLDEN / f"{name}.v{version}.json").read_bytes()
    assert text.endswith(b"}\n")
    return text[:-1]


def test_every_version_of_every_event_has_a_golden_file_and_no_other_has() -> None:
    """Neither can an event be forgotten nor a file be left behind."""
    expected = {
        f"{name}.v{version}.json"
        for name in EVENT_TYPES
        for version in range(1, current_version(name) + 1)
    }
    assert {path.name for path in GOLDEN.iterdir()} == expected | {"personal_fields.json"}


def test_every_event_has_a_golden_event_of_its_type() -> None:
    """The registry and the expectations name the same events."""
    assert {name: type(event) for name, event in GOLDEN_EVENTS.items()} == EVENT_TYPES


@pytest.mark.parametrize("name", GOLDEN_EVENTS)
def test_a_golden_event_has_every_field_filled_in(name: str) -> None:
    """A field at its default would prove nothing."""
    event = GOLDEN_EVENTS[name]
    fields = type(event).model_fields
    assert all(getattr(event, each) != field.default for each, field in fields.items())


@pytest.mark.parametrize("name", GOLDEN_EVENTS)
def test_a_golden_file_loads_as_the_event_it_was_written_for(name: str) -> None:
    """As stored, field by field."""
    assert decode(name, 1, golden(name, 1)) == GOLDEN_EVENTS[name]


@pytest.mark.parametrize("name", GOLDEN_EVENTS)
def test_an_event_is_stored_as_its_golden_file_says(name: str) -> None:
    """Byte for byte: the order of fields and the form of values are part of the format."""
    version = current_version(name)
    assert encode(GOLDEN_EVENTS[name]) == golden(name, version)
    assert encode(decode(name, version, golden(name, version))) == golden(name, version)
