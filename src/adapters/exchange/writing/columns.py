"""The fields of an export: their headers and what stands in their cells."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from contacts_domain.errors import InvalidQuery
from projections.columns import instant_text
from projections.contact_list_query import ContactView

HEADERS: Mapping[str, str] = {
    "first_name": "First Name",
    "last_name": "Last Name",
    "email": "Email",
    "phone": "Phone",
    "company": "Company",
    "job_title": "Job Title",
    "notes": "Notes",
    "tags": "Tags",
    "total_bookings": "Total Bookings",
    "last_booking_date": "Last Booking Date",
    "id": "ID",
    "full_name": "Full Name",
    "phone_e164": "Phone E.164",
    "groups": "Groups",
    "completed_bookings": "Completed Bookings",
    "cancelled_bookings": "Cancelled Bookings",
    "upcoming_bookings": "Upcoming Bookings",
    "is_active": "Is Active",
    "created_at": "Created At",
    "updated_at": "Updated At",
}
"""Field -> header."""

DEFAULT_FIELDS = tuple(HEADERS)[:10]
"""Those of the specification, in its order."""

ALL_FIELDS = tuple(ContactView.__dataclass_fields__)
"""In the order in which a contact shows them."""


def checked_fields(fields: Sequence[str]) -> tuple[str, ...]:
    """The fields, each once, in their order. Raises InvalidQuery for unknown ones and for none."""
    unknown = [field for field in fields if field not in HEADERS]
    if unknown or not fields:
        what = f"no field {unknown[0][:40]!r}" if unknown else "no field given"
        raise InvalidQuery(f"There is {what}; use: {', '.join(HEADERS)}.")
    return tuple(dict.fromkeys(fields))


def cells_of(contact: ContactView, fields: Sequence[str]) -> list[str]:
    """What stands in the cells of a contact."""
    return [_text(field, getattr(contact, field)) for field in fields]


def _text(field: str, value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return instant_text(value).replace(".000000Z", "Z")
        case list() if field == "groups":
            return ", ".join(group.name for group in value)
        case list():
            return ",".join(map(str, value))
        case _:
            return str(value)
