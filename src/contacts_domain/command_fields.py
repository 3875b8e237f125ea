"""The types of commands' fields: what each may hold, checked when a command is made."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

import orjson
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from contacts_domain.contact_filter import ContactFilter
from contacts_domain.errors import InvalidQuery
from contacts_domain.free_text import Line100, Line200, Line500, Text10000, line, required
from contacts_domain.phones import is_region

Source = Literal["cli", "import", "bookings", "api", "web", "library"]

MAX_METADATA_BYTES = 16 * 1024
DEFAULT_COLOR = "#0066cc"


def _checked_color(color: str) -> str:
    digits = color.strip().lower().removeprefix("#")
    if not color.strip().startswith("#") or len(digits) not in (3, 6) or not _is_hex(digits):
        reason = "use a hex code such as #0066cc"
        raise PydanticCustomError("invalid_color", "{reason}", {"reason": reason})
    return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits)


def _is_hex(digits: str) -> bool:
    return all(digit in "0123456789abcdef" for digit in digits)


def _metadata_text(metadata: object) -> str:
    """Metadata is stored as the text of a JSON object and never interpreted.

    What JSON cannot hold exactly (NaN, integers over 64 bits, keys that are no text) is refused.
    """
    if isinstance(metadata, str):
        metadata = _decoded_json(metadata)
    if not isinstance(metadata, Mapping):
        raise ValueError("must be a JSON object")
    try:
        json.dumps(dict(metadata), allow_nan=False)
        text = orjson.dumps(dict(metadata), option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"must be JSON: {error}") from None
    if len(text) > MAX_METADATA_BYTES:
        raise ValueError(f"at most {MAX_METADATA_BYTES} bytes of JSON are allowed")
    return text.decode()


def _usable_criteria(text: str) -> str:
    try:
        ContactFilter.of(json.loads(text))
    except InvalidQuery as error:
        raise ValueError(error.message) from None
    return text


def _decoded_json(text: str) -> object:
    if len(text) > MAX_METADATA_BYTES:
        raise ValueError(f"at most {MAX_METADATA_BYTES} bytes of JSON are allowed")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"must be JSON: {error}") from None


def _not_null(value: object) -> object:
    """Runs for given values only, so it tells an omitted field from an explicit null."""
    if value is None:
        raise ValueError('null is not allowed; leave the field out or clear it with ""')
    return value


_line_100 = line(100)


def _organizer_id(text: str) -> str:
    """An organizer's id is the host's: it is taken as it is or refused, never changed."""
    if required(_line_100(text)) != text:
        raise ValueError("white space around it and text that is not in NFC are not allowed")
    return text


def _known_region(region: str) -> str:
    region = region.strip().upper()
    if region and not is_region(region):
        raise ValueError("use an ISO 3166-1 code such as DE or GB")
    return region


Region = Annotated[str, AfterValidator(_known_region)]
NotNull = BeforeValidator(_not_null)
OrganizerId = Annotated[str, AfterValidator(_organizer_id)]
Color = Annotated[str, AfterValidator(_checked_color)]
Metadata = Annotated[str, BeforeValidator(_metadata_text)]
SearchCriteria = Annotated[Metadata, AfterValidator(_usable_criteria)]
RequiredLine100 = Annotated[Line100, AfterValidator(required)]
GroupName = RequiredLine100
Description = Annotated[Text10000, AfterValidator(required)]
RequiredLine200 = Annotated[Line200, AfterValidator(required)]
RequiredLine500 = Annotated[Line500, AfterValidator(required)]
