"""`contacts projections parked list|show|retry|drop`, after a projector failed."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.acceptance.program import CommandLine, Program
from tests.projections.test_retrying import failing_on

ADA, BOB = "ada@example.org", "bob@example.org"
PARKED = "projection position event organizer_id stream_id reason where recorded_at parked_at"
"""The names in a parked event's document, in their order."""


@pytest.fixture
def ada(command_line: CommandLine) -> str:
    """Ada's id. The projection `activity` could not fold the notes at 3 and 5, which are hers and
    Bob's; another one of hers at 4 waits behind."""
    made = [command_line.json("add", each, "--first-name=X")["id"] for each in (ADA, BOB)]
    with failing_on(2, 1), capture_logs():
        log(command_line, ADA, "poison")
    log(command_line, ADA, "behind")
    with failing_on(2, 1), capture_logs():
        log(command_line, BOB, "other")
    return str(made[0])


def log(command_line: CommandLine, whom: str, text: str) -> None:
    """Write a note."""
    command_line.json("note", whom, text)


def parked(command_line: CommandLine, *names: str) -> list[dict[str, Any]]:
    """What `parked list` shows."""
    return list(command_line.json("projections", "parked", "list", *names)["items"])


def waiting(command_line: CommandLine) -> list[tuple[int, str]]:
    """Position and reason of what is parked."""
    return [(each["position"], each["reason"]) for each in parked(command_line)]


def timeline(command_line: CommandLine, whom: str) -> list[str]:
    """What is told of somebody."""
    return [each["description"] for each in command_line.json("timeline", whom)["items"]]


ALL = [(3, "ZeroDivisionError"), (4, "queued"), (5, "ZeroDivisionError")]


def test_nothing_is_parked_in_a_healthy_address_book(command_line: CommandLine) -> None:
    """The list is empty, of all projections and of each."""
    assert parked(command_line) == parked(command_line, "contacts", "timeline") == []
    assert "Projection" in command_line("projections", "parked", "list").text


def test_parked_events_are_listed(command_line: CommandLine, ada: str) -> None:
    """By projection and position, with the reason and where in the code, without any content."""
    first, second, third = parked(command_line)
    assert list(first) == PARKED.split()
    assert waiting(command_line) == ALL
    assert {each["projection"] for each in (first, second, third)} == {"activity"}
    assert (first["event"], first["stream_id"]) == ("contact.interaction_logged", ada)
    assert first["organizer_id"] == "default"
    assert first["where"].startswith("test_retrying.py:")
    assert second["where"] == ""
    assert all(first[name].endswith("Z") for name in ("recorded_at", "parked_at"))
    assert parked(command_line, "timeline") == parked(command_line, "activity", "bookings")
    assert parked(command_line, "contacts") == []
    table = command_line("projections", "parked", "list").text
    assert all(word in table for word in ("ZeroDivisionError", "queued", "activity", "default"))
    assert not any(word in table for word in ("poison", "behind", "other", ADA))


def test_a_parked_event_is_shown(command_line: CommandLine, ada: str) -> None:
    """As it is listed; by the projection's name or a read model's."""
    shown = command_line.json("projections", "parked", "show", "timeline", "3")
    assert shown == parked(command_line)[0]
    text = command_line("projections", "parked", "show", "activity", "3").text
    assert all(word in text for word in ("stream id", ada, "ZeroDivisionError"))
    assert "poison" not in text


def test_a_retry_folds_what_hangs_together(command_line: CommandLine, ada: str) -> None:
    """One position takes its sequence along, --all takes everything; nothing is missing then."""
    assert timeline(command_line, ADA) == timeline(command_line, BOB) == []
    retried = command_line.json("projections", "parked", "retry", "activity", "4")
    assert retried == {"projection": "activity", "folded": 2, "parked": 0}
    assert sorted(timeline(command_line, ADA)) == ["behind", "poison"]
    assert waiting(command_line) == ALL[2:]
    text = command_line("projections", "parked", "retry", "timeline", "--all").text
    assert all(word in text for word in ("folded", "1", "activity"))
    assert (waiting(command_line), timeline(command_line, BOB)) == ([], ["other"])
    nothing = command_line.json("projections", "parked", "retry", "activity", "--all")
    assert nothing == {"projection": "activity", "folded": 0, "parked": 0}


