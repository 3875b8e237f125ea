"""Texts and JSON as the outside sends them."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

NAUGHTY = [
    "+49 30 901820",
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "-2",
    "@sum",
    "'",
    "''",
    "'=1",
    "''+1",
    "'tis",
    'say "hi"',
    '"',
    '""',
    "a,b",
    "a;b",
    "\N{GRINNING FACE}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}",
    "\N{ARABIC LETTER ALEF}\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "\N{BYTE ORDER MARK}x",
    "=\N{NO-BREAK SPACE}1",
    "NULL",
    "1e5",
    "007",
    "#REF!",
    "\\n",
    "%s",
]
"""One-line texts that break naive writers and readers of CSV."""

NAUGHTY_PARAGRAPHS = [
    *NAUGHTY,
    "first\nsecond",
    "first\r\nsecond",
    "first\rsecond",
    "\n",
    "\t=1",
    "\r=1",
    "'\t",
    "\n=1\n'=2",
    " leading and trailing ",
    "\u2028line\u2029paragraph\x85next",
]
"""The same for texts of several lines."""

_STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_ONE_LINE = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
_CHARACTERS_OF_FORMULAS = st.sampled_from("'=+-@\t\r\n\",; a")

LINES = st.sampled_from(NAUGHTY) | st.text(_ONE_LINE, max_size=20)
PARAGRAPHS = (
    st.sampled_from(NAUGHTY_PARAGRAPHS)
    | st.text(_CHARACTERS_OF_FORMULAS, max_size=8)
    | st.text(_STORABLE, max_size=40)
)
ANY_TEXT = st.text() | st.text(_CHARACTERS_OF_FORMULAS) | st.sampled_from(NAUGHTY_PARAGRAPHS)

TAGS = (
    st.text(_ONE_LINE.filter(lambda c: c != ","), min_size=1, max_size=10)
    | st.sampled_from([text for text in NAUGHTY if "," not in text])
).filter(lambda tag: bool(tag.strip()))

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """The JSON document with some members, also nested ones, replaced, removed or added."""
    changed: dict[str, Any] = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(1, 3))):
        target = changed
        if isinstance(changed.get("data"), dict) and draw(st.booleans()):
            target = changed["data"]
        name = draw(st.sampled_from(sorted(target)) if target else st.text())
        match draw(st.sampled_from(["replace", "remove", "add", "text"])):
            case "remove":
                target.pop(name, None)
            case "add":
                target[draw(st.text(max_size=10))] = draw(JSON_VALUES)
            case "text":
                target[name] = draw(st.text(max_size=300))
            case _:
                target[name] = draw(JSON_VALUES)
    return changed


_WORDS = st.text(_ONE_LINE, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
_MOMENTS = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(datetime.isoformat)
_ANYTHING = st.text() | JSON_VALUES

BOOKING_DATA = st.fixed_dictionaries(
    {
        "organizer_id": st.sampled_from(["acme", "globex", "org 7", "m\xfcller"]),
        "booking_id": _WORDS,
        "starts_at": _MOMENTS,
        "invitee_email": st.sampled_from(["ada@example.org", "Bob.O'Neil+x@m\xfcller.example"]),
    },
    optional={
        "ends_at": _MOMENTS | st.none(),
        "event_type": _ANYTHING,
        "timezone": _ANYTHING,
        "invitee_name": _ANYTHING,
        "invitee_phone": _ANYTHING,
        "room": JSON_VALUES,
    },
)
"""What a valid booking message may hold as its data."""

MESSAGES = st.fixed_dictionaries(
    {
        "specversion": st.just("1.0"),
        "id": _WORDS,
        "source": _WORDS,
        "type": st.sampled_from(
            ["booking.created", "booking.rescheduled", "booking.completed", "booking.cancelled"]
        ),
        "time": _MOMENTS,
        "data": BOOKING_DATA,
    },
    optional={
        "datacontenttype": st.sampled_from(
            ["application/json", "application/json; charset=utf-8", "Application/Vnd.X+JSON"]
        ),
        "dataschema": st.sampled_from(["/v1", "https://example.org/booking/v1"]),
        "subject": _WORDS,
        "traceparent": _WORDS,
        "partitionkey": _WORDS,
    },
)
"""Valid booking messages in structured mode, all of whose attributes are text."""
