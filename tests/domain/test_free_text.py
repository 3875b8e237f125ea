"""Free text: lengths, what cannot be stored, one Unicode form, and lines that are one line."""

from collections.abc import Callable

import orjson
import pytest

from contacts_domain.commands import Command, EditContact
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, a_row, an_interaction
from tests.domain.refusals import refusal_of, refused_fields
from tests.domain.scene import NOWHERE
from tests.scenario import Scenario

Maker = Callable[..., Command]


def edited(**fields: str) -> EditContact:
    """An edit of anybody."""
    return EditContact(organizer_id=ORGANIZER, contact_id=NOWHERE.contact, **fields)


def logged(**fields: str) -> Command:
    """An interaction with anybody."""
    return an_interaction(NOWHERE.contact, **fields)


CONTACT_LINES = [
    ("first_name", 100),
    ("last_name", 100),
    ("phone", 40),
    ("company", 200),
    ("job_title", 200),
]
LINES: list[tuple[Maker, str, int]] = [
    *((make, field, size) for make in (a_contact, edited, a_row) for field, size in CONTACT_LINES),
    (a_contact, "organizer_id", 100),
    (a_contact, "actor", 200),
    (a_contact, "correlation_id", 500),
    (a_contact, "command_id", 200),
    (a_group, "name", 100),
    (logged, "booking_id", 200),
    (a_booking, "booking_id", 200),
    (a_booking, "message_id", 200),
    (a_booking, "message_source", 500),
]
PARAGRAPHS: list[tuple[Maker, str, int]] = [
    (a_contact, "notes", 20_000),
    (edited, "notes", 20_000),
    (a_row, "notes", 20_000),
    (logged, "description", 10_000),
    (a_group, "description", 2_000),
]
WHOLE = ["event_type", "timezone", "invitee_name", "invitee_phone"]
"""Texts of a booking: never refused."""


def named(maker: object) -> str | None:
    """For the ids of parametrised tests."""
    return maker.__name__ if callable(maker) else None


@pytest.mark.parametrize(("make", "field", "size"), LINES + PARAGRAPHS, ids=named)
def test_a_text_may_be_as_long_as_its_bound(make: Maker, field: str, size: int) -> None:
    """Characters count, not bytes; one more is refused with the bound."""
    longest = "ü" * size
    assert getattr(make(**{field: longest}), field) == longest
    (problem,) = refusal_of(lambda: make(**{field: longest + "ü"})).errors
    assert (problem.field, problem.reason) == (field, f"at most {size} characters are allowed")
    assert len(problem.value) <= 200


@pytest.mark.parametrize(("make", "field", "size"), LINES + PARAGRAPHS, ids=named)
def test_a_decomposed_text_counts_as_it_is_stored(make: Maker, field: str, size: int) -> None:
    """NFC first, then the bound; an organizer's id must be in NFC already."""
    if field == "organizer_id":
        assert refused_fields(lambda: make(**{field: "u\u0308"})) == [field]
        return
    assert getattr(make(**{field: "u\u0308" * size}), field) == "ü" * size


@pytest.mark.parametrize(("make", "field", "size"), LINES + PARAGRAPHS, ids=named)
@pytest.mark.parametrize("bad", ["a\0b", "a\ud800b", "\udfff"], ids=ascii)
def test_what_cannot_be_stored_is_refused(make: Maker, field: str, size: int, bad: str) -> None:
    """NUL and lone surrogates; nothing is dropped silently."""
    assert refused_fields(lambda: make(**{field: bad})) == [field]


@pytest.mark.parametrize(
    "bad",
    ["a\ud800b", b"\xff", 10**5000],
    ids=["lone surrogate", "bytes", "huge number"],
)
def test_a_refusal_can_be_written_down(bad: object) -> None:
    """It shows the value as given, as far as that can be stored or sent at all."""
    refusal = refusal_of(lambda: a_contact(first_name=bad))
    assert [each.field for each in refusal.errors] == ["first_name"]
    assert orjson.dumps(refusal.details)


def test_a_refusal_of_a_field_with_an_odd_name_can_be_written_down() -> None:
    """Names are given too."""
    assert orjson.dumps(refusal_of(lambda: a_contact(**{"a\ud800": 1})).details)


@pytest.mark.parametrize(("make", "field", "size"), LINES, ids=named)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"], ids=ascii)
def test_a_line_has_no_line_breaks(make: Maker, field: str, size: int, end: str) -> None:
    """None of those that some program takes for one."""
    assert refused_fields(lambda: make(**{field: f"a{end}b"})) == [field]


@pytest.mark.parametrize(("make", "field", "size"), PARAGRAPHS, ids=named)
def test_paragraphs_keep_their_lines(make: Maker, field: str, size: int) -> None:
    """Blank lines, indentation and tabs are the author's business."""
    text = "  First line\n\n\tSecond line\r\n"
    assert getattr(make(**{field: text}), field) == text


@pytest.mark.parametrize("field", WHOLE)
def test_the_texts_of_a_booking_are_never_refused(field: str) -> None:
    """What cannot be stored is replaced by U+FFFD, the rest stays, however long."""
    text = " a\0b\ud800c\n" + "u\u0308" * 1000
    assert getattr(a_booking(**{field: text}), field) == " a\ufffdb\ufffdc\n" + "ü" * 1000


@pytest.mark.parametrize(
    "text",
    [
        "\U0001d504da 👩\u200d💻",
        "שלום",
        "e\u0301\u0323",
        "\u202eevil",
        "a\tb",
        "'; DROP TABLE events; --",
    ],
)
def test_every_other_text_survives_storing(scenario: Scenario, text: str) -> None:
    """Read back from the database it is the same, in NFC."""
    contact_id = scenario.given(a_contact(company=text))
    expected = a_contact(company=text).company
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).company == expected
