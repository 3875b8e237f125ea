"""The page of events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

from pydantic import BaseModel

from contacts_domain.event_schema import EVENT_TYPES, current_version
from contacts_domain.personal_data import Sensitivity
from tools.reference.fields import attribute_docstrings, default_in_words, type_in_words
from tools.reference.markdown import json_block, page, sentences, table

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"


EVENTS_INTRODUCTION = """
# Events

What happened, under the names they are stored with, in the order of
`contacts_domain.event_schema.EVENT_TYPES`. Names are for ever. A field may be added with a
default; anything else is a [new version](../how-to/evolve-an-event.md). Fields that are none are
not stored. The envelope (stream, version, organizer, who, when) lies
[beside the event](../adr/0006-events-and-envelope.md). The examples are the golden files, which
every later version of the library must still read.
"""


def events_page() -> str:
    """Every event."""
    return page(EVENTS_INTRODUCTION.strip(), *map(_event, EVENT_TYPES))


def _event(name: str) -> str:
    event, version = EVENT_TYPES[name], current_version(name)
    return "\n\n".join(
        part
        for part in [
            f"## {name}",
            f"Version {version}, class `{event.__name__}`. {sentences(event)}",
            _event_fields(event) or "It has no fields.",
            json_block(event.model_json_schema()),
            *_golden(name, version),
        ]
        if part
    )


def _event_fields(event: type[BaseModel]) -> str:
    hints = get_type_hints(event, include_extras=True)
    said = attribute_docstrings(event)
    return table(
        ("field", "holds", "if left out", "personal", "meaning"),
        (
            (
                f"`{name}`",
                type_in_words(hints[name]),
                default_in_words(field),
                "personal" if Sensitivity.PERSONAL in field.metadata else "not personal",
                said.get(name, ""),
            )
            for name, field in event.model_fields.items()
        ),
    )


def _golden(name: str, latest: int) -> Iterator[str]:
    for version in range(1, latest + 1):
        file = GOLDEN / f"{name}.v{version}.json"
        if file.exists():
            yield f"As version {version} was stored:"
            yield json_block(json.loads(file.read_text(encoding="utf-8")))
