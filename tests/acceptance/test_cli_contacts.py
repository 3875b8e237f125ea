"""`contacts edit|tag|untag|deactivate|reactivate|delete|restore|history|export` of named people."""

import csv
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.acceptance.program import CommandLine

NOBODY = str(UUID(int=42))
FOREIGN = ("--organizer", "somebody else")


def person(command_line: CommandLine, name: str, *options: str) -> str:
    """Add somebody by first name; the contact's id."""
    added = command_line.json("add", f"{name}@example.org", "--first-name", name.title(), *options)
    return str(added["id"])


@pytest.fixture
def ada(command_line: CommandLine) -> str:
    """The id of the one contact there is, added as the first event."""
    return person(command_line, "ada", "--company", "Engines", "--tag", "vip")


def shown(command_line: CommandLine, contact_id: str) -> dict[str, Any]:
    """A contact as its document."""
    return dict(command_line.json("show", contact_id))


def test_an_edit_changes_what_is_given_and_nothing_else(
    command_line: CommandLine, ada: str
) -> None:
    """An option that is left out stays, an empty one clears."""
    before = shown(command_line, ada)
    receipt = command_line.json("edit", "ADA@example.org", "--last-name", "King", "--company", "")
    assert receipt == {"id": ada, "position": 2, "events": 1}
    after = shown(command_line, ada)
    assert after.pop("updated_at") > before.pop("updated_at")
    changed = {"last_name": "King", "full_name": "Ada King", "company": ""}
    assert after == before | changed


def test_every_detail_can_be_edited(command_line: CommandLine, ada: str) -> None:
    """The e-mail too: the contact is found by the new one from then on."""
    details = {
        "email": "countess@example.org",
        "first_name": "Augusta",
        "last_name": "King",
        "phone": "+44 20 7946 0958",
        "company": "Nobility",
        "job_title": "Countess",
        "notes": "one\ntwo",
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in details.items()]
    assert "Augusta King" in command_line("edit", ada, *options).text
    contact = shown(command_line, "countess@example.org")
    assert details.items() <= contact.items()
    assert (contact["id"], contact["phone_e164"]) == (ada, "+442079460958")
    assert command_line("show", "ada@example.org", "--json").refusal == (1, "contact_not_found")


CHANGES = {
    "edit": ("edit {} --first-name Augusta", "first_name", "Augusta"),
    "tag": ("tag {} --tag Lead --tag new", "tags", ["vip", "Lead", "new"]),
    "untag": ("untag {} --tag VIP", "tags", []),
    "deactivate": ("deactivate {}", "is_active", False),
}


@pytest.mark.parametrize("reference", ["id", "e-mail"])
@pytest.mark.parametrize(("command", "field", "value"), CHANGES.values(), ids=CHANGES)
def test_one_contact_is_answered_with_a_receipt(
    command_line: CommandLine, ada: str, command: str, field: str, value: Any, reference: str
) -> None:
    """The receipt tells where it was recorded; doing it again records nothing."""
    words = command.format(ada if reference == "id" else "ada@example.org").split()
    assert command_line.json(*words) == {"id": ada, "position": 2, "events": 1}
    assert shown(command_line, ada)[field] == value
    again = command_line.json(*words)
    assert list(again) == ["id", "position", "events"]
    assert (again["id"], again["events"]) == (ada, 0)


def test_people_read_what_became_of_it(command_line: CommandLine, ada: str) -> None:
    """Without --json a receipt is one line, also when there was nothing to do."""
    assert command_line("deactivate", ada).text == f"{ada}: contact.deactivated\n"
    assert command_line("deactivate", ada).text == f"{ada}: nothing to change\n"


def test_a_deactivated_contact_comes_back(command_line: CommandLine, ada: str) -> None:
    """It leaves the list and returns to it; a repetition changes nothing."""
    assert command_line.json("reactivate", ada)["events"] == 0
    command_line.json("deactivate", ada)
    assert command_line.json("list")["items"] == []
    receipt = command_line.json("reactivate", "ada@example.org")
    assert receipt == {"id": ada, "position": 3, "events": 1}
    assert command_line.json("list")["total"] == 1


