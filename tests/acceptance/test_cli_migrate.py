"""`contacts migrate`: the same as the library's `migrate`, for operators."""

from pathlib import Path

import pytest

from adapters.event_store.migrating import REVISIONS
from tests.acceptance.program import CommandLine
from tests.adapters.migrating import LATER, release_later

HEAD = REVISIONS[-1]


@pytest.fixture
def later(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An address book with a contact, and the program in a release that is yet to come."""
    assert command_line("add", "ada@example.org", "--first-name=Ada").exit_code == 0
    release_later(monkeypatch, tmp_path)


def test_a_new_database_gets_its_tables(command_line: CommandLine) -> None:
    """A second time there is nothing to do; the address book works either way."""
    assert command_line.json("migrate") == {"from": None, "to": HEAD, "migrated": True}
    assert command_line.json("migrate") == {"from": HEAD, "to": HEAD, "migrated": False}
    assert command_line("add", "ada@example.org", "--first-name=Ada").exit_code == 0


@pytest.mark.usefixtures("later")
def test_an_older_database_is_refused_until_it_is_migrated(command_line: CommandLine) -> None:
    """The refusal names the command; afterwards the contact is there."""
    assert command_line("list", "--json").refusal == (1, "outdated_database")
    assert "contacts migrate" in command_line("list").sentence
    assert command_line.json("migrate") == {"from": HEAD, "to": LATER, "migrated": True}
    assert [each["email"] for each in command_line.json("list")["items"]] == ["ada@example.org"]


@pytest.mark.usefixtures("later")
def test_people_read_a_sentence(command_line: CommandLine) -> None:
    """What was done, and between which revisions."""
    assert command_line("migrate").text == f"Migrated from revision {HEAD} to {LATER}.\n"
    assert command_line("migrate").text == f"Nothing to do: the tables have revision {LATER}.\n"
    made = command_line("migrate", "--database=new.db").text
    assert made == f"Made the tables, at revision {LATER}.\n"
