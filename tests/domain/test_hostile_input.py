"""Hostile input: however long or odd a value is, it is answered within half a second."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import process_time

import pytest

from contacts_domain.commands import BookingCommand, Command
from contacts_domain.errors import Refused
from contacts_domain.garbage import little_garbage_collected
from tests.builders import a_booking, a_contact, a_row
from tests.domain.scene import EXAMPLES, NOWHERE
from tests.scenario import Scenario

SIZE = 100_000
PATTERNS = [
    "a",
    " ",
    "\n",
    "\0",
    "\ud800",
    "ü",
    "İ",
    "0",
    "1 ",
    "+",
    "+1",
    "#",
    ",",
    "@",
    "a@",
    "a.",
    "xn--",
    "(",
    "()",
    '"',
    "'a' ",
    "Dr. ",
    "van der ",
    "[",
    '{"a":',
    "<a@b.org>",
    "2026-11-20T",
]
COMBINING = ["\u0301\u0316", "\u0301", "\u0316\u0327\u0334\u0301"]
"""Marks that must be put into order before they are in NFC."""

BOOKING_TEXTS = ["event_type", "timezone", "invitee_name", "invitee_phone"]


def own_fields() -> Iterator[tuple[type[Command], str]]:
    """Every field of every command once: inherited ones at the first command that has them."""
    seen: set[object] = set()
    for command_type in EXAMPLES:
        for name, field in command_type.model_fields.items():
            key = (name, repr(field.annotation), repr(field.metadata))
            if key not in seen:
                seen.add(key)
                yield command_type, name


@contextmanager
def half_a_second() -> Iterator[None]:
    """Of processor time, so that neighbours on the machine do not matter, nor what earlier tests
    left for Python's search for garbage to look at."""
    with little_garbage_collected():
        start = process_time()
        yield
        assert process_time() - start < 0.5


def named(value: object) -> str | None:
    """For the ids of parametrised tests."""
    return value.__name__ if isinstance(value, type) else ascii(value)


@pytest.mark.parametrize(("command_type", "field"), list(own_fields()), ids=named)
def test_a_long_value_is_answered_at_once(command_type: type[Command], field: str) -> None:
    """10^5 characters into any field: accepted or refused, but never chewed on."""
    valid = EXAMPLES[command_type](NOWHERE).model_dump(exclude_unset=True)
    for pattern in PATTERNS:
        text = (pattern * SIZE)[:SIZE]
        with half_a_second(), suppress(Refused):
            command_type(**valid | {field: text})


@pytest.mark.parametrize("pattern", PATTERNS, ids=ascii)
def test_long_tags_and_groups_are_answered_at_once(pattern: str) -> None:
    """In a list, and many of them."""
    text = (pattern * SIZE)[:SIZE]
    for field in ("tags", "group_ids"):
        with half_a_second(), suppress(Refused):
            a_contact(**{field: [text]})
        with half_a_second(), suppress(Refused):
            a_contact(**{field: [f"{pattern}{number}" for number in range(10_000)]})


@pytest.mark.parametrize("field", BOOKING_TEXTS)
def test_a_booking_with_long_texts_is_taken_in_at_once(scenario: Scenario, field: str) -> None:
    """Names are split and phones are read within bounds; the texts are kept whole."""
    for number, pattern in enumerate(PATTERNS):
        message: BookingCommand = a_booking(
            invitee_email=f"ada{number}@example.org", **{field: (pattern * SIZE)[:SIZE]}
        )
        with half_a_second():
            scenario.when(message)
        assert scenario.receipt is not None


@pytest.mark.parametrize("field", ["first_name", "last_name", "phone"])
def test_a_field_at_its_bound_is_taken_in_at_once(scenario: Scenario, field: str) -> None:
    """What passes the length is judged as fast."""
    for pattern in PATTERNS:
        for make in (a_contact, a_row):
            with half_a_second():
                scenario.when(lambda make=make, p=pattern: make(**{field: (p * 40)[:40]}))


@pytest.mark.parametrize("pattern", COMBINING, ids=ascii)
@pytest.mark.parametrize(("field", "size"), [("notes", 60_000), ("email", SIZE), ("tags", SIZE)])
def test_combining_marks_are_answered_at_once(field: str, size: int, pattern: str) -> None:
    """Normalising takes quadratic time over a long run of marks, so no such run may reach it."""
    text = "a" + (pattern * size)[:size]
    with half_a_second(), suppress(Refused):
        a_contact(**{field: [text] if field == "tags" else text})


@pytest.mark.parametrize("pattern", COMBINING, ids=ascii)
def test_a_booking_with_combining_marks_is_answered_at_once(pattern: str) -> None:
    """Its texts have no bound and are never refused."""
    text = "a" + (pattern * SIZE)[: SIZE // 2]
    with half_a_second():
        a_booking(invitee_name=text)
