"""What text may hold, decided once for every command: length, no NUL, no lone surrogates, NFC."""

import unicodedata
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
COMBINING_GRAPHEME_JOINER = "\N{COMBINING GRAPHEME JOINER}"
MAX_MARKS = 30
"""Combining marks in a row (UAX #15 §13)."""


def normalized(text: str, max_length: int) -> str:
    """`text` in NFC; ValueError if it is longer than `max_length` characters or not storable."""
    if len(text) > max_length * 4:  # before any work on it; NFC shrinks text to a third at most
        raise ValueError(f"at most {max_length} characters are allowed")
    if text.isascii():
        if "\0" in text:
            raise ValueError("NUL characters are not allowed")
    else:
        text = _composed(text)
    if len(text) > max_length:
        raise ValueError(f"at most {max_length} characters are allowed")
    return text


def _composed(text: str) -> str:
    if "\0" in text:
        raise ValueError("NUL characters are not allowed")
    if not _is_encodable(text):
        raise ValueError("lone surrogates are not allowed")
    if _stream_safe(text) != text:
        raise ValueError(f"at most {MAX_MARKS} combining marks in a row are allowed")
    return unicodedata.normalize("NFC", text)


def sanitized(text: str) -> str:
    """`text` in NFC with everything not storable replaced by U+FFFD; never refuses."""
    text = text.replace("\0", REPLACEMENT)
    if text.isascii():
        return text
    if not _is_encodable(text):
        text = "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)
    return unicodedata.normalize("NFC", _stream_safe(text))


def comparison_key(name: str) -> str:
    """What makes two names the same: without case, in NFC, trimmed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).strip().casefold())


def _stream_safe(text: str) -> str:
    """The stream-safe form of Unicode (UAX #15 §13): without it, NFC takes quadratic time."""
    safe, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MAX_MARKS:
            safe.append(COMBINING_GRAPHEME_JOINER)
            marks = 1
        safe.append(character)
    return "".join(safe)


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def line(max_length: int) -> Callable[[str], str]:
    """A validator for one line of at most `max_length` characters, trimmed and in NFC."""

    def validate(value: str) -> str:
        value = normalized(value.strip(), max_length)
        if not value.isprintable() and len(value.splitlines()) > 1:
            raise ValueError("line breaks are not allowed")
        return value

    return validate


def _paragraphs(max_length: int) -> Callable[[str], str]:
    return lambda value: normalized(value, max_length)


Line40 = Annotated[str, AfterValidator(line(40))]
Line100 = Annotated[str, AfterValidator(line(100))]
Line200 = Annotated[str, AfterValidator(line(200))]
Line500 = Annotated[str, AfterValidator(line(500))]
Text2000 = Annotated[str, AfterValidator(_paragraphs(2_000))]
Text10000 = Annotated[str, AfterValidator(_paragraphs(10_000))]
Text20000 = Annotated[str, AfterValidator(_paragraphs(20_000))]
SanitizedText = Annotated[str, AfterValidator(sanitized)]


def required(value: str) -> str:
    """A validator for text that must not be blank."""
    if not value.strip():
        raise ValueError("a value is required")
    return value


def cut(text: str, max_length: int) -> str:
    """The first `max_length` characters of one-line `text`, trimmed."""
    return " ".join(text.split())[:max_length].strip()
