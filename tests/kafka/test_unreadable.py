"""Records that Kafka's client cannot decode end the consumer; asked again, the client would
turn for ever."""

import struct
from collections.abc import Callable

import pytest
from kafka import KafkaProducer, codec
from kafka.record import default_records

from adapters import Contacts
from contacts_domain.errors import MessageUnreadable
from tests.kafka.consuming import a_record, consumed, positions, some_records
from tests.servers.kafka import KafkaBroker

LZ4 = 3
LZ4_HEADER = bytes.fromhex("04224d18604082")
RUN = b"x" * 2_000


class NotUtf8(str):
    """The name of a header as other producers may write it."""

    __slots__ = ()

    def encode(self, *_how: str) -> bytes:
        """Bytes that no text has."""
        return b"\xff\xfe"


def in_lz4(content: bytes) -> bytes:
    """One frame of LZ4 with one block, that says of the run in it how long it is."""
    begun = content.index(RUN) + 1
    ended = begun + len(RUN) - 1
    repeated = ended - begun - 4
    block = (
        b"\xff"
        + _length(begun)
        + content[:begun]
        + struct.pack("<H", 1)
        + _length(repeated)
        + b"\xf0"
        + _length(len(content) - ended)
        + content[ended:]
    )
    return LZ4_HEADER + struct.pack("<I", len(block)) + block + bytes(4)


def _length(count: int) -> bytes:
    """What of a length is more than 15."""
    return b"\xff" * ((count - 15) // 255) + bytes([(count - 15) % 255])


def with_a_name_that_is_no_text(broker: KafkaBroker, topic: str) -> None:
    """Kafka takes any bytes for the name of a header."""
    key, value, _ = a_record()
    broker.produce(topic, [(key, value, [(NotUtf8("x"), b"")])])


def compressed_by_an_unknown_codec(broker: KafkaBroker, topic: str) -> None:
    """A producer may have what the consumer has not: the package lz4."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(KafkaProducer._COMPRESSORS, "lz4", (lambda: True, LZ4))
        patched.setattr(codec, "has_lz4", lambda: True)
        patched.setattr(default_records, "lz4_encode", in_lz4)
        with broker.a_producer(compression_type="lz4") as producer:
            key, value, _ = a_record(invitee_name=RUN.decode())
            producer.send(topic, key=key, value=value, partition=0).get(timeout=20)


@pytest.mark.parametrize(
    ("writing", "said"),
    [
        (with_a_name_that_is_no_text, r"CorruptRecordError"),
        (compressed_by_an_unknown_codec, r"\(lz4, python-snappy or zstandard\)"),
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
