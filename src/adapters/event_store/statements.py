"""The hot statements, written once as text for the driver, with the values as it wants them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.event_store.database import Database
from adapters.event_store.tables import StoreTables
from adapters.event_store.waking import channel_of
from projections.columns import damaged, instant_of, instant_text


class Statements:
    """Driver SQL and value conversion for one database."""

    def __init__(self, database: Database, tables: StoreTables) -> None:
        mark = "?" if database.is_sqlite else "%s"
        name = database.engine.dialect.identifier_preparer.format_table
        head, claims = name(tables.log_head), name(tables.claims)
        self.take_positions = (
            f"UPDATE {head} SET position = position + {mark}, recorded_at = "  # noqa: S608
            f"CASE WHEN recorded_at > {mark} THEN recorded_at ELSE {mark} END "
            "RETURNING position, recorded_at"
        )
        if not database.is_sqlite:  # told to listeners when the transaction commits
            channel = channel_of(database.schema).replace("'", "''").replace("%", "%%")
            self.take_positions += f", pg_notify('{channel}', '')"
        self.release_claim = (
            f"DELETE FROM {claims} WHERE organizer_id = {mark} "  # noqa: S608
            f"AND kind = {mark} AND key = {mark}"
        )
        self.take_claim = _insert(claims, tables.claims.columns.keys(), mark)
        self.append_event = _insert(name(tables.events), APPENDED_COLUMNS, mark)
        self.id: Callable[[UUID | str], Any] = _hex if database.is_sqlite else _as_is
        self.time: Callable[[datetime], Any] = instant_text if database.is_sqlite else _as_is
        self.read_time: Callable[[Any], datetime] = _of_text if database.is_sqlite else _in_utc


APPENDED_COLUMNS = (
    "position",
    "stream_id",
    "stream_version",
    "name",
    "schema_version",
    "organizer_id",
    "recorded_at",
    "actor",
    "source",
    "correlation_id",
    "causation_id",
    "command_id",
    "state",
)


def _insert(table: str, columns: Sequence[str], mark: str) -> str:
    marks = ", ".join(mark for _ in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


def _as_is(value: Any) -> Any:
    return value


def _hex(stream_id: UUID | str) -> str:
    return stream_id.hex if isinstance(stream_id, UUID) else stream_id


def _of_text(text: Any) -> datetime:
    try:
        return instant_of(text)
    except (TypeError, ValueError):
        raise damaged("a time") from None


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
