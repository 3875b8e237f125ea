"""Booking messages: whom they find or make, and what they never do to a contact."""

from datetime import timedelta
from uuid import UUID

import pytest

from contacts_domain.commands import (
    ContactCommand,
    DeactivateContact,
    DeleteContact,
    EditContact,
    RestoreContact,
)
from contacts_domain.errors import ContactNotFound
from contacts_domain.events import ContactCreated, ContactDetailsChanged
from tests.builders import BOOKING_COMMANDS, ORGANIZER, a_booking, a_contact
from tests.domain.booking_events import kept
from tests.domain.refusals import refused_fields
from tests.scenario import NOW, Scenario

STATUSES = list(BOOKING_COMMANDS)
NEXT_WEEK = NOW + timedelta(days=7)
EARLIER = NOW - timedelta(hours=3)
ADA_BY_BOOKING = ContactCreated(
    email="ada@example.org",
    first_name="Ada",
    last_name="Lovelace",
    phone="+44 20 7946 0958",
    phone_e164="+442079460958",
    origin="booking",
)


def asked(command_type: type[ContactCommand], contact_id: UUID) -> ContactCommand:
    """A command about a contact."""
    return command_type(organizer_id=ORGANIZER, contact_id=contact_id)


@pytest.mark.parametrize(
    ("status", "totals"),
    [
        ("created", {}),
        ("rescheduled", {}),
        ("completed", {"completed": 1}),
    ],
)
def test_the_first_message_of_an_invitee_makes_a_contact(
    scenario: Scenario, status: str, totals: dict[str, int]
) -> None:
    """Whatever it says, it counts a booking: messages come in any order."""
    message = a_booking(status)
    scenario.when(message).then_emitted(ADA_BY_BOOKING, kept(message, **totals))


def test_a_cancellation_may_be_the_first_message(scenario: Scenario) -> None:
    """The booking was made and is cancelled; there is no last start."""
    message = a_booking("cancelled")
    scenario.when(message)
    assert scenario.receipt is not None
    assert scenario.receipt.event_names == ("contact.created", "contact.booking_cancelled")
    view = scenario.contacts.contact_list.find(ORGANIZER, scenario.receipt.id)
    assert (view.total_bookings, view.cancelled_bookings) == (1, 1)
    assert view.last_booking_date is None


@pytest.mark.parametrize("status", STATUSES)
def test_a_message_finds_the_contact_that_has_the_e_mail(scenario: Scenario, status: str) -> None:
    """E-mails are compared by key; a contact added by hand keeps its own spelling."""
    contact_id = scenario.given(a_contact(email="ada@example.org", phone="+44 20 7946 0958"))
    scenario.when(a_booking(status, invitee_email="ADA@Example.org"))
    assert scenario.receipt is not None
    assert (scenario.receipt.id, scenario.receipt.events) == (contact_id, 1)


def test_a_message_finds_the_contact_that_has_the_booking(scenario: Scenario) -> None:
    """Also after the contact's e-mail was changed, which it does not change back."""
    contact_id = scenario.given(a_booking("created"))
    scenario.given(
        EditContact(organizer_id=ORGANIZER, contact_id=contact_id, email="countess@example.org")
    )
    message = a_booking("completed")
    scenario.when(message).then_emitted(kept(message, completed=1))
    another = a_booking("created", booking_id="bk-2")
    scenario.when(another).then_emitted(ADA_BY_BOOKING, kept(another))


def test_one_booking_of_two_invitees_belongs_to_both(scenario: Scenario) -> None:
    """A booking is keyed by its id and the invitee's e-mail."""
    ada = scenario.given(a_booking("created"))
    grace = scenario.given(a_booking("created", invitee_email="grace@example.org"))
    assert ada != grace


def test_organizers_do_not_share_bookings(scenario: Scenario) -> None:
    """The same message to another organizer makes a contact there."""
    message = a_booking("created")
    elsewhere = message.model_copy(update={"organizer_id": "globex"})
    assert scenario.given(message) != scenario.given(elsewhere)


@pytest.mark.parametrize("status", STATUSES)
def test_a_message_never_reactivates(scenario: Scenario, status: str) -> None:
    """A deactivated contact goes on counting bookings and stays aside."""
    contact_id = scenario.given(a_booking("created"))
    scenario.given(asked(DeactivateContact, contact_id))
    scenario.given(a_booking(status, booking_id="bk-2"))
    view = scenario.contacts.contact_list.find(ORGANIZER, contact_id)
    assert (view.is_active, view.total_bookings) == (False, 2)


