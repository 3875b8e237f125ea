"""The worker outlives its LISTEN connection, its server and an outage, and skips nothing."""

import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from threading import Barrier, Event, Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import create_engine

from adapters import Contacts, open_contacts
from adapters.event_store.waking import Listening, channel_of
from adapters.worker import POLL_SECONDS, ProjectionWorker
from contacts_domain.errors import DatabaseUnavailable, EmailAlreadyUsed
from tests.adapters import raw_database
from tests.adapters.workers import a_worker, until
from tests.builders import ORGANIZER, a_contact
from tests.read_tables import all_rows
from tests.servers.postgres import OwnPostgresServer, an_own_postgres_server

pytestmark = pytest.mark.chaos

ROUNDS = [10, pytest.param(100, marks=pytest.mark.long)]
FOLLOWS_WITHIN = 2.0
WOKEN_WITHIN = 0.5
HARDLY_EVER = 3_600.0
"""A poll so rare that only notifications can wake a worker."""
LISTENERS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %' "
    "AND pid <> pg_backend_pid()"
)
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgresServer]:
    """A server that nobody else uses, so that it may be stopped."""
    with an_own_postgres_server() as server:
        yield server


@pytest.fixture
def own_database(server: OwnPostgresServer) -> Iterator[str]:
    """The URL of an empty address book on it."""
    url = server.create_database()
    open_contacts(url).close()
    yield url
    server.drop_database(url)


@pytest.fixture
def writer(own_database: str) -> Iterator[Contacts]:
    """An address book whose read models a worker follows."""
    with open_contacts(own_database, follow="worker") as contacts:
        yield contacts


@pytest.fixture
def follower(own_database: str) -> Iterator[Contacts]:
    """The worker's own."""
    with open_contacts(own_database, follow="worker", catch_up=False) as contacts:
        yield contacts


@contextmanager
def a_listening_worker(
    contacts: Contacts, channel: str, poll_seconds: float
) -> Iterator[ProjectionWorker]:
    """A worker that listens there and polls so often, until the end of the `with`."""
    worker = ProjectionWorker(
        contacts.engine,
        Listening(contacts.engine.database.engine, channel),  # type: ignore[attr-defined]
        holder="worker",
        lease=timedelta(seconds=HARDLY_EVER),
        poll_seconds=poll_seconds,
    )
    thread = Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def listeners(database: str) -> int:
    """How many connections listen."""
    return int(raw_database.value(database, f"SELECT count(*) {LISTENERS}"))


def cut(database: str, whom: str) -> int:
    """End these connections and see them gone; how many there were."""
    return len(raw_database.rows(database, f"SELECT pg_terminate_backend(pid, 5000) {whom}"))


def seconds_to_follow(contacts: Contacts, size: int = 1) -> float:
    """Write some events; how long it takes until they show."""
    (*_, last) = contacts.handle_all([a_contact() for _ in range(size)])
    begun = monotonic()
    last.wait(10 * FOLLOWS_WITHIN)  # type: ignore[union-attr]
    return monotonic() - begun


def assert_nothing_is_skipped(contacts: Contacts, count: int) -> None:
    """Every event was folded once."""
    assert contacts.contact_list.page(ORGANIZER).total == count
    assert {each.position for each in contacts.projection_status()} == {count}
    assert contacts.parked() == []
    followed = all_rows(contacts)
    contacts.rebuild()
    assert all_rows(contacts) == followed


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_listener_that_is_killed_listens_again(
    rounds: int, own_database: str, writer: Contacts, follower: Contacts
) -> None:
    """Killed before, while and after events are written: nothing is skipped, and notifications
    alone, without any poll, go on waking the worker."""
    chance = random.Random(rounds)
    written, woken = 0, []
    channel = channel_of(follower.engine.database.schema)
    with a_listening_worker(follower, channel, poll_seconds=HARDLY_EVER):
        for _ in range(rounds):
            until(lambda: listeners(own_database) == 1)
            with ThreadPoolExecutor(1) as killer:
                moment = chance.uniform(0, 0.05)
                killed = killer.submit(
                    lambda after: (sleep(after), cut(own_database, LISTENERS)), moment
                )
                sleep(chance.uniform(0, 0.05))
                size = chance.randint(1, 4)
                assert seconds_to_follow(writer, size) < FOLLOWS_WITHIN
                assert killed.result()[1] == 1
            until(lambda: listeners(own_database) == 1)
            woken.append(seconds_to_follow(writer))
            written += size + 1
    assert median(woken) < WOKEN_WITHIN
    assert_nothing_is_skipped(writer, written)


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("how", ["does not listen", "is not notified"])
def test_notifications_that_never_come_are_done_without(
    how: str, rounds: int, own_database: str, writer: Contacts, follower: Contacts
) -> None:
    """A worker looks once a second, whoever tells it or not."""
    chance, written, latencies = random.Random(rounds), 0, []
    with (
        a_worker(follower, listen=False)
        if how == "does not listen"
        else a_listening_worker(follower, "nobody notifies", POLL_SECONDS)
    ) as worker:
        until(lambda: worker.health.leads == {"contacts": True, "activity": True})
        for _ in range(rounds):
            sleep(chance.uniform(0, 0.3))
            size = chance.randint(1, 4)
            latencies.append(seconds_to_follow(writer, size))
            written += size
        assert listeners(own_database) == (how == "is not notified")
    assert max(latencies) < FOLLOWS_WITHIN
    assert_nothing_is_skipped(writer, written)


