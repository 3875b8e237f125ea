"""`contacts add|show|timeline|stats|projections`: the documents that programs read."""

import re
from uuid import UUID

from adapters.cli.main import run
from tests.acceptance.messages import a_message
from tests.acceptance.program import CommandLine, Program

CONTACT = (
    "id first_name last_name full_name email phone phone_e164 company job_title notes tags groups "
    "total_bookings completed_bookings cancelled_bookings upcoming_bookings last_booking_date "
    "is_active created_at updated_at"
)
ENTRY = "id type description occurred_at booking_id actor source metadata"
STATISTICS = (
    "total_contacts active_contacts inactive_contacts groups total_bookings completed_bookings "
    "cancelled_bookings average_bookings_per_contact interactions_last_30_days top_companies"
)
STATUS = "projection generation position head lag_events lag_seconds parked leader problem"
"""The names in the documents, in their order."""

UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

ADA = (
    *("add", "Ada@Example.org", "--first-name", "Ada", "--last-name", "Lovelace"),
    *("--phone", "+44 20 7946 0958", "--company", "Analytical Engines", "--job-title", "Countess"),
    *("--notes", "Line one\nLine two", "--tag", "vip", "--tag", "Lead", "--tag", "VIP"),
)


def test_a_contact_that_was_added_is_shown_by_id_and_by_email(command_line: CommandLine) -> None:
    """`add` answers a receipt; `show` finds the contact, however the e-mail is written."""
    receipt = command_line.json(*ADA)
    assert " ".join(receipt) == "id position events"
    assert (receipt["position"], receipt["events"]) == (1, 1)
    contact = command_line.json("show", receipt["id"])
    assert " ".join(contact) == CONTACT
    assert contact["id"] == str(UUID(receipt["id"]))
    assert UTC_TIME.fullmatch(contact["created_at"])
    assert contact["updated_at"] == contact["created_at"]
    described = {"id", "created_at", "updated_at"}
    assert {name: contact[name] for name in contact if name not in described} == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "full_name": "Ada Lovelace",
        "email": "Ada@Example.org",
        "phone": "+44 20 7946 0958",
        "phone_e164": "+442079460958",
        "company": "Analytical Engines",
        "job_title": "Countess",
        "notes": "Line one\nLine two",
        "tags": ["vip", "Lead"],
        "groups": [],
        "total_bookings": 0,
        "completed_bookings": 0,
        "cancelled_bookings": 0,
        "upcoming_bookings": 0,
        "last_booking_date": None,
        "is_active": True,
    }
    assert command_line.json("show", "ADA@EXAMPLE.ORG") == contact
    assert command_line.json("show", receipt["id"].upper()) == contact
    assert command_line.json("list")["items"] == [contact]


def test_people_see_the_contact_that_they_added(command_line: CommandLine) -> None:
    """Without --json `add` and `show` print the contact, one field a line."""
    added = command_line(*ADA).text
    assert re.search(r"full name\s+│ Ada Lovelace ", added)
    assert re.search(r"tags\s+│ vip, Lead ", added)
    assert command_line("show", "ada@example.org").text == added


def test_a_command_id_makes_adding_repeatable(command_line: CommandLine) -> None:
    """The same command again answers the first receipt; another one is refused."""
    receipt = command_line.json(*ADA, "--command-id", "form-1")
    assert command_line.json(*ADA, "--command-id", "form-1") == receipt
    assert command_line.json(*ADA, "--command-id", "form-1", "--actor", "other") == receipt
    other = ("add", "grace@example.org", "--first-name", "Grace", "--command-id", "form-1")
    assert command_line(*other, "--json").refusal == (1, "command_id_reused")
    assert command_line.json(*other, "--organizer", "another")["events"] == 1
    assert command_line.json("list")["total"] == 1


def test_an_email_in_use_is_refused_with_its_contact(command_line: CommandLine) -> None:
    """The refusal says whose the e-mail is, so that a program can go on from there."""
    receipt = command_line.json(*ADA)
    ran = command_line("add", "ADA@example.ORG", "--first-name", "Another", "--json")
    assert ran.refusal == (1, "email_already_used")
    details = ran.error["details"]
    assert (details["contact_id"], details["is_active"]) == (receipt["id"], True)


