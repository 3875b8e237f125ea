"""Follow one booking through the library. Read this page first; the rest are details.

world -> COMMAND -> aggregate -> EVENT -> event store -> projector -> READ TABLE -> query -> world
"""

from datetime import UTC, datetime
from pathlib import Path

from adapters import open_contacts
from adapters.bookings.messages import command_of
from contacts_domain.commands import RecordBooking

MESSAGE = b"""
    {"specversion": "1.0", "id": "evt-1", "source": "/scheduling/bookings",
     "type": "booking.created", "time": "2026-11-20T10:00:00Z",
     "data": {"organizer_id": "acme", "booking_id": "bk-1", "event_type": "Intro call",
              "starts_at": "2026-11-27T09:00:00+01:00", "ends_at": "2026-11-27T09:30:00+01:00",
              "timezone": "Europe/Berlin", "invitee_name": "Ada Lovelace",
              "invitee_email": "ada@example.org", "invitee_phone": "+44 20 7946 0958"}}
"""
TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_booking_travels_from_its_message_to_the_timeline(tmp_path: Path) -> None:
    """Each step of the flow can be watched from outside."""
    with open_contacts(tmp_path / "contacts.db", clock=lambda: TODAY) as contacts:
        # The world speaks: a message of the scheduling platform says that somebody booked.
        # It becomes a COMMAND by a pure function; a Kafka topic and a file say the same.
        command = command_of(MESSAGE)
        assert isinstance(command, RecordBooking)
        assert (command.organizer_id, command.booking_id) == ("acme", "bk-1")

        # The command is decided. Nobody in Acme's address book has this e-mail, so a contact
        # begins, and the booking is the first thing that happens with it: two EVENTS.
        receipt = contacts.handle(command)
        assert receipt.event_names == ("contact.created", "contact.booking_recorded")

        # They are in the EVENT STORE now, in the contact's stream, and will never change.
        created, booked = (recorded.event for recorded in contacts.book.events.get(receipt.id))
        assert (created.first_name, created.last_name) == ("Ada", "Lovelace")
        assert (booked.booking_id, booked.invitee_name) == ("bk-1", "Ada Lovelace")

        # Projectors folded them into READ TABLES in the same transaction. Queries hang off the
        # read model they read. The contact list:
        (ada,) = contacts.contact_list.page("acme", search="lovelace").items
        assert ada.id == receipt.id
        assert (ada.full_name, ada.email) == ("Ada Lovelace", "ada@example.org")
        assert (ada.phone, ada.phone_e164) == ("+44 20 7946 0958", "+442079460958")
        assert (ada.total_bookings, ada.upcoming_bookings) == (1, 1)
        assert ada.last_booking_date == datetime(2026, 11, 27, 8, tzinfo=UTC)

        # The statistics:
        numbers = contacts.statistics.of("acme")
        assert (numbers.total_contacts, numbers.total_bookings) == (1, 1)
        assert numbers.interactions_last_30_days == 1

        # The timeline, which says what happened when, by the message's own time:
        (entry,) = contacts.timeline.page("acme", "ada@example.org").items
        assert (entry.type, entry.description) == ("booking_created", "Intro call")
        assert entry.occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)

        # The platform delivers at least once. The same message again: no event, nothing changes.
        assert contacts.handle(command_of(MESSAGE)).events == 0
        assert contacts.contact_list.find("acme", ada.id) == ada
