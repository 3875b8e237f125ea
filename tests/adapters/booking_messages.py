"""Booking messages with valid defaults, as the scheduling platform sends them."""

import json
from itertools import count
from pathlib import Path
from typing import Any

_numbers = count(1)

ABSENT = type("Absent", (), {"__repr__": lambda _self: "absent"})()
"""Given as a value: leaves the member out."""


def a_message(**members: Any) -> dict[str, Any]:
    """A message; names of the envelope go there, all others into `data`. Its id is new."""
    number = next(_numbers)
    envelope = {
        "specversion": "1.0",
        "id": f"evt-{number}",
        "source": "/scheduling/bookings",
        "type": "booking.created",
        "time": "2026-11-20T10:00:00Z",
        "datacontenttype": "application/json",
        "subject": f"bk-{number}",
        "data": {
            "organizer_id": "acme",
            "booking_id": f"bk-{number}",
            "event_type": "Intro call",
            "starts_at": "2026-11-27T09:00:00+01:00",
            "ends_at": "2026-11-27T09:30:00+01:00",
            "timezone": "Europe/Berlin",
            "invitee_name": "Ada Lovelace",
            "invitee_email": f"ada{number}@example.org",
            "invitee_phone": "+44 20 7946 0958",
        },
    }
    for name, value in members.items():
        place = envelope if name in envelope or name == "dataschema" else envelope["data"]
        assert isinstance(place, dict)
        if value is ABSENT:
            place.pop(name, None)
        else:
            place[name] = value
    return envelope


def encoded(message: object) -> bytes:
    """The bytes of a message in structured mode."""
    return json.dumps(message).encode()


def bytes_of(**members: Any) -> bytes:
    """The bytes of `a_message`."""
    return encoded(a_message(**members))


def write_feed(path: Path, *lines: object) -> Path:
    """A feed file: messages become JSON, bytes stay as they are."""
    parts = [line if isinstance(line, bytes) else encoded(line) for line in lines]
    path.write_bytes(b"".join(part + b"\n" for part in parts))
    return path
