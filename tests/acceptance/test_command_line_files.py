"""`contacts import|export` and `contacts bookings replay`: files in and out."""

import csv
from pathlib import Path

import pytest

from tests.acceptance.messages import a_message
from tests.acceptance.program import CommandLine

COUNTS = ["rows", "created", "updated", "merged", "skipped", "failed"]
IMPORT = [*COUNTS, "errors", "warnings", "id"]
PROBLEM = ["row", "field", "reason", "value"]
REPLAY = ["lines", "applied", "duplicates", "refused", "errors"]

EARLIER = (
    "Email,First Name,Company,Notes,Tags",
    'ada@example.org,Ada,,Met in London,"vip,press"',
    "grace@example.org,Grace,Navy,,",
)
LATER = (
    "e-mail;FIRST_NAME;Company;Notes;tags;Shoe size",
    "ADA@example.org;Augusta;Analytical Engines;;lead,VIP;38",
    "grace@example.org;;;;;",
    "linus@example.org;Linus;;;;",
    "nobody;No;;;;",
)


@pytest.mark.parametrize(
    ("mode", "counted", "ada"),
    [
        ("skip", "skipped", ["Ada", "", "Met in London", ["vip", "press"]]),
        ("update", "updated", ["Augusta", "Analytical Engines", "Met in London", ["vip", "lead"]]),
        (
            "merge",
            "merged",
            ["Ada", "Analytical Engines", "Met in London", ["vip", "press", "lead"]],
        ),
    ],
)
def test_an_import_treats_known_emails_as_it_is_told(
    command_line: CommandLine, mode: str, counted: str, ada: list[object]
) -> None:
    """`skip` leaves a contact alone, `update` overwrites it, `merge` fills its blanks."""
    command_line.json("import", command_line.write("earlier.csv", *EARLIER))
    later = command_line.write("later.csv", *LATER)
    report = command_line.json("import", later, "--on-duplicate", mode)
    assert list(report) == IMPORT
    expected = dict.fromkeys(COUNTS, 0) | {"rows": 4, "created": 1, "failed": 1, "skipped": 1}
    expected[counted] += 1
    assert {name: report[name] for name in expected} == expected
    (error,) = report["errors"]
    assert list(error) == PROBLEM
    assert (error["row"], error["field"], error["value"]) == (5, "email", "nobody")
    (warning,) = report["warnings"]
    assert list(warning) == PROBLEM
    assert (warning["row"], warning["field"]) == (1, "Shoe size")
    shown = command_line.json("show", "ada@example.org")
    assert [shown[name] for name in ("first_name", "company", "notes", "tags")] == ada


def test_an_import_skips_known_emails_unless_told_otherwise(command_line: CommandLine) -> None:
    """Importing a file again changes nothing and says so; failed rows do not make it fail."""
    later = command_line.write("later.csv", *LATER)
    command_line.json("import", later)
    again = command_line.json("import", later)
    assert (again["created"], again["skipped"], again["failed"]) == (0, 3, 1)
    assert "nobody" in command_line("import", later).text


def test_a_default_region_reads_national_phone_numbers(command_line: CommandLine) -> None:
    """Where a number without a country code belongs can be said on the command line."""
    file = command_line.write("a.csv", "email,phone", "a@example.org,030 23125780")
    command_line.json("import", file, "--default-region", "DE")
    assert command_line.json("show", "a@example.org")["phone_e164"] == "+493023125780"
    command_line.json("import", file, "--organizer", "elsewhere")
    shown = command_line.json("show", "a@example.org", "--organizer", "elsewhere")
    assert (shown["phone"], shown["phone_e164"]) == ("030 23125780", None)


def test_an_export_can_be_opened_safely_and_imported_again(command_line: CommandLine) -> None:
    """The columns are the spec's; formulas are made harmless; the way back loses nothing."""
    command_line.json("import", command_line.write("earlier.csv", *EARLIER))
    formula = "=HYPERLINK(1)"
    command_line.json("add", "eve@example.org", "--first-name", formula, "--tag", "a", "--tag", "b")
    feed = command_line.write("feed.jsonl", a_message(organizer_id="default"))
    command_line.json("bookings", "replay", feed)
    assert command_line.json("export", "out.csv") == {
        "file": "out.csv",
        "contacts": 3,
        "refused": 0,
        "errors": [],
    }
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert ",".join(header) == (
        "First Name,Last Name,Email,Phone,Company,Job Title,Notes,Tags,Total Bookings,"
        "Last Booking Date"
    )
    by_email = {row[2]: row for row in rows}
    assert by_email["eve@example.org"][0] == f"'{formula}"
    assert by_email["eve@example.org"][7] == "a,b"
    assert by_email["ada@example.org"][8:] == ["1", "2020-03-09T08:00:00Z"]
    command_line.json("export", "raw.csv", "--lossless")
    assert f"\n{formula}," in Path("raw.csv").read_text(encoding="utf-8")
    for number, name in enumerate(("out.csv", "raw.csv")):
        copy = ("--organizer", f"copy {number}")
        report = command_line.json("import", name, *copy)
        assert (report["created"], report["warnings"]) == (3, [])
        assert command_line.json("show", "eve@example.org", *copy)["first_name"] == formula


def test_a_replay_accounts_for_every_line(command_line: CommandLine) -> None:
    """Lines are applied, known already or refused with a code; again, all are known."""
    first = a_message()
    feed = command_line.write(
        "feed.jsonl",
        first,
        first,
        "",
        a_message("teleported"),
        a_message(invitee_email="nobody"),
        a_message(id="evt-x", booking_id="bk-2"),
        a_message(id="evt-x", booking_id="bk-3"),
    )
    report = command_line.json("bookings", "replay", feed)
    assert list(report) == REPLAY
    assert list(report.values())[:-1] == [6, 2, 1, 3]
    assert [list(error) for error in report["errors"]] == [["line", "code", "reason"]] * 3
    assert [(error["line"], error["code"]) for error in report["errors"]] == [
        (4, "invalid_message"),
        (5, "invalid_email"),
        (7, "message_id_reused"),
    ]
    again = command_line.json("bookings", "replay", feed)
    assert list(again.values())[:-1] == [6, 0, 3, 3]
    assert again["errors"] == report["errors"]
    assert command_line.json("show", "ada@example.org", "--organizer=acme")["total_bookings"] == 2


def test_a_replay_filters_by_organizer_only_when_told_to(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The organizer is the message's; --organizer passes over others, a setting does not."""
    feed = command_line.write(
        "feed.jsonl",
        a_message(organizer_id="acme"),
        a_message(organizer_id="globex"),
        a_message(organizer_id="globex", booking_id="bk-2"),
    )
    filtered = command_line.json("bookings", "replay", feed, "--organizer", "acme")
    assert list(filtered.values()) == [1, 1, 0, 0, []]
    assert command_line.json("list", "--organizer", "globex")["total"] == 0
    monkeypatch.setenv("CONTACTS_ORGANIZER", "initech")
    whole = command_line.json("bookings", "replay", feed)
    assert list(whole.values()) == [3, 2, 1, 0, []]
    assert command_line.json("list")["total"] == 0
    assert command_line.json("list", "--organizer", "globex")["total"] == 1
