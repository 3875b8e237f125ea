"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Dialect, Text, Uuid, types
from sqlalchemy.dialects.postgresql import TIMESTAMP

from contacts_domain.errors import CorruptDatabase


class Instant(types.TypeDecorator[datetime]):
    """A point in time, UTC, microseconds: `timestamptz`, or sortable RFC 3339 text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """The type that the database has for it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database."""
        return value if value is None or dialect.name == "postgresql" else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value if value.tzinfo is UTC else value.astimezone(UTC)
        try:
            return instant_of(value)
        except (TypeError, ValueError):
            raise damaged("a time") from None


class StreamId(types.TypeDecorator[UUID]):
    """The id of a stream; 32 hexadecimal digits on SQLite."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """The type that the database has for it."""
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """To the database."""
        return value if value is None or dialect.name == "postgresql" else value.hex

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:  # noqa: ARG002
        """From the database."""
        if value is None or isinstance(value, UUID):
            return value
        try:
            return UUID(value)
        except (AttributeError, TypeError, ValueError):
            raise damaged("an id") from None


class JsonText(types.TypeDecorator[Any]):
    """A JSON value as text, never interpreted by the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """From the database."""
        return None if value is None else orjson.loads(value)


class Folded(types.TypeDecorator[str]):
    """Text compared by code points, whatever the database's collation."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """The type that the database has for it."""
        return dialect.type_descriptor(
            Text(collation="C" if dialect.name == "postgresql" else None)
        )


def damaged(what: str) -> CorruptDatabase:
    """The error for a value that this library never wrote."""
    return CorruptDatabase(
        f"The database holds {what} that cannot be read; restore it from a backup."
    )


def instant_text(moment: datetime) -> str:
    """Fixed-width RFC 3339 in UTC; its text order is the order in time."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    """The reverse of `instant_text`."""
    return datetime.fromisoformat(text)