class Persistent:
    """Somebody who writes through outages, trying everything again until it is done."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._done = Event()
        self.emails: list[str] = []
        self.failed = 0
        self.failures: list[BaseException] = []

    def run(self) -> None:
        """Add people."""
        try:
            while not self._done.is_set():
                self._add(f"person{len(self.emails)}@example.org")
                sleep(0.02)
        except BaseException as error:  # told to the test
            self.failures.append(error)

    def _add(self, email: str) -> None:
        while True:
            try:
                self._contacts.handle(a_contact(email=email))
            except DatabaseUnavailable:
                self.failed += 1
                sleep(0.05)
            except EmailAlreadyUsed:
                break  # the attempt before had been done
            else:
                break
        self.emails.append(email)

    def stop(self) -> None:
        """Come to an end."""
        self._done.set()


@pytest.mark.parametrize(
    ("how", "seconds"), [(signal.SIGINT, 0), (signal.SIGQUIT, 0), (signal.SIGQUIT, 8)]
)
def test_a_server_that_goes_away_comes_back(
    how: signal.Signals,
    seconds: float,
    server: OwnPostgresServer,
    own_database: str,
    writer: Contacts,
    follower: Contacts,
) -> None:
    """Stopped, or crashed, while events are written: the worker says why it fails, recovers by
    itself, is woken by notifications again, and every event is folded once."""
    somebody = Persistent(writer)
    writing = Thread(target=somebody.run)
    with a_worker(follower) as worker:
        writing.start()
        try:
            until(lambda: len(somebody.emails) > 10)
            server.stop(how)
            try:
                until(lambda: worker.health.failing == "database_unavailable")
                last_round = worker.health.last_round
                sleep(seconds)
                assert worker.health.failing == "database_unavailable"
                assert str(worker.health.why).startswith("The ")
                assert worker.health.leads == {}
                assert worker.health.last_round == last_round
                assert worker.health.is_alive(patience=timedelta(seconds=5))
                assert not worker.health.is_ready()
            finally:
                server.start()
            count = len(somebody.emails)
            begun = monotonic()
            until(lambda: worker.health.failing is None)
            assert monotonic() - begun < 5
            until(lambda: len(somebody.emails) > count + 10)
        finally:
            somebody.stop()
            writing.join()
        assert somebody.failures == []
        assert somebody.failed > 0
        until(lambda: listeners(own_database) == 1)
        assert median(seconds_to_follow(writer) for _ in range(5)) < WOKEN_WITHIN
    people = [each.email for each in writer.contact_list.every(ORGANIZER)]
    assert set(somebody.emails) < set(people)
    assert_nothing_is_skipped(writer, len(somebody.emails) + 5)


CONNECTIONS = 5


def fill_pool(contacts: Contacts) -> None:
    """Let several threads read at once, so that as many connections wait in the pool."""
    together = Barrier(CONNECTIONS)

    def read(_number: int) -> None:
        with contacts.engine.database.reading():
            together.wait(30)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(read, range(CONNECTIONS)))


def failures(attempt: Callable[[], object], times: int) -> int:
    """How often of so many times the database is said to be out of reach."""
    failed = 0
    for _ in range(times):
        try:
            attempt()
        except DatabaseUnavailable:
            failed += 1
    return failed


@pytest.mark.parametrize("event", ["connections cut", "server restarted"])
@pytest.mark.parametrize("whose", ["own", "host"])
def test_connections_that_went_stale_surface_at_most_once(
    whose: str, event: str, server: OwnPostgresServer, own_database: str
) -> None:
    """With an engine of ours never; with a host's that does not look, the first call fails and all
    others find good ones."""
    engine = create_engine(own_database) if whose == "host" else None
    with open_contacts(engine or own_database) as contacts:
        fill_pool(contacts)
        if event == "connections cut":
            assert cut(own_database, OTHERS) >= CONNECTIONS
        else:
            server.stop()
            server.start()
        reads = failures(lambda: contacts.contact_list.page(ORGANIZER), 2 * CONNECTIONS)
        writes = failures(lambda: contacts.handle(a_contact()), CONNECTIONS)
        assert reads + writes <= (1 if whose == "host" else 0)
        fill_pool(contacts)
        assert contacts.contact_list.page(ORGANIZER).total == CONNECTIONS - writes
    if engine is not None:
        engine.dispose()
