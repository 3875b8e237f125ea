"""Messages that tests write to a Kafka broker, one by one or in a transaction."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from kafka import KafkaProducer

ANSWER_SECONDS = 20

Message: TypeAlias = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]]]
"""Key, value and headers."""


class Transaction:
    """An open transaction of a producer."""

    def __init__(self, producer: KafkaProducer, wait: Callable[[], None]) -> None:
        self._producer, self._wait = producer, wait
        self.is_open = True

    def produce(self, topic: str, messages: Sequence[Message], partition: int = 0) -> list[int]:
        """Write messages and give their offsets."""
        return offsets_of(self._producer, topic, messages, partition)

    def commit(self) -> None:
        """Make its messages visible to those who read committed ones only."""
        self._producer.commit_transaction()
        self.is_open = False
        self._wait()

    def abort(self) -> None:
        """Have its messages read by nobody who reads committed ones only."""
        self._producer.abort_transaction()
        self.is_open = False
        self._wait()


def offsets_of(
    producer: KafkaProducer, topic: str, messages: Sequence[Message], partition: int | None
) -> list[int]:
    """Write messages and give their offsets."""
    sent = [
        producer.send(topic, key=key, value=value, headers=list(headers), partition=partition)
        for key, value, headers in messages
    ]
    producer.flush(timeout=ANSWER_SECONDS)
    return [record.get(timeout=ANSWER_SECONDS).offset for record in sent]
