"""`contacts group create|edit|delete|list|show|add|remove`."""

from typing import Any

import pytest

from tests.acceptance.program import CommandLine, Program
from tests.acceptance.test_cli_contacts import FOREIGN, NOBODY, person

GROUP = "id name description color contact_count"
"""The names in a group's document, in their order."""


@pytest.fixture
def friends(command_line: CommandLine) -> str:
    """The id of a group with Ada in it and Bob outside."""
    person(command_line, "bob")
    person(command_line, "ada")
    created = command_line.json("group", "create", "Friends", "--contact", "ada@example.org")
    return str(created["id"])


def groups(command_line: CommandLine) -> list[dict[str, Any]]:
    """All groups as `group list` shows them."""
    return list(command_line.json("group", "list")["items"])


def members(command_line: CommandLine, group: str) -> list[str]:
    """Who is in a group."""
    page = command_line.json("group", "show", group)["contacts"]
    return [contact["first_name"] for contact in page["items"]]


def test_a_group_is_made_listed_and_shown(command_line: CommandLine) -> None:
    """`create` answers a receipt; the list has the group's details with its size."""
    assert command_line.json("group", "list") == {"items": []}
    words = ("group", "create", "Friends", "--description", "of mine", "--color", "#ABC")
    receipt = command_line.json(*words)
    assert list(receipt) == ["id", "position", "events"]
    assert (receipt["position"], receipt["events"]) == (1, 1)
    (group,) = groups(command_line)
    assert " ".join(group) == GROUP
    assert group == {
        "id": receipt["id"],
        "name": "Friends",
        "description": "of mine",
        "color": "#aabbcc",
        "contact_count": 0,
    }
    nobody = {"items": [], "next": None, "total": 0}
    assert command_line.json("group", "show", "FRIENDS") == {**group, "contacts": nobody}


def test_a_group_is_made_with_its_first_members(command_line: CommandLine, friends: str) -> None:
    """--contact names them by id or e-mail; the group has a colour without being told one."""
    (group,) = groups(command_line)
    assert (group["contact_count"], group["color"]) == (1, "#0066cc")
    assert members(command_line, friends) == ["Ada"]
    (label,) = command_line.json("show", "ada@example.org")["groups"]
    assert label == {"id": friends, "name": "Friends", "color": "#0066cc"}


@pytest.mark.parametrize("stranger", [NOBODY, "nobody@example.org"], ids=["id", "e-mail"])
def test_a_group_with_an_unknown_first_member_is_not_made(
    command_line: CommandLine, stranger: str
) -> None:
    """Whoever mistypes a member is told, and finds no half-made group."""
    ran = command_line("group", "create", "Friends", "--contact", stranger, "--json")
    assert ran.refusal == (1, "contact_not_found")
    assert groups(command_line) == []


def test_a_group_is_edited_by_name_or_id(command_line: CommandLine, friends: str) -> None:
    """What is left out stays; the same again is nothing to change."""
    command_line.json("group", "edit", "friends", "--description", "of mine", "--color", "#123456")
    rename = ("group", "edit", friends, "--name", "Pals")
    receipt = command_line.json(*rename)
    assert (receipt["id"], receipt["events"]) == (friends, 1)
    assert command_line.json(*rename)["events"] == 0
    (group,) = groups(command_line)
    assert (group["name"], group["description"], group["color"]) == ("Pals", "of mine", "#123456")
    assert command_line("group", "show", "Friends", "--json").refusal == (1, "group_not_found")


def test_a_deleted_group_leaves_its_members(command_line: CommandLine, friends: str) -> None:
    """Where nobody can be asked it is deleted; its name is free again."""
    receipt = command_line.json("group", "delete", "FRIENDS")
    assert (receipt["id"], receipt["events"]) == (friends, 1)
    assert groups(command_line) == []
    assert command_line.json("show", "ada@example.org")["groups"] == []
    assert command_line.json("group", "create", "friends")["id"] != friends


def test_deleting_a_group_asks_on_a_terminal(
    command_line: CommandLine, program: Program, friends: str
) -> None:
    """Anything but yes leaves it; with --yes nothing is asked."""
    before = groups(command_line)
    exit_code, printed = program.on_a_terminal("group", "delete", friends, answer="no")
    assert (exit_code, "Delete the group Friends? [y/N]" in printed) == (1, True)
    assert groups(command_line) == before
    command_line.json("group", "create", "Pals")
    exit_code, printed = program.on_a_terminal("group", "delete", "pals", "--yes", answer="no")
    assert (exit_code, "[y/N]" in printed) == (0, False)
    assert program.on_a_terminal("group", "delete", friends, answer="yes")[0] == 0
    assert groups(command_line) == []


