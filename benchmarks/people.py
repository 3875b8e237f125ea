"""Made-up people and what happens to them, the same in every run."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter

from adapters import Contacts
from contacts_domain.commands import (
    BookingCommand,
    CancelBooking,
    Command,
    CompleteBooking,
    CreateContact,
    LogInteraction,
    RecordBooking,
    RescheduleBooking,
    TagContact,
)
from contacts_domain.outcomes import Receipt
from tests.a_million_contacts import BIG, COMPANIES, DOMAINS, FIRST_NAMES, LAST_NAMES

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STRETCH_EVENTS = 1_000
STRETCH_PEOPLE = 300
MESSAGES: tuple[tuple[type[BookingCommand], int], ...] = (
    (RecordBooking, 300),
    (CompleteBooking, 100),
    (CancelBooking, 50),
    (RescheduleBooking, 50),
)
"""What each stretch of the log tells of bookings; 100 tags and 100 interactions make it 1,000."""


def details(number: int) -> dict[str, str]:
    """Who the person of this number is."""
    first = FIRST_NAMES[number * 7 % len(FIRST_NAMES)].title()
    last = LAST_NAMES[number * 13 % len(LAST_NAMES)].title()
    return {
        "email": f"{first}.{last}{number}@{DOMAINS[number % len(DOMAINS)]}".lower(),
        "first_name": first,
        "last_name": last,
        "company": COMPANIES[number * 11 % len(COMPANIES)].title() if number % 4 else "",
    }


def new_contact(number: int, organizer_id: str) -> CreateContact:
    """A person to add."""
    tags = ("customer",) if number % 3 == 0 else ()
    return CreateContact.model_validate(
        {"organizer_id": organizer_id, "tags": tags, **details(number)}
    )


def organizer_of(stretch: int) -> str:
    """Every tenth stretch is the big organizer's, the others are spread over 900."""
    return BIG if stretch % 10 == 0 else f"organizer-{stretch % 900}"


def units(commands: list[Command], size: int) -> Iterator[list[Command]]:
    """The commands in units of work."""
    remaining = iter(commands)
    while some := list(islice(remaining, size)):
        yield some


def live(contacts: Contacts, stretches: range) -> float:
    """Append stretches of the log, 1,000 events of 300 people each; the seconds of handling."""
    taken = 0.0
    for stretch in stretches:
        organizer_id = organizer_of(stretch)
        numbers = range(stretch * STRETCH_PEOPLE, (stretch + 1) * STRETCH_PEOPLE)
        added = [new_contact(number, organizer_id) for number in numbers]
        told = [
            _message(kind, organizer_id, number)
            for kind, people in MESSAGES
            for number in numbers[:people]
        ]
        started = perf_counter()
        receipts = contacts.handle_all(added)
        taken += perf_counter() - started
        ids = [receipt.id for receipt in receipts if isinstance(receipt, Receipt)]
        noted = [
            TagContact(organizer_id=organizer_id, contact_id=each, tags=("vip",))
            for each in ids[:100]
        ] + [
            LogInteraction(organizer_id=organizer_id, contact_id=each, description="Called back")
            for each in ids[100:200]
        ]
        started = perf_counter()
        contacts.handle_all(told)
        contacts.handle_all(noted)
        taken += perf_counter() - started
    return taken


def _message(kind: type[BookingCommand], organizer_id: str, number: int) -> Command:
    person = details(number)
    return kind(
        organizer_id=organizer_id,
        booking_id=f"bk-{number}",
        event_type="Intro call",
        starts_at=NOW + timedelta(hours=number % 999),
        timezone="Europe/Berlin",
        invitee_name=f"{person['first_name']} {person['last_name']}",
        invitee_email=person["email"],
        message_id=f"{kind.__name__}-{number}",
        message_source="/benchmark",
        occurred_at=NOW,
    )


def check_lived(contacts: Contacts, stretches: int) -> None:
    """Whether the read models show what `live` told, of the first stretch's organizer."""
    mine = len([each for each in range(stretches) if organizer_of(each) == BIG])
    found = contacts.statistics.of(BIG)
    assert found.total_contacts == found.total_bookings == mine * STRETCH_PEOPLE
    assert found.completed_bookings == mine * 50
    assert found.cancelled_bookings == mine * 50
    assert not contacts.parked()


def write_csv(path: Path, rows: int) -> None:
    """A file of new people; a hundredth of the rows cannot be accepted, another is repeated."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["First Name", "Last Name", "Email", "Phone", "Company", "Tags"])
        for number in range(rows):
            person = details(number - 1 if number % 100 == 2 else number)
            email = "nobody" if number % 100 == 7 else person["email"]
            phone = f"+49 30 {9_000_000 + number}"
            writer.writerow(
                [person["first_name"], person["last_name"], email, phone, person["company"], "new"]
            )


def wrong_rows(rows: int) -> int:
    """How many rows of `write_csv` cannot be accepted."""
    return len(range(7, rows, 100))


def repeated_rows(rows: int) -> int:
    """How many of them name an e-mail that another row names."""
    return len(range(2, rows, 100))
