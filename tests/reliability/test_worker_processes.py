"""The worker as a process: stopped, killed, doubled and asked how it does."""

import json
import os
import random
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters import Contacts
from contacts_domain.commands import TagContact
from contacts_domain.outcomes import Receipt
from tests.adapters import raw_database
from tests.adapters.workers import until
from tests.builders import ORGANIZER, a_booking, a_contact
from tests.long_running import PROBES, LongRunningProcess, a_worker_process
from tests.read_tables import is_as_rebuilt
from tests.servers.postgres import PostgresServer, a_free_port, driver_url

Reopen = Callable[..., Contacts]

BATCH = 1_000
FAR_BEHIND = 3
"""Batches."""
SHORT_LEASE = ("--lease-seconds", "1")

pytestmark = pytest.mark.chaos

WITHOUT_PROMETHEUS = """\
from importlib.machinery import PathFinder

find = PathFinder.find_spec


def find_others(name, path=None, target=None):
    return None if name.partition(".")[0] == "prometheus_client" else find(name, path, target)


PathFinder.find_spec = find_others
"""


@pytest.fixture
def writer(reopen: Reopen) -> Contacts:
    """An address book whose read models a worker follows."""
    return reopen(follow="worker")


def positions(contacts: Contacts) -> list[int]:
    """The checkpoints."""
    return [each.position for each in contacts.projection_status()]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_worker_that_is_told_to_stop_comes_to_the_head_if_that_is_near(
    how: signal.Signals, writer: Contacts, reopen: Reopen, database: str
) -> None:
    """Some batches behind, it ends within seconds, well, at the head, with its leases given up."""
    for _ in range(FAR_BEHIND):
        writer.handle_all([a_contact() for _ in range(BATCH)])
    with a_worker_process(database) as worker:
        until(lambda: any(positions(writer)))
        begun = monotonic()
        assert worker.end(how) == 0
        assert monotonic() - begun < 10
    assert raw_database.rows(database, "SELECT * FROM projection_leaders") == []
    assert worker.logged("worker stopped")
    if set(positions(writer)) != {FAR_BEHIND * BATCH}:  # this machine has little to do it with
        assert {each % BATCH for each in positions(writer)} == {0}
        return
    with reopen(catch_up=False) as inline:
        inline.handle(a_contact()).wait(0)


@pytest.mark.sqlite
def test_a_worker_outlives_its_terminal_if_it_was_started_with_nohup(
    writer: Contacts, database: str
) -> None:
    """Who ignores SIGHUP goes on ignoring it."""
    with a_worker_process(database, ignored=signal.SIGHUP) as worker:
        until(lambda: worker.logged("leading"))
        worker.tell(signal.SIGHUP)
        writer.handle(a_contact()).wait(30)
        assert worker.end(signal.SIGTERM) == 0


@pytest.mark.sqlite
def test_a_worker_waits_for_its_database_at_the_start(postgres: PostgresServer) -> None:
    """It says why, once; its probes answer that it lives and is not ready; and it follows as soon
    as the database is there."""
    url = postgres.url.set(database="comes_later").render_as_string(hide_password=False)
    with a_worker_process(url, *PROBES) as worker:
        until(lambda: worker.logged("waiting for the database"))
        assert worker.get("/health")[0] == 200
        assert worker.get("/ready")[0] == 503
        assert worker.get("/metrics")[0] == 503
        health = worker.health()
        assert (health["status"], health["failing"]) == ("failing", "database_unavailable")
        assert "comes_later" in health["why"]
        sleep(1)
        (waiting,) = worker.logged("waiting for the database")
        assert (waiting["reason"], waiting["why"]) == (health["failing"], health["why"])
        with psycopg.connect(driver_url(str(postgres.url)), autocommit=True) as connection:
            connection.execute("CREATE DATABASE comes_later")
        try:
            until(lambda: worker.get("/ready")[0] == 200)
            assert worker.get("/metrics")[0] == 200
            assert worker.end(signal.SIGTERM) == 0
        finally:
            worker.close()
            postgres.drop_database(url)


