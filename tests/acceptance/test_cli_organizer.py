"""`contacts settings|search|tags` and `list --saved`: what belongs to the organizer."""

from typing import Any

import pytest

from tests.acceptance.program import CommandLine
from tests.acceptance.test_cli_contacts import FOREIGN, person

NATIONAL = "020 7946 0958"
BRITISH = "+442079460958"


@pytest.fixture
def three(command_line: CommandLine) -> CommandLine:
    """Ada, Bob and Carol, two of them with a tag, one with two."""
    person(command_line, "ada", "--tag", "VIP", "--tag", "lead", "--company", "Engines")
    person(command_line, "bob", "--tag", "vip")
    person(command_line, "carol", "--company", "engines")
    return command_line


def names(command_line: CommandLine, *arguments: str) -> list[str]:
    """Who is on a list."""
    return [each["first_name"] for each in command_line.json("list", *arguments)["items"]]


def tags(command_line: CommandLine, *arguments: str) -> dict[str, int]:
    """All tags with the number of their contacts."""
    document = command_line.json("tags", *arguments)
    assert list(document) == ["items"]
    assert all(list(each) == ["tag", "contacts"] for each in document["items"])
    return {each["tag"]: each["contacts"] for each in document["items"]}


# --- settings ----------------------------------------------------------------------------------


def test_settings_are_shown_and_set(command_line: CommandLine) -> None:
    """What is left out stays, "" goes back to the installation's, the same again is no event."""
    default = {"default_region": None, "name_order": "first_last"}
    assert command_line.json("settings", "show") == default
    receipt = command_line.json("settings", "set", "--region", "gb")
    assert list(receipt) == ["id", "position", "events"]
    assert (receipt["position"], receipt["events"]) == (1, 1)
    assert command_line.json("settings", "set", "--region", "GB")["events"] == 0
    assert command_line.json("settings", "set", "--default-region", "GB")["events"] == 0
    assert command_line.json("settings", "set", "--default-region", "DE")["events"] == 1
    assert command_line.json("settings", "set", "--default-region", "GB")["events"] == 1
    assert command_line.json("settings", "set", "--name-order", "last_first")["events"] == 1
    changed = {"default_region": "GB", "name_order": "last_first"}
    assert command_line.json("settings", "show") == changed
    assert command_line.json("settings", "show", *FOREIGN) == default
    command_line.json("settings", "set", "--region=")
    assert command_line.json("settings", "show") == changed | {"default_region": None}
    assert "last_first" in command_line("settings", "show").text


def test_the_region_reads_phones_that_are_given_later(command_line: CommandLine) -> None:
    """In adds, edits and imports of this organizer; what was there before stays as it was."""
    person(command_line, "ada", "--phone", NATIONAL)
    command_line.json("settings", "set", "--region", "GB")
    person(command_line, "bob", "--phone", NATIONAL)
    person(command_line, "carol")
    command_line.json("edit", "carol@example.org", "--phone", NATIONAL)
    people = command_line.write("people.csv", "email,phone", f"dora@example.org,{NATIONAL}")
    command_line.json("import", people)
    person(command_line, "eve", "--phone", NATIONAL, *FOREIGN)
    phones = [each["phone_e164"] for each in command_line.json("list", "--sort", "email")["items"]]
    assert phones == [None, BRITISH, BRITISH, BRITISH]
    assert command_line.json("show", "eve@example.org", *FOREIGN)["phone_e164"] is None


def test_full_names_are_written_in_the_order_that_was_set(command_line: CommandLine) -> None:
    """Of contacts that were there before and of new ones, of this organizer only."""
    for organizer in ((), FOREIGN):
        person(command_line, "ada", "--last-name", "Lovelace", *organizer)
    command_line.json("settings", "set", "--name-order", "last_first")
    person(command_line, "bob", "--last-name", "Zimmer")
    full_names = [each["full_name"] for each in command_line.json("list")["items"]]
    assert full_names == ["Lovelace Ada", "Zimmer Bob"]
    assert command_line.json("show", "ada@example.org", *FOREIGN)["full_name"] == "Ada Lovelace"


