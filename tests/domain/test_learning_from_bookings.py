"""What a contact learns from booking messages: what nobody entered, from the earliest message."""

from datetime import timedelta
from typing import Any

import pytest

from contacts_domain.commands import BookingCommand, EditContact
from contacts_domain.events import ContactCreated, ContactDetailsChanged, ContactEmailChanged
from tests.builders import ORGANIZER, a_booking, a_contact, a_row
from tests.domain.booking_events import kept
from tests.scenario import NOW, Scenario


def told(hour: int, **fields: Any) -> BookingCommand:
    """A message of that hour of the day."""
    at = NOW.replace(hour=hour)
    defaults = {"booking_id": f"bk-{hour}", "invitee_phone": "", "occurred_at": at}
    return a_booking(**(defaults | fields))


def test_an_earlier_message_corrects_the_name(scenario: Scenario) -> None:
    """The name is that of the earliest message, in whatever order they arrive."""
    scenario.given(told(10, invitee_name="Ada King"))
    earlier = told(9, invitee_name="Ada Byron")
    scenario.when(earlier).then_emitted(
        ContactDetailsChanged(first_name="Ada", last_name="Byron", origin="booking"),
        kept(earlier, made=2),
    )
    later = told(11, invitee_name="Countess")
    scenario.when(later).then_emitted(kept(later, made=3))


def test_an_earlier_message_corrects_the_phone(scenario: Scenario) -> None:
    """The phone is that of the earliest message that has one."""
    scenario.given(told(10, invitee_phone="+44 20 7946 0958"))
    earlier = told(9, invitee_phone="+49 30 901820")
    scenario.when(earlier).then_emitted(
        ContactDetailsChanged(phone="+49 30 901820", phone_e164="+4930901820", origin="booking"),
        kept(earlier, made=2),
    )
    later = told(11, invitee_phone="+44 20 7946 0000")
    scenario.when(later).then_emitted(kept(later, made=3))


def test_an_earlier_message_corrects_the_spelling_of_the_e_mail(scenario: Scenario) -> None:
    """Shown as first typed; the key is the same."""
    scenario.given(told(10))
    earlier = told(9, invitee_email="Ada@Example.org")
    scenario.when(earlier).then_emitted(
        ContactEmailChanged(
            email="Ada@Example.org", previous_email="ada@example.org", origin="booking"
        ),
        kept(earlier, made=2),
    )
    later = told(11, invitee_email="ADA@example.org")
    scenario.when(later).then_emitted(kept(later, made=3))


def test_messages_of_the_same_time_are_ordered_by_their_id(scenario: Scenario) -> None:
    """So that the order of arrival never decides."""
    scenario.given(told(9, message_id="b", invitee_name="Ada King"))
    same = told(9, message_id="a", invitee_name="Ada Byron")
    scenario.when(same).then_emitted(
        ContactDetailsChanged(first_name="Ada", last_name="Byron", origin="booking"),
        kept(same, made=1),
    )


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_message_without_a_name_leaves_a_placeholder(scenario: Scenario, blank: str) -> None:
    """The text before the `@` stands in until a name is known."""
    message = told(9, invitee_name=blank)
    scenario.when(message).then_emitted(
        ContactCreated(
            email="ada@example.org", first_name="ada", name_is_placeholder=True, origin="booking"
        ),
        kept(message),
    )


@pytest.mark.parametrize("hour", [8, 11])
def test_a_placeholder_is_replaced_by_the_first_real_name(scenario: Scenario, hour: int) -> None:
    """A later message may bring it as well as an earlier one."""
    scenario.given(told(9, invitee_name=""))
    named = told(hour)
    scenario.when(named).then_emitted(
        ContactDetailsChanged(first_name="Ada", last_name="Lovelace", origin="booking"),
        kept(named, made=2, last_start=named.starts_at),
    )


def test_a_placeholder_of_an_import_is_replaced_by_a_real_name(scenario: Scenario) -> None:
    """Nobody entered it."""
    scenario.given(a_row(email="ada@example.org", first_name="", last_name=""))
    named = told(9)
    scenario.when(named).then_emitted(
        ContactDetailsChanged(first_name="Ada", last_name="Lovelace", origin="booking"),
        kept(named),
    )


