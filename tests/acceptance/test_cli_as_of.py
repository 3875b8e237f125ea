"""`--as-of TIME` of `show`, `list`, `stats` and `timeline`: the address book as it was."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.acceptance.program import CommandLine

ADA, GRACE = "ada@example.org", "grace@example.org"
FIRST, SECOND, THIRD = "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z"


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """A clock for the whole process."""
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def story(command_line: CommandLine, traveller: time_machine.Traveller) -> None:
    """Ada is added on the first day, edited on the second, and deleted on the third, when Grace
    is added; it is the fourth day."""
    command_line.json("add", ADA, "--first-name=Ada", "--tag=vip", "--company=Acme")
    command_line.json("note", ADA, "Met at the fair")
    traveller.move_to(datetime.fromisoformat(SECOND))
    command_line.json("edit", ADA, "--first-name=Augusta")
    command_line.json("search", "save", "Important", "--tag=vip")
    traveller.move_to(datetime.fromisoformat(THIRD))
    command_line.json("delete", ADA, "--yes")
    command_line.json("add", GRACE, "--first-name=Grace")
    traveller.move_to(datetime(2026, 3, 4, tzinfo=UTC))


def test_a_contact_is_shown_as_it_was(command_line: CommandLine) -> None:
    """By its e-mail, also one that was deleted later; in the present it is not found."""
    assert command_line("show", ADA, "--json").refusal == (1, "contact_not_found")
    assert command_line.json("show", ADA, "--as-of", FIRST)["first_name"] == "Ada"
    shown = command_line.json("show", ADA, "--as-of", SECOND)
    assert (shown["first_name"], shown["tags"]) == ("Augusta", ["vip"])
    assert command_line.json("show", shown["id"], "--as-of", FIRST)["first_name"] == "Ada"
    assert "Augusta" in command_line("show", ADA, "--as-of", SECOND).text
    later = command_line("show", ADA, "--as-of", THIRD, "--json")
    assert later.refusal == (1, "contact_not_found")
    earlier = command_line("show", ADA, "--as-of", "2026-03-01T11:59:59Z", "--json")
    assert earlier.refusal == (1, "contact_not_found")


def test_the_list_is_as_it_was(command_line: CommandLine) -> None:
    """With all its filters; a saved search is the one of that time."""

    def names(*options: str) -> list[str]:
        return [each["first_name"] for each in command_line.json("list", *options)["items"]]

    assert names() == ["Grace"]
    assert names("--as-of", FIRST) == ["Ada"]
    assert names("--as-of", SECOND, "--search=augusta", "--tag=vip") == ["Augusta"]
    assert names("--as-of", SECOND, "--saved=Important") == ["Augusta"]
    assert names("--as-of", "2026-02-01") == []
    ran = command_line("list", "--saved=Important", "--as-of", FIRST, "--json")
    assert ran.refusal == (1, "search_not_found")
    assert "1 of 1 contacts" in command_line("list", "--as-of", FIRST).text


def test_statistics_are_as_they_were(command_line: CommandLine) -> None:
    """The company's contact was deleted since."""
    now, then = command_line.json("stats"), command_line.json("stats", "--as-of", SECOND)
    assert (now["total_contacts"], then["total_contacts"]) == (1, 1)
    assert (now["top_companies"], now["interactions_last_30_days"]) == ([], 0)
    assert then["top_companies"] == [{"company": "Acme", "contacts": 1}]
    assert then["interactions_last_30_days"] == 1
    assert list(now) == list(then)


def test_the_timeline_is_as_it_was_known(command_line: CommandLine) -> None:
    """Of one contact and of all."""
    for whose in (ADA, "--all"):
        told = command_line.json("timeline", whose, "--as-of", SECOND)["items"]
        assert [each["description"] for each in told] == ["Met at the fair"]
    assert command_line.json("timeline", "--all")["items"] == []
    assert command_line.json("timeline", "--all", "--as-of", "2026-03-01")["items"] == []


TIMES = {
    "2026-03-01T12:00:00+00:00": "Ada",
    "2026-03-01T13:00:00+01:00": "Ada",
    "2026-03-01T12:00:00": "Ada",
    "2026-03-02": "Ada",
    "2026-03-03": "Augusta",
}


@pytest.mark.parametrize("time", TIMES)
def test_times_without_an_offset_are_utc(command_line: CommandLine, time: str) -> None:
    """As in all other options; a date alone is its first moment."""
    assert command_line.json("show", ADA, "--as-of", time)["first_name"] == TIMES[time]


def test_the_future_is_now(command_line: CommandLine) -> None:
    """Nothing is known of it."""
    for command in (["show", GRACE], ["list"], ["stats"], ["timeline", "--all"]):
        assert command_line.json(*command, "--as-of=2999-01-01") == command_line.json(*command)


def test_another_organizers_past_is_not_shown(command_line: CommandLine) -> None:
    """Its answers are those of an empty address book."""
    other = ("--organizer=globex", "--as-of", SECOND)
    assert command_line("show", ADA, *other, "--json").refusal == (1, "contact_not_found")
    assert command_line.json("list", *other)["total"] == 0


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", ""])
def test_what_is_no_time_is_wrong_usage(command_line: CommandLine, time: str) -> None:
    """As in all other options."""
    assert command_line("stats", f"--as-of={time}", "--json").refusal == (2, "wrong_usage")
