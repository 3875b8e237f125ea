"""The list of what fails around Kafka, row by row: injected, with the expected outcome."""

import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import IllegalStateError, LogTruncationError

from adapters import Contacts, open_contacts
from adapters.kafka.membership import Membership
from adapters.kafka.taking_in import Taker, Tally
from contacts_domain.errors import MessagesMissing, TopicRecreated
from tests.acceptance.messages import a_message
from tests.adapters.workers import until
from tests.kafka.conftest import MakesTopics
from tests.kafka.consuming import (
    ORGANIZER,
    Consuming,
    a_consumer,
    a_record,
    all_taken_in,
    consumed,
    consuming,
    positions,
    some_records,
)
from tests.read_tables import address_book, is_as_rebuilt
from tests.servers.apache_kafka import ApacheKafkaBroker
from tests.servers.kafka import KafkaBroker, Message
from tests.servers.postgres import an_own_postgres_server


def total(contacts: Contacts) -> int:
    """Contacts of the organizer whose bookings the tests make."""
    return int(contacts.contact_list.page(ORGANIZER).total or 0)


def test_bad_messages_are_parked_and_the_partition_goes_on(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """Bytes that are not JSON, JSON that is not CloudEvents, unknown type, invalid e-mail, newer
    schema, 10 MB, deeply nested, no value."""
    newer = a_message().replace(b'"source"', b'"dataschema": "/v2", "source"', 1)
    values = [b"\xff\xfe", b'{"a": 1}', a_message("moved"), a_message(invitee_email="?"), newer]
    values += [b'"' + b"x" * 10_000_000 + b'"', b"[" * 50_000 + b"]" * 50_000]
    bad: list[Message] = [(b"acme", value, []) for value in [*values, None]]
    good = some_records(len(bad))
    broker.produce(topic, [each for pair in zip(bad, good, strict=True) for each in pair])
    tally = consumed(contacts, broker, topic)
    assert tally == Tally(messages=16, applied=8, duplicates=0, parked=8)
    assert positions(contacts, topic) == {0: 16}
    page = contacts.parked_messages.page()
    assert [each.offset for each in page.items] == list(range(0, 16, 2))
    assert {each.source for each in page.items} == {topic}
    codes = [each.code for each in page.items]
    assert codes[:5] == ["not_json", *["invalid_message"] * 2, "invalid_email", "newer_message"]
    assert codes[5:] == ["invalid_message", "not_json", "invalid_message"]
    assert total(contacts) == 8


def test_a_duplicate_has_one_effect(contacts: Contacts, broker: KafkaBroker, topic: str) -> None:
    """The same message ten times, at offsets of its own, and all of it once more."""
    broker.produce(topic, [a_record(id="e-1")] * 10)
    assert consumed(contacts, broker, topic) == Tally(10, 1, 9, 0)
    broker.produce(topic, [a_record(id="e-1")])
    assert consumed(contacts, broker, topic) == Tally(1, 0, 1, 0)
    (person,) = contacts.contact_list.page(ORGANIZER).items
    assert person.total_bookings == 1


def test_an_end_before_its_beginning_comes_to_the_same(
    contacts: Contacts, tmp_path: Path, broker: KafkaBroker, make_topic: MakesTopics
) -> None:
    """Cancelled, completed, rescheduled and created, backwards and in order."""
    kinds = ("created", "rescheduled", "completed", "cancelled")
    in_order = [
        a_record(kind, id=f"e-{n}", time=f"2020-03-0{n}T10:00:00Z", invitee_name=f"Ada {kind}")
        for n, kind in enumerate(kinds, 1)
    ]
    topic = make_topic()
    broker.produce(topic, in_order[::-1])
    consumed(contacts, broker, topic)
    with open_contacts(tmp_path / "in-order.db", clock=contacts.now) as other:
        other_topic = make_topic()
        broker.produce(other_topic, in_order)
        consumed(other, broker, other_topic)
        assert address_book(contacts, ORGANIZER) == address_book(other, ORGANIZER)


# --- who owns a partition ------------------------------------------------------------------------


class Slow(Taker):
    """Takes its time before it records."""

    seconds = 0.0
    before: Callable[[], object] = staticmethod(lambda: None)

    def take_in(self, slices: Any) -> Tally:
        """Record it, later."""
        type(self).before()
        sleep(self.seconds)
        return super().take_in(slices)


def test_a_rebalance_in_mid_batch_loses_and_doubles_nothing(
    reopen: Callable[..., Contacts], broker: KafkaBroker, make_topic: MakesTopics
) -> None:
    """A second consumer joins, and leaves again, while the first one is at it."""
    topic, messages = make_topic(partitions=4), some_records(400)
    for partition in range(4):
        broker.produce(topic, messages[partition::4], partition)
    contacts = reopen()
    few = {"max_poll_records": 5}
    with consuming(contacts, broker, topic, **few) as first:
        until(lambda: first.reads(0, 1, 2, 3))
        with consuming(reopen(), broker, topic, **few) as second:
            until(lambda: len(second.health.partitions) == 2 or sum_of(contacts, topic) == 400)
        all_taken_in(contacts, topic, 400)
    assert positions(contacts, topic) == dict.fromkeys(range(4), 100)
    assert total(contacts) == 400
    applied = first.health.taken_in.applied + second.health.taken_in.applied
    assert applied == 400
    assert is_as_rebuilt(contacts)


def sum_of(contacts: Contacts, topic: str) -> int:
    """How many offsets all partitions came to."""
    return sum(positions(contacts, topic).values())


def test_what_was_polled_is_read_again_when_the_client_cannot_say_where_it_is(
    contacts: Contacts, broker: KafkaBroker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the partition was taken away, or its end cut off, between a poll and the question."""
    position, failures = KafkaConsumer.position, [IllegalStateError(), LogTruncationError({})]

    def fail_at_first(consumer: KafkaConsumer, partition: TopicPartition) -> Any:
        if failures:
            raise failures.pop()
        return position(consumer, partition)

    monkeypatch.setattr(KafkaConsumer, "position", fail_at_first)
    broker.produce(topic, some_records(10))
    assert consumed(contacts, broker, topic, max_poll_records=5).applied == 10
    assert positions(contacts, topic) == {0: 10}


def test_whoever_exceeds_the_poll_interval_records_nothing_twice(
    reopen: Callable[..., Contacts],
    broker: KafkaBroker,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The old owner's write is refused, or precedes the new owner's seek."""
    broker.produce(topic, some_records(50))
    contacts = reopen()
    slow = a_consumer(contacts, broker, topic, max_poll_interval_ms=2_000)
    slow._taker = Slow(contacts)  # type: ignore[attr-defined]
    monkeypatch.setattr(Slow, "seconds", 5.0)
    sleeper = Consuming(slow)
    until(lambda: sleeper.reads(0))
    with consuming(reopen(), broker, topic) as other:
        until(lambda: positions(contacts, topic) == {0: 50})
        monkeypatch.setattr(Slow, "seconds", 0.0)
        sleep(1)
    sleeper.stop()
    assert sleeper.error is None
    assert total(contacts) == 50
    assert sleeper.health.taken_in.applied + other.health.taken_in.applied == 50


def test_a_group_offset_that_was_reset_does_not_matter(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """The database's position wins."""
    broker.produce(topic, some_records(20))
    assert consumed(contacts, broker, topic).applied == 20
    partition = TopicPartition(topic, 0)
    with broker.a_consumer(group_id=topic) as group:
        group.assign([partition])
        group.commit({partition: OffsetAndMetadata(0, "", -1)})
        assert group.committed(partition) == 0
    broker.produce(topic, some_records(5, first=20))
    assert consumed(contacts, broker, topic) == Tally(5, 5, 0, 0)
    assert total(contacts) == 25


def test_what_was_taken_in_is_committed_to_the_group_for_monitoring(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """After the database's commit, so that tools of Kafka's show the lag."""
    broker.produce(topic, some_records(7))
    with consuming(contacts, broker, topic):
        all_taken_in(contacts, topic, 7)
        sleep(0.5)
    with broker.a_consumer(group_id=topic) as group:
        assert group.committed(TopicPartition(topic, 0)) == 7


# --- crashes -------------------------------------------------------------------------------------


class Crash(BaseException):
    """The end of a process, as far as the database can tell."""


def crash(*_anything: object, **_more: object) -> None:
    """End here."""
    raise Crash


@pytest.mark.parametrize("when", ["before the commit", "between both commits"])
def test_a_crash_around_the_commit_has_one_effect(
    when: str,
    contacts: Contacts,
    broker: KafkaBroker,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing was recorded, or all; what Kafka was told does not matter."""
    broker.produce(topic, [*some_records(10), (b"acme", b"bad", [])])
    if when == "before the commit":
        monkeypatch.setattr(contacts.book.recorder, "_follow", crash)
    else:
        monkeypatch.setattr(Membership, "_tell", crash)
    with pytest.raises(Crash):
        consumed(contacts, broker, topic)
    monkeypatch.undo()
    was_recorded = when == "between both commits"
    assert positions(contacts, topic) == {0: 11 if was_recorded else 0}
    assert contacts.parked_messages.page().total == (1 if was_recorded else 0)
    assert consumed(contacts, broker, topic).messages == (0 if was_recorded else 11)
    assert total(contacts) == 10
    assert contacts.parked_messages.page().total == 1
    assert is_as_rebuilt(contacts)


# --- the database is away ------------------------------------------------------------------------


@pytest.mark.chaos
@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.long)])
def test_a_database_that_is_down_moves_nothing_and_is_waited_for(
    seconds: int, broker: KafkaBroker, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The consumer stays in its group and recovers by itself; longer than a session lasts."""
    with an_own_postgres_server() as server:
        url = server.create_database()
        with open_contacts(url) as contacts:
            broker.produce(topic, some_records(10))
            with consuming(contacts, broker, topic) as running:
                all_taken_in(contacts, topic, 10)
                server.stop(signal.SIGINT)
                broker.produce(topic, some_records(10, first=10))
                until(lambda: running.health.failing == "database_unavailable")
                begun = monotonic()
                while monotonic() - begun < seconds:
                    assert running.is_running
                    assert running.health.is_alive(timedelta(seconds=5))
                    sleep(0.5)
                server.start()
                until(lambda: running.health.failing is None)
                all_taken_in(contacts, topic, 20)
            assert total(contacts) == 20
            assert running.health.taken_in.applied == 20
            assert running.health.retries > 0
            assert capsys.readouterr().out.count(" reading ") == 1, "it was given them once"
            assert is_as_rebuilt(contacts)


def test_a_database_that_is_away_at_the_start_is_waited_for(
    broker: KafkaBroker, topic: str
) -> None:
    """It went after it was opened, and before the first position was read."""
    with an_own_postgres_server() as server, open_contacts(server.create_database()) as contacts:
        broker.produce(topic, some_records(3))
        server.stop(signal.SIGINT)
        with consuming(contacts, broker, topic) as running:
            until(lambda: running.health.failing == "database_unavailable")
            server.start()
            all_taken_in(contacts, topic, 3)
            until(lambda: running.health.failing is None)


# --- what only Apache Kafka shows ----------------------------------------------------------------


@pytest.mark.apache_kafka
def test_a_broker_that_restarts_is_waited_for(
    contacts: Contacts, apache_broker: ApacheKafkaBroker, topic: str
) -> None:
    """No loss, and the lag recovers."""
    apache_broker.produce(topic, some_records(10))
    with consuming(contacts, apache_broker, topic) as running:
        all_taken_in(contacts, topic, 10)
        apache_broker.stop(signal.SIGKILL)
        sleep(4)
        assert running.is_running
        apache_broker.start()
        apache_broker.produce(topic, some_records(10, first=10))
        all_taken_in(contacts, topic, 20)
    assert total(contacts) == 20
    assert running.health.taken_in.applied == 20


@pytest.mark.apache_kafka
def test_messages_that_retention_took_stop_the_consumer(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """It names the missing range, and never jumps."""
    broker.produce(topic, some_records(10))
    consumed(contacts, broker, topic)
    broker.produce(topic, some_records(20, first=10))
    broker.delete_records(topic, before=25)
    with pytest.raises(MessagesMissing) as missing:
        consumed(contacts, broker, topic)
    details = missing.value.details
    assert (details["partition"], details["first_missing"], details["last_missing"]) == (0, 10, 24)
    assert "10 to 24" in missing.value.message
    assert positions(contacts, topic) == {0: 10}


def test_a_position_beyond_the_end_stops_the_consumer(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """Kafka lost messages that were taken in: it says so, and does not wait for others."""
    broker.produce(topic, some_records(10))
    consumed(contacts, broker, topic)
    ids = contacts.consumer_positions.of(topic)
    (topic_id,) = ids
    contacts.consumer_positions.reset(topic, topic_id, {0: 15}, reason="a test", actor="")
    with pytest.raises(MessagesMissing) as missing:
        consumed(contacts, broker, topic)
    details = missing.value.details
    assert (details["first_missing"], details["last_missing"]) == (10, 14)


@pytest.mark.apache_kafka
@pytest.mark.parametrize("when", ["before it starts", "while it runs"])
def test_a_topic_that_was_made_anew_stops_the_consumer(
    when: str, contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """Its offsets mean other messages, also when it has as many already."""
    broker.produce(topic, some_records(5))
    if when == "before it starts":
        consumed(contacts, broker, topic)
        remake(broker, topic)
        with pytest.raises(TopicRecreated):
            consumed(contacts, broker, topic)
    else:
        running = Consuming(a_consumer(contacts, broker, topic))
        all_taken_in(contacts, topic, 5)
        remake(broker, topic)
        running.join()
        assert isinstance(running.error, TopicRecreated | MessagesMissing)
    assert positions(contacts, topic) == {0: 5}
    assert total(contacts) == 5


def remake(broker: KafkaBroker, topic: str) -> None:
    """The same name with more and other messages."""
    broker.recreate_topic(topic)
    broker.produce(topic, some_records(9, first=100))


@pytest.mark.apache_kafka
def test_an_aborted_transaction_is_invisible(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """And one that is committed is not; offsets without a record are passed."""
    with broker.a_transaction() as transaction:
        transaction.produce(topic, some_records(5))
        transaction.abort()
    with broker.a_transaction() as transaction:
        transaction.produce(topic, some_records(5, first=5))
        transaction.commit()
    assert consumed(contacts, broker, topic) == Tally(5, 5, 0, 0)
    emails = {each.email for each in contacts.contact_list.every(ORGANIZER)}
    assert emails == {f"p{n}@example.org" for n in range(5, 10)}
    assert positions(contacts, topic) == {0: 12}