def test_the_timeline_shows_what_happened_newest_first(command_line: CommandLine) -> None:
    """Entries have the spec's types, the message's time, and say who brought them and how."""
    feed = command_line.write(
        "feed.jsonl",
        a_message("completed", time="2020-03-09T08:30:00Z"),
        a_message(time="2020-03-02T10:00:00+01:00"),
        a_message("rescheduled", time="2020-03-03T10:00:00Z"),
        a_message("cancelled", booking_id="bk-2", time="2020-03-04T10:00:00Z"),
    )
    command_line.json("bookings", "replay", feed, "--actor", "night shift")
    page = command_line.json("timeline", "ADA@example.org", "--organizer", "acme")
    assert list(page) == ["items", "next"]
    assert [(each["type"], each["occurred_at"]) for each in page["items"]] == [
        ("booking_completed", "2020-03-09T08:30:00Z"),
        ("booking_cancelled", "2020-03-04T10:00:00Z"),
        ("booking_rescheduled", "2020-03-03T10:00:00Z"),
        ("booking_created", "2020-03-02T09:00:00Z"),
    ]
    for entry in page["items"]:
        assert " ".join(entry) == ENTRY
        assert (entry["actor"], entry["source"]) == ("night shift", "bookings")
        assert entry["description"] == "Intro call"
    assert page["items"][0]["booking_id"] == "bk-1"
    assert page["items"][0]["metadata"]["timezone"] == "Europe/Berlin"
    first = command_line.json("timeline", "ada@example.org", "--organizer=acme", "--limit=3")
    rest = ("timeline", "ada@example.org", "--organizer=acme", "--limit=3", "--cursor")
    last = command_line.json(*rest, first["next"])
    assert (first["items"] + last["items"], last["next"]) == (page["items"], None)


def test_statistics_count_contacts_and_bookings(command_line: CommandLine) -> None:
    """`stats` answers the address book in numbers, all zero where there is nobody."""
    empty = command_line.json("stats", "--organizer", "nobody")
    assert " ".join(empty) == STATISTICS
    assert set(map(str, empty.values())) == {"0", "0.0", "[]"}
    command_line.json(*ADA, "--organizer", "acme")
    feed = command_line.write(
        "feed.jsonl",
        a_message("completed"),
        a_message(booking_id="bk-2", invitee_email="grace@example.org"),
        a_message("cancelled", booking_id="bk-3"),
        a_message(booking_id="bk-4", starts_at="2999-01-01T00:00:00Z"),
    )
    command_line.json("bookings", "replay", feed)
    numbers = command_line.json("stats", "--organizer", "acme")
    assert list(numbers.values()) == [
        *(2, 2, 0, 0),
        *(4, 1, 1, 2.0),
        0,  # all messages are from 2020
        [{"company": "Analytical Engines", "contacts": 1}],
    ]
    ada = command_line.json("show", "ada@example.org", "--organizer", "acme")
    counters = ("total_bookings", "completed_bookings", "cancelled_bookings", "upcoming_bookings")
    assert [ada[name] for name in counters] == [3, 1, 1, 1]
    assert ada["last_booking_date"] == "2999-01-01T00:00:00Z"


def test_projections_can_be_watched_and_rebuilt(command_line: CommandLine) -> None:
    """Projections are named by themselves or by their read models, and end where they were."""
    command_line.json(*ADA)
    contact = command_line.json("show", "ada@example.org")
    status = command_line.json("projections", "status")
    assert list(status) == ["items", "rebuilds"]
    assert status["rebuilds"] == []
    assert [each["projection"] for each in status["items"]] == ["activity", "contacts"]
    for each in status["items"]:
        assert " ".join(each) == STATUS
        assert list(each.values())[1:] == [1, 1, 1, 0, 0.0, 0, None, None]

    def rebuilt(*names: str) -> list[tuple[str, int]]:
        answer = command_line.json("projections", "rebuild", *names)
        assert {each["lag_events"] for each in answer["items"]} == {0}
        return [(each["projection"], each["generation"]) for each in answer["items"]]

    assert rebuilt("contacts") == [("contacts", 2)]
    assert rebuilt("timeline", "bookings") == [("activity", 2)]
    assert rebuilt("--all") == [("activity", 3), ("contacts", 3)]
    assert command_line.json("show", "ada@example.org") == contact
    assert command_line("projections", "rebuild", "x", "--json").refusal == (
        1,
        "unknown_projection",
    )
    assert "timeline" in command_line("projections", "rebuild", "x").sentence
    assert "Lag (events)" in command_line("projections", "status").text


def test_global_options_stand_before_or_after_the_subcommand(program: Program) -> None:
    """Where an option stands makes no difference to a real run."""
    options = ["--organizer", "acme", "--database", "book.db", "--actor", "me", "--json"]
    receipt = program(*options, *ADA).document
    contact = program("show", *options, "ada@example.org").document
    assert contact["id"] == receipt["id"]
    assert program(*options[:4], "show", "ada@example.org", *options[4:]).document == contact
    assert [each.name for each in program.folder.iterdir()] == ["book.db"]


def test_a_run_within_a_process_answers_its_exit_code(command_line: CommandLine) -> None:
    """`run` answers instead of ending the process, when all goes well too."""
    assert run(["list"]) == 0
    assert run(["list", "--limit", "0"]) == 1
    assert run(["list", "--limit", "x"]) == 2
