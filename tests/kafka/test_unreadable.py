"""Records that Kafka's client cannot decode end the consumer; asked again, the client would
turn for ever."""

from collections.abc import Callable

import pytest
from kafka import codec
from kafka.record import default_records

from adapters import Contacts
from contacts_domain.errors import MessageUnreadable
from tests.kafka.consuming import a_record, consumed, positions, some_records
from tests.servers.kafka import KafkaBroker


class NotUtf8(str):
    """The name of a header as other producers may write it."""

    __slots__ = ()

    def encode(self, *_how: str) -> bytes:
        """Bytes that no text has."""
        return b"\xff\xfe"


def with_a_name_that_is_no_text(broker: KafkaBroker, topic: str) -> None:
    """Kafka takes any bytes for the name of a header."""
    key, value, _ = a_record()
    broker.produce(topic, [(key, value, [(NotUtf8("x"), b"")])])


def compressed(broker: KafkaBroker, topic: str, how: str = "lz4") -> None:
    """As producers of many messages do."""
    with broker.a_producer(compression_type=how) as producer:
        key, value, _ = a_record(id=how, booking_id=how, invitee_email=f"{how}@example.org")
        producer.send(topic, key=key, value=value, partition=0).get(timeout=20)


@pytest.mark.sqlite
def test_all_compressions_are_read(contacts: Contacts, broker: KafkaBroker, topic: str) -> None:
    """Their packages come with the extra."""
    for how in ("gzip", "snappy", "lz4", "zstd"):
        compressed(broker, topic, how)
    assert consumed(contacts, broker, topic).applied == 4


@pytest.mark.parametrize(
    ("writing", "said"),
    [
        (with_a_name_that_is_no_text, r"CorruptRecordError"),
        (compressed, r"\(lz4, python-snappy or zstandard\)"),
    ],
)
def test_an_unreadable_record_ends_the_consumer(
    writing: Callable[[KafkaBroker, str], None],
    said: str,
    contacts: Contacts,
    broker: KafkaBroker,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came before it is taken in, and nothing is skipped."""
    broker.produce(topic, some_records(2))
    writing(broker, topic)
    broker.produce(topic, some_records(1, first=2))
    monkeypatch.setattr(codec, "has_lz4", lambda: False)
    with pytest.raises(MessageUnreadable, match=said) as stopped:
        consumed(contacts, broker, topic)
    assert stopped.value.details == {"topic": topic, "next_offsets": {0: 2}}
    assert positions(contacts, topic) == {0: 2}
    assert contacts.contact_list.page("acme").total == 2


@pytest.mark.sqlite
def test_what_decompressing_fails_on_is_not_repeated(
    contacts: Contacts, broker: KafkaBroker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each library has errors of its own; their words may be those of the record."""

    def fail(_batch: object) -> None:
        raise EOFError("ada@example.org")

    broker.produce(topic, some_records(1))
    monkeypatch.setattr(default_records.DefaultRecordBatch, "_maybe_uncompress", fail)
    with pytest.raises(MessageUnreadable, match="EOFError") as stopped:
        consumed(contacts, broker, topic)
    assert "ada@" not in str(stopped.value)
