"""Booking messages that were parked: listed, looked at, replayed once the cause is gone, or
dropped."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, func, select

from adapters.bookings.defects import defect_of
from adapters.bookings.kafka_binding import Headers, command_of_record
from adapters.event_store.database import Database
from adapters.event_store.tables import StoreTables
from contacts_domain.contact_book import ContactBook
from contacts_domain.errors import InvalidQuery, MessageFailed, ParkedMessageNotFound, Refused
from contacts_domain.free_text import sanitized
from contacts_domain.intake import Intake
from contacts_domain.outcomes import Receipt

DEFAULT_LIMIT = 50
MAX_LIMIT = 500

FACTS = (
    "id", "source", "topic_id", "partition", "offset", "code", "reason", "organizer_id",
    "sent_at", "parked_at",
)  # fmt: skip
"""The columns without the message itself."""


@dataclass(frozen=True)
class ParkedBookingMessage:
    """A message that waits for somebody to replay or drop it, without what it says."""

    id: int
    source: str
    """The topic."""
    topic_id: str
    partition: int
    offset: int
    code: str
    """The code of the error that it was refused with."""
    reason: str
    organizer_id: str | None
    """Whose it is, as far as it can be told: by its key, if the message itself cannot be read."""
    sent_at: datetime | None
    """The time that Kafka gave it, UTC."""
    parked_at: datetime
    """UTC."""
    bytes: int
    """The length of its value."""


@dataclass(frozen=True)
class ParkedContent:
    """What a parked message says; it may hold personal data, and anything else."""

    key: bytes | None
    headers: Headers
    payload: bytes | None


@dataclass(frozen=True)
class ParkedPage:
    """Some of the parked messages, oldest first."""

    items: list[ParkedBookingMessage]
    next: int | None
    """What to give as `after` for the page behind this one."""
    total: int


@dataclass(frozen=True)
class Replayed:
    """What became of a parked message that was taken in again."""

    id: int
    outcome: str
    """`applied`, `duplicate`, or `refused`: then it is still parked, with the new reason."""
    code: str | None = None
    reason: str | None = None


class ParkedMessages:
    """The parked messages of one database."""

    def __init__(self, database: Database, tables: StoreTables, book: ContactBook) -> None:
        self._database = database
        self._table = tables.parked_messages
        self._book = book

    def page(
        self,
        *,
        organizer_id: str | None = None,
        code: str | None = None,
        limit: int = DEFAULT_LIMIT,
        after: int | None = None,
    ) -> ParkedPage:
        """Parked messages in the order they were parked in, of one organizer or of all.

        Raises InvalidQuery for a limit that is not within 1 to 500.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidQuery(f"A page holds 1 to {MAX_LIMIT} messages.")
        wanted = self._wanted(organizer_id, code)
        query = self._facts().where(*wanted).order_by(self._table.c.id).limit(limit + 1)
        if after is not None:
            query = query.where(self._table.c.id > after)
        with self._database.reading() as connection:
            total = connection.execute(
                select(func.count()).select_from(self._table).where(*wanted)
            ).scalar_one()
            found = [ParkedBookingMessage(*row) for row in connection.execute(query)]
        items = found[:limit]
        return ParkedPage(items, items[-1].id if len(found) > limit else None, total)

    def ids(
        self,
        *,
        organizer_id: str | None = None,
        code: str | None = None,
        but_code: str | None = None,
    ) -> list[int]:
        """The ids of all that are parked now, or of those chosen, oldest first."""
        wanted = self._wanted(organizer_id, code)
        if but_code is not None:
            wanted.append(self._table.c.code != but_code)
        query = select(self._table.c.id).where(*wanted).order_by(self._table.c.id)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def get(self, message_id: int) -> ParkedBookingMessage:
        """One of them, without what it says. Raises ParkedMessageNotFound."""
        with self._database.reading() as connection:
            row = connection.execute(
                self._facts().where(self._table.c.id == message_id)
            ).one_or_none()
        if row is None:
            raise ParkedMessageNotFound(message_id)
        return ParkedBookingMessage(*row)

    def content(self, message_id: int) -> ParkedContent:
        """What one of them says. Raises ParkedMessageNotFound."""
        columns = self._table.c
        query = select(columns.key, columns.headers, columns.payload)
        with self._database.reading() as connection:
            row = connection.execute(query.where(columns.id == message_id)).one_or_none()
        if row is None:
            raise ParkedMessageNotFound(message_id)
        headers = [(name, b64decode(value)) for name, value in orjson.loads(row.headers)]
        return ParkedContent(row.key, headers, row.payload)

    def replay(self, message_id: int, *, actor: str = "") -> Replayed:
        """Take a parked message in again, as if it came now.

        It is parked no longer in the transaction of what it causes. One that is refused again, or
        that the library fails on again, stays, with the new reason. Raises ParkedMessageNotFound.
        """
        content = self.content(message_id)
        try:
            command = command_of_record(content.headers, content.payload, actor)
            (receipt,) = self._book.handle_all([command], intake=Intake(released=[message_id]))
        except Refused as error:
            return self._still_parked(message_id, error)
        except Exception as error:
            return self._still_parked(message_id, MessageFailed(defect_of(error)))
        changed = isinstance(receipt, Receipt) and receipt.events
        return Replayed(message_id, "applied" if changed else "duplicate")

    def drop(self, message_id: int) -> ParkedBookingMessage:
        """Forget a parked message, with all that it says. Raises ParkedMessageNotFound."""
        dropped = self.get(message_id)
        with self._database.writing() as connection:
            row = self._table.c.id == message_id
            if connection.execute(self._table.delete().where(row)).rowcount != 1:
                raise ParkedMessageNotFound(message_id)
        return dropped

    def _still_parked(self, message_id: int, error: Refused) -> Replayed:
        with self._database.writing() as connection:
            connection.execute(
                self._table.update()
                .where(self._table.c.id == message_id)
                .values(code=error.code, reason=sanitized(error.message))
            )
        return Replayed(message_id, "refused", error.code, error.message)

    def _facts(self) -> Any:
        columns = self._table.c
        size = func.coalesce(func.length(columns.payload), 0)
        return select(*[columns[name] for name in FACTS], size)

    def _wanted(self, organizer_id: str | None, code: str | None) -> list[ColumnElement[bool]]:
        columns = self._table.c
        given = {columns.organizer_id: organizer_id, columns.code: code}
        return [column == value for column, value in given.items() if value is not None]
