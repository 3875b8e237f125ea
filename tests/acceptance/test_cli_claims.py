"""`contacts claims verify|rebuild`: what an operator sees of claims, and how to mend them."""

import json
from pathlib import Path

import pytest

from tests.acceptance.program import CommandLine
from tests.adapters import raw_database


@pytest.fixture
def damaged(command_line: CommandLine) -> Path:
    """A database that has lost the claim of Ada's e-mail, and gained one that nobody took."""
    for name in ("ada", "bob"):
        command_line.json("add", f"{name}@example.org", f"--first-name={name}")
    path = command_line.folder / "contacts.db"
    raw_database.change(
        path,
        "DELETE FROM claims WHERE key = 'ada@example.org'",
        "INSERT INTO claims SELECT organizer_id, kind, 'x@example.org', holder, 1 FROM claims",
    )
    return path


def test_an_undamaged_address_book_is_told_in_one_line(command_line: CommandLine) -> None:
    """With and without anything in it; exit code 0."""
    assert "0 claims" in command_line("claims", "verify").text
    command_line.json("add", "ada@example.org", "--first-name=Ada")
    assert command_line("claims", "verify").text == (
        "1 claims compared with the events up to 1: no difference.\n"
    )
    assert command_line.json("claims", "verify") == {
        "position": 1,
        "claims": 1,
        "problems": {},
        "items": [],
    }


def test_differences_are_listed_with_exit_code_1(command_line: CommandLine, damaged: Path) -> None:
    """One line each; the error counts them and says what to do."""
    ran = command_line("claims", "verify")
    assert ran.exit_code == 1
    assert all(word in ran.out for word in ("missing", "superfluous", "ada@", "x@", "2 of 2"))
    assert "contacts claims rebuild" in ran.err
    ran = command_line("claims", "verify", "--limit", "1")
    assert "1 of 2 differences shown." in ran.out


def test_differences_are_told_to_programs(command_line: CommandLine, damaged: Path) -> None:
    """The document on standard output, the error beside it."""
    ran = command_line("claims", "verify", "--json")
    document, error = json.loads(ran.out), json.loads(ran.err)["error"]
    assert ran.exit_code == 1
    assert error["code"] == "claims_differ"
    assert error["details"] == {"problems": document["problems"]}
    assert document["problems"] == {"missing": 1, "superfluous": 1}
    ada = command_line.json("show", "ada@example.org")["id"]
    assert document["items"][0] == {
        "organizer_id": "default",
        "kind": "email",
        "key": "ada@example.org",
        "problem": "missing",
        "expected_holder": ada,
        "found_holder": None,
    }


def test_a_rebuild_says_what_it_did(command_line: CommandLine, damaged: Path) -> None:
    """Once; then there is nothing to do."""
    done = {"position": 2, "added": 1, "removed": 1, "changed": 0, "contested": 0}
    assert command_line.json("claims", "rebuild") == done
    assert command_line("claims", "verify").exit_code == 0
    assert "│ added     │ 0 │" in command_line("claims", "rebuild").text


def test_a_negative_limit_is_wrong_usage(command_line: CommandLine) -> None:
    """Nothing is opened."""
    assert command_line("claims", "verify", "--limit=-1", "--json").refusal == (2, "wrong_usage")
    assert list(command_line.folder.iterdir()) == []
