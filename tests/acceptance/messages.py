"""Booking messages with valid defaults: a test names only what it is about."""

import json
from itertools import count
from typing import Any

_numbers = count(1)


def a_message(kind: str = "created", **data: Any) -> bytes:
    """A CloudEvents message; its id is new, `time`, `id` and `source` may be given."""
    envelope = {
        "specversion": "1.0",
        "id": data.pop("id", f"evt-{next(_numbers)}"),
        "source": data.pop("source", "/scheduling/bookings"),
        "type": f"booking.{kind}",
        "time": data.pop("time", "2020-03-02T10:00:00Z"),
        "data": {
            "organizer_id": "acme",
            "booking_id": "bk-1",
            "event_type": "Intro call",
            "starts_at": "2020-03-09T09:00:00+01:00",
            "ends_at": "2020-03-09T09:30:00+01:00",
            "timezone": "Europe/Berlin",
            "invitee_name": "Ada Lovelace",
            "invitee_email": "ada@example.org",
            **data,
        },
    }
    return json.dumps(envelope).encode()
