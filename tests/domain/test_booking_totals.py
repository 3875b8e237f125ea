"""A contact's booking totals: the greatest message of each booking decides, whenever it arrives."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from contacts_domain.commands import BookingCommand
from contacts_domain.events import BookingEvent, BookingTotals
from tests.builders import a_booking
from tests.scenario import NOW, Scenario, recorded_events


def day(number: int) -> datetime:
    """Midday of the nth day from now."""
    return NOW + timedelta(days=number)


def message(hour: int, status: str, booking: str = "A", start: int = 7) -> BookingCommand:
    """What was said at an hour about a booking that starts on a day."""
    return a_booking(
        status, booking_id=booking, occurred_at=NOW.replace(hour=hour), starts_at=day(start)
    )


def totals_after(scenario: Scenario, messages: Sequence[BookingCommand]) -> BookingTotals:
    """What the last event says."""
    scenario.given(*messages)
    last = recorded_events(scenario.contacts)[-1].event
    assert isinstance(last, BookingEvent)
    return last.totals


@pytest.mark.parametrize(
    ("messages", "made", "completed", "cancelled", "last_start"),
    [
        ([message(1, "created")], 1, 0, 0, 7),
        ([message(1, "created"), message(2, "completed")], 1, 1, 0, 7),
        ([message(1, "created"), message(2, "cancelled")], 1, 0, 1, None),
        ([message(1, "created"), message(2, "rescheduled", start=9)], 1, 0, 0, 9),
        ([message(1, "created"), message(2, "rescheduled", start=3)], 1, 0, 0, 3),
        ([message(1, "created"), message(1, "created", "B", start=8)], 2, 0, 0, 8),
        ([message(1, "completed"), message(2, "cancelled")], 1, 0, 1, None),
        ([message(1, "cancelled"), message(2, "completed")], 1, 1, 0, 7),
        ([message(1, "cancelled"), message(2, "rescheduled", start=9)], 1, 0, 0, 9),
        (
            [
                message(1, "created", "A", start=5),
                message(1, "created", "B", start=9),
                message(2, "cancelled", "B", start=9),
            ],
            2,
            0,
            1,
            5,
        ),
        (
            [
                message(1, "created", "A", start=5),
                message(1, "created", "B", start=9),
                message(2, "rescheduled", "B", start=2),
            ],
            2,
            0,
            0,
            5,
        ),
        (
            [
                message(1, "created", "A", start=5),
                message(1, "created", "B", start=5),
                message(2, "cancelled", "B", start=5),
            ],
            2,
            0,
            1,
            5,
        ),
        (
            [
                message(1, "created", "A", start=5),
                message(2, "completed", "A", start=5),
                message(1, "created", "B", start=9),
                message(2, "cancelled", "B", start=9),
            ],
            2,
            1,
            1,
            5,
        ),
    ],
    ids=[
        "made",
        "completed",
        "cancelled",
        "moved later",
        "moved earlier",
        "two made",
        "completed, then cancelled",
        "cancelled, then completed",
        "cancelled, then moved",
        "the latest one cancelled",
        "the latest one moved forward",
        "one of two at the same time cancelled",
        "one completed, one cancelled",
    ],
)
def test_totals_are_the_same_in_every_order_of_arrival(
    scenario: Scenario,
    messages: Sequence[BookingCommand],
    made: int,
    completed: int,
    cancelled: int,
    last_start: int | None,
) -> None:
    """Every permutation, each at an organizer of its own, ends in the same totals."""
    expected = BookingTotals(
        made=made,
        completed=completed,
        cancelled=cancelled,
        last_start=None if last_start is None else day(last_start),
    )
    for number, permutation in enumerate(permutations(messages)):
        own = {"organizer_id": f"organizer {number}"}
        assert totals_after(scenario, [m.model_copy(update=own) for m in permutation]) == expected


@pytest.mark.parametrize(
    ("loser", "winner", "completed", "cancelled"),
    [
        ("created", "rescheduled", 0, 0),
        ("rescheduled", "completed", 1, 0),
        ("completed", "cancelled", 0, 1),
    ],
)
@pytest.mark.parametrize("winner_first", [True, False])
def test_between_messages_of_the_same_time_the_rank_decides(
    scenario: Scenario, loser: str, winner: str, completed: int, cancelled: int, winner_first: bool
) -> None:
    """Cancelled over completed over rescheduled over created."""
    messages = [message(1, loser, start=3), message(1, winner, start=9)]
    totals = totals_after(scenario, messages[::-1] if winner_first else messages)
    assert (totals.made, totals.completed, totals.cancelled) == (1, completed, cancelled)
    assert totals.last_start == (None if cancelled else day(9))


def test_a_message_that_was_overtaken_changes_no_totals(scenario: Scenario) -> None:
    """It is recorded, since it happened, and counts nothing."""
    scenario.given(message(2, "cancelled"))
    assert totals_after(scenario, [message(1, "created", start=30)]) == BookingTotals(
        made=1, cancelled=1
    )


def test_repeated_statements_count_once(scenario: Scenario) -> None:
    """Two messages may say that a booking is completed."""
    totals = totals_after(
        scenario, [message(1, "created"), message(2, "completed"), message(3, "completed")]
    )
    assert (totals.made, totals.completed) == (1, 1)


def test_every_contact_counts_its_own_bookings(scenario: Scenario) -> None:
    """One booking of two invitees counts once for each."""
    grace = {"booking_id": "A", "invitee_email": "grace@example.org"}
    assert totals_after(scenario, [message(1, "created"), a_booking(**grace)]).made == 1