@pytest.mark.parametrize("status", STATUSES)
def test_a_message_about_a_deleted_contact_s_booking_is_recorded_there(
    scenario: Scenario, status: str
) -> None:
    """It resurrects nothing and takes no e-mail, but a restored contact has counted it."""
    contact_id = scenario.given(a_booking("created"))
    scenario.given(asked(DeleteContact, contact_id))
    scenario.when(a_booking(status))
    assert scenario.receipt is not None
    assert (scenario.receipt.id, scenario.receipt.events) == (contact_id, 1)
    with pytest.raises(ContactNotFound):
        scenario.contacts.contact_list.find(ORGANIZER, contact_id)
    scenario.given(asked(RestoreContact, contact_id))
    view = scenario.contacts.contact_list.find(ORGANIZER, contact_id)
    assert view.total_bookings == 1
    assert (view.completed_bookings, view.cancelled_bookings) == (
        int(status == "completed"),
        int(status == "cancelled"),
    )


def test_a_new_booking_after_a_deletion_makes_a_new_contact(scenario: Scenario) -> None:
    """Somebody books again: that is a fresh start."""
    old = scenario.given(a_booking("created"))
    scenario.given(asked(DeleteContact, old))
    message = a_booking("created", booking_id="bk-2")
    scenario.when(message).then_emitted(ADA_BY_BOOKING, kept(message))
    assert scenario.receipt is not None
    assert scenario.receipt.id != old


def test_a_late_message_takes_no_e_mail_back_for_a_deleted_contact(scenario: Scenario) -> None:
    """An earlier message that spells the e-mail differently leaves it free."""
    contact_id = scenario.given(a_booking("created"))
    scenario.given(asked(DeleteContact, contact_id))
    scenario.given(a_booking("created", invitee_email="Ada@example.org", occurred_at=EARLIER))
    scenario.when(a_contact(email="ada@example.org"))
    assert scenario.refusal is None


def test_a_late_message_takes_no_e_mail_from_its_new_holder(scenario: Scenario) -> None:
    """What a deleted contact learns does not concern whoever has the e-mail now."""
    old = scenario.given(a_booking("created"))
    scenario.given(asked(DeleteContact, old))
    new = scenario.given(a_contact(email="ada@example.org"))
    scenario.given(a_booking("created", invitee_email="Ada@example.org", occurred_at=EARLIER))
    refusal = scenario.when(a_contact(email="ada@example.org")).then_refused("email_already_used")
    assert refusal.details["contact_id"] == str(new)


@pytest.mark.parametrize("phone", ["call me", "+1", "+999999999999999999999", "0" * 60])
def test_an_impossible_phone_is_kept_as_it_came(scenario: Scenario, phone: str) -> None:
    """A booking is never refused for a phone: no E.164 form, cut for the contact, whole in it."""
    message = a_booking("created", invitee_phone=phone)
    scenario.when(message).then_emitted(
        ADA_BY_BOOKING.model_copy(update={"phone": phone[:40], "phone_e164": None}), kept(message)
    )


def test_long_and_odd_text_is_kept_whole_on_the_booking(scenario: Scenario) -> None:
    """A booking is never refused for its texts; what cannot be stored is replaced."""
    message = a_booking(
        "created",
        invitee_name="A\0da \ud800 " + "x" * 300,
        event_type="y" * 3000,
        timezone="Europe/\0Berlin",
    )
    assert message.invitee_name == "A\ufffdda \ufffd " + "x" * 300
    scenario.when(message)
    assert scenario.receipt is not None
    (contact,) = scenario.contacts.contact_list.page(ORGANIZER).items
    assert len(contact.first_name) <= 100
    assert contact.full_name.startswith("A\ufffdda")


def test_only_what_a_booking_needs_is_required(scenario: Scenario) -> None:
    """Without name, phone and end it is a booking all the same."""
    message = a_booking(
        "created", invitee_name="", invitee_phone="", event_type="", timezone="", ends_at=None
    )
    scenario.when(message).then_emitted(
        ContactCreated(
            email="ada@example.org", first_name="ada", name_is_placeholder=True, origin="booking"
        ),
        kept(message),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("booking_id", " "),
        ("booking_id", "x" * 201),
        ("message_id", ""),
        ("message_source", ""),
        ("invitee_email", "nobody"),
        ("occurred_at", None),
        ("occurred_at", "2026-11-20T10:00:00"),
        ("starts_at", "soon"),
        ("ends_at", "0001-01-01T00:00:00+05:00"),
        ("invitee_name", None),
    ],
)
def test_a_booking_without_its_identity_or_times_is_refused(field: str, value: object) -> None:
    """Times need an offset and a year that UTC has."""
    fields = {"starts_at": NEXT_WEEK, "ends_at": NEXT_WEEK, field: value}
    message = a_booking("created").model_dump()
    assert refused_fields(lambda: BOOKING_COMMANDS["created"](**(message | fields))) == [field]


def test_a_contact_added_by_hand_learns_only_what_it_lacks(scenario: Scenario) -> None:
    """Its name stays; the phone that nobody entered comes from the booking."""
    scenario.given(a_contact(email="ada@example.org", first_name="Augusta", last_name="King"))
    message = a_booking("created")
    scenario.when(message).then_emitted(
        ContactDetailsChanged(
            phone="+44 20 7946 0958", phone_e164="+442079460958", origin="booking"
        ),
        kept(message),
    )
