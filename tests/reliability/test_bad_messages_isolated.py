"""A bad message, or an event that a projector fails on, harms nothing but itself."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from adapters import Contacts
from adapters.bookings.replay import replay
from projections.bookings import bookings_table
from tests.projections.test_retrying import failing_on
from tests.read_tables import all_rows
from tests.reliability.feeds import (
    KINDS,
    ORGANIZERS,
    Feed,
    Message,
    a_feed,
    expected_bookings,
    expected_counts,
    guest_of,
)
from tests.scenario import recorded_events

pytestmark = pytest.mark.chaos

SIZES = [5_000, pytest.param(100_000, marks=pytest.mark.long)]
ONE_IN = 100


def replayed(contacts: Contacts, feed: Feed, folder: Path) -> tuple[int, int, dict[int, str]]:
    """Replay the feed; applied, repeated, and the codes of the lines that were refused."""
    path = folder / "feed.jsonl"
    path.write_bytes(b"\n".join(feed.lines) + b"\n")
    report = replay(contacts, path)
    assert report.lines == len(feed.lines)
    assert report.refused == len(report.errors)
    return report.applied, report.duplicates, {each.line: each.code for each in report.errors}


def bookings(contacts: Contacts) -> dict[tuple[str, str, str], str]:
    """What the read table says became of every booking."""
    with contacts.engine.database.reading() as connection:
        table = contacts.engine.active_tables(connection)[bookings_table].c
        query = select(table.organizer_id, table.booking_id, table.invitee_email, table.status)
        return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)}


def counts(contacts: Contacts) -> dict[tuple[str, str], tuple[int, int, int]]:
    """What the contact list counts: bookings, completed, cancelled."""
    return {
        (organizer, each.email): (
            each.total_bookings,
            each.completed_bookings,
            each.cancelled_bookings,
        )
        for organizer in ORGANIZERS
        for each in contacts.contact_list.every(organizer)
    }


def is_right(contacts: Contacts, messages: list[Message]) -> bool:
    """Whether contacts, bookings and counters are those of the oracle."""
    assert bookings(contacts) == expected_bookings(messages)
    assert counts(contacts) == expected_counts(messages)
    for organizer in ORGANIZERS:
        people = {email for of, email in expected_counts(messages) if of == organizer}
        statistics = contacts.statistics.of(organizer)
        assert statistics.total_contacts == len(people)
        assert statistics.total_bookings == sum(
            of == organizer for of, _, _ in expected_bookings(messages)
        )
    return True


@pytest.mark.parametrize("size", SIZES)
def test_poison_in_a_feed_is_told_and_nothing_else_suffers(
    size: int, contacts: Contacts, tmp_path: Path
) -> None:
    """One line in a hundred cannot be taken in: each is told with its number and code, everything
    else is as an oracle says, and mended lines can be replayed."""
    feed = a_feed(seed=size, size=size, every=ONE_IN)
    assert len(feed.poison) == size // ONE_IN
    assert len(set(feed.poison.values())) == 4
    assert len(KINDS) <= len(feed.poison)
    unique = len({each["id"] for each in feed.messages})
    applied, repeated, refused = replayed(contacts, feed, tmp_path)
    assert refused == feed.poison
    assert (applied, repeated) == (unique, len(feed.messages) - unique)
    assert is_right(contacts, feed.messages)
    assert contacts.parked() == []
    mended = Feed(lines=[json.dumps(each).encode() for each in feed.mended])
    assert replayed(contacts, mended, tmp_path) == (len(feed.poison), 0, {})
    assert is_right(contacts, feed.messages + feed.mended)


@pytest.mark.parametrize("size", [2_000, SIZES[1]])
def test_events_that_a_projector_fails_on_harm_only_what_they_are_about(
    size: int, contacts: Contacts, tmp_path: Path
) -> None:
    """It fails on one event in a hundred: exactly those and what comes after them on their streams
    are parked, all other contacts are as an oracle says; mended and retried, all are."""
    feed = a_feed(seed=size + 1, size=size, every=0)
    with failing_on(ONE_IN, 7), capture_logs() as logged:
        replayed(contacts, feed, tmp_path)
    for name in contacts.engine.projections:
        parked = [each.position for each in contacts.parked(name)]
        assert parked == expected_parked(contacts, name)
        assert len(parked) > size // ONE_IN // 2
    assert {each["event"] for each in logged} == {"event parked"}
    assert {each.lag_events for each in contacts.projection_status()} == {0}

    held = guests(contacts, {each.stream_id for each in contacts.parked()})
    others = [each for each in feed.messages if guest_of(each) not in held]
    assert len(others) > len(feed.messages) // 10
    theirs = {guest_of(each) for each in others}
    found = {who: count for who, count in counts(contacts).items() if who in theirs}
    assert found == expected_counts(others)
    told = {key: status for key, status in bookings(contacts).items() if (key[0], key[2]) in theirs}
    assert told == expected_bookings(others)

    for name in contacts.engine.projections:
        assert contacts.retry_parked(name).parked == 0
    assert is_right(contacts, feed.messages)
    retried = all_rows(contacts)
    contacts.rebuild()
    assert all_rows(contacts) == retried


def expected_parked(contacts: Contacts, name: str) -> list[int]:
    """The positions of the culprits and of what is about the same contacts and comes later."""
    projection = contacts.engine.projections[name]
    held: set[UUID] = set()
    parked = []
    for each in recorded_events(contacts):
        if projection.handles(each.event) and (
            each.position % ONE_IN == 7 or not held.isdisjoint(each.streams)
        ):
            parked.append(each.position)
            held |= each.streams
    return parked


def guests(contacts: Contacts, streams: set[UUID]) -> set[tuple[str, str]]:
    """Organizer and e-mail of the contacts that these events are about."""
    return {
        (each.organizer_id, each.event.email)  # type: ignore[union-attr]
        for each in recorded_events(contacts)
        if each.originator_id in streams and hasattr(each.event, "email")
    }
