"""The same change for many contacts: several references, `--filter-…`, 1,100 people, a terminal."""

import re
import shutil
from dataclasses import fields
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters import open_contacts
from adapters.bookings.replay import replay
from adapters.cli.filters import FilterOptions
from contacts_domain import commands
from tests.acceptance.messages import a_message
from tests.acceptance.program import CommandLine, Program
from tests.acceptance.test_cli_contacts import NOBODY, person

MANY = 1_100
"""People, more than two units of work."""


def outcomes(report: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What became of each contact, and the code of a refusal."""
    assert list(report) == ["contacts", "changed", "unchanged", "refused", "records"]
    counted = [report[name] for name in ("changed", "unchanged", "refused")]
    records = report["records"]
    assert report["contacts"] == sum(counted) == len(records)
    assert all(list(each) == ["id", "outcome", "code", "reason", "email"] for each in records)
    return [(each["outcome"], each["code"]) for each in records]


def test_several_contacts_are_answered_with_a_report(command_line: CommandLine) -> None:
    """In the order they were named, each once, whether by id or by e-mail."""
    ids = [person(command_line, name) for name in ("ada", "bob")]
    names = ("bob@example.org", ids[0], "BOB@example.org")
    report = command_line.json("tag", *names, "--tag", "vip")
    assert outcomes(report) == [("changed", None)] * 2
    assert [each["id"] for each in report["records"]] == ids[::-1]
    assert outcomes(command_line.json("tag", *names, "--tag", "VIP")) == [("unchanged", None)] * 2


def test_a_refusal_harms_no_neighbour(command_line: CommandLine) -> None:
    """It is told with its code and reason, and the run was still done: exit code 0."""
    ada = person(command_line, "ada")
    report = command_line.json("deactivate", NOBODY, ada)
    assert outcomes(report) == [("refused", "contact_not_found"), ("changed", None)]
    assert NOBODY in report["records"][0]["reason"]
    assert "contact_not_found" in command_line("deactivate", NOBODY, ada).text


def test_an_unknown_email_among_several_harms_no_neighbour(command_line: CommandLine) -> None:
    """It is one refused record that names it; alone it refuses the command."""
    ada = person(command_line, "ada")
    report = command_line.json("deactivate", "Nobody@example.org", ada)
    assert outcomes(report) == [("changed", None), ("refused", "contact_not_found")]
    assert report["records"][1]["email"] == "Nobody@example.org"
    assert report["records"][1]["id"] is None
    assert "Nobody@example.org" in command_line("tag", ada, "Nobody@example.org", "--tag=a").text
    alone = command_line("deactivate", "nobody@example.org", "--json")
    assert alone.refusal == (1, "contact_not_found")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_tag", ("tag", "--filter-all", "--tag", "a,b")),
        ("group_not_found", ("deactivate", "--filter-group", "Nobody")),
        ("search_not_found", ("delete", "--filter-saved", "Nothing")),
        ("group_not_found", ("group", "add", "Nobody", "--filter-all")),
    ],
)
def test_what_holds_for_all_is_refused_at_once(
    command_line: CommandLine, code: str, words: tuple[str, ...]
) -> None:
    """A mistyped tag, group or search changes nobody."""
    ids = [person(command_line, name) for name in ("ada", "bob")]
    assert command_line(*words, "--json").refusal == (1, code)
    for contact_id in ids:
        assert len(command_line.json("history", contact_id)["items"]) == 1


def test_a_filter_answers_a_report_even_for_one_or_nobody(command_line: CommandLine) -> None:
    """The form of the answer depends on the question, not on how many there happen to be."""
    person(command_line, "ada")
    words = ("deactivate", "--filter-search", "ada")
    assert outcomes(command_line.json(*words)) == [("changed", None)]
    assert outcomes(command_line.json(*words)) == []


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people added in five years, who differ in everything that a filter looks at."""
    folder = tmp_path_factory.mktemp("varied")
    years = (datetime(year, 1, 1, tzinfo=UTC) for year in count(2001))
    with open_contacts(folder / "contacts.db", clock=lambda: next(years)) as contacts:

        def done(make: type[commands.Command], **details: object) -> UUID:
            return contacts.handle(make(organizer_id="default", **details)).id

        group = done(commands.CreateGroup, name="Friends")
        done(commands.SaveSearch, name="Vips", criteria='{"tags": ["vip"]}')
        for name, company, tags in (
            ("ada", "Engines", ("vip", "lead")),
            ("bob", "engines", ("vip",)),
            ("carol", "", ("lead",)),
            ("dora", "Navy", ()),
            ("eve", "Navy", ("vip", "lead")),
        ):
            known = {"first_name": name, "company": company, "tags": tags}
            contact = done(commands.CreateContact, email=f"{name}@example.org", **known)
            if name in ("ada", "eve"):
                done(commands.AddContactToGroup, contact_id=contact, group_id=group)
            if name in ("bob", "eve"):
                done(commands.DeactivateContact, contact_id=contact)
        feed = folder / "feed.jsonl"
        for name, year in (("ada", 2020), ("ada", 2021), ("carol", 2019), ("eve", 2022)):
            start = {"booking_id": f"{name} {year}", "starts_at": f"{year}-06-01T00:00:00Z"}
            who = {"organizer_id": "default", "invitee_email": f"{name}@example.org"}
            feed.write_bytes(a_message(**who, **start))
            replay(contacts, feed)
    return folder / "contacts.db"


OPTIONS = (
    *("--search=AD", "--search=carol", "--tag=vip", "--tag=vip --tag=LEAD"),
    *("--any-tag=vip --any-tag=lead", "--group=friends", "--company=ENGINES", "--has-bookings"),
    *("--no-has-bookings", "--min-bookings=1", "--max-bookings=1", "--min-bookings=2 --all"),
    *("--last-booking-after=2020-01-01", "--last-booking-before=2021-06-01T00:00:00"),
    *("--created-after=2003-01-01", "--created-before=2004-01-01T02:00:00+02:00"),
    *("--inactive", "--all", "--saved=vips", "--saved=vips --company=engines --all"),
)
"""Every option of `list` alone, some together."""


def test_every_filter_is_compared() -> None:
    """An option that is added to the filters is added to this module."""
    used = {name for each in OPTIONS for name in re.findall(r"--(?:no-)?([a-z-]+)", each)}
    assert used == {each.name.replace("_", "-") for each in fields(FilterOptions)}


@pytest.mark.parametrize("options", OPTIONS)
def test_filters_of_many_mean_what_they_mean_to_the_list(
    command_line: CommandLine, varied: Path, options: str
) -> None:
    """`list`, a saved search, an export and a change agree on whom they mean: some, not all five
    unless all are asked for."""
    shutil.copy(varied, command_line.folder)
    filters = options.replace("--", "--filter-")
    items = command_line.json("list", *options.split())["items"]
    meant = {each["id"] for each in items}
    assert 0 < len(meant) < 5 or options == "--all"
    command_line.json("search", "save", "these", *options.split())
    assert command_line.json("list", "--saved", "these")["items"] == items
    exported = command_line.json("export", "out.csv", *filters.split())
    assert exported["contacts"] == len(meant)
    report = command_line.json("tag", *filters.split(), "--tag", "found")
    assert {each["id"] for each in report["records"]} == meant
    found = command_line.json("list", "--all", "--tag", "found")["items"]
    assert {each["id"] for each in found} == meant


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an address book of many people."""
    path = tmp_path_factory.mktemp("crowd") / "contacts.db"
    with open_contacts(path) as contacts:
        contacts.handle_all(
            commands.CreateContact(
                organizer_id="default", email=f"p{n}@example.org", first_name=f"P{n}"
            )
            for n in range(MANY)
        )
    return path


def test_many_are_changed_once(command_line: CommandLine, crowd: Path) -> None:
    """In the order they were added; the same again finds everything done."""
    shutil.copy(crowd, command_line.folder)
    words = ("tag", "--filter-all", "--tag", "all")
    report = command_line.json(*words)
    assert outcomes(report) == [("changed", None)] * MANY
    ids = [each["id"] for each in report["records"]]
    assert command_line.json("show", ids[0])["first_name"] == "P0"
    assert command_line.json("show", ids[-1])["first_name"] == f"P{MANY - 1}"
    assert outcomes(command_line.json(*words)) == [("unchanged", None)] * MANY
    assert command_line.json("tags") == {"items": [{"tag": "all", "contacts": MANY}]}


def test_progress_is_shown_on_a_terminal_only(program: Program, crowd: Path) -> None:
    """A bar for people; pipes and readers of JSON get the report and nothing else."""
    shutil.copy(crowd, program.folder)
    exit_code, printed = program.on_a_terminal("tag", "--filter-all", "--tag", "all")
    assert exit_code == 0
    assert "Changing" in printed
    assert "100%" in printed
    exit_code, printed = program.on_a_terminal("untag", "--filter-all", "--tag=all", "--json")
    assert (exit_code, "Changing" in printed) == (0, False)
    assert "Changing" not in program("tag", "--filter-all", "--tag", "all").text


DELETIONS = {
    "a contact": ("", "Delete 1 contact?", "delete ada@example.org"),
    "two contacts": ("n", "Delete 2 contacts?", "delete ada@example.org bob@example.org"),
    "a filter": ("maybe", "Delete 2 contacts?", "delete --filter-search example"),
    "a tag": ("yess", "Take the tag vip off all contacts?", "tags delete vip"),
}


@pytest.fixture
def two(command_line: CommandLine) -> None:
    """Two contacts with a tag."""
    for name in ("ada", "bob"):
        person(command_line, name, "--tag", "vip")


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("no", "question", "words"), DELETIONS.values(), ids=DELETIONS)
def test_deletion_asks_on_a_terminal(
    command_line: CommandLine, program: Program, no: str, question: str, words: str
) -> None:
    """Anything but yes changes nothing and exits with 1."""
    before = command_line.json("list")
    exit_code, printed = program.on_a_terminal(*words.split(), answer=no)
    assert (exit_code, "Nothing was done." in printed) == (1, True)
    assert question in printed
    assert command_line.json("list") == before
    exit_code, printed = program.on_a_terminal(*words.split(), answer="Y")
    assert (exit_code, question in printed) == (0, True)
    assert command_line.json("list") != before


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("what", ["two contacts", "a tag"])
def test_deletion_does_not_ask_when_told_yes(
    command_line: CommandLine, program: Program, what: str
) -> None:
    """With --yes a terminal is asked nothing either."""
    before = command_line.json("list")
    words = DELETIONS[what][-1].split()
    exit_code, printed = program.on_a_terminal(*words, "--yes", answer="n")
    assert (exit_code, "[y/N]" in printed) == (0, False)
    assert command_line.json("list") != before
