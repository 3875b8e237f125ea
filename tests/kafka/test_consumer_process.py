"""`contacts bookings consume` as a process that operators start, watch, stop and kill."""

import json
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters import Contacts
from tests.acceptance.messages import a_message
from tests.adapters.workers import until
from tests.kafka.conftest import MakesTopics
from tests.kafka.consuming import ORGANIZER, a_record, all_taken_in, positions, some_records
from tests.long_running import PROBES, LongRunningProcess, a_consumer_process
from tests.read_tables import is_as_rebuilt
from tests.servers.kafka import KafkaBroker

CANARY = "Cassandra Canary"


def metrics(process: LongRunningProcess) -> dict[tuple[str, ...], float]:
    """Name and labels, in the order of their names -> value."""
    text = process.get("/metrics")[2].decode()
    return {
        (sample.name, *dict(sorted(sample.labels.items())).values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def reads(process: LongRunningProcess) -> list[str]:
    """The partitions that it was given."""
    return list(process.health()["partitions"])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_consumer_that_is_told_to_stop_does_so_within_one_poll(
    how: signal.Signals, contacts: Contacts, database: str, broker: KafkaBroker, topic: str
) -> None:
    """With a document of what became of the messages, and 0."""
    broker.produce(topic, [*some_records(20), (b"acme", b"bad", [])])
    with a_consumer_process(database, broker, topic, "--json") as consumer:
        all_taken_in(contacts, topic, 21)
        begun = monotonic()
        assert consumer.end(how) == 0
        assert monotonic() - begun < 5
        assert json.loads(consumer.output) == {
            "messages": 21, "applied": 20, "duplicates": 0, "parked": 1,
        }  # fmt: skip
    assert consumer.logged("consumer stopped")


@pytest.mark.sqlite
def test_probes_tell_how_it_is_doing(
    contacts: Contacts, database: str, broker: KafkaBroker, topic: str
) -> None:
    """Health, readiness, and metrics: lag per partition, applied, duplicates, parked, retries."""
    twice = a_record(id="e-1")
    broker.produce(topic, [twice, twice, (b"acme", b"bad", [])])
    with a_consumer_process(database, broker, topic, *PROBES) as consumer:
        all_taken_in(contacts, topic, 3)
        until(lambda: consumer.get("/ready")[0] == 200)
        health = consumer.health()
        assert health["status"] == "ok"
        assert health["partitions"] == {"0": {"position": 3, "end": 3, "lag": 0}}
        counted = {name: health[name] for name in ("messages", "applied", "duplicates", "parked")}
        assert counted == {"messages": 3, "applied": 1, "duplicates": 1, "parked": 1}
        assert (health["retries"], health["last_error"]) == (0, None)
        told = metrics(consumer)
        assert told["contacts_booking_lag", "0", topic] == 0
        assert told["contacts_booking_position", "0", topic] == 3
        for outcome in ("applied", "duplicate", "parked"):
            assert told["contacts_booking_messages_total", outcome] == 1
        assert consumer.end(signal.SIGTERM) == 0


@pytest.mark.sqlite
def test_settings_are_told_without_secrets_and_messages_not_at_all(
    contacts: Contacts, database: str, broker: KafkaBroker, topic: str
) -> None:
    """No line holds a password, or what stands in a message, parked or not."""
    bad = a_message(invitee_name=CANARY, invitee_email=f"{CANARY}@")
    broker.produce(topic, [a_record(invitee_name=CANARY), (b"acme", bad, []), (None, bad[:-9], [])])
    settings = {
        "CONTACTS_KAFKA_SASL_USERNAME": "alice",
        "CONTACTS_KAFKA_SASL_PASSWORD": "hunter2",
        "CONTACTS_KAFKA_SSL_KEYFILE_PASSWORD": "hunter2",
    }
    with a_consumer_process(database, broker, topic, **settings) as consumer:
        all_taken_in(contacts, topic, 3)
        assert consumer.end(signal.SIGTERM) == 0
        printed = consumer.output
    (started,) = consumer.logged("consumer started")
    assert (started["topic"], started["sasl_username"]) == (topic, "alice")
    assert started["sasl_password"] == "*" * 10
    everything = "\n".join([*consumer.lines, printed])
    assert "hunter2" not in everything
    assert CANARY.lower() not in everything.lower()


@pytest.mark.sqlite
def test_it_ends_by_itself_when_nothing_is_left(
    contacts: Contacts, database: str, broker: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    """With --until-idle; and only known organizers' messages are taken in with a list of them."""
    known = tmp_path / "organizers.txt"
    known.write_text("acme\n\nglobex\n")
    broker.produce(topic, [a_record(), a_record(organizer_id="mallory", id="e-x")])
    options = ("--until-idle", "0.5", "--known-organizers", str(known), "--json")
    with a_consumer_process(database, broker, topic, *options) as consumer:
        assert consumer.wait() == 0
        assert json.loads(consumer.output)["parked"] == 1
    assert contacts.parked_messages.ids(code="unknown_organizer", organizer_id="mallory")


@pytest.mark.sqlite
def test_what_no_patience_can_mend_ends_it_with_a_line_and_1(
    contacts: Contacts, database: str, broker: KafkaBroker
) -> None:
    """A topic that is not there is not made."""
    with a_consumer_process(database, broker, "no-such-topic") as consumer:
        assert consumer.wait() == 1
    (failed,) = consumer.logged("consumer failed")
    assert failed["reason"] == "unknown_topic"
    assert "no-such-topic" not in broker.admin.list_topics()


def test_two_processes_share_the_partitions(
    contacts: Contacts, database: str, broker: KafkaBroker, make_topic: MakesTopics
) -> None:
    """When one is killed, the other one takes its partitions over."""
    topic = make_topic(partitions=2)
    with (
        a_consumer_process(database, broker, topic, *PROBES) as one,
        a_consumer_process(database, broker, topic, *PROBES) as other,
    ):
        until(lambda: sorted([*reads(one), *reads(other)]) == ["0", "1"])
        for partition in range(2):
            broker.produce(topic, some_records(20, first=20 * partition), partition)
        all_taken_in(contacts, topic, 40)
        one.end(signal.SIGKILL)
        for partition in range(2):
            broker.produce(topic, some_records(20, first=40 + 20 * partition), partition)
        all_taken_in(contacts, topic, 80)
        assert other.end(signal.SIGTERM) == 0
    assert contacts.contact_list.page(ORGANIZER).total == 80
    assert is_as_rebuilt(contacts)


@pytest.mark.chaos
def test_a_zombie_records_nothing(
    contacts: Contacts, database: str, broker: KafkaBroker, topic: str
) -> None:
    """Stopped in the midst, long enough for another one to take over, and then woken again."""
    few = {"CONTACTS_KAFKA_MAX_POLL_RECORDS": "2"}
    broker.produce(topic, some_records(300))
    with a_consumer_process(database, broker, topic, **few) as zombie:
        until(lambda: sum(positions(contacts, topic).values()) > 10)
        zombie.tell(signal.SIGSTOP)
        with a_consumer_process(database, broker, topic) as other:
            with suppress(AssertionError):  # the zombie may hold locks that the other one waits for
                until(lambda: other.logged("reading"), seconds=8)
            zombie.tell(signal.SIGCONT)
            all_taken_in(contacts, topic, 300)
            sleep(2)
            assert zombie.end(signal.SIGTERM) == 0
            assert other.end(signal.SIGTERM) == 0
    assert positions(contacts, topic) == {0: 300}
    assert contacts.contact_list.page(ORGANIZER).total == 300
    assert is_as_rebuilt(contacts)


@pytest.mark.chaos
@pytest.mark.begins_first
@pytest.mark.parametrize(
    ("seed", "kills", "messages"),
    [
        (1, 25, 2_000),
        *(pytest.param(seed, 100, 10_000, marks=pytest.mark.long) for seed in range(2, 7)),
    ],
)
def test_a_consumer_that_is_killed_again_and_again_loses_and_doubles_nothing(
    seed: int,
    kills: int,
    messages: int,
    reopen: Callable[..., Contacts],
    database: str,
    broker: KafkaBroker,
    make_topic: MakesTopics,
) -> None:
    """kill -9 at random points of the feed, and while it starts: the seed replays it.

    A twentieth of the messages is bad, a tenth says the same again; everybody's count is compared
    with one that is made without the library.
    """
    chance = random.Random(seed)
    contacts, topic = reopen(), make_topic(partitions=2)
    feed = [
        (b"acme", b"bad", []) if n % 20 == 7 else a_record(
            id=f"e-{n % 10 and n}", booking_id=f"b-{n % 10 and n}",
            invitee_email=f"p{(n % 10 and n) % 97}@example.org",
        )
        for n in range(messages)
    ]  # fmt: skip
    few = {"CONTACTS_KAFKA_MAX_POLL_RECORDS": "20"}
    share, produced = messages // kills, 0

    def taken_in() -> int:
        return sum(positions(contacts, topic).values())

    def reads_beyond(consumer: LongRunningProcess, aim: int) -> bool:
        return bool(consumer.logged("reading")) and taken_in() >= aim

    for kill in range(kills):
        more = messages if kill == kills - 1 else min(messages, (kill + 2) * share)
        for partition in range(2):
            broker.produce(topic, feed[produced + partition : more : 2], partition)
        produced = more
        with a_consumer_process(database, broker, topic, **few) as consumer:
            if chance.random() < 0.1:  # while it starts, or joins its group
                sleep(chance.uniform(0, 5))
            else:
                aim = chance.randrange(kill * share, (kill + 1) * share)
                until(partial(reads_beyond, consumer, aim), seconds=60)
                sleep(chance.uniform(0, 0.05))
            assert consumer.end(signal.SIGKILL) == -signal.SIGKILL
    with a_consumer_process(database, broker, topic) as consumer:
        until(lambda: taken_in() >= messages, seconds=60)
        assert consumer.end(signal.SIGTERM) == 0
    good = {n % 10 and n for n in range(messages) if n % 20 != 7}
    right = Counter(f"p{number % 97}@example.org" for number in good)
    listed = contacts.contact_list.page(ORGANIZER, limit=97).items
    assert {each.email: each.total_bookings for each in listed} == right
    assert contacts.statistics.of(ORGANIZER).total_bookings == len(good)
    assert contacts.parked_messages.page().total == sum(n % 20 == 7 for n in range(messages))
    assert is_as_rebuilt(contacts)
