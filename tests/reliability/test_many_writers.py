"""Many processes write to one PostgreSQL database at once: nothing is lost, nothing is doubled."""

from collections import Counter
from itertools import chain

import pytest
from sqlalchemy import select

from adapters import Contacts, open_contacts
from contacts_domain.outcomes import Receipt
from projections.bookings import bookings_table
from tests.adapters import raw_database
from tests.adapters.processes import started
from tests.builders import ORGANIZER, a_contact
from tests.read_tables import all_rows
from tests.reliability.writing_at_random import Told, write_at_random

pytestmark = pytest.mark.chaos

PROCESSES = 8
KNOWN = 3


@pytest.mark.parametrize(
    ("seed", "steps"),
    [(1, 8), *(pytest.param(seed, 150, marks=pytest.mark.long) for seed in range(2, 8))],
)
def test_processes_writing_at_once_lose_and_double_nothing(
    seed: int, steps: int, postgres_copy: str
) -> None:
    """Eight processes create, edit, tag and book the same and different contacts: no error but an
    e-mail in use, one event per position, one contact per e-mail, read tables as rebuilt ones."""
    with open_contacts(postgres_copy) as contacts:
        made = contacts.handle_all([a_contact(email=f"known-{n}@x.org") for n in range(KNOWN)])
        known = tuple(each.id for each in made if isinstance(each, Receipt))
        with started(PROCESSES) as run:
            told = run(
                write_at_random,
                [(postgres_copy, seed, number, steps, known) for number in range(PROCESSES)],
            )
        assert [error for each in told for error in each.errors] == []
        nothing_is_lost(contacts, postgres_copy, told)
        everybody_is_there_once(contacts, told)
        followed = all_rows(contacts)
        contacts.rebuild()
        assert all_rows(contacts) == followed


def nothing_is_lost(contacts: Contacts, database: str, told: list[Told]) -> None:
    """Every event of every receipt stands at its position, and no other does."""
    positions = sorted(chain(range(1, KNOWN + 1), *(each.events for each in told)))
    assert positions == list(range(1, len(positions) + 1)) == raw_database.positions(database)
    assert raw_database.head(database) == len(positions)
    assert {each.position for each in contacts.projection_status()} == {len(positions)}
    assert {each.parked for each in contacts.projection_status()} == {0}


def everybody_is_there_once(contacts: Contacts, told: list[Told]) -> None:
    """Contacts, tags and bookings are those that somebody was told of."""
    people = list(contacts.contact_list.every(ORGANIZER, is_active=None))
    emails = Counter(person.email for person in people)
    assert set(emails.values()) == {1}
    created = [email for each in told for email in each.emails]
    assert len(created) == len(set(created))
    assert sum(each.refused for each in told) > 0
    guests = {invitee for each in told for _, invitee in each.bookings}
    assert set(emails) == {*created, *guests, *(f"known-{n}@x.org" for n in range(KNOWN))}
    held = {(person.id, tag) for person in people for tag in person.tags}
    assert held == {tag for each in told for tag in each.tags}
    with contacts.engine.database.reading() as connection:
        table = contacts.engine.active_tables(connection)[bookings_table]
        found = connection.execute(select(table.c.booking_id, table.c.invitee_email)).all()
    booked = [(booking_id, email) for booking_id, email in found]
    assert Counter(booked) == Counter({booking for each in told for booking in each.bookings})