# --- saved searches ----------------------------------------------------------------------------


def test_a_search_is_saved_listed_and_used(three: CommandLine) -> None:
    """By any spelling of its name; saving it again replaces the filter, or changes nothing."""
    assert three.json("search", "list") == {"items": []}
    save = ("search", "save", "Vips", "--tag", "vip")
    receipt = three.json(*save)
    assert list(receipt) == ["id", "position", "events"]
    assert (receipt["position"], receipt["events"]) == (4, 1)
    assert three.json(*save)["events"] == 0
    (search,) = three.json("search", "list")["items"]
    assert search == {"name": "Vips", "criteria": {"tags": ["vip"]}}
    assert names(three, "--saved", "VIPS") == names(three, "--tag", "vip") == ["Ada", "Bob"]
    three.json("search", "save", "vips", "--company", "Engines")
    (search,) = three.json("search", "list")["items"]
    assert search == {"name": "vips", "criteria": {"company": "Engines"}}
    assert "Engines" in three("search", "list").text


def test_times_of_a_saved_search_are_utc(command_line: CommandLine) -> None:
    """They are written as all times are."""
    command_line.json("search", "save", "New", "--created-after", "2020-01-01T02:00:00+02:00")
    (search,) = command_line.json("search", "list")["items"]
    assert search["criteria"] == {"created_after": "2020-01-01T00:00:00Z"}


def test_options_come_on_top_of_a_saved_search(three: CommandLine) -> None:
    """Both must hold, in a list, in a change and in a search saved from another."""
    three.json("search", "save", "Engineers", "--company", "engines")
    assert names(three, "--saved", "engineers") == ["Ada", "Carol"]
    assert names(three, "--saved", "engineers", "--search", "car") == ["Carol"]
    three.json("search", "save", "Both", "--saved", "engineers", "--tag", "lead")
    three.json("search", "delete", "engineers")
    assert names(three, "--saved", "both") == ["Ada"]
    report = three.json("deactivate", "--filter-saved", "both")
    assert (report["contacts"], report["changed"]) == (1, 1)
    assert names(three, "--saved", "both") == []
    assert names(three, "--saved", "both", "--all") == ["Ada"]


def test_tags_on_top_of_saved_tags_narrow_them_down(three: CommandLine) -> None:
    """Everything given must hold: nobody without the saved tag is found or changed."""
    three.json("search", "save", "Leads", "--tag", "lead")
    assert names(three, "--saved", "leads", "--tag", "vip") == ["Ada"]


def test_a_page_of_a_saved_search_goes_on(three: CommandLine) -> None:
    """The cursor belongs to what the search means, however it was said."""
    three.json("search", "save", "Vips", "--tag", "vip")
    page = three.json("list", "--saved", "vips", "--limit", "1")
    assert (page["total"], len(page["items"])) == (2, 1)
    more = ("--limit", "1", "--cursor", page["next"])
    assert names(three, "--saved", "vips", *more) == names(three, "--tag", "vip", *more) == ["Bob"]


def test_a_deleted_search_is_gone(three: CommandLine) -> None:
    """Other organizers never had it."""
    three.json("search", "save", "Vips", "--tag", "vip")
    for words in (("list", "--saved", "Vips"), ("search", "delete", "Vips")):
        assert three(*words, *FOREIGN, "--json").refusal == (1, "search_not_found")
    assert three.json("search", "list", *FOREIGN) == {"items": []}
    assert three.json("search", "delete", "VIPS")["events"] == 1
    assert three.json("search", "list") == {"items": []}
    for words in (("list", "--saved", "Vips"), ("search", "delete", "Vips")):
        assert three(*words, "--json").refusal == (1, "search_not_found")


# --- tags --------------------------------------------------------------------------------------


def test_tags_are_listed_with_their_numbers(three: CommandLine) -> None:
    """The most used first, one line for all spellings; a prefix narrows them down."""
    assert list(tags(three).items()) == [("VIP", 2), ("lead", 1)]
    assert tags(three, "--prefix", "v") == {"VIP": 2}
    assert tags(three, "--prefix", "%") == tags(three, *FOREIGN) == {}
    assert "VIP" in three("tags").text


