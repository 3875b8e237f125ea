"""A record of Kafka becomes a command: a pure function, by CloudEvents 1.0 and its binding for
Kafka.

Structured mode is an envelope in JSON with everything in it; in binary mode the attributes are
headers `ce_…` and the value is the data alone. A record that says neither is read as structured.
"""

from collections.abc import Mapping, Sequence

from adapters.bookings.messages import command_of, command_of_envelope, decoded
from contacts_domain.commands import BookingCommand
from contacts_domain.errors import InvalidMessage

Headers = Sequence[tuple[str, bytes | None]]
"""Names in any case. A header without a value, null or empty, is one that is not there."""

ATTRIBUTE_PREFIX = "ce_"
CONTENT_TYPE = "content-type"
STRUCTURED = "application/cloudevents"
STRUCTURED_JSON = "application/cloudevents+json"


def command_of_record(headers: Headers, value: bytes | None, actor: str = "") -> BookingCommand:
    """The command that a record means. Of headers that come twice, the last one counts.

    Raises as `adapters.bookings.messages.command_of`.
    """
    if value is None:
        raise InvalidMessage("it has no value")
    last = {name.lower(): content or b"" for name, content in headers}
    content_type = _text(CONTENT_TYPE, last.get(CONTENT_TYPE, b"")).partition(";")[0]
    kind = content_type.strip().lower()
    if kind.startswith(STRUCTURED):
        if kind != STRUCTURED_JSON:
            raise InvalidMessage(f"its content-type is not {STRUCTURED_JSON}")
        return command_of(value, actor)
    if any(name.startswith(ATTRIBUTE_PREFIX) and last[name] for name in last):
        return command_of_envelope(_envelope(last, kind, value), actor)
    return command_of(value, actor)


def _envelope(headers: Mapping[str, bytes], kind: str, value: bytes) -> dict[str, object]:
    """What structured mode would have said."""
    attributes: dict[str, object] = {
        name.removeprefix(ATTRIBUTE_PREFIX): _text(name, content)
        for name, content in headers.items()
        if name.startswith(ATTRIBUTE_PREFIX) and content
    }
    if kind:
        attributes["datacontenttype"] = kind
    return {**attributes, "data": decoded(value)}


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidMessage(f"its header {name[:100]!r} is not UTF-8") from None
