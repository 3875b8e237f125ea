"""E-mail addresses: valid by RFC 5321/6531 syntax, unique by a key, shown as typed."""

import re
import unicodedata
from functools import lru_cache
from typing import Annotated

import email_validator
import idna
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

MAX_LENGTH = 254
"""Characters of an address (RFC 5321 §4.5.3.1, erratum 1690)."""

_STAND_IN = "com"
_PLAIN = re.compile(
    r"[A-Za-z0-9_+'-]+(?:\.[A-Za-z0-9_+'-]+)*@"
    r"(?!.*[A-Za-z0-9-]{64})(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+(?P<top>[A-Za-z]{2,})"
)
"""Addresses as nearly everybody has them, each of which the validator accepts as it is."""
_LONGEST_LOCAL_PART = 64


def checked_email(text: str) -> str:
    """The address as typed, trimmed and in NFC; refuses what is no address.

    Special-use domains (`.test`, `.local`, RFC 6761) are allowed; domains without a dot,
    quoted local parts, display names and address literals are not. Nothing is looked up.
    """
    try:
        if len(text) > MAX_LENGTH * 4:
            raise email_validator.EmailSyntaxError("The email address is too long")
        address = unicodedata.normalize("NFC", text).strip()
        _check_syntax(address)
    except (email_validator.EmailNotValidError, UnicodeError) as error:
        raise PydanticCustomError(
            "invalid_email", "{reason}", {"reason": _without_quotations(str(error))}
        ) from None
    return address


def email_key(address: str) -> str:
    """What makes an address the same: local part casefolded, domain in IDNA (UTS 46), NFC.

    `address` must have passed `checked_email`.
    """
    local, _, domain = address.rpartition("@")
    return f"{unicodedata.normalize('NFC', local.casefold())}@{_domain_key(domain)}"


def local_part(address: str) -> str:
    """The text before the `@`."""
    return address.rpartition("@")[0]


@lru_cache(maxsize=4096)
def _domain_key(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    return idna.encode(domain, uts46=True).decode("ascii").lower()


def _without_quotations(reason: str) -> str:
    """The reason without parts of the address: it may end in logs."""
    return re.sub(r"'[^']{2,}'", "it", reason).rstrip(".") or "not an address"


def _check_syntax(address: str) -> None:
    if _is_plain(address):
        return
    local, at, domain = address.rpartition("@")
    label = domain.rpartition(".")[2]
    if at and "." in domain and label.lower() in _special_top_level_labels():
        # the validator has no switch for special-use names: check all but the last label
        if len(address) > MAX_LENGTH:
            raise email_validator.EmailSyntaxError("The email address is too long")
        address = f"{local}@{domain[: -len(label)]}{_STAND_IN}"
    email_validator.validate_email(address, check_deliverability=False)


def _is_plain(address: str) -> bool:
    """Whether it needs no closer look, which takes the validator tens of microseconds."""
    found = _PLAIN.fullmatch(address) if len(address) <= MAX_LENGTH else None
    return (
        found is not None
        and address.index("@") <= _LONGEST_LOCAL_PART
        and found["top"].lower() not in _special_top_level_labels()
    )


@lru_cache(maxsize=1)
def _special_top_level_labels() -> frozenset[str]:
    return frozenset(
        name.rpartition(".")[2] for name in email_validator.SPECIAL_USE_DOMAIN_NAMES
    ) - {"com", "org", "net"}


EmailAddress = Annotated[str, AfterValidator(checked_email)]
