"""Texts and JSON as the outside sends them."""

import json
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
