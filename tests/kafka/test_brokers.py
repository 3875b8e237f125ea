"""The brokers of the tests themselves, and what only Apache Kafka shows."""

import signal
from time import monotonic

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError, OffsetOutOfRangeError

from tests.kafka.conftest import MakesTopics
from tests.servers import kafka, tansu
from tests.servers.apache_kafka import ApacheKafkaBroker, Mechanism, Protocol
from tests.servers.kafka import KafkaBroker, Message, an_own_kafka_broker

MESSAGES: list[Message] = [
    (b"alice", b'{"n": 1}', [("ce_id", b"1"), ("ce_id", b"twice")]),
    (None, b"", []),
    (b"bob", None, []),
]


class TestEveryBroker:
    """What both kinds show."""

    def test_a_broker_gives_back_what_it_took(self, broker: KafkaBroker, topic: str) -> None:
        assert broker.produce(topic, MESSAGES) == [0, 1, 2]
        found = [(record.key, record.value, list(record.headers)) for record in broker.read(topic)]
        assert found == [(key, value, list(headers)) for key, value, headers in MESSAGES]
        assert (broker.beginning(topic), broker.end(topic)) == (0, 3)

    def test_a_topic_has_the_partitions_asked_for(
        self, broker: KafkaBroker, make_topic: MakesTopics
    ) -> None:
        topic = make_topic(partitions=3)
        broker.produce(topic, MESSAGES[:1], partition=2)
        assert [broker.end(topic, partition) for partition in range(3)] == [0, 0, 1]

    def test_every_topic_has_an_id(self, broker: KafkaBroker, make_topic: MakesTopics) -> None:
        ids = {broker.topic_id(make_topic()) for _ in range(3)}
        assert len(ids) == 3
        assert all(found.int for found in ids)

    def test_a_committed_transaction_is_visible(self, broker: KafkaBroker, topic: str) -> None:
        with broker.a_transaction() as transaction:
            transaction.produce(topic, MESSAGES[:1])
            transaction.commit()
        assert [record.key for record in broker.read(topic)] == [b"alice"]

    def test_a_group_commits_and_goes_on_where_it_was(
        self, broker: KafkaBroker, topic: str
    ) -> None:
        broker.produce(topic, MESSAGES)
        group = {"group_id": topic, "session_timeout_ms": 2_000, "heartbeat_interval_ms": 500}
        with broker.a_consumer(**group, auto_offset_reset="earliest") as consumer:
            consumer.subscribe([topic])
            assert len(_polled(consumer, 3)) == 3
            consumer.commit()
        broker.produce(topic, MESSAGES[:1])
        with broker.a_consumer(**group, auto_offset_reset="earliest") as consumer:
            consumer.subscribe([topic])
            assert _polled(consumer, 1) == [3]


class TestBrokersOfOurOwn:
    """They leave nothing behind."""

    def test_a_broker_of_ours_is_gone_afterwards(self) -> None:
        with an_own_kafka_broker() as own:
            process, folder = own.process, own.process.folder
            assert own.is_running
            number = process.id
        assert not folder.exists()
        with pytest.raises(ProcessLookupError):
            kafka.os.kill(number, 0)

    def test_a_paused_broker_answers_when_it_goes_on(self) -> None:
        with tansu.a_tansu_broker() as own:
            topic = own.create_topic()
            with own.paused(), pytest.raises(KafkaError):
                KafkaAdminClient(**own.settings(), bootstrap_timeout_ms=300)
            assert own.produce(topic, MESSAGES) == [0, 1, 2]

    def test_the_output_says_why_a_broker_did_not_start(self) -> None:
        with tansu.a_tansu_broker() as own:
            own.stop(signal.SIGKILL)
            own.process.command.append("--no-such-option")
            with pytest.raises(RuntimeError, match="--no-such-option"):
                own.start()

    def test_an_unknown_kind_of_broker_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(kafka.GIVEN, raising=False)
        monkeypatch.setenv(kafka.SETTING, "redpanda")
        with pytest.raises(RuntimeError, match="redpanda"):
            kafka.kind_of_broker()


