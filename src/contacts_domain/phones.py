"""Phone numbers: kept as typed, with their E.164 form where the numbering plans allow one."""

from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from contacts_domain.errors import FieldProblem, InvalidPhone
from contacts_domain.free_text import cut

MAX_LENGTH = 40
"""Characters of a phone number as typed."""

_POSSIBLE = (
    phonenumbers.ValidationResult.IS_POSSIBLE,
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
)

IMPOSSIBLE = "no numbering plan has such a number; write it like +44 20 7946 0958"


class Phone(NamedTuple):
    """A phone number as typed and, where it can be told, in E.164."""

    typed: str = ""
    e164: str | None = None


NO_PHONE = Phone()


def entered_phone(typed: str, default_region: str | None) -> Phone:
    """A number that a person entered; raises InvalidPhone if no numbering plan can hold it."""
    if is_impossible(typed, default_region):
        raise InvalidPhone([FieldProblem("phone", IMPOSSIBLE, typed)])
    return readable_phone(typed, default_region)


def readable_phone(text: str, default_region: str | None) -> Phone:
    """Whatever came with an import or a booking, cut to 40 characters; never refused."""
    typed = cut(text, MAX_LENGTH)
    return Phone(typed, e164(typed, default_region) if typed else None)


def e164(phone: str, default_region: str | None) -> str | None:
    """The E.164 form of `phone`, or None if it cannot be told.

    Numbers without `+` need `default_region`, an ISO 3166-1 alpha-2 code. The number must be
    possible (`is_possible_number` of libphonenumber: the length fits), not assigned.
    """
    number, verdict = _judged(phone, default_region)
    # numbers that are possible within one area only cannot be dialled from anywhere else
    if number is None or verdict != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_impossible(phone: str, default_region: str | None) -> bool:
    """Whether no numbering plan can hold `phone`.

    A national number without a default region is not impossible: it just cannot be judged.
    """
    if not phone:
        return False
    number, verdict = _judged(phone, default_region)
    if number is not None:
        return verdict not in _POSSIBLE
    if default_region is None and not phone.lstrip().startswith(("+", "\N{FULLWIDTH PLUS SIGN}")):
        return not _could_be_national(phone)
    return True


def is_region(region: str) -> bool:
    """Whether `region` is an ISO 3166-1 alpha-2 code that has a numbering plan."""
    return region in phonenumbers.SUPPORTED_REGIONS


@lru_cache(maxsize=4_096)
def _judged(
    phone: str, default_region: str | None
) -> tuple[phonenumbers.PhoneNumber | None, int | None]:
    """The number, if it can be read, and what libphonenumber says of its length."""
    try:
        number = phonenumbers.parse(phone, default_region)
    except phonenumbers.NumberParseException:
        return None, None
    return number, phonenumbers.is_possible_number_with_reason(number)


def _could_be_national(phone: str) -> bool:
    """Any region will do to tell digits from prose: the lengths of plans overlap widely."""
    digits = sum(character.isdigit() for character in phone)
    return 3 <= digits <= 17 and _judged(phone, "DE")[0] is not None
