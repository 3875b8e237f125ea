"""What becomes of records: one unit of work, with positions, and with what has to be parked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters import Contacts
from adapters.bookings import messages
from adapters.kafka.taking_in import MAX_PARKED_BYTES, Slice, Taker, Tally
from contacts_domain.errors import DatabaseUnavailable, OrganizersUnavailable, PositionMoved
from tests.acceptance.messages import a_message
from tests.kafka.consuming import ORGANIZER
from tests.kafka.polled import TOPIC, TOPIC_ID, a_record, a_slice
from tests.read_tables import is_as_rebuilt

DEEP = b"[" * 100_000 + b"]" * 100_000

BAD: dict[str, tuple[bytes | None, str]] = {
    "bytes that are not JSON": (b"\x00\xff\xfe", "not_json"),
    "half of a message": (a_message()[:-20], "not_json"),
    "nothing": (b"", "not_json"),
    "no value": (None, "invalid_message"),
    "JSON that is no CloudEvent": (b'{"hello": "world"}', "invalid_message"),
    "JSON that is no object": (b"[1, 2]", "invalid_message"),
    "an unknown type": (a_message("exploded"), "invalid_message"),
    "an invalid e-mail": (a_message(invitee_email="nobody"), "invalid_email"),
    "no organizer": (a_message(organizer_id=""), "invalid_command"),
    "ten megabytes": (a_message(notes="x" * 10_000_000), "invalid_message"),
    "deeply nested": (DEEP, "not_json"),
    "a newer schema": (
        a_message().replace(b'"source"', b'"dataschema": "https://example.org/v2", "source"', 1),
        "newer_message",
    ),
}


@pytest.fixture
def contacts(reopen: Callable[..., Contacts]) -> Contacts:
    """An address book that has begun to read a topic with two partitions."""
    opened = reopen()
    opened.consumer_positions.begin(TOPIC, TOPIC_ID, {0: 0, 1: 0})
    return opened


def a_booking(number: int, **data: Any) -> bytes:
    """The message of a booking that no other number has."""
    about = {"id": f"e-{number}", "booking_id": f"b-{number}"}
    return a_message(**{**about, "invitee_email": f"p{number}@example.org", **data})


def positions(contacts: Contacts) -> dict[int, int]:
    """Partition -> next offset."""
    return contacts.consumer_positions.of(TOPIC)[TOPIC_ID]


@pytest.mark.parametrize("what", BAD)
def test_a_bad_message_is_parked_and_its_neighbours_are_taken_in(
    what: str, contacts: Contacts
) -> None:
    """With topic, partition, offset and reason, whole, in the transaction of the position."""
    value, code = BAD[what]
    taker = Taker(contacts)
    tally = taker.take_in([a_slice(a_booking(1), value, a_booking(2))])
    assert tally == Tally(messages=3, applied=2, duplicates=0, parked=1)
    assert positions(contacts) == {0: 3, 1: 0}
    (parked,) = contacts.parked_messages.page().items
    assert (parked.source, parked.topic_id, parked.partition, parked.offset, parked.code) == (
        TOPIC, TOPIC_ID, 0, 1, code,
    )  # fmt: skip
    assert parked.reason
    assert parked.organizer_id == ORGANIZER
    content = contacts.parked_messages.content(parked.id)
    assert (content.payload, content.key) == (value, b"acme")
    assert contacts.contact_list.page(ORGANIZER).total == 2
    assert taker.take_in([a_slice(a_booking(3), read_from=3)]).applied == 1


def test_of_what_is_longer_than_any_message_only_the_beginning_is_kept(contacts: Contacts) -> None:
    """A few bytes on the wire may be compressed gigabytes."""
    bomb = b"[" + b" " * (2 * MAX_PARKED_BYTES)
    assert Taker(contacts).take_in([a_slice(bomb, a_booking(1))]).applied == 1
    (parked,) = contacts.parked_messages.page().items
    assert parked.bytes == MAX_PARKED_BYTES
    assert parked.reason.endswith(
        "It has 33,554,433 bytes, of which not more than 16,777,216 are kept."
    )


def test_headers_that_are_longer_than_any_message_are_not_kept(contacts: Contacts) -> None:
    """What else the message has is."""
    headers = [("x", b" " * MAX_PARKED_BYTES)]
    bombs = replace(a_slice(b"bad"), records=[a_record(0, b"bad", headers=headers)])
    assert Taker(contacts).take_in([bombs]).parked == 1
    (parked,) = contacts.parked_messages.page().items
    assert "not more than 16,777,216 are kept" in parked.reason
    content = contacts.parked_messages.content(parked.id)
    assert (content.payload, list(content.headers)) == (b"bad", [])


def test_a_unit_that_fails_moves_nothing_and_parks_nothing(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Position, parked messages and events are one transaction."""

    def fail(*_anything: object, **_more: object) -> None:
        raise DatabaseUnavailable("The plug was pulled.")

    recorder = contacts.book.recorder
    monkeypatch.setattr(recorder, "_append", fail)
    with pytest.raises(DatabaseUnavailable):
        Taker(contacts).take_in([a_slice(a_booking(1), b"bad")])
    monkeypatch.undo()
    assert positions(contacts) == {0: 0, 1: 0}
    assert contacts.parked_messages.page().total == 0
    assert contacts.contact_list.page(ORGANIZER).total == 0


