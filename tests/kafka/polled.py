"""What a poll brings, made without a broker."""

from typing import Any

from kafka.consumer.fetcher import ConsumerRecord

from adapters.kafka.taking_in import Slice

TOPIC, TOPIC_ID = "bookings", "7c1e9f0c-4a34-4a42-8f36-0d4f4ad3b3a1"


def a_record(offset: int, value: bytes | None, key: bytes | None = b"acme", **more: Any) -> Any:
    """What Kafka's client gives."""
    fields = dict.fromkeys(ConsumerRecord._fields)
    given = {"topic": TOPIC, "partition": 0, "offset": offset, "value": value, "key": key}
    return ConsumerRecord(
        **{**fields, "timestamp": 1_700_000_000_000, "headers": [], **given, **more}
    )


def a_slice(*values: bytes | None, partition: int = 0, read_from: int = 0) -> Slice:
    """Records one after the other."""
    records = [a_record(read_from + n, value) for n, value in enumerate(values)]
    return Slice(TOPIC, TOPIC_ID, partition, read_from, read_from + len(values), records)
