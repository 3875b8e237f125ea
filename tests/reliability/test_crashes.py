"""Processes that are killed lose nothing that was acknowledged and leave nothing half-done."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters import Contacts, open_contacts
from adapters.bookings.replay import replay
from tests.read_tables import address_book, all_rows
from tests.reliability.dying import KILLED
from tests.scenario import Clock, recorded_events

pytestmark = pytest.mark.chaos

ROOT = Path(__file__).parents[2]
FEED = ROOT / "src/adapters/samples/bookings.jsonl"


def is_consistent(contacts: Contacts) -> bool:
    """Whether the read tables say what the log says."""
    live = all_rows(contacts)
    contacts.rebuild()
    return all_rows(contacts) == live


def test_a_crash_between_any_two_steps_is_all_or_nothing(tmp_path: Path) -> None:
    """Killed before each statement in turn: the unit is whole or absent, and reads agree."""
    outcomes, statement, exit_code = [], 0, KILLED
    while exit_code == KILLED:
        statement += 1
        database = tmp_path / f"killed-{statement}.db"
        program = [sys.executable, "-m", "tests.reliability.dying", str(database), str(statement)]
        exit_code = subprocess.run(program, cwd=ROOT, check=False).returncode
        with open_contacts(database, clock=Clock()) as contacts:
            events = len(recorded_events(contacts))
            assert events in (0, 4)
            assert {each.lag_events for each in contacts.projection_status()} == {0}
            assert is_consistent(contacts)
            outcomes.append(events)
    assert exit_code == 0
    assert outcomes[-1] == 4
    assert statement > 15


@pytest.mark.parametrize("kills", [6, pytest.param(100, marks=pytest.mark.long)])
def test_a_replay_that_is_killed_again_and_again_ends_as_if_it_never_was(
    tmp_path: Path, kills: int
) -> None:
    """kill -9 at random points of a replay, started anew each time: no booking lost or twice."""
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(b"".join(FEED.read_bytes().splitlines(keepends=True)[:2_000]))
    killed = tmp_path / "killed.db"
    chance = random.Random(kills)
    survived = 0
    for _ in range(kills):
        survived += _replay_and_kill(killed, feed, after=chance.uniform(0.5, 1.7))
    with open_contacts(tmp_path / "calm.db", clock=Clock()) as calm:
        replay(calm, feed, actor="tester")
        expected = address_book(calm, "acme")
    with open_contacts(killed, clock=Clock()) as contacts:
        replay(contacts, feed, actor="tester")
        assert address_book(contacts, "acme") == expected
        assert is_consistent(contacts)
    assert survived < kills


def _replay_and_kill(database: Path, feed: Path, after: float) -> bool:
    """Whether the process had finished before it was to be killed."""
    program = [sys.executable, "-m", "adapters.cli", "bookings", "replay", str(feed)]
    program += ["--database", str(database), "--actor", "tester"]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL) as run:
        time.sleep(after)
        run.send_signal(signal.SIGKILL)
        return run.wait() == 0