def test_what_fails_again_stays_parked(command_line: CommandLine, ada: str) -> None:
    """The exit code is 0, the document says so: the rest was folded."""
    with failing_on(10**9, 3), capture_logs():
        retried = command_line.json("projections", "parked", "retry", "activity", "--all")
    assert retried == {"projection": "activity", "folded": 1, "parked": 2}
    assert waiting(command_line) == ALL[:2]


def test_a_dropped_event_is_passed_over_for_ever(command_line: CommandLine, ada: str) -> None:
    """Where nobody can be asked it is dropped; what waited behind it shows, rebuilt or not."""
    dropped = command_line.json("projections", "parked", "drop", "timeline", "3")
    assert dropped == {"projection": "activity", "folded": 1, "parked": 0}
    assert timeline(command_line, ADA) == ["behind"]
    assert waiting(command_line) == ALL[2:]
    command_line.json("projections", "rebuild", "--all")
    assert timeline(command_line, ADA) == ["behind"]
    assert len(command_line.json("history", ADA)["items"]) == 3
    again = command_line("projections", "parked", "drop", "activity", "3", "--json")
    assert again.refusal == (1, "parked_event_not_found")


def test_dropping_asks_on_a_terminal(command_line: CommandLine, program: Program, ada: str) -> None:
    """Anything but yes leaves it parked; with --yes nothing is asked."""
    drop = ("projections", "parked", "drop", "activity")
    exit_code, printed = program.on_a_terminal(*drop, "3", answer="no")
    question = "Let activity pass over contact.interaction_logged at 3 for ever? [y/N]"
    assert (exit_code, question in printed) == (1, True)
    assert waiting(command_line) == ALL
    exit_code, printed = program.on_a_terminal(*drop, "5", "--yes", answer="no")
    assert (exit_code, "[y/N]" in printed) == (0, False)
    assert waiting(command_line) == ALL[:2]
    assert program.on_a_terminal(*drop, "3", answer="y")[0] == 0
    assert waiting(command_line) == []


REFUSED = {
    "list nothing": "unknown_projection",
    "show nothing 3": "unknown_projection",
    "show contacts 3": "parked_event_not_found",
    "show activity 6": "parked_event_not_found",
    "show activity 0": "parked_event_not_found",
    "show activity -1": "parked_event_not_found",
    "show activity 9223372036854775807": "parked_event_not_found",
    "retry nothing --all": "unknown_projection",
    "retry activity 6": "parked_event_not_found",
    "retry activity": "invalid_query",
    "retry activity 3 --all": "invalid_query",
    "drop nothing 3": "unknown_projection",
    "drop activity 6": "parked_event_not_found",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_parked_is_refused(command_line: CommandLine, ada: str, words: str) -> None:
    """With exit code 1 and a code of its own; everything stays as it was."""
    ran = command_line("projections", "parked", *words.split(), "--json")
    assert ran.refusal == (1, REFUSED[words])
    assert command_line("projections", "parked", *words.split()).sentence
    assert waiting(command_line) == ALL


HUGE = 2**63

WRONG = ["show activity", "show activity x", "drop activity", "retry"]
WRONG += [f"{each} activity {HUGE}" for each in ("show", "retry", "drop")]


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_exit_code_2(command_line: CommandLine, words: str) -> None:
    """What does not fit the command's form is not even tried."""
    ran = command_line("projections", "parked", *words.split(), "--json")
    assert ran.refusal == (2, "wrong_usage")
