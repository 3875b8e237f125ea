"""Rebuilt = live: rebuilds go on while others write, are killed half-way, cancelled and gone on
with, and come to the rows that a follower in peace comes to."""

import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import monotonic, sleep
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters import Contacts, open_contacts
from adapters.event_store.tables import store_tables
from contacts_domain.outcomes import Receipt
from tests.builders import ORGANIZER, a_contact, an_interaction
from tests.read_tables import Rows, all_rows
from tests.reliability.rebuilding_process import CANCELLED, a_rebuilding_process
from tests.reliability.writing_at_random import Told, write_at_random

pytestmark = pytest.mark.chaos

FIRST = 200
BATCH = 25
ROUNDS = 10
KILLED = -9


class Writer:
    """Somebody who goes on writing through a connection of his own."""

    def __init__(self, database: str, round_number: int, known: list[UUID]) -> None:
        self._database, self._known = database, known
        self._first = round_number * 10_000
        self._done = Event()
        self.told: list[Told] = []
        self._thread = Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        for number in count(self._first):
            if self._done.is_set():
                return
            self.told.append(write_at_random(self._database, 1, number, 4, self._known))

    def stop(self) -> None:
        """Let the last commands be carried out."""
        self._done.set()
        self._thread.join()


def followed_in_peace(contacts: Contacts, path: Path) -> Rows:
    """The rows of another address book that has the same log and catches up, batch by batch."""
    source = store_tables(contacts.engine.database.schema)
    with contacts.engine.database.reading() as connection:
        events = [dict(row) for row in connection.execute(select(source.events)).mappings()]
    with open_contacts(path) as other:
        target = store_tables(None)
        with other.engine.database.writing() as connection:
            connection.execute(target.events.insert(), events)
            head = max(each["position"] for each in events)
            connection.execute(target.log_head.update().values(position=head))
        other.engine.batch_size = 97
        other.catch_up()
        return all_rows(other)


def a_disturbed_rebuild(contacts: Contacts, database: str, chance: random.Random) -> list[int]:
    """Processes that rebuild, one after the other, until one comes to its end; how all ended."""
    ends: list[int] = []
    while 0 not in ends:
        with a_rebuilding_process(database, BATCH) as process:
            assert process.stdout is not None
            process.stdout.readline()  # it is under way
            sleep(chance.uniform(0, 0.2))
            if len(ends) < 3 and chance.random() < 0.7:
                process.kill()
            elif chance.random() < 0.2:
                contacts.cancel_rebuild(*chance.sample(["contacts", "activity"], 1))
            process.communicate()
            ends.append(process.returncode)
    return ends


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 21))]
)
def test_disturbed_rebuilds_come_to_the_rows_of_a_follower_in_peace(
    seed: int, reopen: Callable[..., Contacts], database: str, tmp_path: Path
) -> None:
    """Writers write, rebuilds are killed and cancelled; no row differs in the end."""
    contacts = reopen()
    outcomes = contacts.handle_all([a_contact() for _ in range(FIRST)])
    known = [each.id for each in outcomes if isinstance(each, Receipt)][:20]
    contacts.handle_all([an_interaction(each) for each in known])
    chance = random.Random(seed)
    ends: list[int] = []
    for number in range(ROUNDS):
        writer = Writer(database, number, known)
        try:
            ends += a_disturbed_rebuild(contacts, database, chance)
        finally:
            writer.stop()
        assert [error for each in writer.told for error in each.errors] == []
        assert sum(len(each.events) for each in writer.told) > 0
        assert contacts.rebuild_status() == []
        followed = followed_in_peace(contacts, tmp_path / f"followed-{number}.db")
        assert all_rows(contacts) == followed
    assert ends.count(KILLED) >= ROUNDS // 3
    assert set(ends) <= {0, KILLED, CANCELLED}


@pytest.mark.sqlite
def test_a_rebuild_lets_others_write_all_the_time(contacts: Contacts, database: str) -> None:
    """On SQLite one writes at a time: the rebuild's transactions are many and short."""
    for _ in range(8):
        contacts.handle_all([a_contact() for _ in range(1_000)])
    waits: list[float] = []
    with a_rebuilding_process(database, batch=10_000) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while process.poll() is None:
            begun = monotonic()
            contacts.handle(a_contact())
            waits.append(monotonic() - begun)
        told = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert contacts.contact_list.page(ORGANIZER).total == 8_000 + len(waits)
    assert len(told) > 4, "batches are smaller than they might be"
    assert len(waits) > 10, "somebody writes between them"
    assert median(waits) < 0.25
    assert max(waits) < 2  # the machine may be busy with other things
