"""`contacts import` of all kinds of files, `contacts imports …` step by step, `contacts exports`:
what they print and refuse."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.program import CommandLine

PEOPLE = (
    "Kontakt;Vorname;Zimmer",
    "ada@example.org;Ada;12",
    "broken;Bob;13",
    "grace@example.org;Grace;14",
)


@pytest.fixture
def people(command_line: CommandLine) -> str:
    """A table with one column that tells itself, one that must be named, and one that is none."""
    return command_line.write("people.csv", *PEOPLE)


def refusal(command_line: CommandLine, *words: str) -> dict[str, Any]:
    """The error that a command is refused with; exit 1."""
    ran = command_line(*words, "--json")
    assert ran.exit_code == 1
    return ran.error


def started(command_line: CommandLine, people: str, *options: str) -> str:
    """Start an import; its id."""
    document = command_line.json("imports", "start", people, "--map", "Kontakt=email", *options)
    return str(document["id"])


def test_start_tells_what_was_found(command_line: CommandLine, people: str) -> None:
    """Every column with what it is taken for, how surely, and why."""
    document = command_line.json("imports", "start", people, "--map", "Kontakt=email")
    assert list(document) == [
        "id", "rows", "format", "encoding", "delimiter", "sheet", "preset", "columns",
        "unmapped", "on_duplicate",
    ]  # fmt: skip
    assert (document["rows"], document["delimiter"], document["encoding"]) == (3, ";", "utf-8")
    assert [(each["header"], each["field"]) for each in document["columns"]] == [
        ("Kontakt", "email"), ("Vorname", "first_name"), ("Zimmer", None),
    ]  # fmt: skip
    assert document["unmapped"] == ["Zimmer"]
    assert "contacts imports confirm" in command_line("imports", "start", people).text


def test_preview_confirm_status_and_history(command_line: CommandLine, people: str) -> None:
    """A preview writes nothing; a confirmed import is in the history with its result."""
    import_id = started(command_line, people)
    preview = command_line.json("imports", "preview", import_id, "--map", "Zimmer=notes")
    assert (preview["created"], preview["failed"]) == (2, 1)
    (ada, bob, _) = preview["items"]
    assert (ada["outcome"], ada["contact"]["notes"]) == ("created", "12")
    assert (bob["outcome"], bob["contact"], bob["errors"][0]["field"]) == ("failed", None, "email")
    assert command_line.json("list")["total"] == 0
    assert "ada@example.org" in command_line("imports", "preview", import_id).text
    report = command_line.json("imports", "confirm", import_id, "--on-duplicate", "update")
    assert (report["created"], report["failed"]) == (2, 1)
    status = command_line.json("imports", "status", import_id)
    assert (status["status"], status["done"], status["on_duplicate"]) == ("completed", 3, "update")
    (item,) = command_line.json("imports", "history")["items"]
    assert (item["id"], item["file_name"], item["failed"]) == (import_id, people, 1)
    assert "completed" in command_line("imports", "history").text
    assert command_line.json("imports", "resume", import_id) == report


def test_cancel_and_undo(command_line: CommandLine, people: str) -> None:
    """A cancelled import cannot be confirmed; an undone one leaves nobody."""
    cancelled = started(command_line, people)
    assert command_line.json("imports", "cancel", cancelled)["events"] == 1
    refused = refusal(command_line, "imports", "confirm", cancelled)
    assert refused["code"] == "import_not_possible"
    imported = command_line.json("import", people, "--map", "Kontakt=email")
    command_line.json("edit", "ada@example.org", "--company", "Mine")
    undone = command_line.json("imports", "undo", imported["id"], "--yes")
    assert (undone["restored"], undone["removed"]) == (0, 1)
    (kept,) = undone["kept"]
    assert (kept["field"], "touched" in kept["reason"]) == ("", True)
    assert [each["email"] for each in command_line.json("list")["items"]] == ["ada@example.org"]
    assert "removed" in command_line("imports", "undo", imported["id"], "--yes").text


def test_errors_are_shown_or_written(command_line: CommandLine, people: str) -> None:
    """With reasons; the file can be mended and imported."""
    imported = command_line.json("import", people, "--map", "Kontakt=email")
    (error,) = command_line.json("imports", "errors", imported["id"])["errors"]
    assert (error["row"], error["field"], error["value"]) == (3, "email", "broken")
    assert "broken" in command_line("imports", "errors", imported["id"]).text
    document = command_line.json("imports", "errors", imported["id"], "errors.csv")
    assert document == {"file": "errors.csv", "rows": 1}
    assert "broken" in (command_line.folder / "errors.csv").read_text()


def test_mappings(command_line: CommandLine, people: str) -> None:
    """Saved by name, listed, used, deleted."""
    save = ("imports", "mappings", "save", "Ours", "--map", "Kontakt=email", "--map", "Zimmer=")
    assert command_line.json(*save)["events"] == 1
    (item,) = command_line.json("imports", "mappings")["items"]
    assert item == {"name": "Ours", "columns": {"Kontakt": "email", "Zimmer": None}}
    assert "Ours" in command_line("imports", "mappings").text
    assert command_line.json("import", people, "--mapping", "OURS")["created"] == 2
    assert command_line.json("imports", "mappings", "delete", "ours")["events"] == 1
    refused = refusal(command_line, "import", people, "--mapping", "Ours")
    assert refused["code"] == "mapping_not_found"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--map", "Nope=email"], "invalid_query"),
        (["--map", "Kontakt=shoe size"], "invalid_query"),
        (["--map", "Kontakt"], "invalid_query"),
        (["--preset", "nonsense"], "invalid_query"),
        (["--encoding", "nonsense"], "unreadable_file"),
        (["--delimiter", "::"], "unreadable_file"),
        ([], "unreadable_file"),
    ],
)
def test_what_cannot_be_imported_as_asked_is_refused(
    options: list[str], code: str, command_line: CommandLine, people: str
) -> None:
    """Exit 1, one error, nothing in the history."""
    assert refusal(command_line, "import", people, *options)["code"] == code
    assert command_line.json("imports", "history")["items"] == []


def test_unknown_imports_are_not_found(command_line: CommandLine) -> None:
    """Whatever is asked of them, and whatever their id looks like."""
    for import_id in (str(uuid4()), "nonsense"):
        for command in ("preview", "confirm", "status", "cancel", "resume", "undo", "errors"):
            error = refusal(command_line, "imports", command, import_id)
            assert error["code"] == "import_not_found"


def test_exports_are_noted(command_line: CommandLine, people: str) -> None:
    """Who, when, which filter, how many; in every form."""
    command_line.json("import", people, "--map", "Kontakt=email")
    for name in ("all.csv", "all.xlsx", "all.vcf", "all.jsonl"):
        assert command_line.json("export", name)["contacts"] == 2
    command_line.json("export", "some.csv", "--filter-search", "ada", "--field", "email")
    named = command_line.json("export", "named.csv", "ada@example.org", "nobody@example.org")
    assert (named["contacts"], named["refused"]) == (1, 1)
    items = command_line.json("exports")["items"]
    assert [each["file_name"] for each in items] == [
        "named.csv", "some.csv", "all.jsonl", "all.vcf", "all.xlsx", "all.csv",
    ]  # fmt: skip
    assert (items[0]["selected"], items[0]["criteria"]) == (2, {})
    assert (items[1]["criteria"], items[1]["fields"]) == (
        {"search": "ada", "is_active": True}, ["email"],
    )  # fmt: skip
    assert items[0]["actor"]
    assert items[0]["made_at"].endswith("Z")
    assert "named.csv" in command_line("exports").text
    lines = (command_line.folder / "all.jsonl").read_text().splitlines()
    ada: dict[str, Any] = json.loads(lines[0])
    assert ada == command_line.json("show", "ada@example.org")


@pytest.mark.parametrize("name", ["all.csv", "all.xlsx", "all.vcf"])
def test_an_export_imports_again(name: str, command_line: CommandLine, people: str) -> None:
    """Into another address book; and into the same one without any change."""
    command_line.json("import", people, "--map", "Kontakt=email")
    command_line.json("export", name)
    again = command_line.json("import", name)
    assert (again["created"], again["skipped"], again["warnings"]) == (0, 2, [])
    other = command_line.json("import", name, "--organizer", "other")
    assert (other["created"], other["failed"], other["warnings"]) == (2, 0, [])


def test_an_export_of_no_fields_is_refused(command_line: CommandLine, tmp_path: Path) -> None:
    """With those that there are, and no file."""
    error = refusal(command_line, "export", "x.csv", "--field", "shoe_size")
    assert error["code"] == "invalid_query"
    assert "job_title" in error["message"]
    assert not (tmp_path / "x.csv").exists()
