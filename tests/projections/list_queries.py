"""Every query of a list page, and what it asks the database for."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event

from adapters import Contacts
from projections.contact_list_query import SORTS
from tests.a_million_contacts import BIG

SMALL = "organizer-7"
Statement = tuple[str, Any]
LOOKING_UP = ("SELECT", "WITH")


def page(**criteria: Any) -> Callable[[Contacts], object]:
    """A page of the big organizer's list."""
    return lambda contacts: contacts.contact_list.page(BIG, **criteria)


def an_email(contacts: Contacts) -> str:
    """Of somebody in the big address book."""
    return contacts.contact_list.page(BIG, limit=1).items[0].email


def day(month: int, number: int) -> datetime:
    """A day of the year in which the million was added."""
    return datetime(2026, month, number, tzinfo=UTC)


EVERY_SORT = [sign + name for name in SORTS for sign in ("", "-")]
FILTERS: list[dict[str, Any]] = [
    {"is_active": False},
    {"is_active": None},
    {"tags": ["customer"]},
    {"tags": ["rare"]},
    {"tags": ["unknown"]},
    {"tags": ["customer", "vip"]},
    {"any_tags": ["customer", "rare"]},
    {"group": "even"},
    {"group": "few"},
    {"company": "Baku GmbH"},
    {"company": "unknown"},
    {"has_bookings": True},
    {"has_bookings": False},
    {"min_bookings": 12},
    {"max_bookings": 1},
    {"last_booking_after": day(3, 1)},
    {"last_booking_before": day(1, 9)},
    {"created_after": day(3, 20)},
    {"created_before": day(1, 2)},
    {"tags": ["customer"], "group": "even"},
    {"tags": ["customer"], "has_bookings": True, "search": "example"},
    {"group": "even", "search": "ada", "is_active": None},
    {"tags": ["vip"], "company": "Baku GmbH", "search": "a"},
]
TERMS = ("example", "gmbh", "mail.example", "ada", "zoebelle", "a", "ba", "w", "lo", "nobody")
PAGES: dict[str, Callable[[Contacts], object]] = {
    **{f"sorted by {sort}": page(sort=sort) for sort in EVERY_SORT},
    **{f"{each}": page(**each) for each in FILTERS},
    **{f"{each} by bookings": page(sort="-total_bookings", **each) for each in FILTERS},
    **{f"search {term}": page(search=term) for term in TERMS},
    **{f"search {term} by company": page(search=term, sort="-company") for term in TERMS},
    "search without trigrams": page(search="%"),
    "a small organizer": lambda contacts: contacts.contact_list.page(SMALL),
    "search of a small one": lambda contacts: contacts.contact_list.page(SMALL, search="ada"),
    "whoever is referred to": lambda contacts: contacts.contact_list.find(BIG, an_email(contacts)),
    "tags": lambda contacts: contacts.tags.list(BIG),
    "tags that begin with": lambda contacts: contacts.tags.list(BIG, prefix="cu"),
    "groups": lambda contacts: contacts.groups.list(BIG),
    "statistics": lambda contacts: contacts.statistics.of(BIG),
    "timeline of one": lambda contacts: contacts.timeline.page(BIG, an_email(contacts)),
    "timeline of all": lambda contacts: contacts.timeline.all(BIG),
    "deep timeline of all": lambda contacts: contacts.timeline.all(
        BIG, before=day(2, 1), types=["note_added"]
    ),
    "next page of all timelines": lambda contacts: contacts.timeline.all(
        BIG, cursor=contacts.timeline.all(BIG).next
    ),
}


def statements_of(contacts: Contacts, read: Callable[[Contacts], object]) -> list[Statement]:
    """What the library asks the database for, with the values."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_others: Any) -> None:
        seen.append((statement, values))

    engine = contacts.engine.database.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    try:
        read(contacts)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert seen
    return seen


def queries_of(contacts: Contacts, read: Callable[[Contacts], object]) -> list[Statement]:
    """Those of them that look something up."""
    return [each for each in statements_of(contacts, read) if each[0].startswith(LOOKING_UP)]