def test_a_deleted_contact_is_restored_by_its_id(command_line: CommandLine, ada: str) -> None:
    """Where nobody can be asked, deletion goes on; the e-mail finds nobody any more."""
    before = shown(command_line, ada)
    assert command_line.json("delete", "ada@example.org") == {"id": ada, "position": 2, "events": 1}
    for reference in (ada, "ada@example.org"):
        assert command_line("show", reference, "--json").refusal == (1, "contact_not_found")
    refused = command_line("restore", "ada@example.org", "--json")
    assert refused.refusal == (1, "contact_not_found")
    assert command_line.json("restore", ada) == {"id": ada, "position": 3, "events": 1}
    after = shown(command_line, ada)
    assert after | {"updated_at": ""} == before | {"updated_at": ""}
    assert command_line.json("restore", ada)["events"] == 0


def test_a_contact_whose_email_was_taken_stays_deleted(command_line: CommandLine, ada: str) -> None:
    """The refusal names who has the e-mail now."""
    command_line.json("delete", ada, "--yes")
    heir = person(command_line, "ada")
    error = command_line("restore", ada, "--json").error
    assert error["code"] == "email_already_used"
    assert error["details"] == {"email": "ada@example.org", "contact_id": heir, "is_active": True}


REFUSALS = {
    "a blank name": ("invalid_command", "edit {} --first-name="),
    "a wrong e-mail": ("invalid_email", "edit {} --email ada"),
    "an e-mail in use": ("email_already_used", "edit {} --email bob@example.org"),
    "an impossible phone": ("invalid_phone", "edit {} --phone +1"),
    "a tag with a comma": ("invalid_tag", "tag {} --tag a,b"),
    "a blank tag": ("invalid_tag", "untag {} --tag="),
    "nobody and no filter": ("invalid_query", "tag --tag x"),
    "a name and a filter": ("invalid_query", "tag {} --tag x --filter-all"),
    "deleting without saying whom": ("invalid_query", "delete --yes"),
    "deactivating without saying whom": ("invalid_query", "deactivate"),
    "reactivating by name and filter": ("invalid_query", "reactivate {} --filter-inactive"),
    "exporting by name and filter": ("invalid_query", "export out.csv {} --filter-tag vip"),
}


