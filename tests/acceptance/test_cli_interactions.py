"""`contacts note|log|interaction edit|interaction remove|timeline`."""

from typing import Any

import pytest

from tests.acceptance.messages import a_message
from tests.acceptance.program import CommandLine
from tests.acceptance.test_cli_contacts import FOREIGN, NOBODY, person

ENTRY = "id type description occurred_at booking_id actor source metadata"
"""The names in an entry's document, in their order."""

MAIL = (
    *("log", "ada@example.org", "Sent the offer", "--type", "email_sent"),
    *("--occurred-at", "2020-05-01T12:00:00+02:00", "--booking-id", "bk-1"),
    *("--metadata", '{"offer": 7}', "--actor", "me"),
)


@pytest.fixture
def ada(command_line: CommandLine) -> str:
    """The id of the one contact there is."""
    return person(command_line, "ada")


@pytest.fixture
def mail(command_line: CommandLine, ada: str) -> str:
    """The id of a logged e-mail, the only entry of Ada's timeline."""
    command_line.json(*MAIL)
    return str(entries(command_line, ada)[0]["id"])


def entries(command_line: CommandLine, *arguments: str) -> list[dict[str, Any]]:
    """The entries of a timeline."""
    page = command_line.json("timeline", *arguments)
    assert list(page) == ["items", "next"]
    return list(page["items"])


def told(command_line: CommandLine, *arguments: str) -> list[str]:
    """What the entries of a timeline say."""
    return [entry["description"] for entry in entries(command_line, *arguments)]


def test_a_note_is_written_down_now(command_line: CommandLine, ada: str) -> None:
    """`note` answers a receipt of the contact and makes an entry of its type."""
    receipt = command_line.json("note", "ada@example.org", "Likes tea", "--actor", "me")
    entry_id = receipt.pop("interaction_id")
    assert receipt == {"id": ada, "position": 2, "events": 1}
    assert entry_id == entries(command_line, ada)[0]["id"]
    (entry,) = entries(command_line, ada)
    assert " ".join(entry) == ENTRY
    recorded_at = command_line.json("history", ada)["items"][-1]["recorded_at"]
    assert entry.pop("occurred_at")[:19] <= recorded_at[:19]
    assert entry == {
        "id": entry["id"],
        "type": "note_added",
        "description": "Likes tea",
        "booking_id": None,
        "actor": "me",
        "source": "cli",
        "metadata": {},
    }


def test_a_touchpoint_is_logged_with_all_its_details(command_line: CommandLine, mail: str) -> None:
    """Type, time, booking and metadata are as given, the time in UTC."""
    (entry,) = entries(command_line, "ada@example.org")
    assert entry == {
        "id": mail,
        "type": "email_sent",
        "description": "Sent the offer",
        "occurred_at": "2020-05-01T10:00:00Z",
        "booking_id": "bk-1",
        "actor": "me",
        "source": "cli",
        "metadata": {"offer": 7},
    }
    assert "Sent the offer" in command_line("timeline", "ada@example.org").text


def test_without_a_type_it_is_a_manual_entry(command_line: CommandLine, ada: str) -> None:
    """A time without an offset is UTC."""
    command_line.json("log", ada, "Met", "--occurred-at", "2020-05-01T12:00:00")
    (entry,) = entries(command_line, ada)
    assert (entry["type"], entry["occurred_at"]) == ("manual_entry", "2020-05-01T12:00:00Z")


def test_an_entry_is_corrected_and_taken_away(
    command_line: CommandLine, ada: str, mail: str
) -> None:
    """What is left out of a correction stays; the history keeps all of it."""
    edit = ("interaction", "edit", ada, mail, "--description", "Sent it", "--type", "note_added")
    before = entries(command_line, ada)[0]
    assert command_line.json(*edit) == {"id": ada, "position": 3, "events": 1}
    assert command_line.json(*edit)["events"] == 0
    (after,) = entries(command_line, ada)
    assert after == before | {"description": "Sent it", "type": "note_added"}
    more = ("--occurred-at", "2021-01-01", "--metadata", '{"a": 1}')
    command_line.json("interaction", "edit", "ada@example.org", mail, *more)
    (after,) = entries(command_line, ada)
    assert (after["occurred_at"], after["metadata"]) == ("2021-01-01T00:00:00Z", {"a": 1})
    removed = command_line.json("interaction", "remove", ada, mail)
    assert (removed["id"], removed["events"]) == (ada, 1)
    assert entries(command_line, ada) == []
    events = [item["event"] for item in command_line.json("history", ada)["items"]]
    done = ("logged", "corrected", "corrected", "removed")
    assert events[1:] == [f"contact.interaction_{each}" for each in done]


@pytest.fixture
def eventful(command_line: CommandLine) -> CommandLine:
    """Ada booked and got a note, Bob an e-mail, on four days one after the other."""
    feed = command_line.write(
        "feed.jsonl",
        a_message(organizer_id="default", time="2020-03-01T00:00:00Z"),
        a_message("completed", organizer_id="default", time="2020-03-02T00:00:00Z"),
    )
    command_line.json("bookings", "replay", feed)
    person(command_line, "bob")
    note = ("ada@example.org", "A note", "--type", "note_added", "--occurred-at", "2020-03-03")
    command_line.json("log", *note)
    mail = ("bob@example.org", "A mail", "--type", "email_sent", "--occurred-at", "2020-03-04")
    command_line.json("log", *mail)
    return command_line