def report_of(three: CommandLine, *arguments: str) -> tuple[int, int, int]:
    """How many contacts were meant, changed and left as they were."""
    report: dict[str, Any] = three.json("tags", *arguments)
    assert list(report) == ["contacts", "changed", "unchanged", "refused", "records"]
    return report["contacts"], report["changed"], report["unchanged"]


def test_a_tag_is_renamed_everywhere(three: CommandLine) -> None:
    """On deactivated contacts too; onto a tag in use, both become one."""
    three.json("deactivate", "bob@example.org")
    assert report_of(three, "rename", "vip", "Friend") == (2, 2, 0)
    assert tags(three) == {"Friend": 2, "lead": 1}
    assert report_of(three, "rename", "vip", "Friend") == (0, 0, 0)
    assert report_of(three, "rename", "lead", "friend") == (1, 1, 0)
    assert tags(three) == {"Friend": 2}
    assert report_of(three, "rename", "Friend", "Enemy", *FOREIGN) == (0, 0, 0)


def test_a_tag_is_spelled_anew(three: CommandLine) -> None:
    """Those who have it so already are left alone, and a repetition finds nothing to do."""
    assert report_of(three, "rename", "vip", "VIP") == (1, 1, 0)
    assert three.json("show", "bob@example.org")["tags"] == ["VIP"]
    for spelling in ("VIP", " VIP "):
        assert report_of(three, "rename", "vip", spelling)[1] == 0


def test_a_tag_is_taken_off_everybody(three: CommandLine) -> None:
    """Where nobody can be asked it goes on; other organizers' tags stay."""
    person(three, "eve", "--tag", "vip", *FOREIGN)
    assert report_of(three, "delete", "Vip") == (2, 2, 0)
    assert report_of(three, "delete", "vip", "--yes") == (0, 0, 0)
    assert tags(three) == {"lead": 1}
    assert tags(three, *FOREIGN) == {"vip": 1}


# --- refusals ----------------------------------------------------------------------------------

REFUSALS = {
    "no region": ("invalid_command", ["settings", "set", "--region", "Germany"]),
    "a blank search name": ("invalid_command", ["search", "save", " ", "--tag", "vip"]),
    "a search from none": ("search_not_found", ["search", "save", "x", "--saved", "nothing"]),
    "a number too large": ("invalid_query", ["search", "save", "x", f"--min-bookings={10**20}"]),
    "a time before all": ("invalid_query", ["list", "--created-after=0001-01-01T00:00:00+14:00"]),
    "a time after all": (
        "invalid_query",
        ["timeline", "--all", "--before=9999-12-31T23:59:59-10:00"],
    ),
    "an unknown search": ("search_not_found", ["search", "delete", "nothing"]),
    "a tag with a comma": ("invalid_tag", ["tags", "rename", "vip", "a,b"]),
    "a blank tag": ("invalid_tag", ["tags", "rename", "vip", " "]),
    "a bad name for no tag": ("invalid_tag", ["tags", "rename", "nobody has it", "a,b"]),
}


@pytest.mark.parametrize(("code", "words"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_done_is_refused(three: CommandLine, code: str, words: list[str]) -> None:
    """A refusal has a code and exit 1, and nothing was changed."""
    assert three(*words, "--json").refusal == (1, code)
    assert three.json("search", "list") == {"items": []}
    assert tags(three) == {"VIP": 2, "lead": 1}


@pytest.mark.parametrize(
    "command",
    [
        "settings set --name-order random",
        "settings set --shoe-size 38",
        "settings show it",
        "search save",
        "search save x --filter-tag vip",
        "search save x --min-bookings many",
        "search delete",
        "list --saved",
        "tags --prefix",
        "tags rename vip",
        "tags delete",
    ],
)
def test_what_was_not_understood_is_wrong_usage(command_line: CommandLine, command: str) -> None:
    """Missing, unknown and malformed arguments end with exit code 2."""
    assert command_line(*command.split(), "--json").refusal == (2, "wrong_usage")
