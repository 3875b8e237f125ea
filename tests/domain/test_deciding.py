"""Properties of all decisions: what is decided once is decided, in any order of arrival."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts_domain.commands import BookingCommand, Command
from contacts_domain.contact import Contact
from contacts_domain.errors import Refused
from contacts_domain.unit_of_work import project
from tests.builders import a_contact, a_group, a_row
from tests.domain.event_strategies import booking_messages, commands_about
from tests.domain.in_memory import a_unit_of_work, decided

INTERACTIONS = [UUID(int=1), UUID(int=2)]
ADA = {"email": "ada@example.org"}
BEGINNINGS: dict[str, Command | None] = {
    "nobody": None,
    "a contact": a_contact(**ADA, phone=""),
    "a contact with a phone": a_contact(**ADA, phone="+49 30 901820"),
    "a row without a name": a_row(**ADA, first_name="", last_name=""),
}


@settings(max_examples=120)
@given(st.data())
def test_a_repeated_command_decides_nothing(data: st.DataObject) -> None:
    """After any history: decide(command) is empty once decide(command) was applied."""
    unit = a_unit_of_work()
    groups = [decided(unit, a_group()).stream_id for _ in range(2)]
    contact_id = decided(unit, a_contact(**ADA)).stream_id
    decided(unit, a_contact(email="taken@example.org"))
    about = commands_about(contact_id, groups, INTERACTIONS)
    for command in data.draw(st.lists(about, max_size=12)):
        before = len(unit.events)
        try:
            first = decided(unit, command)
        except Refused:
            assert len(unit.events) == before
            continue
        again = decided(unit, command)
        assert (again.stream_id, list(again.events)) == (first.stream_id, [])


def outcome(beginning: Command | None, messages: list[BookingCommand]) -> dict[str, Any]:
    """What the contact is after these messages, apart from the history that led there."""
    unit = a_unit_of_work()
    if beginning is not None:
        decided(unit, beginning)
    for message in messages:
        decided(unit, message)
    contact = project(None, unit.events)
    assert isinstance(contact, Contact)
    return {
        "email": contact.email,
        "name": (contact.first_name, contact.last_name),
        "is_placeholder": contact.name_is_placeholder,
        "phone": contact.phone,
        "totals": contact.bookings.totals,
        "bookings": contact.bookings.bookings,
    }


@pytest.mark.parametrize("beginning", BEGINNINGS)
@settings(max_examples=60)
@given(st.data())
def test_booking_messages_end_the_same_in_any_order(beginning: str, data: st.DataObject) -> None:
    """Any permutation and any duplication of them, after anything a person did before."""
    one_by_one = booking_messages(st.sampled_from("123456"))
    messages = data.draw(
        st.lists(one_by_one, min_size=1, max_size=6, unique_by=lambda each: each.message_id)
    )
    repeated = data.draw(st.lists(st.sampled_from(messages), max_size=3))
    shuffled = data.draw(st.permutations(messages + repeated))
    start = BEGINNINGS[beginning]
    assert outcome(start, shuffled) == outcome(start, messages)
