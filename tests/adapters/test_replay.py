"""Replaying a feed: every line is accounted for, a bad one never harms its neighbours, and doing it
again changes nothing."""

import random
from pathlib import Path

import pytest

from adapters import Contacts
from adapters.bookings.messages import MAX_MESSAGE_BYTES
from adapters.bookings.replay import ReplayReport, replay
from contacts_domain.errors import BrokenFeed, UnreadableFile
from tests.adapters.booking_messages import a_message, bytes_of, write_feed
from tests.scenario import head, recorded_events

ORGANIZER = "acme"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """Where the feed lies."""
    return tmp_path / "bookings.jsonl"


def counts(report: ReplayReport) -> tuple[int, int, int, int]:
    """Lines, applied, duplicates, refused; the first is the sum of the others."""
    assert report.lines == report.applied + report.duplicates + report.refused
    assert report.refused == len(report.errors)
    return report.lines, report.applied, report.duplicates, report.refused


def errors(report: ReplayReport) -> list[tuple[int, str]]:
    """Line and code of what was refused, in the order of the file."""
    return [(error.line, error.code) for error in report.errors]


def test_every_message_of_a_feed_is_taken_in(contacts: Contacts, feed: Path) -> None:
    """The invitees become contacts, with their bookings counted and the actor named."""
    write_feed(feed, *(a_message(invitee_email=f"ada{number}@x.org") for number in range(3)))
    report = replay(contacts, feed, actor="feed")
    assert counts(report) == (3, 3, 0, 0)
    statistics = contacts.statistics.of(ORGANIZER)
    assert (statistics.total_contacts, statistics.total_bookings) == (3, 3)
    assert {event.provenance.actor for event in recorded_events(contacts)} == {"feed"}


def test_replaying_again_applies_nothing(contacts: Contacts, feed: Path) -> None:
    """All lines are duplicates; no event is recorded."""
    write_feed(feed, *(a_message() for _ in range(20)))
    replay(contacts, feed)
    before = head(contacts)
    assert counts(replay(contacts, feed)) == (20, 0, 20, 0)
    assert head(contacts) == before


def test_repeated_lines_of_one_feed_are_duplicates(contacts: Contacts, feed: Path) -> None:
    """Within one unit of work as well as across units."""
    message = bytes_of()
    write_feed(feed, message, message, *(a_message() for _ in range(600)), message)
    assert counts(replay(contacts, feed)) == (603, 601, 2, 0)


def test_all_kinds_of_lines_are_accounted_for(contacts: Contacts, feed: Path) -> None:
    """Applied, duplicate and refused lines sum up; errors name line, code and reason."""
    good, contradiction = a_message(), a_message()
    contradiction["id"] = good["id"]
    write_feed(
        feed,
        good,  # 1
        b"not json",  # 2
        good,  # 3
        b"[]",  # 4
        contradiction,  # 5
        a_message(dataschema="/v2"),  # 6
        a_message(invitee_email="nobody"),  # 7
        a_message(time=None),  # 8
        a_message(type="booking.cancelled"),  # 9
    )
    report = replay(contacts, feed)
    assert counts(report) == (9, 2, 1, 6)
    assert errors(report) == [
        (2, "not_json"),
        (4, "invalid_message"),
        (5, "message_id_reused"),
        (6, "newer_message"),
        (7, "invalid_email"),
        (8, "invalid_message"),
    ]
    assert all(error.reason for error in report.errors)


def test_a_broken_line_harms_no_other(contacts: Contacts, feed: Path) -> None:
    """Everything else is applied, then the feed is called broken, with the lines to mend."""
    write_feed(feed, a_message(), b'{"id": "evt', a_message(), b"\xff\xfe", a_message())
    report = replay(contacts, feed)
    assert counts(report) == (5, 3, 0, 2)
    with pytest.raises(BrokenFeed) as broken:
        report.require_unbroken()
    assert broken.value.code == "broken_feed"
    assert broken.value.details["lines"] == [2, 4]
    assert "line 2" in broken.value.message
    assert contacts.statistics.of(ORGANIZER).total_contacts == 3


def test_a_feed_whose_lines_are_all_json_is_unbroken(contacts: Contacts, feed: Path) -> None:
    """Refused lines alone do not break it."""
    write_feed(feed, a_message(), b"{}", a_message(type="?"))
    replay(contacts, feed).require_unbroken()


def test_only_the_named_organizers_lines_count(contacts: Contacts, feed: Path) -> None:
    """With a filter the lines of others are passed over; without, everybody's are taken in."""
    write_feed(
        feed,
        a_message(organizer_id="acme"),
        a_message(organizer_id="other"),
        a_message(organizer_id="acme"),
        b"not json",
    )
    report = replay(contacts, feed, organizer_id="acme")
    assert counts(report) == (3, 2, 0, 1)
    assert errors(report) == [(4, "not_json")]
    assert contacts.statistics.of("other").total_contacts == 0
    assert counts(replay(contacts, feed)) == (4, 1, 2, 1)
    assert contacts.statistics.of("other").total_contacts == 1


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_blank_lines_are_no_lines_but_are_numbered(
    end: bytes, contacts: Contacts, feed: Path
) -> None:
    """Line numbers are those of an editor, whatever the line ends; the last one may be missing."""
    lines = [b"", bytes_of(), b"  ", b"\t", b"oops", b"", bytes_of()]
    feed.write_bytes(end.join(lines))
    report = replay(contacts, feed)
    assert counts(report) == (3, 2, 0, 1)
    assert errors(report) == [(5, "not_json")]


