"""Exit codes: 0 done, 1 refused or failed, 2 wrong usage; failures are one sentence or one JSON
document on standard error, never a traceback."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.messages import a_message
from tests.acceptance.program import CommandLine, Program


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The test's folder, with all kinds of files that are not what they should be."""
    (tmp_path / "notes.db").write_text("Call Grace on Monday\n" * 100)
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.csv").write_bytes("email,first name\nzoe@example.org,Zoë".encode("latin-1"))
    (tmp_path / "picture.csv").write_bytes(bytes(range(256)))
    (tmp_path / "empty.csv").touch()
    (tmp_path / "shoes.csv").write_text("brand,size\nA,38\n")
    (tmp_path / "quotes.csv").write_text('email,notes\nada@example.org,"never closed\n')
    return tmp_path


FAILURES = {
    "a file that is no database": ("corrupt_database", "--database=notes.db list"),
    "another program's database": ("foreign_database", "--database=shop.db list"),
    "migrating another program's database": ("foreign_database", "--database=shop.db migrate"),
    "a folder as the database": ("unwritable_database", "--database=folder list"),
    "a database in a missing folder": ("unwritable_database", "--database=nowhere/a.db list"),
    "a database in a file": ("unwritable_database", "--database=empty.csv/a.db list"),
    "an unknown kind of database": ("settings_error", "--database=mysql://host/db list"),
    "a database URL that is none": ("settings_error", "--database=:// list"),
    "a database in memory": ("settings_error", "--database=sqlite:// list"),
    "a CSV file in no encoding": ("unreadable_file", "import latin.csv --encoding utf-8"),
    "a CSV file that is a picture": ("unreadable_file", "import picture.csv"),
    "an empty CSV file": ("unreadable_file", "import empty.csv"),
    "a CSV file without e-mails": ("unreadable_file", "import shoes.csv"),
    "a CSV file with broken quotes": ("unreadable_file", "import quotes.csv"),
    "a missing CSV file": ("unreadable_file", "import nowhere.csv"),
    "a folder as the CSV file": ("unreadable_file", "import folder"),
    "a missing feed": ("unreadable_file", "bookings replay nowhere.jsonl"),
    "a folder as the feed": ("unreadable_file", "bookings replay folder"),
    "an export to a missing folder": ("unwritable_file", "export nowhere/out.csv"),
    "an export to a folder": ("unwritable_file", "export folder"),
    "an unknown contact": ("contact_not_found", "show ada@example.org"),
    "something that is no contact": ("contact_not_found", "show 42"),
    "the timeline of an unknown contact": ("contact_not_found", "timeline nobody"),
    "an unknown group": ("group_not_found", "list --group=nobody"),
    "an unknown projection": ("unknown_projection", "projections rebuild shoes"),
    "nothing to rebuild": ("invalid_query", "projections rebuild"),
    "an invalid e-mail": ("invalid_email", "add ada --first-name=Ada"),
    "a blank name": ("invalid_command", "add ada@example.org --first-name="),
    "an impossible phone": ("invalid_phone", "add a@example.org --first-name=A --phone=+1"),
    "a tag with a comma": ("invalid_tag", "add a@example.org --first-name=A --tag=a,b"),
}


@pytest.mark.parametrize(("code", "arguments"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_sentence_and_exit_code_1(
    files: Path, command_line: CommandLine, code: str, arguments: str
) -> None:
    """People read one line that ends like a sentence; programs read code, message and details."""
    before = {each: each.read_bytes() for each in files.iterdir() if each.is_file()}
    ran = command_line(*arguments.split())
    assert ran.exit_code == 1
    assert ran.sentence.endswith(".")
    with_json = command_line(*arguments.split(), "--json")
    assert with_json.refusal == (1, code)
    assert with_json.error["message"] == ran.sentence
    assert {each: each.read_bytes() for each in before} == before


WRONG_USAGES = {
    "an unknown command": "frobnicate",
    "an unknown subcommand": "projections frobnicate",
    "an unknown option": "list --shoe-size 38",
    "a missing argument": "show",
    "a missing option": "add ada@example.org",
    "an option without its value": "list --search",
    "too many arguments": "show ada@example.org grace@example.org",
    "an integer that is none": "list --limit ten",
    "an unknown choice": "import people.csv --on-duplicate shout",
}


@pytest.mark.parametrize("arguments", WRONG_USAGES.values(), ids=WRONG_USAGES)
def test_wrong_usage_is_one_line_and_exit_code_2(command_line: CommandLine, arguments: str) -> None:
    """What cannot be understood is told from what cannot be done, and nothing is opened."""
    ran = command_line(*arguments.split())
    assert ran.exit_code == 2
    assert "--help" in ran.sentence
    assert command_line(*arguments.split(), "--json").refusal == (2, "wrong_usage")
    assert list(command_line.folder.iterdir()) == []


def test_asking_for_help_is_no_failure(command_line: CommandLine) -> None:
    """Help and version are printed to standard output, and no database is made."""
    everything = command_line("--help").text
    for command in ("add", "bookings replay", "demo", "export", "import", "list", "show", "stats"):
        assert "Usage: " in command_line(*command.split(), "--help").text
        assert f" {command.split()[0]} " in everything
    assert command_line().text == everything
    assert command_line("--version").text.strip()
    assert list(command_line.folder.iterdir()) == []


def test_a_broken_line_of_a_feed_does_not_harm_the_others(command_line: CommandLine) -> None:
    """All other lines are applied, the report is printed, and the exit code is 1."""
    feed = command_line.write(
        "feed.jsonl", a_message(), b'{"specversion": "1.0", "id', a_message(booking_id="bk-2")
    )
    ran = command_line("bookings", "replay", feed, "--json")
    assert ran.exit_code == 1
    report = json.loads(ran.out)
    assert [report[name] for name in ("lines", "applied", "duplicates", "refused")] == [3, 2, 0, 1]
    assert [(each["line"], each["code"]) for each in report["errors"]] == [(2, "not_json")]
    error = json.loads(ran.err)["error"]
    assert (error["code"], error["details"]) == ("broken_feed", {"lines": [2]})
    shown = command_line.json("show", "ada@example.org", "--organizer", "acme")
    assert shown["total_bookings"] == 2
    again = command_line("bookings", "replay", feed)
    assert (again.exit_code, again.err.count("\n")) == (1, 1)
    assert "not_json" in again.out
    assert "line 2" in again.err


def test_the_process_ends_with_the_same_codes(files: Path, program: Program) -> None:
    """What holds within a process holds for a real run: 0, 1 and 2."""
    assert program("stats").exit_code == 0
    failed = program("--database", "notes.db", "list")
    assert failed.exit_code == 1
    assert failed.sentence.startswith("This file is no SQLite database")
    assert program("frobnicate", "--json").refusal == (2, "wrong_usage")