@pytest.mark.parametrize(("code", "command"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_done_is_refused(
    command_line: CommandLine, ada: str, code: str, command: str
) -> None:
    """A refusal has a code and exit 1, and nothing was changed."""
    person(command_line, "bob")
    before = shown(command_line, ada)
    assert command_line(*command.format(ada).split(), "--json").refusal == (1, code)
    assert shown(command_line, ada) == before


@pytest.mark.parametrize(
    "command",
    [
        "edit",
        "edit {} {}",
        "edit {} --tag vip",
        "tag {}",
        "untag {} --tag",
        "restore",
        "restore {} {}",
        "deactivate {} --filter-size 3",
        "delete {} --sure",
        "reactivate {} --filter-min-bookings many",
        "tag --tag x --filter-created-after yesterday",
        "list --filter-all",
        "history",
        "history {} {}",
        "export",
    ],
)
def test_what_was_not_understood_is_wrong_usage(
    command_line: CommandLine, ada: str, command: str
) -> None:
    """Missing, unknown and malformed arguments end with exit code 2."""
    ran = command_line(*command.format(ada, ada).split(), "--json")
    assert ran.refusal == (2, "wrong_usage")


OF_A_CONTACT = (
    *("edit {} --first-name X", "tag {} --tag x", "untag {} --tag vip", "deactivate {}"),
    *("reactivate {}", "delete {}", "restore {}", "history {}", "export out.csv {}"),
)


@pytest.mark.parametrize("command", OF_A_CONTACT)
def test_unknown_and_foreign_contacts_answer_alike(
    command_line: CommandLine, ada: str, command: str
) -> None:
    """Another organizer's id is as unknown as one that nobody has, and stays untouched."""
    before = shown(command_line, ada)
    for reference, organizer in ((ada, FOREIGN), (NOBODY, ()), ("nobody@example.org", ())):
        ran = command_line(*command.format(reference).split(), *organizer, "--json")
        assert ran.refusal == (1, "contact_not_found")
        assert ran.error["details"] == {"reference": reference}
    assert shown(command_line, ada) == before
    assert not (command_line.folder / "out.csv").exists()


def test_a_history_tells_who_changed_what(command_line: CommandLine, ada: str) -> None:
    """Oldest first, field by field, before and after; found by id also once deleted."""
    command_line.json("edit", ada, "--company", "Nobility", "--actor", "night shift")
    command_line.json("deactivate", ada)
    command_line.json("delete", ada)
    items = command_line.json("history", ada)["items"]
    keys = {"position", "event", "recorded_at", "actor", "source", "changes"}
    assert all(set(item) == keys for item in items)
    assert [(item["position"], item["event"]) for item in items] == [
        (1, "contact.created"),
        (2, "contact.details_changed"),
        (3, "contact.deactivated"),
        (4, "contact.deleted"),
    ]
    assert (items[1]["actor"], items[1]["source"]) == ("night shift", "cli")
    assert items[1]["changes"] == {"company": {"before": "Engines", "after": "Nobility"}}
    assert items[2]["changes"] == {"is_active": {"before": True, "after": False}}
    assert items[0]["changes"]["tags"] == {"before": None, "after": ["vip"]}
    assert "night shift" in command_line("history", ada).text


def exported(command_line: CommandLine, *arguments: str) -> list[str]:
    """Whom an export wrote, by first name and in its order."""
    document = command_line.json("export", "out.csv", *arguments)
    with (command_line.folder / "out.csv").open(encoding="utf-8", newline="") as file:
        names = [row["First Name"] for row in csv.DictReader(file)]
    assert (document["file"], document["contacts"]) == ("out.csv", len(names))
    assert document["refused"] == len(document["errors"])
    return names


def test_exports_who_was_named_or_filtered(command_line: CommandLine, ada: str) -> None:
    """The named in their order, the filtered as `list` shows them, or everybody."""
    person(command_line, "bob", "--tag", "vip")
    zoe = person(command_line, "zoe")
    command_line.json("deactivate", "bob@example.org")
    assert exported(command_line) == ["Ada", "Bob", "Zoe"]
    assert exported(command_line, zoe, "ada@example.org") == ["Zoe", "Ada"]
    assert exported(command_line, "--filter-tag", "vip") == ["Ada"]
    assert exported(command_line, "--filter-tag", "vip", "--filter-all") == ["Ada", "Bob"]
    assert exported(command_line, "--filter-search", str(uuid4())) == []


def test_who_is_not_found_among_several_is_reported(command_line: CommandLine, ada: str) -> None:
    """The others are exported; where nobody is found there is no file."""
    unknown = ["nobody@example.org", "01a20605-0000-74b6-b214-44baaf81cab4"]
    assert exported(command_line, unknown[0], ada, unknown[1]) == ["Ada"]
    errors = command_line.json("export", "out.csv", *unknown, ada)["errors"]
    assert errors == [{"reference": each, "code": "contact_not_found"} for each in unknown]
    assert "nobody@example.org" in command_line("export", "out.csv", ada, unknown[0]).text
    assert command_line("export", "no.csv", *unknown, "--json").refusal == (1, "contact_not_found")
    assert not (command_line.folder / "no.csv").exists()


def test_who_is_named_twice_is_exported_once(command_line: CommandLine, ada: str) -> None:
    """By id and by e-mail it is the same contact, as for every other command."""
    assert exported(command_line, ada, "ada@example.org") == ["Ada"]