def test_a_refused_message_does_not_roll_its_neighbours_back(contacts: Contacts) -> None:
    """A contradiction to an earlier message is refused when it is decided on."""
    first, contradiction = a_booking(1), a_booking(1, starts_at="2021-01-01T00:00:00Z")
    tally = Taker(contacts).take_in([a_slice(first, contradiction, a_booking(2))])
    assert tally == Tally(messages=3, applied=2, duplicates=0, parked=1)
    (parked,) = contacts.parked_messages.page().items
    assert (parked.offset, parked.organizer_id) == (1, ORGANIZER)


def test_a_duplicate_has_one_effect(contacts: Contacts) -> None:
    """Ten times within a unit, and ten times in later ones, at new offsets."""
    message, taker = a_booking(1), Taker(contacts)
    assert taker.take_in([a_slice(*[message] * 10)]) == Tally(10, 1, 9, 0)
    for n in range(10):
        assert taker.take_in([a_slice(message, read_from=10 + n)]).duplicates == 1
    (person,) = contacts.contact_list.page(ORGANIZER).items
    assert person.total_bookings == 1
    assert is_as_rebuilt(contacts)


def test_whoever_lost_the_partition_records_nothing(contacts: Contacts) -> None:
    """Neither of that partition nor of another one in the same unit."""
    first, second = Taker(contacts), Taker(contacts)
    first.take_in([a_slice(a_booking(1))])
    with pytest.raises(PositionMoved) as refusal:
        second.take_in([a_slice(a_booking(9)), a_slice(a_booking(2), partition=1)])
    assert refusal.value.details["partition"] == 0
    assert positions(contacts) == {0: 1, 1: 0}
    assert [each.email for each in contacts.contact_list.every(ORGANIZER)] == ["p1@example.org"]


def test_offsets_without_a_record_are_passed(contacts: Contacts) -> None:
    """The ends of transactions have offsets, too."""
    Taker(contacts).take_in([Slice(TOPIC, TOPIC_ID, 0, 0, 7, [a_record(2, a_booking(1))])])
    Taker(contacts).take_in([Slice(TOPIC, TOPIC_ID, 0, 7, 9, [])])
    assert positions(contacts)[0] == 9


