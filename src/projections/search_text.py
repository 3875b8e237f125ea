"""Text made comparable and searchable: without case and accents, in one column.

A trigram index finds any part of at least three characters. Three things more are put into the
same text, so that the same index answers them: the organizer and whether the contact is active
(as a mark of four private characters), and the first two letters of every word, each word behind
a mark of two, so that terms of one or two letters find the words that begin with them.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

_WORD = "\ue001\ue000"
"""Before the first two letters of a word."""
_STATES = {True: "\ue002", False: "\ue003"}
_MARK_BASE = 0xF0000
"""Supplementary private use area A: 65,534 characters, three of which name an organizer."""
_BETWEEN_WORDS = re.compile(r"[\s\W_]+")
_PRIVATE = re.compile("[\ue000-\ue003\U000f0000-\U000ffffd]")
_WITHOUT_STROKES = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ł": "l", "ŧ": "t"}
    | {"æ": "ae", "œ": "oe"}
)
"""Letters that Unicode does not take apart into a plain one and a mark."""
SHORT = 2
"""Terms of up to this many characters are looked up as beginnings of words."""


def folded(text: str) -> str:
    """`text` casefolded, in plain letters, with single spaces."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
        text = unicodedata.normalize("NFC", text.casefold()).translate(_WITHOUT_STROKES)
    return " ".join(text.casefold().split())


def searchable(organizer_id: str, *fields: str, is_active: bool) -> str:
    """The text of a contact; a term cannot match across two fields."""
    lines = [_unmarked(folded(field)) for field in fields]
    heads = dict.fromkeys(word[:SHORT] for line in lines for word in words(line))
    beginnings = "".join(_WORD + head for head in heads)
    return "\n".join([_mark(organizer_id) + _STATES[is_active], *lines, beginnings])


def words(line: str) -> list[str]:
    """What short terms find the beginnings of: runs between white space and punctuation, and the
    line's own beginning."""
    return [line, *_BETWEEN_WORDS.split(line)] if line else []


def needle(term: str) -> str:
    """What to look for in the text when somebody searches for `term`; at least 3 characters, or
    nothing for a blank term."""
    term = _unmarked(folded(term))
    if len(term) > SHORT or not term:
        return term
    return (_WORD + term)[-3:]


def belongs_to(organizer_id: str, *, is_active: bool | None) -> str:
    """What the texts of an organizer's contacts have in them, and no others."""
    state = "" if is_active is None else _STATES[is_active]
    return _mark(organizer_id) + state


def escaped_for_like(text: str) -> str:
    r"""`text` as a literal inside a LIKE pattern with the escape character `\`."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


@lru_cache(maxsize=1_024)
def _mark(organizer_id: str) -> str:
    digest = blake2b(organizer_id.encode(), digest_size=6).digest()
    parts = (digest[0:2], digest[2:4], digest[4:6])
    return "".join(chr(_MARK_BASE + int.from_bytes(part, "big") % 0xFFFD) for part in parts)


def _unmarked(text: str) -> str:
    return text if text.isascii() else _PRIVATE.sub("\N{REPLACEMENT CHARACTER}", text)
