"""No reader ever skips an event: a position that was taken but not committed is never passed."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import sleep
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from adapters import Contacts, open_contacts
from contacts_domain.event_schema import EventMapper, RecordedEvent
from contacts_domain.events import GroupCreated
from contacts_domain.outcomes import Receipt
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact
from tests.read_tables import all_rows
from tests.scenario import Clock, head, recorded_events

pytestmark = pytest.mark.chaos

WRITERS = 3
UNITS = 4
HELD_SECONDS = (0.05, 0.2)


HELD = EventMapper().to_stored_event(
    RecordedEvent(uuid4(), 1, ORGANIZER, GroupCreated(group_name="Held", color="#0069ff"))
)
"""What a writer records that is held open."""


@contextmanager
def an_open_unit(database: str) -> Iterator[Connection]:
    """A writer that has taken a position and recorded its event, and does not commit yet."""
    with raw_database.connected(database) as connection:
        connection.execute(
            text(
                "UPDATE log_head SET position = position + 1, "
                "recorded_at = coalesce(recorded_at, now())"
            )
        )
        connection.execute(
            text(
                "INSERT INTO events (position, stream_id, stream_version, name, schema_version, "
                "organizer_id, recorded_at, actor, source, state) "
                "SELECT position, gen_random_uuid(), 1, 'group.created', 1, :organizer, "
                "recorded_at, '', 'library', :state FROM log_head"
            ),
            {"organizer": ORGANIZER, "state": HELD.state},
        )
        yield connection


class Readers:
    """What readers of the log and a follower saw while they ran."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._done = Event()
        self.gaps: list[list[int]] = []
        self.looks = 0
        self.subscribed: list[int] = []

    def stop(self) -> None:
        """Let all of them come to their end."""
        self._done.set()

    def read_the_whole_log(self) -> None:
        """Every time it must be 1 to some n, and the head must be n at that moment."""
        while not self._done.is_set():
            with self._contacts.engine.database.reading() as connection:
                seen = [
                    each.position for each in self._contacts.engine.log.read(connection, 0, 9_999)
                ]
                last = self._contacts.engine.log.head(connection)
            self.looks += 1
            if seen != list(range(1, last + 1)):
                self.gaps.append(seen)

    def subscribe(self) -> None:
        """Read on from where the last read ended, as a consumer of the log does."""
        while not self._done.is_set():
            after = self.subscribed[-1] if self.subscribed else None
            found = self._contacts.book.recorder.select_notifications(
                after, limit=3, inclusive_of_start=False
            )
            self.subscribed += [each.id for each in found]
            sleep(0.002)

    def follow(self) -> None:
        """Fold what there is, again and again."""
        while not self._done.is_set():
            self._contacts.catch_up()


def one_round(database: str, seed: int) -> None:
    """Writers, readers and a follower run while units are held open for a while."""
    chance = random.Random(seed)
    with (
        open_contacts(database, clock=Clock(), follow="worker") as writer,
        open_contacts(database, clock=Clock(), follow="worker") as reader,
        ThreadPoolExecutor(WRITERS + 3) as threads,
    ):
        before = head(reader)
        readers = Readers(reader)
        watching = [
            threads.submit(work)
            for work in (readers.read_the_whole_log, readers.subscribe, readers.follow)
        ]
        try:
            with an_open_unit(database) as held:
                writing = [
                    threads.submit(write, writer, chance.randint(1, 3)) for _ in range(WRITERS)
                ]
                sleep(chance.uniform(*HELD_SECONDS))
                assert head(reader) == before
                if is_committed := chance.random() < 0.5:
                    held.commit()
            told = sorted(position for each in writing for position in each.result())
        finally:
            readers.stop()
        for each in watching:
            each.result()
        check(reader, readers, before, told, is_committed)


def write(contacts: Contacts, size: int) -> list[int]:
    """Append some units; the positions that the receipts tell."""
    told: list[int] = []
    for _ in range(UNITS):
        outcomes = contacts.handle_all([a_contact() for _ in range(size)])
        told += [each.position for each in outcomes if isinstance(each, Receipt)]
    return told


def check(
    contacts: Contacts, readers: Readers, before: int, told: list[int], is_committed: bool
) -> None:
    """Every event was seen by everybody, exactly once."""
    last = before + len(told) + is_committed
    assert told == list(range(before + 1 + is_committed, last + 1))
    assert [each.position for each in recorded_events(contacts)] == list(range(1, last + 1))
    assert readers.gaps == []
    assert readers.looks > 0
    assert readers.subscribed == list(range(1, len(readers.subscribed) + 1))
    contacts.catch_up()
    assert {each.position for each in contacts.projection_status()} == {last}


@pytest.mark.parametrize("rounds", [10, pytest.param(100, marks=pytest.mark.long)])
def test_no_reader_passes_a_writer_that_is_held_open(rounds: int, postgres_copy: str) -> None:
    """A unit takes its position and is held open while others write, read and follow: all wait
    for it or read up to it, whether it commits or not."""
    for seed in range(rounds):
        one_round(postgres_copy, seed)
    with open_contacts(postgres_copy, clock=Clock()) as contacts:
        followed = all_rows(contacts)
        contacts.rebuild()
        assert all_rows(contacts) == followed


def test_the_readers_would_notice_a_gap(postgres_copy: str) -> None:
    """If a position could be given out before its event is there, these readers would tell."""
    with open_contacts(postgres_copy, clock=Clock()) as contacts, ThreadPoolExecutor() as threads:
        readers = Readers(contacts)
        watching = [
            threads.submit(work) for work in (readers.read_the_whole_log, readers.subscribe)
        ]
        raw_database.change(postgres_copy, "UPDATE log_head SET position = position + 1")
        contacts.handle(a_contact())
        sleep(HELD_SECONDS[1])
        readers.stop()
        for each in watching:
            each.result()
    assert [2] in readers.gaps
    assert readers.subscribed == [2]
