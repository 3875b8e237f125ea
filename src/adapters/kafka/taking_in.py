"""Takes the records of a poll in: one unit of work, with the positions and what is to be parked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from adapters.address_book import Contacts
from adapters.bookings.defects import defect_of
from adapters.bookings.kafka_binding import Headers, command_of_record
from contacts_domain.commands import BookingCommand
from contacts_domain.errors import (
    MessageFailed,
    OrganizersUnavailable,
    Refused,
    UnknownOrganizer,
)
from contacts_domain.intake import Intake, LogPosition, ParkedMessage
from contacts_domain.outcomes import Outcome, Receipt

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_ORGANIZER_ID = 100
"""Characters; a longer key is no organizer's id."""

MAX_PARKED_BYTES = 16 * 1_048_576
"""Of a value, a key or all headers: what is longer was made to harm."""

KnowsOrganizer = Callable[[str], bool]
"""Whether the platform knows an organizer of this id."""

log = structlog.get_logger("contacts.consumer")


@dataclass(frozen=True, slots=True)
class Slice:
    """What a poll brought of one partition."""

    topic: str
    topic_id: str
    partition: int
    read_from: int
    """The offset that the database knows to be next."""
    next_offset: int
    """The offset to be next afterwards; with transactions, some offsets hold no record."""
    records: Sequence[Any]
    """Kafka's ConsumerRecords, by offset."""

    @property
    def moved(self) -> LogPosition:
        """The position, moved past these records."""
        return LogPosition(
            self.topic, self.topic_id, self.partition, self.read_from, self.next_offset
        )


@dataclass(slots=True)
class Tally:
    """What became of messages; `messages` = applied + duplicates + parked."""

    messages: int = 0
    applied: int = 0
    duplicates: int = 0
    """Those that changed nothing: taken in before, or saying what was known."""
    parked: int = 0

    def add(self, other: "Tally") -> None:
        """Count those of another tally, too."""
        self.messages += other.messages
        self.applied += other.applied
        self.duplicates += other.duplicates
        self.parked += other.parked


class Taker:
    """Takes slices in, as the messages of one platform."""

    def __init__(
        self, contacts: Contacts, *, actor: str = "", knows: KnowsOrganizer | None = None
    ) -> None:
        """`actor` stands in the history; without `knows`, every organizer is known."""
        self._contacts = contacts
        self._actor = actor
        self._knows = knows

    def take_in(self, slices: Sequence[Slice]) -> Tally:
        """Record all of it in one transaction, or nothing.

        A message that means no command, or a refused one, is parked. One that the library itself
        fails on is, too: then every message gets a transaction of its own, with its position.

        Raises PositionMoved if another consumer took the partition in meanwhile, StorageError, and
        OrganizersUnavailable if `knows` fails.
        """
        try:
            return self._unit(slices)
        except Exception as error:
            log.error("a unit is taken in message by message", reason=defect_of(error))
        tally = Tally()
        for each in slices:
            for single in _singles(each):
                tally.add(self._single(single))
        return tally

    def _single(self, single: Slice) -> Tally:
        try:
            return self._unit([single])
        except Exception as error:
            failed = MessageFailed(defect_of(error))
        (record,) = single.records
        parked = _parked(single, record, failed)
        self._contacts.handle_all([], intake=Intake(positions=[single.moved], parked=[parked]))
        return Tally(messages=1, parked=1)

    def _unit(self, slices: Sequence[Slice]) -> Tally:
        commands: list[BookingCommand] = []
        origins: list[tuple[Slice, Any]] = []
        parked: list[ParkedMessage] = []
        for each in slices:
            for record in each.records:
                try:
                    command = command_of_record(record.headers, record.value, self._actor)
                except Refused as error:
                    parked.append(_parked(each, record, error))
                    continue
                if self._is_known(command.organizer_id):
                    commands.append(command)
                    origins.append((each, record))
                else:
                    parked.append(_parked(each, record, UnknownOrganizer(), command.organizer_id))

        def park_refused(index: int, error: Refused) -> ParkedMessage:
            return _parked(*origins[index], error, commands[index].organizer_id)

        intake = Intake([each.moved for each in slices], parked, park_refused)
        outcomes = self._contacts.handle_all(commands, on_refusal="report", intake=intake)
        return _tally(outcomes, parked=len(parked))

    def _is_known(self, organizer_id: str) -> bool:
        """What the platform fails on is no defect of a message."""
        if self._knows is None:
            return True
        try:
            return self._knows(organizer_id)
        except Exception as error:
            raise OrganizersUnavailable(
                "Whether the platform knows an organizer could not be asked "
                f"({type(error).__name__}). No position has moved."
            ) from error


def _tally(outcomes: Sequence[Outcome], parked: int) -> Tally:
    receipts = [each for each in outcomes if isinstance(each, Receipt)]
    applied = sum(1 for each in receipts if each.events)
    return Tally(
        messages=len(outcomes) + parked,
        applied=applied,
        duplicates=len(receipts) - applied,
        parked=parked + len(outcomes) - len(receipts),
    )


def _singles(whole: Slice) -> Iterator[Slice]:
    """The records one by one; the last one moves the position past everything."""
    read_from = whole.read_from
    for index, record in enumerate(whole.records):
        is_last = index == len(whole.records) - 1
        next_offset = whole.next_offset if is_last else record.offset + 1
        yield replace(whole, read_from=read_from, next_offset=next_offset, records=[record])
        read_from = next_offset


def _parked(
    origin: Slice, record: Any, error: Refused, organizer_id: str | None = None
) -> ParkedMessage:
    return ParkedMessage(
        source=origin.topic,
        topic_id=origin.topic_id,
        partition=origin.partition,
        offset=record.offset,
        code=error.code,
        reason=error.message + _left_out(record),
        organizer_id=organizer_id or _organizer_of_key(record.key),
        payload=record.value and record.value[:MAX_PARKED_BYTES],
        key=record.key and record.key[:MAX_PARKED_BYTES],
        headers=record.headers if _length_of(record.headers) <= MAX_PARKED_BYTES else [],
        sent_at=_time(record.timestamp),
    )


def _left_out(record: Any) -> str:
    """What the reason says of parts that are too long: values and keys are cut, headers are not
    kept."""
    longest = max(len(record.value or b""), len(record.key or b""), _length_of(record.headers))
    if longest <= MAX_PARKED_BYTES:
        return ""
    return f" It has {longest:,} bytes, of which not more than {MAX_PARKED_BYTES:,} are kept."


def _length_of(headers: Headers) -> int:
    return sum(len(name) + len(value or b"") for name, value in headers)


def _organizer_of_key(key: bytes | None) -> str | None:
    """The key of a booking message is its organizer's id."""
    try:
        text = (key or b"").decode()
    except UnicodeDecodeError:
        return None
    return text if 0 < len(text) <= MAX_ORGANIZER_ID and text.isprintable() else None


def _time(milliseconds: int) -> datetime | None:
    """The time of a record; producers may have set anything."""
    try:
        return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds >= 0 else None
    except OverflowError:
        return None
