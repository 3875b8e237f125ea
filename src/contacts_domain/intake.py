"""What a unit of work takes in from a log of messages, in the transaction of the events it causes:
the log's position moves, and messages that mean no command, or a refused one, are parked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contacts_domain.errors import Refused


@dataclass(frozen=True, slots=True)
class LogPosition:
    """How far an input log has been taken in: moved from `read_from` to `next_offset`."""

    source: str
    topic_id: str
    partition: int
    read_from: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message that was set aside, whole, with the reason."""

    source: str
    topic_id: str
    partition: int
    offset: int
    code: str
    """The code of the error that it was refused with."""
    reason: str
    """In words, without personal data of the message."""
    organizer_id: str | None
    """Whose it is, as far as it can be told."""
    payload: bytes | None
    """As it came; None for a message without a value."""
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    sent_at: datetime | None = None
    """The time that the log gave it, UTC."""


ParkRefused = Callable[[int, Refused], ParkedMessage]
"""Makes of the command at an index, and of why it was refused, what to park."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What is recorded of messages beside the events that they cause."""

    positions: Sequence[LogPosition] = ()
    parked: Sequence[ParkedMessage] = ()
    """Messages that mean no command."""
    park_refused: ParkRefused | None = None
    """Without it, a refused command leaves no trace."""
    released: Sequence[int] = ()
    """Ids of parked messages that this unit takes in."""

    def __bool__(self) -> bool:
        return bool(self.positions or self.parked or self.released)

    def decided(self, refused: Mapping[int, Refused]) -> "Intake":
        """The same, once it is known which commands, by their index, were refused and why."""
        if self.park_refused is None or not refused:
            return self
        parked = [self.park_refused(index, error) for index, error in refused.items()]
        return replace(self, parked=[*self.parked, *parked])


NOTHING_TAKEN_IN = Intake()