@pytest.mark.parametrize("hours", [(10, 9), (9, 10)])
def test_a_placeholder_stays_one_in_whatever_order_messages_arrive(
    scenario: Scenario, hours: tuple[int, int]
) -> None:
    """A later import may fill it in, even after another spelling of the e-mail changed it."""
    spelling = {9: "Ada@example.org", 10: "ada@example.org"}
    for hour in hours:
        scenario.given(told(hour, invitee_name="", invitee_email=spelling[hour]))
    scenario.when(
        a_row(email="ada@example.org", first_name="Augusta", last_name="", on_duplicate="merge")
    ).then_emitted(ContactDetailsChanged(first_name="Augusta"))


@pytest.mark.parametrize(
    ("edit", "later_name"),
    [({"first_name": "Augusta"}, "Ada Byron"), ({"last_name": ""}, "Ada Byron")],
)
def test_a_name_that_a_person_edited_stays(
    scenario: Scenario, edit: dict[str, str], later_name: str
) -> None:
    """First and last name are one thing: editing either settles both."""
    contact_id = scenario.given(told(10))
    scenario.given(EditContact(organizer_id=ORGANIZER, contact_id=contact_id, **edit))
    earlier = told(9, invitee_name=later_name)
    scenario.when(earlier).then_emitted(kept(earlier, made=2))


def test_a_phone_that_a_person_cleared_stays_cleared(scenario: Scenario) -> None:
    """Removing a number is an edit too."""
    contact_id = scenario.given(told(10, invitee_phone="+44 20 7946 0958"))
    scenario.given(EditContact(organizer_id=ORGANIZER, contact_id=contact_id, phone=""))
    earlier = told(9, invitee_phone="+49 30 901820")
    scenario.when(earlier).then_emitted(kept(earlier, made=2))


def test_an_e_mail_that_a_person_respelled_stays(scenario: Scenario) -> None:
    """An earlier message does not bring the old spelling back."""
    contact_id = scenario.given(told(10))
    scenario.given(
        EditContact(organizer_id=ORGANIZER, contact_id=contact_id, email="Ada@Example.org")
    )
    earlier = told(9, invitee_email="ADA@EXAMPLE.ORG")
    scenario.when(earlier).then_emitted(kept(earlier, made=2))


@pytest.mark.parametrize("entered", [a_contact, a_row], ids=["by hand", "in an import"])
def test_what_was_entered_is_never_overwritten(scenario: Scenario, entered: Any) -> None:
    """Name, phone and e-mail stay as a person or an import set them."""
    scenario.given(entered(email="Ada@Example.org", phone="+49 30 901820", company="Engines"))
    message = told(9, invitee_name="Somebody Else", invitee_phone="+44 20 7946 0958")
    scenario.when(message).then_emitted(kept(message))


def test_a_name_too_long_for_a_contact_is_cut(scenario: Scenario) -> None:
    """To 100 characters; the booking keeps it whole."""
    message = told(9, invitee_name="Ada " + "x" * 200)
    scenario.when(message).then_emitted(
        ContactCreated(
            email="ada@example.org", first_name="Ada", last_name="x" * 100, origin="booking"
        ),
        kept(message),
    )


@pytest.mark.parametrize(
    ("region", "e164"), [(None, None), ("GB", "+442079460958"), ("DE", "+492079460958")]
)
def test_a_national_number_is_read_with_the_default_region(
    reopen: Any, region: str | None, e164: str | None
) -> None:
    """Without a region it is kept as typed."""
    contacts = reopen(default_region=region)
    contact_id = contacts.handle(told(9, invitee_phone="020 7946 0958")).id
    view = contacts.contact_list.find(ORGANIZER, contact_id)
    assert (view.phone, view.phone_e164) == ("020 7946 0958", e164)


def test_a_later_message_does_not_change_what_was_learned(scenario: Scenario) -> None:
    """Not even after a day and with everything different."""
    scenario.given(told(9, invitee_phone="+44 20 7946 0958"))
    later = told(
        9,
        booking_id="bk-2",
        occurred_at=NOW + timedelta(days=1),
        invitee_name="Somebody Else",
        invitee_email="ADA@example.org",
        invitee_phone="+49 30 901820",
    )
    scenario.when(later).then_emitted(kept(later, made=2))
