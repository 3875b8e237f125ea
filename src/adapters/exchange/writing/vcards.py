"""Writes contacts as vCards 4.0 (RFC 6350)."""

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import BinaryIO

from projections.contact_list_query import ContactView

_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n", "\r": None})


def write_vcards(people: Iterable[ContactView], file: BinaryIO) -> None:
    """Write a card for each, in their order, UTF-8."""
    from vobjectx.base import fold_one_line  # asks for the host's name when it is imported

    for contact in people:
        card = StringIO()
        for line in _lines(contact):
            fold_one_line(card, line)
        file.write(card.getvalue().encode())


def _lines(contact: ContactView) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID:urn:uuid:{contact.id}"
    yield f"FN:{_escaped(contact.full_name)}"
    yield f"N:{_escaped(contact.last_name)};{_escaped(contact.first_name)};;;"
    yield f"EMAIL:{_escaped(contact.email)}"
    for name, value in (
        ("TEL", contact.phone),
        ("ORG", contact.company),
        ("TITLE", contact.job_title),
        ("NOTE", contact.notes),
    ):
        if value:
            yield f"{name}:{_escaped(value)}"
    if contact.tags:
        yield f"CATEGORIES:{','.join(map(_escaped, contact.tags))}"
    yield f"REV:{contact.updated_at:%Y%m%dT%H%M%SZ}"
    yield "END:VCARD"


def _escaped(text: str) -> str:
    return text.replace("\r\n", "\n").translate(_ESCAPES)