def test_an_empty_feed_is_no_mistake(contacts: Contacts, feed: Path) -> None:
    """Nothing to do is done."""
    feed.write_bytes(b"")
    assert counts(replay(contacts, feed)) == (0, 0, 0, 0)


@pytest.mark.parametrize("name", ["missing.jsonl", "."], ids=["missing", "folder"])
def test_a_path_that_is_no_file_is_refused(name: str, contacts: Contacts, tmp_path: Path) -> None:
    """Missing files and folders are named with the reason."""
    with pytest.raises(UnreadableFile) as refusal:
        replay(contacts, tmp_path / name)
    assert str(tmp_path / name) in refusal.value.message


LONG_LINES: dict[str, bytes] = {
    "text": b"x" * 5_000_000,
    "a message": bytes_of(invitee_name="x" * 5_000_000),
    "blanks, then a message": b" " * (MAX_MESSAGE_BYTES + 10) + bytes_of(),
    "one byte too long": bytes_of().ljust(MAX_MESSAGE_BYTES + 1),
}


@pytest.mark.parametrize("line", LONG_LINES.values(), ids=LONG_LINES)
def test_a_line_that_is_too_long_harms_no_other(
    line: bytes, contacts: Contacts, feed: Path
) -> None:
    """It is refused as one line, and the next line is number three."""
    write_feed(feed, a_message(), line, b"oops", a_message())
    report = replay(contacts, feed)
    assert counts(report) == (4, 2, 0, 2)
    assert errors(report) == [(2, "invalid_message"), (3, "not_json")]


def test_a_line_of_the_greatest_length_is_taken_in(contacts: Contacts, feed: Path) -> None:
    """The line's end does not count, be it one byte or two."""
    longest = [bytes_of().ljust(MAX_MESSAGE_BYTES) for _ in range(2)]
    feed.write_bytes(longest[0] + b"\r\n" + longest[1] + b"\n")
    assert counts(replay(contacts, feed)) == (2, 2, 0, 0)


def test_a_refusal_at_a_units_end_harms_no_neighbour(contacts: Contacts, feed: Path) -> None:
    """1,100 lines in units of 500: refusals by parsing and by the address book, at every edge."""
    messages = [a_message() for _ in range(1_100)]
    lines: list[object] = [*messages]
    unparsable, contradicting = {1, 250, 501, 1_001}, {500, 502, 1_000, 1_100}
    for number in unparsable:
        lines[number - 1] = b"oops"
    for number in contradicting:
        lines[number - 1] = messages[number - 1] | {"id": messages[2]["id"]}
    write_feed(feed, *lines)
    report = replay(contacts, feed)
    assert counts(report) == (1_100, 1_092, 0, 8)
    assert [line for line, _ in errors(report)] == sorted(unparsable | contradicting)
    assert contacts.statistics.of(ORGANIZER).total_contacts == 1_092


def test_progress_is_told_in_bytes(contacts: Contacts, feed: Path) -> None:
    """Ascending, never beyond the size of the file, and at the end all of it."""
    write_feed(feed, *(a_message() for _ in range(1_200)))
    told: list[tuple[int, int]] = []
    replay(contacts, feed, on_progress=lambda *progress: told.append(progress))
    size = feed.stat().st_size
    assert told == sorted(told)
    assert {total for _, total in told} == {size}
    assert told[-1][0] == size


def test_the_order_of_the_lines_does_not_matter(contacts: Contacts, tmp_path: Path) -> None:
    """The same messages shuffled and repeated end in the same contacts and counters."""
    lines = [
        a_message(
            type=f"booking.{kind}",
            booking_id=f"bk-{number}",
            invitee_email=f"ada{number % 3}@x.org",
            invitee_name=f"Ada {kind}",
            time=f"2026-11-20T1{hour}:00:00Z",
        )
        for number in range(6)
        for hour, kind in enumerate(["created", "rescheduled", "completed"])
    ]
    shuffled = [*lines, *lines]
    random.Random(7).shuffle(shuffled)
    ends = []
    for organizer, order in (("one", lines), ("two", shuffled)):
        here = [line | {"data": line["data"] | {"organizer_id": organizer}} for line in order]
        replay(contacts, write_feed(tmp_path / f"{organizer}.jsonl", *here))
        items = contacts.contact_list.page(organizer, sort="email").items
        ends.append([(i.email, i.full_name, i.total_bookings, i.completed_bookings) for i in items])
    assert ends[0] == ends[1]
    assert [end[1:] for end in ends[0]] == [("Ada created", 2, 2)] * 3
