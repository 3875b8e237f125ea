"""Tags: short labels, equal without case; the first spelling wins and the order is kept."""

import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from contacts_domain.free_text import normalized

MAX_LENGTH = 50
"""Characters of a tag."""


def checked_tag(text: str) -> str:
    """The tag trimmed and in NFC; refuses blank and long ones, commas and line breaks."""
    try:
        tag = normalized(text.strip(), MAX_LENGTH)
    except ValueError as error:
        raise _refusal(str(error)) from None
    if not tag:
        raise _refusal("a tag must not be blank")
    if "," in tag or len(tag.splitlines()) != 1:
        raise _refusal("a tag must not hold a comma or a line break")
    return tag


def _refusal(reason: str) -> PydanticCustomError:
    return PydanticCustomError("invalid_tag", "{reason}", {"reason": reason})


def tag_key(tag: str) -> str:
    """What makes two tags the same."""
    return unicodedata.normalize("NFC", tag.casefold())


def distinct(tags: Iterable[str]) -> tuple[str, ...]:
    """`tags` in their order, each once, in its first spelling."""
    first_spellings: dict[str, str] = {}
    for tag in tags:
        first_spellings.setdefault(tag_key(tag), tag)
    return tuple(first_spellings.values())


def missing_from(held: Iterable[str], tags: Iterable[str]) -> tuple[str, ...]:
    """Those of `tags` that `held` does not have yet."""
    keys = {tag_key(tag) for tag in held}
    return tuple(tag for tag in distinct(tags) if tag_key(tag) not in keys)


def present_in(held: Iterable[str], tags: Iterable[str]) -> tuple[str, ...]:
    """Those of `held`, in their spelling, that `tags` names."""
    keys = {tag_key(tag) for tag in tags}
    return tuple(tag for tag in held if tag_key(tag) in keys)


Tag = Annotated[str, AfterValidator(checked_tag)]
Tags = Annotated[tuple[Tag, ...], AfterValidator(distinct)]