@pytest.mark.sqlite
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_worker_that_waits_for_its_database_ends_when_told(how: signal.Signals) -> None:
    """At once, and well: it does not wait for the end of the pause, which is 3.2 seconds by now."""
    url = f"postgresql://somebody@127.0.0.1:{a_free_port()}/contacts"
    with a_worker_process(url) as worker:
        until(lambda: worker.logged("waiting for the database"))
        sleep(3.5)
        told = datetime.now(UTC)
        assert worker.end(how) == 0
        (stopped,) = worker.logged("worker stopped")
        assert datetime.fromisoformat(stopped["timestamp"]) - told < timedelta(seconds=2)


@pytest.mark.sqlite
def test_what_no_patience_can_mend_is_a_line_of_the_log_too(tmp_path: Path) -> None:
    """A file that is no database ends the worker at once; nothing else is said than JSON lines."""
    (tmp_path / "diary.txt").write_text("Dear diary, today I met Ada.\n" * 200)
    with a_worker_process(str(tmp_path / "diary.txt")) as worker:
        assert worker.wait() == 1
    (line,) = map(json.loads, worker.lines)
    assert (line["event"], line["level"]) == ("worker failed", "error")
    assert (line["reason"], line["why"][:9]) == ("corrupt_database", "This file")


def test_a_worker_that_is_told_to_stop_while_it_rebuilds_ends_after_the_batch(
    writer: Contacts, database: str
) -> None:
    """Its probes answer meanwhile how far it has come; the rebuild's lease is given back."""
    for _ in range(2 * FAR_BEHIND):
        writer.handle_all([a_contact() for _ in range(BATCH)])
    raw_database.change(database, "UPDATE projection_checkpoints SET shape = '1-earlier'")
    with a_worker_process(database, *PROBES) as worker:
        until(lambda: worker.logged("rebuilding what another version made"))
        until(lambda: (worker.health()["rebuilding"] or {}).get("total"))
        assert worker.get("/health")[0] == 200
        assert worker.get("/ready")[0] == 503
        health = worker.health()
        assert health["status"] == "rebuilding"
        assert 0 < health["rebuilding"]["done"] <= health["rebuilding"]["total"]
        begun = monotonic()
        assert worker.end(signal.SIGTERM) == 0
        assert monotonic() - begun < 10
    assert raw_database.rows(database, "SELECT * FROM projection_leaders") == []
    assert writer.engine.outdated()


def test_a_client_that_never_asks_does_not_hold_a_worker_up(
    writer: Contacts, database: str
) -> None:
    """Somebody holds a connection to the probes open while the worker is told to stop."""
    with a_worker_process(database, *PROBES) as worker:
        until(lambda: worker.logged("probes are answered"))
        port = worker.logged("probes are answered")[0]["port"]
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(b"GET /hea")
            assert worker.get("/health")[0] in (200, 503)
            begun = monotonic()
            assert worker.end(signal.SIGTERM) == 0
            assert monotonic() - begun < 10


