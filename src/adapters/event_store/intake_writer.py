"""Writes what a unit of work takes in from a log of messages: positions, and parked messages."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from adapters.event_store.tables import StoreTables
from contacts_domain.errors import ParkedMessageNotFound, PositionMoved
from contacts_domain.free_text import sanitized
from contacts_domain.intake import Intake, LogPosition, ParkedMessage


class IntakeWriter:
    """Writes within the transaction of a unit of work, under the log's lock."""

    def __init__(self, tables: StoreTables) -> None:
        self._positions = tables.consumer_positions
        self._parked = tables.parked_messages

    def write(self, connection: Connection, intake: Intake, now: datetime) -> None:
        """Move positions, park and release. Raises PositionMoved and ParkedMessageNotFound."""
        for each in intake.positions:
            self._move(connection, each)
        if intake.parked:
            self._park(connection, [_row(each, now) for each in intake.parked])
        for message_id in intake.released:
            row = self._parked.c.id == message_id
            if connection.execute(self._parked.delete().where(row)).rowcount != 1:
                raise ParkedMessageNotFound(message_id)

    def _park(self, connection: Connection, rows: list[dict[str, object]]) -> None:
        """Those that are parked already, before a reset say, stay as they are."""
        is_sqlite = connection.dialect.name == "sqlite"
        insert: Any = sqlite.insert if is_sqlite else postgresql.insert
        connection.execute(insert(self._parked).on_conflict_do_nothing(), rows)

    def _move(self, connection: Connection, position: LogPosition) -> None:
        """Compare and set: whoever lost the partition meanwhile writes nothing."""
        table = self._positions
        moved = connection.execute(
            table.update()
            .where(
                table.c.source == position.source,
                table.c.topic_id == position.topic_id,
                table.c.partition == position.partition,
                table.c.next_offset == position.read_from,
            )
            .values(next_offset=position.next_offset)
        )
        if moved.rowcount != 1:
            raise PositionMoved(
                f"Another consumer moved {position.source} partition {position.partition} on from "
                f"offset {position.read_from}; read its position again.",
                source=position.source,
                partition=position.partition,
            )


def _row(message: ParkedMessage, now: datetime) -> dict[str, object]:
    return {
        "source": message.source,
        "topic_id": message.topic_id,
        "partition": message.partition,
        "offset": message.offset,
        "code": message.code,
        "reason": sanitized(message.reason),
        "organizer_id": message.organizer_id,
        "key": message.key,
        "headers": _as_text(message.headers),
        "payload": message.payload,
        "sent_at": message.sent_at,
        "parked_at": now,
    }


def _as_text(headers: Sequence[tuple[str, bytes | None]]) -> str:
    """Headers may hold any bytes, and names may come twice."""
    pairs = [(sanitized(name), b64encode(value or b"").decode("ascii")) for name, value in headers]
    return orjson.dumps(pairs).decode()
