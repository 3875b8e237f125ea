"""The log: positions, times, envelopes, and the transactions they are written in."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from adapters import Contacts
from contacts_domain.commands import DeleteContact, TagContact
from contacts_domain.errors import EmailAlreadyUsed
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_booking, a_contact, a_group
from tests.scenario import NOW, Clock, recorded_events

ENVELOPE = (
    "position, stream_version, name, schema_version, organizer_id, actor, source, "
    "correlation_id, command_id"
)


def test_positions_are_contiguous_and_in_the_order_of_commits(
    contacts: Contacts, database: str
) -> None:
    """Events are numbered 1 to n, and a receipt tells the position of its last event."""
    receipts = [
        contacts.handle(a_group()),
        contacts.handle(a_booking()),  # creates the contact, too
        *contacts.handle_all([a_contact(), a_contact(), a_group()]),
        contacts.handle(a_contact()),
    ]
    assert [receipt.position for receipt in receipts] == [1, 3, 4, 5, 6, 7]
    assert raw_database.positions(database) == list(range(1, 8))
    assert raw_database.head(database) == 7


def test_a_refused_unit_takes_no_position(contacts: Contacts, database: str) -> None:
    """A batch that is refused as a whole leaves neither events nor a gap."""
    contacts.handle(a_contact(email="ada@example.org"))
    with pytest.raises(EmailAlreadyUsed):
        contacts.handle_all([a_contact(), a_contact(), a_contact(email="ADA@example.org")])
    assert contacts.handle(a_contact()).position == 2
    assert raw_database.positions(database) == [1, 2]


def test_positions_are_never_reused(contacts: Contacts, database: str) -> None:
    """Even after the last events were removed by hand the numbering goes on."""
    contacts.handle_all([a_group(), a_group(), a_group()])
    raw_database.change(
        database,
        "DELETE FROM events WHERE position >= 2",
        "DELETE FROM claims WHERE position >= 2",
    )
    assert contacts.handle(a_contact()).position == 4


def test_recorded_at_never_decreases(contacts: Contacts, clock: Clock, database: str) -> None:
    """A clock that is set back does not reorder the history; it goes on when time catches up."""
    contacts.handle(a_contact())
    clock.forward(hours=-3)
    contacts.handle(a_contact())
    clock.forward(hours=4)
    contacts.handle(a_contact())
    assert [event.recorded_at for event in recorded_events(contacts)] == [
        NOW,
        NOW,
        NOW + timedelta(hours=1),
    ]
    times = raw_database.column(database, "SELECT recorded_at FROM events ORDER BY position")
    assert times == sorted(times)


def test_the_envelope_holds_what_the_command_said(contacts: Contacts, database: str) -> None:
    """Tenant, actor, way in, correlation and command id stand in columns of their own."""
    created = a_contact(
        actor="grace", source="api", correlation_id="request-7", command_id="add-ada"
    )
    contact_id = contacts.handle(created).id
    contacts.handle(TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=("vip",)))
    envelopes = raw_database.rows(database, f"SELECT {ENVELOPE} FROM events ORDER BY position")
    assert envelopes == [
        (1, 1, "contact.created", 1, ORGANIZER, "grace", "api", "request-7", "add-ada"),
        (2, 2, "contact.tagged", 1, ORGANIZER, "", "library", None, None),
    ]
    streams = raw_database.column(database, "SELECT DISTINCT stream_id FROM events")
    assert [UUID(str(each)) for each in streams] == [contact_id]


def test_all_events_of_a_command_share_their_cause(contacts: Contacts, database: str) -> None:
    """`causation_id` tells the events of one command from those of the next."""
    contacts.handle_all([a_booking(), a_group()])
    causes = raw_database.column(database, "SELECT causation_id FROM events ORDER BY position")
    assert causes[0] == causes[1] != causes[2]
    assert all(causes)


def test_personal_data_stands_in_the_state_only(contacts: Contacts, database: str) -> None:
    """The state is JSON; no other column of an event repeats a name, an e-mail or a phone."""
    canaries = {
        "email": "canary-mail@example.org",
        "first_name": "Canaryfirst",
        "last_name": "Canarylast",
        "phone": "+44 20 7946 0958",
        "company": "Canarycorp",
        "job_title": "Canaryjob",
        "notes": "Canarynotes",
    }
    contact_id = contacts.handle(a_contact(tags=("Canarytag",), **canaries)).id
    contacts.handle(
        a_booking(invitee_email="canary-mail@example.org", invitee_name="Canaryinvitee")
    )
    contacts.handle(DeleteContact(organizer_id=ORGANIZER, contact_id=contact_id))
    first_state = raw_database.value(database, "SELECT state FROM events WHERE position = 1")
    state = orjson.loads(first_state)
    assert {name: state[name] for name in canaries} == canaries
    others = ", ".join(name for name in raw_database.columns(database) if name != "state")
    rows = raw_database.rows(database, f"SELECT {others} FROM events")
    shown = repr(rows).lower()
    assert len(rows) == 3
    assert "canary" not in shown
    assert "7946" not in shown


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30_000)],
)
def test_our_connections_are_durable_and_patient(
    contacts: Contacts, pragma: str, expected: object
) -> None:
    """WAL, `synchronous=FULL`, foreign keys and a busy timeout, for reading and for writing."""
    database = contacts.engine.database
    for transaction in (database.reading, database.writing):
        with transaction() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == expected


def test_the_streams_of_many_contacts_are_read_at_once(contacts: Contacts) -> None:
    """More keys than one statement can take are read in several, without loss."""
    commands = [a_contact() for _ in range(1_100)]
    ids = {receipt.id for receipt in contacts.handle_all(commands)}
    tags = [
        TagContact(organizer_id=ORGANIZER, contact_id=each, tags=("vip",)) for each in sorted(ids)
    ]
    assert all(receipt.events == 1 for receipt in contacts.handle_all(tags))
    assert set(contacts.book.aggregates(list(ids))) == ids
