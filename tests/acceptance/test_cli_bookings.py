"""`contacts bookings positions|parked`: what operators see of Kafka, and do about it."""

import json
from pathlib import Path

import pytest

from adapters import open_contacts
from contacts_domain.intake import Intake, LogPosition, ParkedMessage
from tests.acceptance.messages import a_message
from tests.acceptance.program import CommandLine

TOPIC, TOPIC_ID = "bookings", "7c1e9f0c-4a34-4a42-8f36-0d4f4ad3b3a1"


def park(folder: Path, *messages: tuple[str, bytes | None]) -> None:
    """Set messages aside, by the code they were refused with."""
    with open_contacts(folder / "contacts.db") as contacts:
        contacts.consumer_positions.begin(TOPIC, TOPIC_ID, {0: 0})
        parked = [
            ParkedMessage(TOPIC, TOPIC_ID, 0, n, code, "It was refused.", "acme", payload, b"acme")
            for n, (code, payload) in enumerate(messages)
        ]
        moved = LogPosition(TOPIC, TOPIC_ID, 0, 0, len(messages))
        contacts.handle_all([], intake=Intake(positions=[moved], parked=parked))


@pytest.fixture
def parked(command_line: CommandLine) -> CommandLine:
    """Three that are parked, one of which could be taken in by now."""
    park(
        command_line.folder,
        ("not_json", b"\xff\x00"),
        ("message_failed", a_message()),
        ("invalid_message", None),
    )
    return command_line


def test_parked_messages_are_listed_without_what_they_say(parked: CommandLine) -> None:
    """Where they stand, and why they were refused."""
    page = parked.json("bookings", "parked", "list")
    assert (page["total"], page["next"]) == (3, None)
    assert [each["code"] for each in page["items"]] == [
        "not_json", "message_failed", "invalid_message",
    ]  # fmt: skip
    assert [each["offset"] for each in page["items"]] == [0, 1, 2]
    assert "example.org" not in json.dumps(page)
    text = parked("bookings", "parked", "list", "--limit=2").text
    assert "2 of 3; more with --after 2" in text
    assert "It was refused." in text


def test_a_list_can_be_narrowed(parked: CommandLine) -> None:
    """By organizer, if one is named, by code, and page by page."""
    listed = ("bookings", "parked", "list")
    assert parked.json(*listed, "--code=not_json")["total"] == 1
    assert parked.json(*listed, "--organizer=globex")["total"] == 0
    assert parked.json(*listed, "--after=2")["items"][0]["id"] == 3


def test_one_is_shown_with_its_content_when_asked_for(parked: CommandLine) -> None:
    """Text as text, anything else in Base64."""
    shown = parked.json("bookings", "parked", "show", "2")
    assert "payload" not in shown
    shown = parked.json("bookings", "parked", "show", "2", "--payload")
    assert json.loads(shown["payload"])["data"]["invitee_email"] == "ada@example.org"
    assert shown["key"] == "acme"
    assert parked.json("bookings", "parked", "show", "1", "--payload")["payload"] == {
        "base64": "/wA="
    }
    assert parked.json("bookings", "parked", "show", "3", "--payload")["payload"] is None


def test_messages_are_replayed(parked: CommandLine) -> None:
    """What can be taken in is, what is refused again stays."""
    replayed = parked.json("bookings", "parked", "replay", "--all")["items"]
    assert [each["outcome"] for each in replayed] == ["refused", "applied", "refused"]
    assert parked.json("list", "--organizer=acme")["total"] == 1
    assert parked.json("bookings", "parked", "list")["total"] == 2
    assert parked("bookings", "parked", "replay", "1").exit_code == 0
    assert parked.json("bookings", "parked", "replay", "--code=not_json")["items"][0]["id"] == 1


def test_messages_of_unknown_organizers_are_replayed_when_named(command_line: CommandLine) -> None:
    """They may be forged: by id or by their code, but not with everything else."""
    park(command_line.folder, ("unknown_organizer", a_message()), ("not_json", b"bad"))
    replay = ("bookings", "parked", "replay")
    assert [each["id"] for each in command_line.json(*replay, "--all")["items"]] == [2]
    assert command_line.json("list", "--organizer=acme")["total"] == 0
    named = command_line.json(*replay, "--code=unknown_organizer")["items"]
    assert [(each["id"], each["outcome"]) for each in named] == [(1, "applied")]


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("1", "--code=not_json")])
def test_what_to_replay_is_said_in_one_way(arguments: tuple[str, ...], parked: CommandLine) -> None:
    """Ids, or everything, or everything of a code."""
    ran = parked("bookings", "parked", "replay", *arguments, "--json")
    assert ran.refusal == (1, "invalid_query")


def test_a_message_is_dropped(parked: CommandLine) -> None:
    """With what was known of it as the answer; then there is none of that id."""
    dropped = parked.json("bookings", "parked", "drop", "3", "--yes")
    assert dropped["code"] == "invalid_message"
    for command in (("show", "3"), ("drop", "3"), ("replay", "3")):
        ran = parked("bookings", "parked", *command, "--json")
        assert ran.refusal == (1, "parked_message_not_found")


def test_positions_are_shown_with_what_was_reset(parked: CommandLine) -> None:
    """Who moved what, and why."""
    with open_contacts(parked.folder / "contacts.db") as contacts:
        contacts.consumer_positions.reset(
            TOPIC, TOPIC_ID, {0: 1}, reason="read it again", actor="ada"
        )
    shown = parked.json("bookings", "positions", "show")
    assert shown["items"] == [
        {"source": TOPIC, "topic_id": TOPIC_ID, "partition": 0, "next_offset": 1}
    ]
    (reset,) = shown["resets"]
    assert (reset["from_offset"], reset["to_offset"]) == (3, 1)
    assert (reset["reason"], reset["actor"]) == ("read it again", "ada")
    assert "read it again" in parked("bookings", "positions", "show").text


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("invalid_query", ["consume", "--from=yesterday"]),
        ("invalid_query", ["consume", "--from=0:1,0:2"]),
        ("invalid_query", ["consume", "--from=0:-1"]),
        ("invalid_query", ["consume", "--until-idle=0"]),
        ("invalid_query", ["positions", "reset", "--to=earliest", "--reason= "]),
        ("invalid_query", ["parked", "list", "--limit=0"]),
        ("unreadable_file", ["consume", "--known-organizers=nowhere.txt"]),
        ("broker_unavailable", ["positions", "reset", "--to=earliest", "--reason=x"]),
    ],
)
def test_what_cannot_be_done_is_refused_clearly(
    code: str, arguments: list[str], command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens on port 1."""
    monkeypatch.setenv("CONTACTS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert command_line("bookings", *arguments, "--json").refusal == (1, code)


def test_settings_that_cannot_be_used_are_named_without_their_value(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of the program itself."""
    monkeypatch.setenv("CONTACTS_KAFKA_SECURITY_PROTOCOL", "hunter2")
    ran = command_line("bookings", "consume", "--json")
    assert ran.refusal == (1, "settings_error")
    assert "CONTACTS_KAFKA_SECURITY_PROTOCOL" in ran.err
    assert "hunter2" not in ran.err.replace("input_value", "")


def test_a_consumer_is_nobody_s_alone(command_line: CommandLine) -> None:
    """An organizer that is named would be passed over in silence, so it is refused."""
    ran = command_line("bookings", "consume", "--organizer=acme", "--from=earliest", "--json")
    assert ran.refusal == (1, "invalid_query")
