"""What the brokers say of a topic: which one it is, its partitions, and which messages it holds."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    LogTruncationError,
    OffsetOutOfRangeError,
    UnknownTopicOrPartitionError,
    for_code,
)

from adapters.kafka.failures import translated
from adapters.kafka.settings import KafkaSettings
from contacts_domain.errors import UnknownTopic

READ_COMMITTED = "read_committed"
PROBE_MS = 1_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """The messages that a partition holds."""

    beginning: int
    """Offset of the first one."""
    end: int
    """Offset behind the last one that is committed."""


class Topic:
    """One topic, asked of the brokers anew each time."""

    def __init__(self, admin: Any, settings: KafkaSettings) -> None:
        """`admin` is a KafkaAdminClient."""
        self._admin = admin
        self._settings = settings
        self.name = settings.topic

    def id(self) -> str:
        """Which topic of this name it is now: recreated, it is another one.

        Empty for brokers older than Kafka 2.8. Raises UnknownTopic and BrokerUnavailable.
        """
        return str(self._described().get("topic_id") or "")

    def partitions(self) -> list[int]:
        """The numbers of its partitions. Raises UnknownTopic and BrokerUnavailable."""
        return sorted(each["partition_index"] for each in self._described()["partitions"])

    def bounds(self, partitions: Iterable[int]) -> dict[int, Bounds]:
        """Which messages these partitions hold now. Raises UnknownTopic and BrokerUnavailable."""
        asked = [TopicPartition(self.name, each) for each in partitions]
        if not asked:
            return {}
        beginnings = self._offsets(asked, OffsetSpec.EARLIEST)
        ends = self._offsets(asked, OffsetSpec.LATEST)
        return {each.partition: Bounds(beginnings[each], ends[each]) for each in asked}

    def end_seen_from(self, partition: int, offset: int) -> int:
        """The end of a partition as a reader at this offset is told it.

        Some brokers list the last batch by its first message; a reader learns of all of them. On
        others it learns that the offset is out of range: 0.
        """
        asked = TopicPartition(self.name, partition)
        options = {**self._settings.consumer_options(), "group_id": None}
        with translated():
            consumer = KafkaConsumer(**options)
            try:
                consumer.assign([asked])
                consumer.seek(asked, offset)
                consumer.poll(timeout_ms=PROBE_MS, max_records=1)
                return int(consumer.highwater(asked) or 0)
            except (OffsetOutOfRangeError, LogTruncationError):
                return 0
            finally:
                consumer.close(autocommit=False)

    def _offsets(self, partitions: Iterable[Any], which: Any) -> Mapping[Any, int]:
        with translated(), self._known():
            found = self._admin.list_partition_offsets(
                dict.fromkeys(partitions, which), isolation_level=READ_COMMITTED
            )
            return {partition: each.offset for partition, each in found.items()}

    def _described(self) -> dict[str, Any]:
        with translated(), self._known():
            (described,) = self._admin.describe_topics([self.name])
            if described["error_code"]:
                raise for_code(described["error_code"])(self.name)
            return dict(described)

    @contextmanager
    def _known(self) -> Iterator[None]:
        try:
            yield
        except UnknownTopicOrPartitionError as error:
            raise UnknownTopic(
                f"The Kafka cluster has no topic {self.name!r}, or does not show it to this "
                "client. Name another topic, or make this one; it is not made by reading it.",
                topic=self.name,
            ) from error


@contextmanager
def topic_of(settings: KafkaSettings) -> Iterator[Topic]:
    """The topic that the settings name, on a connection of its own.

    Raises BrokerUnavailable, BrokerRefused and SettingsError.
    """
    with translated():
        admin = KafkaAdminClient(**settings.client_options())
    try:
        yield Topic(admin, settings)
    finally:
        admin.close()