def failing_on(emails: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the library that only some messages meet."""
    from contacts_domain import handlers
    from contacts_domain.commands import RecordBooking

    decide = handlers.HANDLERS[RecordBooking]

    def fail(command: Any, unit: Any) -> Any:
        if command.invitee_email in emails:
            raise ZeroDivisionError("p3@example.org")
        return decide(command, unit)

    monkeypatch.setitem(handlers.HANDLERS, RecordBooking, fail)  # type: ignore[arg-type]


def test_a_message_that_the_library_fails_on_is_parked_alone(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mended and replayed, it is as if it had never failed; no log repeats what the error says."""
    failing_on(["p3@example.org"], monkeypatch)
    taker = Taker(contacts)
    values = [a_booking(n) for n in range(6)]
    tally = taker.take_in([a_slice(*values[:4]), a_slice(*values[4:], partition=1)])
    assert tally == Tally(messages=6, applied=5, duplicates=0, parked=1)
    assert positions(contacts) == {0: 4, 1: 2}
    (parked,) = contacts.parked_messages.page().items
    assert (parked.offset, parked.code) == (3, "message_failed")
    assert "ZeroDivisionError" in parked.reason
    assert "p3@" not in parked.reason + "".join(capsys.readouterr())
    again = contacts.parked_messages.replay(parked.id)
    assert (again.outcome, again.code) == ("refused", "message_failed")
    assert "p3@" not in str(again.reason)
    monkeypatch.undo()
    assert contacts.parked_messages.replay(parked.id).outcome == "applied"
    assert contacts.contact_list.page(ORGANIZER).total == 6
    assert is_as_rebuilt(contacts)


def test_messages_of_unknown_organizers_are_parked(contacts: Contacts) -> None:
    """Where the platform says who is known; and taken in once they are."""
    forged = a_booking(1, organizer_id="mallory")
    tally = Taker(contacts, knows={"acme"}.__contains__).take_in([a_slice(forged, a_booking(2))])
    assert (tally.applied, tally.parked) == (1, 1)
    (parked,) = contacts.parked_messages.page().items
    assert (parked.code, parked.organizer_id) == ("unknown_organizer", "mallory")
    assert contacts.contact_list.page("mallory").total == 0


def test_nothing_is_parked_because_the_platform_is_away(contacts: Contacts) -> None:
    """Who is known is asked again, and no error repeats what the platform says."""

    def fail(organizer_id: str) -> bool:
        raise ConnectionError(f"no answer about {organizer_id}")

    with pytest.raises(OrganizersUnavailable, match="ConnectionError") as refusal:
        Taker(contacts, knows=fail).take_in([a_slice(a_booking(1), a_booking(2))])
    assert "acme" not in str(refusal.value)
    assert contacts.parked_messages.page().total == 0
    assert positions(contacts)[0] == 0


@pytest.mark.parametrize(
    ("timestamp", "year"), [(-1, None), (0, 1970), (2**62, None), (1_700_000_000_000, 2023)]
)
def test_any_time_of_a_record_can_be_parked(
    timestamp: int, year: int | None, contacts: Contacts
) -> None:
    """Producers may have set anything."""
    whole = Slice(TOPIC, TOPIC_ID, 0, 0, 1, [a_record(0, b"bad", timestamp=timestamp)])
    Taker(contacts).take_in([whole])
    (parked,) = contacts.parked_messages.page().items
    assert (parked.sent_at and parked.sent_at.year) == year


@pytest.mark.parametrize("key", [None, b"", b"\xff\xfe", b"nul\x00", b"k" * 101, "jürgen".encode()])
def test_any_key_and_header_can_be_parked(key: bytes | None, contacts: Contacts) -> None:
    """And comes back as it was, but for what nobody could store."""
    headers = [("ce_id", b"\xff\x00"), ("ce_id", b"twice"), ("null\x00", None)]
    record = a_record(0, b"\x00\xffbad", key=key, headers=headers)
    Taker(contacts).take_in([Slice(TOPIC, TOPIC_ID, 0, 0, 1, [record])])
    (parked,) = contacts.parked_messages.page().items
    content = contacts.parked_messages.content(parked.id)
    assert (content.key, content.payload) == (key, b"\x00\xffbad")
    assert content.headers[:2] == headers[:2]
    assert parked.organizer_id == ("jürgen" if key == "jürgen".encode() else None)


class TestParkedMessages:
    """Listed, replayed, dropped."""

    @pytest.fixture
    def parked(self, contacts: Contacts) -> Contacts:
        """Five that are parked, of two organizers and with three reasons."""
        newer = BAD["a newer schema"][0]
        values = [b"bad", newer, a_booking(1, invitee_email="no"), None, b"worse"]
        records = [
            a_record(n, value, key=b"globex" if n == 4 else b"acme")
            for n, value in enumerate(values)
        ]
        Taker(contacts).take_in([Slice(TOPIC, TOPIC_ID, 0, 0, 5, records)])
        return contacts

    def test_they_are_listed_page_by_page(self, parked: Contacts) -> None:
        first = parked.parked_messages.page(limit=2)
        assert ([each.offset for each in first.items], first.total) == ([0, 1], 5)
        rest = parked.parked_messages.page(limit=3, after=first.next)
        assert ([each.offset for each in rest.items], rest.next) == ([2, 3, 4], None)

    def test_they_are_found_by_organizer_and_reason(self, parked: Contacts) -> None:
        page = parked.parked_messages.page
        assert [each.offset for each in page(organizer_id="globex").items] == [4]
        assert [each.offset for each in page(code="not_json").items] == [0, 4]
        assert parked.parked_messages.ids(organizer_id="acme", code="not_json") == [
            page().items[0].id
        ]

    def test_a_newer_one_is_taken_in_after_an_upgrade(
        self, parked: Contacts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (newer,) = parked.parked_messages.ids(code="newer_message")
        assert parked.parked_messages.replay(newer).outcome == "refused"
        monkeypatch.setattr(messages, "KNOWN_DATA_VERSION", 2)
        assert parked.parked_messages.replay(newer).outcome == "applied"
        assert parked.parked_messages.page().total == 4
        assert parked.contact_list.page(ORGANIZER).total == 1

    def test_one_that_is_refused_again_stays_with_the_new_reason(self, parked: Contacts) -> None:
        (invalid,) = parked.parked_messages.ids(code="invalid_email")
        replayed = parked.parked_messages.replay(invalid)
        assert (replayed.outcome, replayed.code) == ("refused", "invalid_email")
        assert parked.parked_messages.get(invalid).code == "invalid_email"

    def test_one_that_is_dropped_is_gone(self, parked: Contacts) -> None:
        number = parked.parked_messages.ids()[0]
        assert parked.parked_messages.drop(number).offset == 0
        for attempt in (
            parked.parked_messages.get,
            parked.parked_messages.content,
            parked.parked_messages.replay,
            parked.parked_messages.drop,
        ):
            with pytest.raises(Exception, match="No message is parked") as refusal:
                attempt(number)
            assert getattr(refusal.value, "code", "") == "parked_message_not_found"


class TestReplayed:
    """A parked message that is replayed late overwrites nothing and brings nobody back."""

    def park(self, contacts: Contacts, monkeypatch: pytest.MonkeyPatch, value: bytes) -> int:
        """Have the library fail on it once."""
        failing_on(["ada@example.org"], monkeypatch)
        Taker(contacts).take_in([a_slice(value)])
        monkeypatch.undo()
        (number,) = contacts.parked_messages.ids()
        return number

    def test_after_later_messages_it_overwrites_nothing(
        self, contacts: Contacts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        created = a_message("created", id="e-1", time="2020-03-01T10:00:00Z", invitee_name="Old")
        cancelled = a_message(
            "cancelled", id="e-2", time="2020-03-02T10:00:00Z", invitee_name="New Name"
        )
        number = self.park(contacts, monkeypatch, created)
        Taker(contacts).take_in([a_slice(cancelled, read_from=1)])
        assert contacts.parked_messages.replay(number).outcome == "applied"
        (person,) = contacts.contact_list.page(ORGANIZER).items
        assert (person.total_bookings, person.cancelled_bookings) == (1, 1)
        assert person.first_name == "Old"  # the earliest message names somebody
        assert is_as_rebuilt(contacts)

    def test_after_a_deletion_it_resurrects_nobody(
        self, contacts: Contacts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from contacts_domain.commands import DeleteContact

        created = a_message("created", id="e-1", time="2020-03-01T10:00:00Z")
        number = self.park(contacts, monkeypatch, created)
        Taker(contacts).take_in([a_slice(a_message("completed", id="e-2"), read_from=1)])
        (person,) = contacts.contact_list.page(ORGANIZER).items
        contacts.handle(DeleteContact(organizer_id=ORGANIZER, contact_id=person.id))
        contacts.parked_messages.replay(number)
        assert contacts.contact_list.page(ORGANIZER, is_active=None).total == 0
        assert is_as_rebuilt(contacts)
