"""Booking messages as messages: repeated ones change nothing, reused ids are reported."""

from datetime import timedelta, timezone
from typing import Any

import pytest

from contacts_domain.commands import BookingCommand, DeleteContact
from contacts_domain.errors import MessageIdReused
from tests.builders import BOOKING_COMMANDS, ORGANIZER, a_booking
from tests.domain.booking_events import kept
from tests.scenario import NOW, Scenario

STATUSES = list(BOOKING_COMMANDS)


def a_message(status: str = "created", **fields: Any) -> BookingCommand:
    """A message with an id that repeats."""
    return a_booking(status, **({"message_id": "evt-same"} | fields))


@pytest.mark.parametrize("status", STATUSES)
def test_a_repeated_message_changes_nothing(scenario: Scenario, status: str) -> None:
    """However often and however late it comes, it answers the same contact."""
    contact_id = scenario.given(a_message(status))
    scenario.given(a_booking("cancelled"))
    scenario.when(a_message(status)).then_nothing_happened()
    assert scenario.receipt is not None
    assert scenario.receipt.id == contact_id


def test_a_message_repeated_in_another_notation_is_the_same(scenario: Scenario) -> None:
    """The same instant with another offset, the same text in another Unicode form."""
    scenario.given(a_message(invitee_name="Ren\u00e9e", starts_at=NOW))
    in_tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    scenario.when(a_message(invitee_name="Rene\u0301e", starts_at=in_tokyo)).then_nothing_happened()


@pytest.mark.parametrize(
    "difference",
    [
        {"status": "cancelled"},
        {"booking_id": "bk-2"},
        {"invitee_email": "grace@example.org"},
        {"invitee_email": "ADA@example.org"},
        {"invitee_name": "Grace Hopper"},
        {"invitee_phone": ""},
        {"starts_at": NOW + timedelta(days=8)},
        {"ends_at": None},
        {"timezone": "UTC"},
        {"event_type": "Other"},
        {"occurred_at": NOW},
    ],
    ids=lambda difference: ascii(next(iter(difference))),
)
def test_a_message_id_with_other_content_is_reported(
    scenario: Scenario, difference: dict[str, Any]
) -> None:
    """Also when it is about another booking or another invitee; the first one stands."""
    scenario.given(a_message())
    refusal = scenario.when(a_message(**difference)).then_refused("message_id_reused")
    assert isinstance(refusal, MessageIdReused)
    assert refusal.details == {"source": "/scheduling/bookings", "message_id": "evt-same"}


def test_a_message_id_reused_for_another_contact_is_reported(scenario: Scenario) -> None:
    """Both contacts exist already, and neither gets a booking."""
    scenario.given(a_message())
    scenario.given(a_booking(booking_id="bk-2", invitee_email="grace@example.org"))
    scenario.when(a_message(booking_id="bk-2", invitee_email="grace@example.org")).then_refused(
        "message_id_reused"
    )


@pytest.mark.parametrize("field", ["message_source", "organizer_id"])
def test_message_ids_are_unique_per_source_and_organizer(scenario: Scenario, field: str) -> None:
    """The same id from elsewhere is another message."""
    scenario.given(a_message())
    scenario.when(a_message(**{field: "/elsewhere", "booking_id": "bk-2"}))
    assert scenario.receipt is not None
    assert scenario.receipt.events > 0


def test_a_repeated_message_of_a_deleted_contact_changes_nothing(scenario: Scenario) -> None:
    """A replay resurrects nothing: the messages are still known."""
    contact_id = scenario.given(a_message())
    scenario.given(DeleteContact(organizer_id=ORGANIZER, contact_id=contact_id))
    scenario.when(a_message()).then_nothing_happened()
    scenario.when(a_message(booking_id="bk-2")).then_refused("message_id_reused")


def test_a_message_is_kept_whole(scenario: Scenario) -> None:
    """Every fact of it can be told from its event, times in UTC."""
    scenario.given(a_booking())
    message = a_booking(
        "rescheduled",
        starts_at=NOW + timedelta(days=9),
        ends_at=NOW + timedelta(days=9, hours=1),
        event_type="Demo",
        timezone="Asia/Tokyo",
        invitee_name="  Countess Ada  ",
        invitee_phone="ask reception",
        message_source="urn:other",
    )
    scenario.when(message).then_emitted(kept(message))
