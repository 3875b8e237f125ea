"""Booking feeds with poison in them, and what they must come to: counted as naively as possible and
without the library."""

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ORGANIZERS = ("acme", "globex")
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
RANKS = ["created", "rescheduled", "completed", "cancelled"]
MESSAGES_PER_GUEST = 12
TOO_LONG = 1_048_577
LONGEST = 8
"""A feed has so many lines at most that are too long."""

Message = dict[str, Any]


@dataclass
class Feed:
    """The lines of a feed and what is right about them."""

    lines: list[bytes] = field(default_factory=list)
    poison: dict[int, str] = field(default_factory=dict)
    """Number of a line -> the code with which it must be refused."""
    messages: list[Message] = field(default_factory=list)
    """Those that are none, in their order; repeated ones are there again."""
    mended: list[Message] = field(default_factory=list)
    """What the poison would have been."""


def a_message(chance: random.Random, number: int, guests: int) -> Message:
    """A message like any other: of some booking of some guest, at some time, in no order."""
    booking = chance.randrange(guests * 4)
    organizer, guest = ORGANIZERS[booking % len(ORGANIZERS)], booking % guests
    time = BEGIN + timedelta(seconds=chance.randrange(5_000_000))
    starts_at = BEGIN + timedelta(days=booking % 200)
    return {
        "specversion": "1.0",
        "id": f"evt-{number}",
        "source": "/scheduling/bookings",
        "type": f"booking.{chance.choice(RANKS)}",
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "organizer_id": organizer,
            "booking_id": f"bk-{booking}",
            "event_type": "Intro call",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(minutes=30)).isoformat(),
            "timezone": "Europe/Berlin",
            "invitee_name": f"Guest {guest}",
            "invitee_email": f"guest{guest}@example.org",
        },
    }


def poisoned(kind: str, message: Message) -> tuple[bytes, str]:
    """The line that such a message becomes, and the code with which it must be refused."""
    data = message["data"]
    match kind:
        case "not JSON":
            return json.dumps(message).encode()[:-7], "not_json"
        case "no text":
            return b"\xff\xfe" + json.dumps(message).encode("utf-16-le"), "not_json"
        case "no CloudEvent":
            return json.dumps(data).encode(), "invalid_message"
        case "unknown type":
            return json.dumps(message | {"type": "booking.teleported"}).encode(), "invalid_message"
        case "invalid e-mail":
            bad = message | {"data": data | {"invitee_email": "guest at example.org"}}
            return json.dumps(bad).encode(), "invalid_email"
        case "newer":
            newer = message | {"dataschema": "https://example.org/schemas/booking/v2"}
            return json.dumps(newer).encode(), "newer_message"
        case "too long":
            long = message | {"data": data | {"invitee_name": "x" * TOO_LONG}}
            return json.dumps(long).encode(), "invalid_message"
        case "deeply nested":
            return b'{"data":' * 20_000 + b"1" + b"}" * 20_000, "not_json"
        case _:
            raise AssertionError(kind)


KINDS = (
    "not JSON",
    "no text",
    "no CloudEvent",
    "unknown type",
    "invalid e-mail",
    "newer",
    "deeply nested",
    "too long",
)


def a_feed(seed: int, size: int, every: int = 100) -> Feed:
    """A feed of so many lines, of which one in `every` is poison and some are there twice."""
    chance, feed = random.Random(seed), Feed()
    guests = max(10, size // MESSAGES_PER_GUEST)
    bad = set(chance.sample(range(size), size // every)) if every else set()
    too_long = 0
    for number in range(size):
        message = a_message(chance, number, guests)
        if number in bad:
            kinds = KINDS if too_long < LONGEST else KINDS[:-1]
            kind = kinds[len(feed.poison) % len(kinds)]
            too_long += kind == "too long"
            line, feed.poison[number + 1] = poisoned(kind, message)
            feed.lines.append(line)
            feed.mended.append(message)
            continue
        if feed.messages and chance.random() < 0.02:
            message = chance.choice(feed.messages[-500:])
        feed.messages.append(message)
        feed.lines.append(json.dumps(message).encode())
    return feed


def guest_of(message: Message) -> tuple[str, str]:
    """Whose contact a message is about: organizer and e-mail."""
    return message["data"]["organizer_id"], message["data"]["invitee_email"]


def expected_bookings(messages: list[Message]) -> dict[tuple[str, str, str], str]:
    """What became of every booking: organizer, booking, e-mail -> its last status."""
    last: dict[tuple[str, str, str], Message] = {}
    once = {each["id"]: each for each in messages}
    for message in sorted(once.values(), key=_order):
        organizer, email = guest_of(message)
        last[organizer, message["data"]["booking_id"], email] = message
    return {key: message["type"].removeprefix("booking.") for key, message in last.items()}


def expected_counts(messages: list[Message]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Per guest: bookings, completed, cancelled."""
    totals: Counter[tuple[str, str]] = Counter()
    ended: Counter[tuple[str, str, str]] = Counter()
    for (organizer, _, email), status in expected_bookings(messages).items():
        totals[organizer, email] += 1
        ended[organizer, email, status] += 1
    return {
        (organizer, email): (
            count,
            ended[organizer, email, "completed"],
            ended[organizer, email, "cancelled"],
        )
        for (organizer, email), count in totals.items()
    }


def _order(message: Message) -> tuple[datetime, int, str]:
    rank = RANKS.index(message["type"].removeprefix("booking."))
    return datetime.fromisoformat(message["time"]), rank, message["id"]
