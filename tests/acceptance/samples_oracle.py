"""What the samples must come to, counted as naively as possible and without the library."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""What time it is in the demo."""

RANKS = ["booking.created", "booking.rescheduled", "booking.completed", "booking.cancelled"]
ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")

Message = dict[str, Any]


def sample(name: str) -> str:
    """A sample file, with its own line ends."""
    return files("adapters.samples").joinpath(name).read_bytes().decode()


def good_rows() -> Iterator[dict[str, str]]:
    """The rows of people.csv that can become contacts, duplicates included."""
    header, *rows = csv.reader(sample("people.csv").splitlines(keepends=True))
    for cells in rows:
        row = dict(zip(header, cells, strict=False))
        if (
            len(cells) == len(header)
            and ADDRESS.fullmatch(row["Email"])
            and len(row["First Name"]) <= 100
            and all(len(tag.strip()) <= 50 for tag in row["Tags"].split(","))
        ):
            yield row


def good_messages() -> list[Message]:
    """The messages of bookings.jsonl that can be accepted, each once; of an id the first one."""
    first: dict[tuple[str, str], Message] = {}
    for message in map(json.loads, sample("bookings.jsonl").splitlines()):
        is_known = message["type"] in RANKS
        if is_known and ADDRESS.fullmatch(message["data"]["invitee_email"]):
            first.setdefault((message["source"], message["id"]), message)
    return list(first.values())


def last_messages() -> list[Message]:
    """The message that says what became of a booking, one for every booking."""
    last: dict[tuple[str, str], Message] = {}
    in_order = sorted(good_messages(), key=lambda m: (_time(m), RANKS.index(m["type"]), m["id"]))
    for message in in_order:
        last[message["data"]["booking_id"], email(message)] = message
    return list(last.values())


def email(message: Message) -> str:
    """Who was invited."""
    return str(message["data"]["invitee_email"]).casefold()


def is_upcoming(message: Message) -> bool:
    """Whether the booking is still to come."""
    starts_at = datetime.fromisoformat(message["data"]["starts_at"])
    return starts_at > NOW and message["type"] in RANKS[:2]


def _time(message: Message) -> datetime:
    return datetime.fromisoformat(message["time"])


def expected_statistics() -> dict[str, Any]:
    """The statistics of the demo's address book."""
    people = {row["Email"].casefold(): row for row in reversed(list(good_rows()))}
    contacts = people.keys() | {email(message) for message in good_messages()}
    bookings = last_messages()
    companies = Counter(row["Company"].casefold() for row in people.values() if row["Company"])
    top = sorted(companies.items(), key=lambda item: (-item[1], item[0]))[:10]
    return {
        "total_contacts": len(contacts),
        "active_contacts": len(contacts),
        "inactive_contacts": 0,
        "groups": 0,
        "total_bookings": len(bookings),
        "completed_bookings": sum(m["type"] == "booking.completed" for m in bookings),
        "cancelled_bookings": sum(m["type"] == "booking.cancelled" for m in bookings),
        "average_bookings_per_contact": round(len(bookings) / len(contacts), 2),
        "interactions_last_30_days": sum(
            NOW - timedelta(days=30) < _time(m) <= NOW for m in good_messages()
        ),
        "top_companies": top,
    }
