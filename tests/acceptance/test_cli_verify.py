"""`contacts projections verify`: finds a damaged row, and says so with its exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.program import CommandLine, Program, Ran
from tests.adapters import raw_database

ADA = "ada@example.org"
ITEM = "projection generation position head rows parked dropped differences"
DIFFERENCE = "projection table organizer_id key kind column expected found"
"""The names in the documents, in their order."""


@pytest.fixture
def damage(command_line: CommandLine, tmp_path: Path) -> Any:
    """Changes rows behind the library's back; there is one contact with two tags."""
    command_line.json("add", ADA, "--first-name=Ada", "--tag=vip", "--tag=press")

    def change(*statements: str) -> None:
        raw_database.change(tmp_path / "contacts.db", *statements)

    return change


def verify(command_line: CommandLine, *arguments: str) -> Ran:
    """A verification with --json."""
    return command_line("projections", "verify", *arguments, "--json")


def test_healthy_tables_have_no_differences(command_line: CommandLine, damage: Any) -> None:
    """Exit code 0; what was compared is told."""
    document = verify(command_line).document
    assert list(document) == ["items", "differences", "total"]
    activity, people = document["items"]
    assert (list(people), list(activity)) == (ITEM.split(), ITEM.split())
    assert people == {
        "projection": "contacts",
        "generation": 1,
        "position": 1,
        "head": 1,
        "rows": 7,
        "parked": 0,
        "dropped": 0,
        "differences": 0,
    }
    assert (document["differences"], document["total"]) == ([], 0)
    text = command_line("projections", "verify").text
    assert all(word in text for word in ("activity", "contacts", "Differences"))
    assert "Expected" not in text
    (only,) = verify(command_line, "tags", "statistics").document["items"]
    assert only == people


def test_a_damaged_row_is_found_and_healed(command_line: CommandLine, damage: Any) -> None:
    """Exit code 1 and a sentence on standard error, with the report on standard output."""
    damage("UPDATE contact_list_1 SET first_name = 'Eve'")
    ran = verify(command_line)
    assert ran.exit_code == 1
    report = json.loads(ran.out)
    (difference,) = report["differences"]
    assert list(difference) == DIFFERENCE.split()
    assert difference["key"] == {"contact_id": command_line.json("list", "--all")["items"][0]["id"]}
    del difference["key"]
    assert difference == {
        "projection": "contacts",
        "table": "contact_list",
        "organizer_id": "default",
        "kind": "different",
        "column": "first_name",
        "expected": "Ada",
        "found": "Eve",
    }
    error = json.loads(ran.err)["error"]
    assert error["code"] == "read_tables_differ"
    assert error["details"] == {"projections": ["contacts"], "differences": 1}
    assert verify(command_line, "activity").exit_code == 0
    command_line.json("projections", "rebuild", "contacts")
    assert verify(command_line).document["total"] == 0


def test_people_read_a_table_and_a_sentence(command_line: CommandLine, damage: Any) -> None:
    """The sentence tells what to do, and holds nothing personal."""
    damage(
        "UPDATE contact_list_1 SET first_name = 'Eve', company_key = 'acme'",
        "DELETE FROM tag_counts_1",
        "INSERT INTO companies_1 VALUES ('default', 'acme', 3)",
    )
    ran = command_line("projections", "verify")
    assert ran.exit_code == 1
    for told in ("first_name", "Ada", "Eve", "(nothing)", "(missing row)", "(superfluous row)"):
        assert told in ran.out
    assert all(told in ran.out for told in ("default vip", "contacts=1", "active_contacts=3"))
    assert ran.err == (
        "contacts: The read tables are not what follows from the log; differences: 5. Look for "
        "the cause, then run `contacts projections rebuild contacts`.\n"
    )


def test_as_many_as_are_wanted_are_shown(command_line: CommandLine, damage: Any) -> None:
    """100 by default; the rest is counted."""
    damage("DELETE FROM tag_counts_1", "DELETE FROM contact_tags_1")
    ran = verify(command_line, "--limit=3")
    report = json.loads(ran.out)
    assert (len(report["differences"]), report["total"]) == (3, 4)
    assert (
        "1 more differences; --limit shows more."
        in command_line("projections", "verify", "--limit=3").out
    )
    nothing = json.loads(verify(command_line, "--limit=0").out)
    assert (nothing["differences"], nothing["total"]) == ([], 4)


def test_what_is_typed_by_strangers_cannot_steer_the_terminal(
    command_line: CommandLine, damage: Any
) -> None:
    """Control characters are made visible."""
    damage("UPDATE contact_list_1 SET notes = char(27) || '[2J[red]'")
    out = command_line("projections", "verify").out
    assert "\x1b" not in out
    assert "\\x1b[2J[red]" in out


def test_what_cannot_be_verified_is_refused(command_line: CommandLine, damage: Any) -> None:
    """Unknown names and wrong usage, as everywhere."""
    assert verify(command_line, "shoes").refusal == (1, "unknown_projection")
    assert verify(command_line, "--limit=many").refusal == (2, "wrong_usage")
    assert verify(command_line, "--limit=-1").refusal == (2, "wrong_usage")
    damage("UPDATE projection_checkpoints SET shape = 'earlier'")
    assert verify(command_line).refusal == (1, "outdated_database")


def test_the_process_ends_with_the_same_codes(
    command_line: CommandLine, damage: Any, program: Program
) -> None:
    """0 without differences, 1 with any; nothing is written either way."""
    assert program("projections", "verify").exit_code == 0
    damage("UPDATE contact_list_1 SET first_name = 'Eve'")
    assert program("projections", "verify", "--json").exit_code == 1
    assert program("projections", "verify").exit_code == 1
