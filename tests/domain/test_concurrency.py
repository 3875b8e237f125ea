"""Several writers at once: claims hold, nothing is lost, and lost races decide anew."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest

from adapters import Contacts
from contacts_domain.commands import Command, LogInteraction, TagContact
from contacts_domain.contact_book import MAX_ATTEMPTS
from contacts_domain.errors import ConcurrentModification, EmailAlreadyUsed, Refused
from contacts_domain.outcomes import Receipt
from tests.builders import ORGANIZER, a_booking, a_contact, a_group
from tests.scenario import Clock, recorded_events

Reopen = Callable[..., Contacts]


def at_once(books: Sequence[Contacts], commands: Sequence[Command]) -> list[Receipt | Refused]:
    """What each command came to, every one handled by a book and a thread of its own."""
    barrier = Barrier(len(books))

    def handle(book: Contacts, command: Command) -> Receipt | Refused:
        barrier.wait()
        try:
            return book.handle(command)
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(books)) as pool:
        return list(pool.map(handle, books, commands))


@pytest.mark.parametrize(("writers", "rounds"), [(2, 20), (8, 5)])
def test_of_writers_that_add_the_same_e_mail_one_succeeds(
    reopen: Reopen, writers: int, rounds: int
) -> None:
    """All others are told who has it now, never anything else."""
    books = [reopen() for _ in range(writers)]
    for number in range(rounds):
        spellings = (f"ada{number}@example.org", f"Ada{number}@Example.org")
        outcomes = at_once(books, [a_contact(email=spellings[n % 2]) for n in range(writers)])
        receipts = [each for each in outcomes if isinstance(each, Receipt)]
        refusals = [each for each in outcomes if isinstance(each, EmailAlreadyUsed)]
        assert (len(receipts), len(refusals)) == (1, writers - 1)
        assert {each.contact_id for each in refusals} == {receipts[0].id}
    assert len(recorded_events(books[0])) == rounds
    assert books[0].contact_list.page(ORGANIZER).total == rounds


def test_of_writers_that_make_the_same_group_one_succeeds(reopen: Reopen) -> None:
    """Group names are claimed as e-mails are."""
    books = [reopen() for _ in range(4)]
    outcomes = at_once(books, [a_group(name="Clients") for _ in books])
    codes = sorted(each.code for each in outcomes if isinstance(each, Refused))
    assert codes == ["group_name_already_used"] * 3


def test_bookings_of_one_new_invitee_make_one_contact(reopen: Reopen) -> None:
    """Whoever comes first makes it, the others find it; every booking counts."""
    books = [reopen() for _ in range(8)]
    outcomes = at_once(books, [a_booking(booking_id=f"bk-{n}") for n in range(8)])
    assert len({each.id for each in outcomes if isinstance(each, Receipt)}) == 1
    (contact,) = books[0].contact_list.page(ORGANIZER).items
    assert contact.total_bookings == 8


def test_one_message_received_by_several_is_recorded_once(reopen: Reopen) -> None:
    """As after a rebalance of consumers."""
    books = [reopen() for _ in range(4)]
    outcomes = at_once(books, [a_booking()] * 4)
    assert sorted(each.events for each in outcomes if isinstance(each, Receipt)) == [0, 0, 0, 2]


def test_one_command_id_sent_by_several_is_carried_out_once(reopen: Reopen) -> None:
    """An impatient caller retries before the first attempt has answered."""
    books = [reopen() for _ in range(4)]
    outcomes = at_once(books, [a_contact(command_id="intent-1", email="ada@example.org")] * 4)
    receipts = [each for each in outcomes if isinstance(each, Receipt)]
    assert {(each.position, each.events) for each in receipts} == {(1, 1)}
    assert sorted(each.repeated for each in receipts) == [False, True, True, True]


def test_no_change_of_a_contact_is_lost(reopen: Reopen) -> None:
    """Writers of the same contact wait for each other and build on what is there."""
    books = [reopen() for _ in range(8)]
    contact_id = books[0].handle(a_contact()).id
    about = {"organizer_id": ORGANIZER, "contact_id": contact_id}
    at_once(books, [TagContact(**about, tags=[f"tag{n}"]) for n in range(8)])
    assert set(books[0].contact_list.find(ORGANIZER, contact_id).tags) == {
        f"tag{n}" for n in range(8)
    }
    versions = [each.originator_version for each in recorded_events(books[0])]
    assert versions == list(range(1, 10))


class InterruptedClock(Clock):
    """Lets something else happen whenever a command is being decided.

    A unit of work that logs an interaction without a time asks twice an attempt: when deciding,
    and when recording, under the lock. Only the first time there is room for others.
    """

    def __init__(self) -> None:
        super().__init__()
        self.interruptions: list[Callable[[], object]] = []
        self.asked = 0

    def __call__(self) -> datetime:
        self.asked += 1
        if self.asked % 2 and self.interruptions:
            self.interruptions.pop()()
        return super().__call__()


@pytest.mark.parametrize("lost_races", [1, 3, MAX_ATTEMPTS - 1, MAX_ATTEMPTS])
def test_a_lost_race_is_decided_anew_until_it_is_hopeless(reopen: Reopen, lost_races: int) -> None:
    """After `MAX_ATTEMPTS` the caller is told, with nothing recorded of the command."""
    clock, neighbour = InterruptedClock(), reopen()
    about = {"organizer_id": ORGANIZER, "contact_id": neighbour.handle(a_contact()).id}
    contacts = reopen(clock=clock)
    clock.asked = 0
    clock.interruptions = [
        lambda n=n: neighbour.handle(TagContact(**about, tags=[f"tag{n}"]))
        for n in range(lost_races)
    ]
    if lost_races < MAX_ATTEMPTS:
        receipt = contacts.handle(LogInteraction(**about, description="Called"))
        assert receipt.position == 1 + lost_races + 1
    else:
        with pytest.raises(ConcurrentModification) as caught:
            contacts.handle(LogInteraction(**about, description="Called"))
        assert caught.value.details == {"attempts": MAX_ATTEMPTS}
        assert len(recorded_events(neighbour)) == 1 + lost_races
