"""One unit is one transaction: events, claims and input positions are recorded together or not."""

from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError

from adapters import Contacts
from adapters.event_store.recorder import ContactRecorder
from contacts_domain.claims import email_claim
from contacts_domain.errors import PositionMoved
from contacts_domain.event_schema import EnvelopedEvent, EventMapper, RecordedEvent
from contacts_domain.events import ContactCreated
from contacts_domain.intake import Intake, LogPosition
from contacts_domain.outcomes import Receipt, Refusal
from contacts_domain.recording import ClaimWrites, TakenClaim
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_booking, a_contact

FEED = LogPosition("bookings", "topic-1", partition=3, read_from=40, next_offset=45)
TAKEN_IN = Intake(positions=[FEED])


@pytest.fixture
def recorder(contacts: Contacts) -> ContactRecorder:
    """The recorder beneath the address book."""
    recorder = contacts.book.recorder
    assert isinstance(recorder, ContactRecorder)
    return recorder


@pytest.fixture
def at_offset_40(contacts: Contacts, database: str) -> Contacts:
    """An address book whose feed has been taken in up to offset 40."""
    raw_database.change(
        database, "INSERT INTO consumer_positions VALUES ('bookings', 'topic-1', 3, 40)"
    )
    return contacts


def created(contact_id: UUID, email: str, version: int = 1) -> EnvelopedEvent:
    """A stored `contact.created`."""
    event = ContactCreated(email=email, first_name="Ada")
    return EventMapper().to_stored_event(RecordedEvent(contact_id, version, ORGANIZER, event))


def taking(email: str, holder: UUID, event_index: int = 0) -> ClaimWrites:
    """The claim that goes with it."""
    return ClaimWrites(taken=[TakenClaim(email_claim(ORGANIZER, email), str(holder), event_index)])


def offset(database: str) -> int:
    """How far the feed has been taken in."""
    return int(raw_database.value(database, "SELECT next_offset FROM consumer_positions"))


def test_a_claim_conflict_leaves_no_event(recorder: ContactRecorder, database: str) -> None:
    """Who loses the race for an e-mail records nothing, and the next unit leaves no gap."""
    first, second, third = uuid4(), uuid4(), uuid4()
    recorder.insert_events([created(first, "ada@x.org")], claims=taking("ada@x.org", first))
    with pytest.raises(IntegrityError):
        recorder.insert_events([created(second, "ada@x.org")], claims=taking("Ada@X.org", second))
    assert recorder.select_events(second) == []
    claim = email_claim(ORGANIZER, "ada@x.org")
    assert recorder.select_claims([claim])[claim].holder == str(first)
    recorder.insert_events([created(third, "bob@x.org")], claims=taking("bob@x.org", third))
    assert raw_database.positions(database) == [1, 2]


def test_a_version_conflict_leaves_no_claim(recorder: ContactRecorder, database: str) -> None:
    """A stream version that is taken undoes the claims of its unit."""
    contact_id = uuid4()
    recorder.insert_events([created(contact_id, "ada@x.org")])
    with pytest.raises(IntegrityError):
        recorder.insert_events(
            [created(contact_id, "bob@x.org")], claims=taking("bob@x.org", contact_id)
        )
    assert recorder.select_claims([email_claim(ORGANIZER, "bob@x.org")]) == {}
    assert raw_database.head(database) == 1


def test_a_claim_tells_the_position_of_its_event(recorder: ContactRecorder) -> None:
    """The claim of the second event in a unit points to that event."""
    contact_id = uuid4()
    recorder.insert_events(
        [created(contact_id, "ada@x.org"), created(contact_id, "bob@x.org", 2)],
        claims=taking("bob@x.org", contact_id, event_index=1),
    )
    claim = email_claim(ORGANIZER, "bob@x.org")
    assert recorder.select_claims([claim])[claim].position == 2
    assert recorder.position_of(contact_id, 2) == 2
    assert recorder.position_of(contact_id, 3) is None


def test_an_input_position_moves_with_the_events_it_caused(
    at_offset_40: Contacts, database: str
) -> None:
    """Compare and set: from where it was read to behind what was taken in."""
    receipts = at_offset_40.handle_all([a_booking()], intake=TAKEN_IN)
    assert isinstance(receipts[0], Receipt)
    assert offset(database) == 45
    assert raw_database.positions(database) == [1, 2]


def test_an_input_position_that_was_moved_by_others_records_nothing(
    at_offset_40: Contacts, database: str
) -> None:
    """A zombie consumer's batch is refused whole: no event, no claim, no gap."""
    at_offset_40.handle_all([a_booking()], intake=TAKEN_IN)
    with pytest.raises(PositionMoved) as refusal:
        at_offset_40.handle_all([a_booking(booking_id="bk-2"), a_contact()], intake=TAKEN_IN)
    assert refusal.value.code == "position_moved"
    assert refusal.value.details["partition"] == 3
    assert offset(database) == 45
    assert raw_database.positions(database) == [1, 2]
    assert at_offset_40.handle(a_contact()).position == 3


def test_an_input_position_that_was_never_set_records_nothing(
    contacts: Contacts, database: str
) -> None:
    """Where a feed starts is decided by its consumer, never guessed while writing."""
    with pytest.raises(PositionMoved):
        contacts.handle_all([a_contact()], intake=TAKEN_IN)
    assert raw_database.positions(database) == []
    assert raw_database.head(database) == 0
    assert raw_database.rows(database, "SELECT * FROM claims") == []
    assert contacts.statistics.of(ORGANIZER).total_contacts == 0


def test_an_input_position_moves_past_messages_that_change_nothing(
    at_offset_40: Contacts, database: str
) -> None:
    """Duplicates and refusals are taken in, too, or the feed would never go on."""
    booking = a_booking()
    at_offset_40.handle(booking)
    contradiction = booking.model_copy(update={"booking_id": "bk-other"})
    outcomes = at_offset_40.handle_all(
        [booking, contradiction], on_refusal="report", intake=TAKEN_IN
    )
    assert [type(outcome) for outcome in outcomes] == [Receipt, Refusal]
    assert offset(database) == 45
    assert raw_database.head(database) == 2


def test_of_several_input_positions_one_that_moved_stops_all(
    at_offset_40: Contacts, database: str
) -> None:
    """The good partition does not move without the bad one."""
    other = LogPosition("bookings", "topic-1", partition=4, read_from=0, next_offset=9)
    with pytest.raises(PositionMoved):
        at_offset_40.handle_all([a_contact()], intake=Intake(positions=[FEED, other]))
    assert offset(database) == 40