@pytest.mark.apache_kafka
class TestApacheKafka:
    """What Tansu does not show."""

    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
    def test_a_restart_keeps_messages(
        self, apache_broker: ApacheKafkaBroker, topic: str, how: signal.Signals
    ) -> None:
        apache_broker.produce(topic, MESSAGES)
        before = apache_broker.topic_id(topic)
        apache_broker.stop(how)
        assert not apache_broker.is_running
        apache_broker.start()
        assert len(apache_broker.read(topic)) == 3
        assert apache_broker.topic_id(topic) == before
        assert apache_broker.produce(topic, MESSAGES[:1]) == [3]

    def test_retention_moves_the_beginning(self, broker: KafkaBroker, topic: str) -> None:
        broker.produce(topic, MESSAGES)
        broker.delete_records(topic, before=2)
        assert (broker.beginning(topic), broker.end(topic)) == (2, 3)
        assert [record.offset for record in broker.read(topic)] == [2]

    @pytest.mark.parametrize("offset", [0, 9])
    def test_an_offset_that_is_not_there_is_an_error(
        self, broker: KafkaBroker, topic: str, offset: int
    ) -> None:
        broker.produce(topic, MESSAGES)
        broker.delete_records(topic, before=2)
        with broker.a_consumer() as consumer:
            consumer.assign([TopicPartition(topic, 0)])
            consumer.seek(TopicPartition(topic, 0), offset)
            with pytest.raises(OffsetOutOfRangeError):
                _polled(consumer, 1)

    def test_aborted_messages_are_invisible(self, broker: KafkaBroker, topic: str) -> None:
        with broker.a_transaction() as transaction:
            transaction.produce(topic, MESSAGES[:1])
            transaction.abort()
        broker.produce(topic, MESSAGES[2:])
        assert [record.key for record in broker.read(topic)] == [b"bob"]
        seen = broker.read(topic, isolation="read_uncommitted")
        assert [record.key for record in seen] == [b"alice", b"bob"]

    def test_a_topic_made_anew_has_another_id(self, broker: KafkaBroker, topic: str) -> None:
        broker.produce(topic, MESSAGES)
        before = broker.topic_id(topic)
        broker.recreate_topic(topic)
        assert broker.topic_id(topic) != before
        assert broker.end(topic) == 0

    @pytest.mark.parametrize(
        ("protocol", "mechanism"),
        [
            ("SSL", "PLAIN"),
            ("SASL_PLAINTEXT", "PLAIN"),
            ("SASL_PLAINTEXT", "SCRAM-SHA-256"),
            ("SASL_PLAINTEXT", "SCRAM-SHA-512"),
            ("SASL_SSL", "SCRAM-SHA-256"),
        ],
    )
    def test_clients_reach_it_by_tls_and_sasl(
        self, apache_broker: ApacheKafkaBroker, topic: str, protocol: Protocol, mechanism: Mechanism
    ) -> None:
        settings = apache_broker.secure_settings(protocol, mechanism)
        producer = KafkaProducer(**settings)
        try:
            assert producer.send(topic, b"by " + protocol.encode()).get(timeout=20).offset == 0
        finally:
            producer.close()

    def test_a_wrong_password_is_refused(self, apache_broker: ApacheKafkaBroker) -> None:
        settings = apache_broker.secure_settings("SASL_PLAINTEXT")
        with pytest.raises(KafkaTimeoutError):  # the client takes it for a lost connection
            KafkaAdminClient(**settings | {"sasl_plain_password": "x"}, bootstrap_timeout_ms=2_000)


def _polled(consumer: KafkaConsumer, wanted: int) -> list[int]:
    """The offsets of the next messages."""
    offsets: list[int] = []
    deadline = monotonic() + kafka.ANSWER_SECONDS
    while len(offsets) < wanted and monotonic() < deadline:
        for records in consumer.poll(timeout_ms=100).values():
            offsets += [record.offset for record in records]
    return offsets
