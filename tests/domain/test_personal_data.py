"""Every field of every event is marked as personal or not, once; the marks are for ever."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from contacts_domain.event_schema import EVENT_TYPES
from contacts_domain.personal_data import NotPersonal, Personal, Sensitivity, sensitivities

PINNED = Path(__file__).parent.parent / "golden" / "personal_fields.json"


class Unmarked(BaseModel):
    """Somebody forgot something."""

    email: Personal[str]
    nickname: str


class MarkedTwice(BaseModel):
    """Somebody could not decide."""

    email: Personal[NotPersonal[str]]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_field_of_an_event_is_marked_once(name: str) -> None:
    """From the first golden file on, since encryption cannot come later for what is stored."""
    event_type = EVENT_TYPES[name]
    assert sensitivities(event_type).keys() == event_type.model_fields.keys()


def test_the_marks_are_the_pinned_ones() -> None:
    """A changed mark changes what is encrypted: it needs a new version of the event."""
    marks = {
        name: {field: mark.value for field, mark in sensitivities(event_type).items()}
        for name, event_type in EVENT_TYPES.items()
    }
    assert marks == json.loads(PINNED.read_text())


@pytest.mark.parametrize(
    "field", ["email", "first_name", "last_name", "phone", "notes", "invitee_email", "description"]
)
def test_what_tells_who_somebody_is_counts_as_personal(field: str) -> None:
    """On whichever event of a contact it stands."""
    marks = [
        sensitivities(event_type)[field]
        for name, event_type in EVENT_TYPES.items()
        if name.startswith("contact.") and field in event_type.model_fields
    ]
    assert marks
    assert set(marks) == {Sensitivity.PERSONAL}


@pytest.mark.parametrize(
    ("model", "field"), [(Unmarked, "Unmarked.nickname"), (MarkedTwice, "MarkedTwice.email")]
)
def test_a_field_without_exactly_one_mark_is_named(model: type[BaseModel], field: str) -> None:
    """So that it is found before the first event is stored."""
    with pytest.raises(TypeError, match=field):
        sensitivities(model)
