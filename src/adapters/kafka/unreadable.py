"""What Kafka's client cannot decode: it stands in the way and is named, for asking again would hang
the client for ever."""

from collections.abc import Mapping
from gzip import BadGzipFile

from kafka.errors import CorruptRecordError, UnsupportedCodecError

from contacts_domain.errors import MessageUnreadable

UNDECODED = (CorruptRecordError, UnsupportedCodecError, BadGzipFile)
"""Kafka's client fails with these on the records that it was given, not on reaching brokers."""


def unreadable(topic: str, read: Mapping[int, int], cause: BaseException) -> MessageUnreadable:
    """The error that ends a consumer; `read` is the next offset of each of its partitions.

    It tells no more of the cause than its name, for its words may repeat what the record says.
    """
    return MessageUnreadable(
        f"A record of the topic {topic!r} cannot be decoded: {_told(cause)} It is the next one, or "
        "stands soon after the next one, of one of these partitions (partition: next offset): "
        f"{dict(read)}. Nothing was skipped; `contacts bookings positions reset` can go on behind "
        "it.",
        topic=topic,
        next_offsets=dict(read),
    )


def _told(cause: BaseException) -> str:
    if isinstance(cause, UnsupportedCodecError):
        return (
            "it is compressed with what needs another package here (lz4, python-snappy or "
            "zstandard); install that and start again."
        )
    return (
        f"it is damaged, or the name of a header is not UTF-8 ({type(cause).__name__}). Look at it "
        "with another client."
    )
