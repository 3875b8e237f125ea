"""What is measured, and the peers it is measured against. Each run answers events per second."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from adapters import Contacts, open_contacts
from contacts_domain.commands import Command, CreateContact, RecordBooking, TagContact

Run = Callable[[Path, int], float]

UNIT = 500
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORGANIZER = "acme"
STATE = b'{"email":"ada@example.org","first_name":"Ada","last_name":"Lovelace"}'


@dataclass(frozen=True)
class Measure:
    """One row of the report."""

    name: str
    peer: str
    run: Run


@contextmanager
def _book(folder: Path, *, follow: str = "inline") -> Iterator[Contacts]:
    with open_contacts(folder / "contacts.db", follow=follow) as contacts:  # type: ignore[arg-type]
        yield contacts


def _rate(count: int, started: float) -> float:
    return count / (time.perf_counter() - started)


def _new_contacts(count: int) -> list[Command]:
    return [
        CreateContact(
            organizer_id=ORGANIZER,
            email=f"person{number}@company{number % 997}.example",
            first_name=f"Person {number}",
            last_name=f"Name {number % 4999}",
            company=f"Company {number % 997}",
            tags=("lead",) if number % 3 else (),
        )
        for number in range(count)
    ]


def _bookings(count: int) -> list[Command]:
    return [
        RecordBooking(
            organizer_id=ORGANIZER,
            booking_id=f"bk-{number}",
            starts_at=NOW + timedelta(hours=number % 999),
            invitee_name=f"Person {number % (count // 4 + 1)}",
            invitee_email=f"person{number % (count // 4 + 1)}@example.org",
            message_id=f"evt-{number}",
            message_source="/benchmark",
            occurred_at=NOW,
        )
        for number in range(count)
    ]


def _handle_in_units(contacts: Contacts, commands: list[Command]) -> None:
    remaining = iter(commands)
    while unit := list(islice(remaining, UNIT)):
        contacts.handle_all(unit)


def append_one_by_one(folder: Path, count: int) -> float:
    """Commands on existing contacts, each its own transaction, read models following."""
    with _book(folder) as contacts:
        ids = [contacts.handle(each).id for each in _new_contacts(20)]
        number_of_commands = count // 20
        started = time.perf_counter()
        for number in range(number_of_commands):
            tag = TagContact(
                organizer_id=ORGANIZER, contact_id=ids[number % 20], tags=(f"tag {number}",)
            )
            contacts.handle(tag)
        rate = _rate(number_of_commands, started)
        assert contacts.book.recorder.max_notification_id() == 20 + number_of_commands
        return rate


def append_batches(folder: Path, count: int) -> float:
    """New contacts, 500 a unit: decisions, claims and events, no read models."""
    with _book(folder, follow="worker") as contacts:
        commands = _new_contacts(count)
        started = time.perf_counter()
        _handle_in_units(contacts, commands)
        rate = _rate(count, started)
        assert contacts.book.recorder.max_notification_id() == count
        return rate


def import_visible(folder: Path, count: int) -> float:
    """New contacts, 500 a unit, visible in all read models."""
    with _book(folder) as contacts:
        commands = _new_contacts(count)
        started = time.perf_counter()
        _handle_in_units(contacts, commands)
        rate = _rate(count, started)
        assert contacts.contact_list.page(ORGANIZER).total == count
        return rate


def replay_bookings(folder: Path, count: int) -> float:
    """Booking messages, 500 a unit, visible in all read models."""
    with _book(folder) as contacts:
        commands = _bookings(count)
        started = time.perf_counter()
        _handle_in_units(contacts, commands)
        rate = _rate(count, started)
        assert contacts.statistics.of(ORGANIZER).total_bookings == count
        return rate


def rebuild_all(folder: Path, count: int) -> float:
    """All read models from the log of contacts and their bookings."""
    with _book(folder, follow="worker") as contacts:
        _handle_in_units(contacts, _new_contacts(count // 2))
        _handle_in_units(contacts, _bookings(count // 2))
        events = contacts.book.recorder.max_notification_id() or 0
        started = time.perf_counter()
        contacts.rebuild()
        rate = _rate(events, started)
        assert contacts.statistics.of(ORGANIZER).total_bookings == count // 2
        return rate


# --- peers -------------------------------------------------------------------------------------


@contextmanager
def _bare_recorder(folder: Path) -> Iterator[SQLiteApplicationRecorder]:
    datastore = SQLiteDatastore(str(folder / "bare.db"))
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    with datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == 2, "the peer must run with synchronous=FULL, too"
    try:
        yield recorder
    finally:
        datastore.close()


def _stored(version: int = 1) -> StoredEvent:
    return StoredEvent(uuid4(), version, "contact.created", STATE)


def bare_one_by_one(folder: Path, count: int) -> float:
    """`insert_events` of one event a call."""
    with _bare_recorder(folder) as recorder:
        events = [_stored() for _ in range(count // 20)]
        started = time.perf_counter()
        for event in events:
            recorder.insert_events([event])
        return _rate(len(events), started)


def bare_batches(folder: Path, count: int) -> float:
    """`insert_events` of 500 events a call."""
    with _bare_recorder(folder) as recorder:
        remaining = iter([_stored() for _ in range(count)])
        started = time.perf_counter()
        while unit := list(islice(remaining, UNIT)):
            recorder.insert_events(unit)
        return _rate(count, started)


PEERS: dict[str, Run] = {
    "bare recorder, 1 event a call": bare_one_by_one,
    "bare recorder, 500 events a call": bare_batches,
}

MEASURES = [
    Measure("command, all read models inline", "bare recorder, 1 event a call", append_one_by_one),
    Measure("append new contacts", "bare recorder, 500 events a call", append_batches),
    Measure("new contacts, visible", "bare recorder, 500 events a call", import_visible),
    Measure("bookings, visible", "bare recorder, 500 events a call", replay_bookings),
    Measure("rebuild all read models", "bare recorder, 500 events a call", rebuild_all),
]