def test_members_come_and_go(command_line: CommandLine, friends: str) -> None:
    """One contact is answered with a receipt, and a repetition changes nothing."""
    bob = command_line.json("show", "bob@example.org")["id"]
    add = command_line.json("group", "add", "friends", "bob@example.org")
    assert (add["id"], add["events"]) == (bob, 1)
    assert command_line.json("group", "add", friends, bob)["events"] == 0
    assert members(command_line, friends) == ["Ada", "Bob"]
    remove = command_line.json("group", "remove", friends, bob)
    assert (remove["id"], remove["events"]) == (bob, 1)
    assert command_line.json("group", "remove", "friends", bob)["events"] == 0
    assert members(command_line, friends) == ["Ada"]


def test_several_members_or_a_filter_answer_a_report(
    command_line: CommandLine, friends: str
) -> None:
    """Ada was in it already; the filter names her and Bob, then the group's own members."""
    report = command_line.json("group", "add", "friends", "ada@example.org", "bob@example.org")
    assert list(report) == ["contacts", "changed", "unchanged", "refused", "records"]
    assert [record["outcome"] for record in report["records"]] == ["unchanged", "changed"]
    report = command_line.json("group", "remove", "friends", "--filter-group", "friends")
    assert (report["contacts"], report["changed"]) == (2, 2)
    assert members(command_line, friends) == []


def test_the_members_of_a_group_are_paged(command_line: CommandLine, friends: str) -> None:
    """Following the cursor shows every member once, deactivated ones included."""
    command_line.json("group", "add", friends, "bob@example.org")
    command_line.json("deactivate", "bob@example.org")
    first = command_line.json("group", "show", friends, "--limit", "1")["contacts"]
    more = ("--limit", "1", "--cursor", first["next"])
    second = command_line.json("group", "show", friends, *more)["contacts"]
    assert (first["total"], second["total"], second["next"]) == (2, 2, None)
    names = [contact["first_name"] for contact in first["items"] + second["items"]]
    assert names == ["Ada", "Bob"]


def test_people_read_groups_as_tables(command_line: CommandLine, friends: str) -> None:
    """The list has names and sizes, the group its members."""
    assert "Friends" in command_line("group", "list").text
    text = command_line("group", "show", "friends").text
    assert "ada@example.org" in text
    assert "1 of 1 contacts" in text


REFUSALS = {
    "a name in use": ("group_name_already_used", "create FRIENDS"),
    "a blank name": ("invalid_command", "create "),
    "no colour": ("invalid_color", "create Pals --color blue"),
    "renaming to a name in use": ("group_name_already_used", "edit Pals --name friends"),
    "a blank new name": ("invalid_command", "edit Friends --name="),
    "an unknown group to edit": ("group_not_found", "edit Nobody --name X"),
    "an unknown group to delete": ("group_not_found", "delete Nobody"),
    "an unknown group to show": ("group_not_found", "show Nobody"),
    "an unknown group to add to": ("group_not_found", "add Nobody ada@example.org"),
    "an unknown contact to add": ("contact_not_found", f"add Friends {NOBODY}"),
    "an unknown contact to remove": ("contact_not_found", f"remove Friends {NOBODY}"),
    "adding without saying whom": ("invalid_query", "add Friends"),
    "adding by name and filter": ("invalid_query", "add Friends ada@example.org --filter-all"),
    "a page of nothing": ("invalid_query", "show Friends --limit 0"),
    "another list's cursor": ("invalid_cursor", "show Friends --cursor x"),
}


@pytest.mark.parametrize(("code", "command"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_done_is_refused(
    command_line: CommandLine, friends: str, code: str, command: str
) -> None:
    """A refusal has a code and exit 1, and no group was changed."""
    command_line.json("group", "create", "Pals")
    before = groups(command_line)
    assert command_line("group", *command.split(" "), "--json").refusal == (1, code)
    assert groups(command_line) == before


@pytest.mark.parametrize(
    "command",
    ["create", "edit", "delete", "show", "add", "remove", "list Friends", "edit Friends --size 3"],
)
def test_what_was_not_understood_is_wrong_usage(command_line: CommandLine, command: str) -> None:
    """Missing and unknown arguments end with exit code 2."""
    assert command_line("group", *command.split(), "--json").refusal == (2, "wrong_usage")


def test_a_foreign_group_is_unknown(command_line: CommandLine, friends: str) -> None:
    """Another organizer neither sees it nor changes it, nor fills it with contacts of their own."""
    eve = person(command_line, "eve", *FOREIGN)
    before = groups(command_line)
    assert command_line.json("group", "list", *FOREIGN) == {"items": []}
    for words in (
        ("show", friends),
        ("edit", friends, "--name", "Mine"),
        ("delete", friends),
        ("add", friends, eve),
        ("remove", friends, eve),
    ):
        ran = command_line("group", *words, *FOREIGN, "--json")
        assert ran.refusal == (1, "group_not_found")
    assert command_line("group", "add", friends, eve, "--json").refusal == (1, "contact_not_found")
    assert groups(command_line) == before
