"""`contacts demo`: the first thing that anybody runs."""

import re
import sqlite3
import time
from pathlib import Path

import pytest

from adapters import open_contacts
from tests.acceptance import samples_oracle
from tests.acceptance.program import Program, Ran

LONGEST_DEMO = 15
"""Seconds that somebody is willing to wait."""


@pytest.fixture(scope="module")
def demo_program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program in a folder where only the demo was run."""
    return Program(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def demo(demo_program: Program) -> Ran:
    """The demo for people, run in an empty folder."""
    started = time.monotonic()
    ran = demo_program("demo")
    assert time.monotonic() - started < LONGEST_DEMO
    return ran


@pytest.fixture(scope="module")
def document(demo_program: Program, demo: Ran) -> dict:
    """The demo for programs, run after the one for people."""
    return demo_program("demo", "--json").document


def test_shows_the_whole_flow_and_leaves_one_file(demo: Ran, demo_program: Program) -> None:
    """Row accounting with reasons, list, statistics, timeline, the file and what to try next."""
    text = demo.text
    for part in (
        "Imported people.csv",
        "an e-mail address is required",
        "kept as typed: no numbering plan has such a number",
        "Replayed bookings.jsonl",
        "message_id_reused",
        "The contact list",
        "The statistics",
        "The timeline of ",
        "The database: contacts-demo.db",
        "Try next:",
    ):
        assert part in text, part
    assert [each.name for each in demo_program.folder.iterdir()] == ["contacts-demo.db"]


def test_prints_the_same_whenever_it_is_run(demo: Ran, demo_program: Program) -> None:
    """It replaces its own file, its clock stands still, and settings do not lead it astray."""
    settings = {"CONTACTS_DATABASE": "mine.db", "CONTACTS_ORGANIZER": "me", "CONTACTS_ACTOR": "me"}
    assert demo_program("demo", **settings).text == demo.text
    assert not (demo_program.folder / "mine.db").exists()


def test_the_three_commands_that_it_proposes_work(
    demo: Ran, document: dict, demo_program: Program
) -> None:
    """What is printed can be typed, and answers something."""
    printed = re.findall(r"^  contacts (.+)$", demo.text, re.MULTILINE)
    assert [f"contacts {arguments}" for arguments in printed] == document["try_next"]
    listed, timeline, rebuilt = (demo_program(*arguments.split()) for arguments in printed)
    assert "acme" in listed.text
    assert "booking_created" in timeline.text
    assert "activity" in rebuilt.text


def test_the_document_has_a_part_for_every_step(document: dict) -> None:
    """With --json the demo is one document, made of the documents of the commands."""
    assert list(document) == [
        "import",
        "replay",
        "list",
        "stats",
        "timeline",
        "database",
        "try_next",
    ]
    assert len(document["list"]["items"]) == 10
    assert document["database"] == "contacts-demo.db"


def test_every_row_of_the_import_is_accounted_for(document: dict) -> None:
    """Rows are created, found twice or refused with a reason, as the sample file has them."""
    report = document["import"]
    good = [row["Email"].casefold() for row in samples_oracle.good_rows()]
    assert report["rows"] == 1000
    assert report["created"] == len(set(good))
    assert report["skipped"] == len(good) - len(set(good))
    assert report["failed"] == 1000 - len(good) == len(report["errors"])
    assert (report["updated"], report["merged"]) == (0, 0)


def test_every_line_of_the_feed_is_accounted_for(document: dict) -> None:
    """Lines are applied, known already or refused with a code, as the sample file has them."""
    report = document["replay"]
    lines = samples_oracle.sample("bookings.jsonl").splitlines()
    assert report["lines"] == len(lines)
    assert report["applied"] == len(samples_oracle.good_messages())
    assert report["duplicates"] == len(lines) - len(set(lines))
    assert sorted(error["code"] for error in report["errors"]) == [
        "invalid_email",
        "invalid_message",
        "message_id_reused",
    ]


def test_the_statistics_are_those_of_the_samples(document: dict) -> None:
    """Every number can be counted in the sample files by hand."""
    shown = dict(document["stats"])
    shown["top_companies"] = [
        (each["company"].casefold(), each["contacts"]) for each in shown["top_companies"]
    ]
    assert shown == samples_oracle.expected_statistics()
    assert document["list"]["total"] == shown["active_contacts"]


def test_every_contact_has_the_bookings_of_the_samples(demo: Ran, demo_program: Program) -> None:
    """The counters of all contacts are those of the feed, upcoming ones as of the demo's time."""
    bookings: dict[str, list[samples_oracle.Message]] = {}
    for message in samples_oracle.last_messages():
        bookings.setdefault(samples_oracle.email(message), []).append(message)
    demo_file = demo_program.folder / "contacts-demo.db"
    with open_contacts(demo_file, clock=lambda: samples_oracle.NOW) as contacts:
        counted = {
            contact.email.casefold(): (contact.total_bookings, contact.upcoming_bookings)
            for contact in contacts.contact_list.every("acme")
            if contact.total_bookings
        }
    assert demo.exit_code == 0
    assert counted == {
        email: (len(booked), sum(map(samples_oracle.is_upcoming, booked)))
        for email, booked in bookings.items()
    }


@pytest.fixture
def foreign_file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A file of somebody else's under the name of the demo's."""
    file = tmp_path / "contacts-demo.db"
    if request.param == "a text file":
        file.write_text("Call Grace on Monday\n" * 100)
    elif request.param == "another program's database":
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE contacts (name TEXT)")
        connection.close()
    else:
        open_contacts(file).close()
    return file


@pytest.mark.parametrize(
    "foreign_file",
    ["a text file", "another program's database", "an ordinary address book"],
    indirect=True,
)
def test_refuses_to_replace_a_file_that_it_did_not_make(
    foreign_file: Path, program: Program
) -> None:
    """Somebody else's file is named, and left as it was to the last byte."""
    before = foreign_file.read_bytes()
    ran = program("demo")
    assert ran.exit_code == 1
    assert "contacts-demo.db was not made by the demo" in ran.sentence
    assert foreign_file.read_bytes() == before
    assert program("demo", "--json").refusal == (1, "foreign_database")


def test_refuses_a_folder_of_its_name(program: Program) -> None:
    """A folder in the way is refused like any other thing that the demo did not make."""
    (program.folder / "contacts-demo.db").mkdir()
    ran = program("demo")
    assert ran.exit_code == 1
    assert "contacts-demo.db" in ran.sentence