def test_the_timeline_of_all_says_whose_entries_they_are(eventful: CommandLine) -> None:
    """Newest first; an entry of one contact's timeline does not repeat the contact's id."""
    contacts = [eventful.json("show", f"{name}@example.org")["id"] for name in ("ada", "bob")]
    everything = entries(eventful, "--all")
    assert all(" ".join(entry) == f"{ENTRY} contact_id" for entry in everything)
    assert [contacts.index(entry.pop("contact_id")) for entry in everything] == [1, 0, 0, 0]
    assert everything[1:] == entries(eventful, "ada@example.org")
    assert everything[:1] == entries(eventful, "bob@example.org")
    assert entries(eventful, "--all", *FOREIGN) == []


def test_the_table_of_all_says_whose_entries_they_are(eventful: CommandLine) -> None:
    """People cannot do anything with an entry of they know not whom."""
    text = eventful("timeline", "--all").text
    assert "Bob" in text or "bob@example.org" in text


@pytest.mark.parametrize(
    ("filters", "days"),
    [
        ("", [4, 3, 2, 1]),
        ("--type note_added", [3]),
        ("--type note_added --type email_sent", [4, 3]),
        ("--type booking_created --type booking_completed", [2, 1]),
        ("--type manual_entry", []),
        ("--after 2020-03-03", [4, 3]),
        ("--before 2020-03-03", [2, 1]),
        ("--after 2020-03-02 --before 2020-03-04T00:00:00", [3, 2]),
        ("--after 2020-03-03T01:00:00+02:00 --type note_added", [3]),
        ("--before 2020-03-03T01:00:00+02:00", [2, 1]),
        ("--limit 1", [4]),
    ],
)
def test_a_timeline_is_narrowed_down(eventful: CommandLine, filters: str, days: list[int]) -> None:
    """By types, of which one must hold, and by time, the beginning included, the end not."""
    found = entries(eventful, "--all", *filters.split())
    assert [int(entry["occurred_at"][8:10]) for entry in found] == days
    if "--limit" not in filters:
        of_ada = entries(eventful, "ada@example.org", *filters.split())
        assert [int(entry["occurred_at"][8:10]) for entry in of_ada] == [d for d in days if d < 4]


def test_a_narrowed_timeline_is_paged(eventful: CommandLine) -> None:
    """The cursor goes on with the same filter and is refused with another."""
    words = ("timeline", "--all", "--after", "2020-03-02", "--limit", "2")
    page = eventful.json(*words)
    rest = eventful.json(*words, "--cursor", page["next"])
    assert [len(page["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    for other in (("--type", "note_added"), ("--before", "2021-01-01")):
        ran = eventful(*words, *other, "--cursor", page["next"], "--json")
        assert ran.refusal == (1, "invalid_cursor")


def test_entries_of_deleted_contacts_are_hidden(eventful: CommandLine) -> None:
    """They come back with the contact."""
    bob = eventful.json("delete", "bob@example.org")["id"]
    assert "A mail" not in told(eventful, "--all")
    eventful.json("restore", bob)
    assert "A mail" in told(eventful, "--all")


REFUSALS = {
    "a blank note": ("invalid_command", ["note", "{}", " "]),
    "a note on nobody": ("contact_not_found", ["note", NOBODY, "x"]),
    "metadata that is no object": ("invalid_command", ["log", "{}", "x", "--metadata", "[1]"]),
    "metadata that is no JSON": ("invalid_command", ["log", "{}", "x", "--metadata", "{{"]),
    "an unknown entry to edit": ("interaction_not_found", ["interaction", "edit", "{}", NOBODY]),
    "an unknown entry to remove": (
        "interaction_not_found",
        ["interaction", "remove", "{}", NOBODY],
    ),
    "a blank text": ("invalid_command", ["interaction", "edit", "{}", NOBODY, "--description="]),
    "a timeline of nobody": ("invalid_query", ["timeline"]),
    "a timeline of one and all": ("invalid_query", ["timeline", "{}", "--all"]),
    "a timeline of a stranger": ("contact_not_found", ["timeline", NOBODY]),
    "an unknown type of entry": ("invalid_query", ["timeline", "--all", "--type", "phone_call"]),
}


@pytest.mark.parametrize(("code", "command"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_done_is_refused(
    command_line: CommandLine, ada: str, mail: str, code: str, command: list[str]
) -> None:
    """A refusal has a code and exit 1, and the timeline is what it was."""
    words = [word.replace("{}", ada) for word in command]
    assert command_line(*words, "--json").refusal == (1, code)
    assert told(command_line, "--all") == ["Sent the offer"]


@pytest.mark.parametrize(
    "command",
    [
        "note {}",
        "log {} x --type booking_created",
        "log {} x --occurred-at yesterday",
        "interaction edit {} 42",
        "interaction remove {}",
        "interaction show {}",
        "timeline {} {}",
        "timeline --all --after yesterday",
    ],
)
def test_what_was_not_understood_is_wrong_usage(
    command_line: CommandLine, ada: str, command: str
) -> None:
    """Bookings cannot be logged by hand; missing and malformed arguments end with exit code 2."""
    ran = command_line(*command.format(ada, ada).split(), "--json")
    assert ran.refusal == (2, "wrong_usage")


def test_entries_of_others_are_unknown(eventful: CommandLine) -> None:
    """Neither another organizer's, another contact's nor a booking's entry can be changed."""
    note, *bookings = entries(eventful, "ada@example.org")
    ada = eventful.json("show", "ada@example.org")["id"]
    for command in (["edit", "--description", "x"], ["remove"]):
        words = ("interaction", *command, "--json")
        foreign = eventful(*words, ada, note["id"], *FOREIGN)
        assert foreign.refusal == (1, "contact_not_found")
        of_bob = eventful(*words, "bob@example.org", note["id"])
        assert of_bob.refusal == (1, "interaction_not_found")
        of_a_booking = eventful(*words, ada, bookings[0]["id"])
        assert of_a_booking.refusal == (1, "interaction_not_found")
    assert len(told(eventful, "--all")) == 4
