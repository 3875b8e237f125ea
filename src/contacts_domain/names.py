"""People's names: splitting a full name without losing a word of it."""

from functools import lru_cache
from typing import NamedTuple

from nameparser import HumanName

from contacts_domain.events import NameOrder
from contacts_domain.free_text import cut

MAX_LENGTH = 100
"""Characters of a first or a last name."""


class PersonName(NamedTuple):
    """A first and a last name; the last one may be blank."""

    first: str
    last: str


def split_full_name(text: str) -> PersonName:
    """First and last name of `text`, each cut to 100 characters.

    A split is used only if both parts together hold exactly the words of `text`, so that titles,
    middle names and suffixes survive; otherwise the whole text is the first name.
    """
    text = " ".join(text.split())
    return PersonName(*(cut(part, MAX_LENGTH) for part in _split(text[: MAX_LENGTH * 10], text)))


@lru_cache(maxsize=4_096)
def _split(parsed: str, text: str) -> PersonName:
    name = HumanName(parsed)  # takes longer than anything else that a booking asks for
    first = f"{name.title} {name.first} {name.middle}"
    last = f"{name.last} {name.suffix}"
    if name.first and sorted(_words(f"{first} {last}")) == sorted(_words(text)):
        return PersonName(first, last)
    return PersonName(text, "")


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def full_name(first_name: str, last_name: str, order: NameOrder = "first_last") -> str:
    """Both names in this order."""
    if order == "last_first":
        return f"{last_name} {first_name}".strip()
    return f"{first_name} {last_name}".strip()
