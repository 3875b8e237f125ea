"""Where a topic is read from: at first where somebody says, later where the database knows."""

from pathlib import Path
from typing import Any

import pytest

from adapters import Contacts
from adapters.kafka import membership
from adapters.kafka.settings import KafkaSettings
from adapters.kafka.starting import parsed_starting_point
from adapters.kafka.topic import topic_of
from contacts_domain.errors import (
    InvalidQuery,
    MessagesMissing,
    SettingsError,
    StartingPointNeeded,
    UnknownTopic,
)
from tests.adapters.workers import until
from tests.kafka.conftest import MakesTopics
from tests.kafka.consuming import (
    ORGANIZER,
    all_taken_in,
    consumed,
    consuming,
    positions,
    settings_of,
    some_records,
)
from tests.servers.kafka import KafkaBroker


@pytest.mark.sqlite
def test_the_first_start_names_where_from(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """Else nothing is read."""
    with pytest.raises(StartingPointNeeded):
        consumed(contacts, broker, topic, start=None)
    assert positions(contacts, topic) == {}


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("start", "applied"), [("earliest", 8), ("latest", 0), ({0: 3, 1: 4}, 1), ({0: 4, 1: 0}, 4)]
)
def test_it_begins_there_in_all_partitions(
    start: Any, applied: int, contacts: Contacts, broker: KafkaBroker, make_topic: MakesTopics
) -> None:
    """And the next time it goes on, wherever a start would be."""
    topic = make_topic(partitions=2)
    for partition in range(2):
        broker.produce(topic, some_records(4, first=4 * partition), partition)
    assert consumed(contacts, broker, topic, start=start).applied == applied
    assert positions(contacts, topic) == {0: 4, 1: 4}
    broker.produce(topic, some_records(2, first=8))
    assert consumed(contacts, broker, topic, start="latest").applied == 2


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("start", "error"),
    [({0: 9}, MessagesMissing), ({0: 0, 1: 0}, InvalidQuery), ({1: 0}, InvalidQuery)],
)
def test_a_start_that_does_not_fit_is_refused(
    start: Any, error: type[Exception], contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """Offsets that are not there, and partitions that are not, or not named."""
    broker.produce(topic, some_records(4))
    with pytest.raises(error):
        consumed(contacts, broker, topic, start=start)
    assert positions(contacts, topic) == {}


@pytest.mark.sqlite
def test_a_topic_that_is_not_there_is_not_made(contacts: Contacts, broker: KafkaBroker) -> None:
    """It is named."""
    with pytest.raises(UnknownTopic, match="nowhere-to-be-found"):
        consumed(contacts, broker, "nowhere-to-be-found")
    assert "nowhere-to-be-found" not in broker.admin.list_topics()


@pytest.mark.apache_kafka
def test_a_partition_that_comes_later_begins_at_its_first_message(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """Though the topic began at its end."""
    consumed(contacts, broker, topic, start="latest")
    broker.admin.create_partitions({topic: 2})
    broker.produce(topic, some_records(3), 1)
    assert consumed(contacts, broker, topic, start="latest").applied == 3


def test_a_reset_is_noticed_by_a_consumer_that_runs(
    contacts: Contacts, broker: KafkaBroker, topic: str
) -> None:
    """It goes on from there with the next message."""
    broker.produce(topic, [*some_records(5), (b"acme", b"bad", [])])
    with consuming(contacts, broker, topic) as running:
        all_taken_in(contacts, topic, 6)
        with topic_of(settings_of(broker, topic)) as asked:
            (reset,) = contacts.consumer_positions.reset(
                topic, asked.id(), {0: 2}, reason="once more", actor="ada"
            )
        assert (reset.from_offset, reset.to_offset) == (6, 2)
        broker.produce(topic, some_records(1, first=6))
        until(lambda: running.health.taken_in.duplicates == 3)
        all_taken_in(contacts, topic, 7)
    assert contacts.contact_list.page(ORGANIZER).total == 6
    assert contacts.parked_messages.page().total == 1, "what is parked is not parked twice"
    assert [each.reason for each in contacts.consumer_positions.resets(topic)] == ["once more"]


def test_a_reset_is_noticed_though_no_message_comes(
    contacts: Contacts, broker: KafkaBroker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the next check of positions."""
    monkeypatch.setattr(membership, "CHECK_SECONDS", 0.5)
    broker.produce(topic, some_records(6))
    with consuming(contacts, broker, topic) as running:
        all_taken_in(contacts, topic, 6)
        (position,) = [e for e in contacts.consumer_positions.all() if e.source == topic]
        contacts.consumer_positions.reset(
            topic, position.topic_id, {0: 2}, reason="once more", actor="ada"
        )
        until(lambda: running.health.taken_in.duplicates == 4)
        all_taken_in(contacts, topic, 6)


@pytest.mark.parametrize(
    ("text", "point"),
    [("earliest", "earliest"), ("latest", "latest"), ("0:120, 1:77", {0: 120, 1: 77})],
)
def test_a_starting_point_is_written_in_words_or_offsets(text: str, point: object) -> None:
    """For every partition its own."""
    assert parsed_starting_point(text) == point


@pytest.mark.parametrize(
    "text", ["", "first", "0", "0:", ":1", "0:x", "0:1,0:2", "0:-1", "٣:1", "0:" + "9" * 5000]
)
def test_anything_else_is_no_starting_point(text: str) -> None:
    """It is refused, with what could be written."""
    with pytest.raises(InvalidQuery):
        parsed_starting_point(text)


class TestSettings:
    """Of the environment; secrets are told to Kafka's client only."""

    def test_half_of_a_login_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="CONTACTS_KAFKA_SASL_PASSWORD"):
            KafkaSettings(security_protocol="SASL_SSL", sasl_username="ada").client_options()

    @pytest.mark.parametrize(
        "servers", ["localhost:kafka", "localhost:", "a:9092,b:99999", "a:9092,b:0", "[::1]:x"]
    )
    def test_addresses_end_in_ports(self, servers: str) -> None:
        with pytest.raises(SettingsError, match="CONTACTS_KAFKA_BOOTSTRAP_SERVERS"):
            KafkaSettings.read(bootstrap_servers=servers)

    @pytest.mark.parametrize("topic", ["", "bad topic", "a/b", "bücher", "x" * 250])
    def test_names_that_no_topic_can_have_are_refused(self, topic: str) -> None:
        with pytest.raises(SettingsError, match="CONTACTS_KAFKA_TOPIC"):
            KafkaSettings.read(topic=topic)

    @pytest.mark.parametrize("servers", ["localhost", "a:9092, b:9093", "[::1]:9092", "::1"])
    def test_addresses_may_leave_them_out(self, servers: str) -> None:
        assert KafkaSettings.read(bootstrap_servers=servers).bootstrap_servers == servers

    @pytest.mark.parametrize("setting", ["ssl_cafile", "ssl_certfile"])
    @pytest.mark.parametrize("is_there", [False, True])
    def test_certificates_that_cannot_be_read_are_refused(
        self, setting: str, is_there: bool, tmp_path: Path
    ) -> None:
        path = tmp_path / "certificate.pem"
        if is_there:
            path.write_text("no certificate")
        settings = KafkaSettings.read(security_protocol="SSL", **{setting: str(path)})
        with pytest.raises(SettingsError, match="CONTACTS_KAFKA_SSL_CAFILE"):
            settings.client_options()

    def test_secrets_are_not_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CONTACTS_KAFKA_SASL_PASSWORD", "hunter2")
        settings = KafkaSettings.read(
            security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN", sasl_username="ada"
        )
        options = settings.client_options()
        assert options["sasl_plain_password"].startswith("hunter2")
        assert "hunter2" not in f"{settings!r} {settings.told()} {options}"

    def test_the_consumer_moves_nowhere_by_itself(self) -> None:
        options = KafkaSettings().consumer_options()
        assert options["enable_auto_commit"] is False
        assert options["auto_offset_reset"] == "none"
        assert options["isolation_level"] == "read_committed"
        assert options["allow_auto_create_topics"] is False
