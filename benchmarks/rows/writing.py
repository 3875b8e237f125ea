"""Rows of the write side: one command at a time, and new contacts in units of a thousand."""

from itertools import cycle, islice
from uuid import UUID

from adapters import Contacts, open_contacts
from benchmarks.bench import Bench
from benchmarks.goals import APPEND, COMMAND
from benchmarks.peers.stored_people import PEER, PER_CALL, stored_people
from benchmarks.people import NOW, details, new_contact, units
from benchmarks.repeating import in_turn, rate
from benchmarks.results import Kind
from contacts_domain.commands import (
    Command,
    EditContact,
    LogInteraction,
    RecordBooking,
    TagContact,
)
from contacts_domain.outcomes import Receipt

ORGANIZER = "acme"
KNOWN = 200
"""Contacts that the commands are about."""


def command(bench: Bench, kind: Kind) -> None:
    """Edits, tags, interactions and bookings in turn beside load, rename and save."""
    count = bench.sizes.commands
    with (
        bench.databases.empty(kind) as url,
        bench.databases.empty(kind) as peers_url,
        open_contacts(url) as contacts,
        stored_people(peers_url) as people,
    ):
        ids = add(contacts, KNOWN)
        theirs = people.add([details(number) for number in range(KNOWN)])
        numbers = iter(range(10**9))

        def ours() -> float:
            some = [one_command(n, ids[n % KNOWN]) for n in islice(numbers, count)]
            before = contacts.book.recorder.max_notification_id() or 0
            figure = rate(count, lambda: [contacts.handle(each) for each in some])
            assert contacts.book.recorder.max_notification_id() == before + count
            return figure

        def peer() -> float:
            some = islice(cycle(theirs), count)
            figure = rate(count, lambda: [people.rename(each, "Hopper") for each in some])
            assert people.repository.get(theirs[0]).last_name == "Hopper"
            return figure

        figures = in_turn(ours, peer, bench.sizes)
    size = f"{count:,} commands on {KNOWN} contacts, one transaction each"
    bench.compared(
        "command", COMMAND, kind, size, f"{PEER}: load + command + save", "per second", figures
    )


def add(contacts: Contacts, count: int) -> list[UUID]:
    """New contacts; their ids."""
    outcomes = contacts.handle_all([new_contact(number, ORGANIZER) for number in range(count)])
    return [outcome.id for outcome in outcomes if isinstance(outcome, Receipt)]


def one_command(number: int, contact_id: UUID) -> Command:
    """The one of this number, each of which is one event."""
    about = {"organizer_id": ORGANIZER, "contact_id": contact_id}
    match number % 4:
        case 0:
            return EditContact.model_validate(about | {"company": f"Company {number}"})
        case 1:
            return TagContact.model_validate(about | {"tags": (f"tag {number}",)})
        case 2:
            return LogInteraction.model_validate(about | {"description": "Called back"})
        case _:
            return RecordBooking(
                organizer_id=ORGANIZER,
                booking_id=f"bk-{number}",
                starts_at=NOW,
                invitee_email=details(number % KNOWN)["email"],
                message_id=f"evt-{number}",
                message_source="/benchmark",
                occurred_at=NOW,
            )


def append(bench: Bench, kind: Kind) -> None:
    """Commands in units of 1,000, claims included, beside aggregates saved 1,000 a call."""
    count = bench.sizes.appended

    def ours() -> float:
        with bench.databases.empty(kind) as url, open_contacts(url, follow="worker") as contacts:
            commands: list[Command] = [new_contact(number, ORGANIZER) for number in range(count)]
            figure = rate(
                count, lambda: [contacts.handle_all(each) for each in units(commands, PER_CALL)]
            )
            assert contacts.book.recorder.max_notification_id() == count
            return figure

    def peer() -> float:
        with bench.databases.empty(kind) as url, stored_people(url) as people:
            given = [details(number) for number in range(count)]
            calls = [given[at : at + PER_CALL] for at in range(0, count, PER_CALL)]
            figure = rate(count, lambda: [people.add(each) for each in calls])
            assert people.recorder.max_notification_id() == count
            return figure

    figures = in_turn(ours, peer, bench.sizes)
    size = f"{count:,} contacts, {PER_CALL:,} a transaction, in an empty database"
    bench.compared(
        "append",
        APPEND,
        kind,
        size,
        f"{PEER}: {PER_CALL:,} aggregates a call",
        "per second",
        figures,
    )
