"""Several threads and processes append at once: nothing is lost, no gap appears, not even for a
moment, and set rules hold."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from adapters import Contacts
from contacts_domain.commands import TagContact
from contacts_domain.errors import EmailAlreadyUsed
from contacts_domain.outcomes import Receipt
from tests.adapters import raw_database
from tests.adapters.processes import CONTACTS_PER_UNIT, add_units, started
from tests.builders import ORGANIZER, a_contact

WRITERS = 8
UNITS = 10


def test_threads_appending_at_once_lose_nothing(contacts: Contacts, database: str) -> None:
    """Eight threads, ten units each: positions 1 to n, and every receipt told its own."""
    barrier = Barrier(WRITERS)

    def write() -> list[int]:
        barrier.wait()
        told: list[int] = []
        for _ in range(UNITS):
            outcomes = contacts.handle_all([a_contact(), a_contact()])
            told += [each.position for each in outcomes if isinstance(each, Receipt)]
        return told

    with ThreadPoolExecutor(WRITERS) as threads:
        pending = [threads.submit(write) for _ in range(WRITERS)]
        told = [position for each in pending for position in each.result()]
    count = WRITERS * UNITS * 2
    assert sorted(told) == list(range(1, count + 1)) == raw_database.positions(database)
    assert contacts.statistics.of(ORGANIZER).total_contacts == count


def test_a_reader_never_sees_a_gap_that_fills_later(contacts: Contacts) -> None:
    """Whenever one looks while others write, the log is 1 to some n."""
    done = Event()
    seen: list[list[int]] = []

    def look() -> None:
        while not done.is_set():
            found = contacts.book.recorder.select_notifications(start=None, limit=1_000)
            seen.append([notification.id for notification in found])

    def write() -> None:
        for _ in range(UNITS):
            contacts.handle_all([a_contact(), a_contact(), a_contact()])

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reader = threads.submit(look)
        for each in [threads.submit(write) for _ in range(WRITERS)]:
            each.result()
        done.set()
        reader.result()
    assert seen
    assert all(ids == list(range(1, len(ids) + 1)) for ids in seen)


def test_threads_creating_the_same_email_make_one_contact(contacts: Contacts) -> None:
    """One wins; all others are told whose the e-mail is."""
    barrier = Barrier(WRITERS)

    def create(number: int) -> Receipt | EmailAlreadyUsed:
        email = "ada@example.org" if number % 2 else "ADA@Example.org"
        barrier.wait()
        try:
            return contacts.handle(a_contact(email=email))
        except EmailAlreadyUsed as refusal:
            return refusal

    with ThreadPoolExecutor(WRITERS) as threads:
        outcomes = list(threads.map(create, range(WRITERS)))
    (winner,) = [each for each in outcomes if isinstance(each, Receipt)]
    losers = [each for each in outcomes if isinstance(each, EmailAlreadyUsed)]
    assert {each.contact_id for each in losers} == {winner.id}
    assert len(losers) == WRITERS - 1


def test_threads_changing_one_contact_all_get_through(contacts: Contacts) -> None:
    """Version conflicts are decided anew, so that every tag ends up on the contact once."""
    contact_id = contacts.handle(a_contact()).id
    barrier = Barrier(4)

    def tag(number: int) -> None:
        tags = (f"tag-{number}", "common")
        barrier.wait()
        contacts.handle(TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=tags))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tag, range(4)))
    held = contacts.contact_list.find(ORGANIZER, contact_id).tags
    assert sorted(held) == ["common", "tag-0", "tag-1", "tag-2", "tag-3"]


def test_processes_appending_at_once_lose_nothing(
    contacts: Contacts, reopen: Callable[..., Contacts], database: str
) -> None:
    """Three processes, fifteen units each, on one file: positions 1 to n, read models whole."""
    units, names = 15, ("one", "two", "three")
    with started(len(names)) as run:
        told = run(add_units, [(database, name, units) for name in names])
    count = len(names) * units * CONTACTS_PER_UNIT
    everyone = sorted(position for positions in told for position in positions)
    assert everyone == list(range(1, count + 1)) == raw_database.positions(database)
    assert contacts.statistics.of(ORGANIZER).total_contacts == count
    assert {status.position for status in reopen().projection_status()} == {count}