class Writing:
    """Somebody who writes all the time, on a thread of their own."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._done = Event()
        self.told: list[int] = []
        """The positions of all events of the receipts."""
        self.failures: list[BaseException] = []

    def run(self) -> None:
        """Add people, tag one of them, take in bookings."""
        try:
            ada = self._write(a_contact()).id
            while not self._done.is_set():
                number = len(self.told)
                self._write(a_contact())
                tag = TagContact(organizer_id=ORGANIZER, contact_id=ada, tags=(f"t{number % 40}",))
                self._write(tag)
                guest = f"guest{number % 7}@example.org"
                self._write(a_booking(booking_id=f"bk-{number}", invitee_email=guest))
                sleep(0.02)
        except BaseException as error:  # told to the test
            self.failures.append(error)

    def _write(self, command: object) -> Receipt:
        receipt = self._contacts.handle(command)  # type: ignore[arg-type]
        self.told += range(receipt.position - receipt.events + 1, receipt.position + 1)
        return receipt

    def stop(self) -> None:
        """Come to an end."""
        self._done.set()


@contextmanager
def writing(contacts: Contacts) -> Iterator[Writing]:
    """Somebody writes until the end of the `with`."""
    somebody = Writing(contacts)
    thread = Thread(target=somebody.run)
    thread.start()
    try:
        yield somebody
    finally:
        somebody.stop()
        thread.join()
    assert somebody.failures == []


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.long)])
def test_a_worker_that_is_killed_again_and_again_loses_and_doubles_nothing(
    kills: int, writer: Contacts, database: str
) -> None:
    """kill -9 at random moments while somebody writes, started anew each time: rows as rebuilt."""
    chance = random.Random(kills)
    killed_at = []
    with writing(writer) as somebody:
        for _ in range(kills):
            with a_worker_process(database, *SHORT_LEASE) as worker:
                until(lambda: worker.logged("worker started"))
                sleep(chance.uniform(0, 0.9) + 0.7 * (chance.random() < 0.5))
                assert worker.end(signal.SIGKILL) == -signal.SIGKILL
            killed_at.append(min(positions(writer)))
    assert len(set(killed_at)) > 1, "no worker came to do anything"
    with a_worker_process(database, *SHORT_LEASE) as worker:
        until(
            lambda: worker.logged("worker started")
        )  # what is told earlier ends it like any other
        writer.wait_for(somebody.told[-1], timeout=30)
        assert worker.end(signal.SIGTERM) == 0
    count = len(somebody.told)
    assert somebody.told == list(range(1, count + 1)) == raw_database.positions(database)
    assert set(positions(writer)) == {count}
    assert writer.parked() == []
    assert is_as_rebuilt(writer)


def test_a_standby_leads_when_the_leader_was_killed(writer: Contacts, database: str) -> None:
    """After the lease, not before; what was written meanwhile shows."""
    with (
        a_worker_process(database, *PROBES, "--lease-seconds", "3") as one,
        a_worker_process(database, *PROBES, "--lease-seconds", "3") as other,
    ):
        until(lambda: sorted(roles(one) + roles(other)) == ["leads", "stands by"])
        leader, standby = (one, other) if roles(one) == ["leads"] else (other, one)
        writer.handle(a_contact()).wait(30)
        until(lambda: standby.health()["status"] == "ok")
        assert leader.end(signal.SIGKILL) == -signal.SIGKILL
        begun = monotonic()
        receipt = writer.handle(a_contact())
        until(lambda: roles(standby) == ["leads"])
        assert 1 < monotonic() - begun < 10
        receipt.wait(30)
        assert standby.end(signal.SIGTERM) == 0
    assert is_as_rebuilt(writer)


def roles(worker: LongRunningProcess) -> list[str]:
    """What a worker is, once it is the same for all projections."""
    leads = set(worker.health()["leads"].values())
    return ["leads" if each else "stands by" for each in leads] if len(leads) == 1 else []


@contextmanager
def a_database_that_is_held(database: str) -> Iterator[None]:
    """Somebody holds the locks that a worker needs."""
    with raw_database.connected(database) as connection:
        if database.startswith("sqlite"):
            driver = connection.connection.dbapi_connection
            assert driver is not None
            driver.execute("BEGIN IMMEDIATE")  # type: ignore[attr-defined]
            yield
            driver.rollback()
        else:
            connection.exec_driver_sql("LOCK TABLE projection_leaders IN EXCLUSIVE MODE")
            yield


def test_probes_say_how_a_worker_does(writer: Contacts, database: str) -> None:
    """Alive from the start, ready once the first round is done, with its time and what is led."""
    with a_worker_process(database, *PROBES) as worker:
        until(lambda: worker.get("/ready")[0] == 200)
    raw_database.change(database, "DELETE FROM projection_leaders")
    with a_database_that_is_held(database), a_worker_process(database, *PROBES) as worker:
        assert worker.get("/ready")[:2] == (503, "application/json")
        assert worker.get("/health")[:2] == (200, "application/json")
        assert worker.health()["last_round"] is None
        until(lambda: worker.health()["failing"] == "database_busy")
        assert worker.get("/health")[0] == 200
    with a_worker_process(database, *PROBES) as worker:
        until(lambda: worker.get("/ready")[0] == 200)
        health = worker.health()
        assert health.pop("last_round").endswith("Z")
        assert health == {
            "status": "ok",
            "failing": None,
            "why": None,
            "leads": {"contacts": True, "activity": True},
            "rebuilding": None,
        }


def test_metrics_say_where_a_worker_is(writer: Contacts, database: str) -> None:
    """Position, head, lag in events and seconds, batch size, rate, parked, rebuild progress."""
    with writer.engine.database.writing() as connection:
        writer.engine.begin_generation(connection, "activity", 2)
    with a_worker_process(database, *PROBES) as worker:
        writer.handle_all([a_contact() for _ in range(7)])
        writer.wait_for(7, timeout=30)
        until(lambda: values(worker)["contacts_projection_lag_events", "contacts"] == 0)
        status, kind, _ = worker.get("/metrics")
        assert (status, kind.partition(";")[0]) == (200, "text/plain")
        found = values(worker)
    for projection in ("contacts", "activity"):
        told = {name: value for (name, of), value in found.items() if of == projection}
        assert told["contacts_projection_position"] == 7
        assert told["contacts_projection_lag_events"] == 0
        assert told["contacts_projection_lag_seconds"] == 0
        assert told["contacts_projection_parked"] == 0
        assert told["contacts_projection_events_total"] == 7
        assert told["contacts_projection_batch_events_sum"] == 7
        assert told["contacts_projection_batch_events_count"] >= 1
        assert told["contacts_projection_batch_seconds_sum"] > 0
    assert found["contacts_log_head", ""] == 7
    assert found["contacts_projection_rebuild_progress", "activity"] == 0


def values(worker: LongRunningProcess) -> dict[tuple[str, str], float]:
    """What GET /metrics says, by name and projection."""
    return {
        (sample.name, sample.labels.get("projection", "")): sample.value
        for family in text_string_to_metric_families(worker.get("/metrics")[2].decode())
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_without_the_extra_there_are_no_metrics(
    writer: Contacts, database: str, tmp_path: Path
) -> None:
    """Health is answered all the same, and the worker works."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_PROMETHEUS)
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    with a_worker_process(database, *PROBES, PYTHONPATH=paths) as worker:
        writer.handle(a_contact()).wait(30)
        until(lambda: worker.get("/ready")[0] == 200)
        assert worker.get("/metrics")[0] == 404
        assert worker.end(signal.SIGTERM) == 0


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "address", ["9464", ":9464", "localhost", "localhost:http", "localhost:65536", "127.0.0.1:-1"]
)
def test_an_address_that_is_none_is_refused(address: str, database: str) -> None:
    """With exit code 1 and an error that names it."""
    refused_address(database, address)


@pytest.mark.sqlite
def test_an_address_in_use_is_refused(database: str) -> None:
    """Nobody else's probes are answered in its place."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused_address(database, f"127.0.0.1:{other.getsockname()[1]}")


def refused_address(database: str, address: str) -> None:
    """A worker that is to answer there ends at once."""
    with a_worker_process(database, "--probes", address) as worker:
        assert worker.wait() == 1
    (line,) = worker.logged("worker failed")
    assert line["reason"] == "settings_error"
    assert address in line["why"]
    assert raw_database.rows(database, "SELECT * FROM projection_leaders") == []
