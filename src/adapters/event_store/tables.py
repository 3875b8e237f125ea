"""The tables of the write side. Positions are handed out by `log_head`, never by the database.

Whoever changes a table here, or one of the projection engine's own, adds a script to `migrations/`.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from projections.columns import Instant, StreamId

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""Of rows that people name; handed out by the database, never twice."""
MIGRATIONS_TABLE = "contacts_migrations"
"""Never `alembic_version`, which may be the host's."""


@dataclass(frozen=True)
class StoreTables:
    """The write-side tables in one schema."""

    metadata: MetaData
    migrations: Table
    log_head: Table
    events: Table
    claims: Table
    consumer_positions: Table
    position_resets: Table
    parked_messages: Table
    staged_rows: Table
    tracking: Table


def store_tables(schema: str | None) -> StoreTables:
    """The tables as they are in `schema`, or without one."""
    metadata = MetaData(schema=schema)
    return StoreTables(
        metadata,
        migrations=_migrations(metadata),
        log_head=_log_head(metadata),
        events=_events(metadata),
        claims=_claims(metadata),
        consumer_positions=_consumer_positions(metadata),
        position_resets=_position_resets(metadata),
        parked_messages=_parked_messages(metadata),
        staged_rows=_staged_rows(metadata),
        tracking=_tracking(metadata),
    )


def _migrations(metadata: MetaData) -> Table:
    """One row: the revision of all other tables here. The form is Alembic's."""
    return Table(
        MIGRATIONS_TABLE,
        metadata,
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name=f"{MIGRATIONS_TABLE}_pkc"),
    )


def _log_head(metadata: MetaData) -> Table:
    """One row: the last position, and the time that never decreases. Updating it is the lock."""
    return Table(
        "log_head",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False),
        Column("recorded_at", Instant),
    )


def _events(metadata: MetaData) -> Table:
    """The log. The envelope is null for events that are not of this library."""
    return Table(
        "events",
        metadata,
        Column(
            "position",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("stream_id", StreamId, nullable=False),
        Column("stream_version", Integer, nullable=False),
        Column("name", Text, nullable=False),
        Column("schema_version", Integer),
        Column("organizer_id", Text),
        Column("recorded_at", Instant, nullable=False),
        Column("actor", Text),
        Column("source", Text),
        Column("correlation_id", Text),
        Column("causation_id", Text),
        Column("command_id", Text),
        Column("state", LargeBinary, nullable=False),
        UniqueConstraint("stream_id", "stream_version", name="uq_events_stream"),
        Index("ix_events_organizer", "organizer_id", "position"),
    )


def _claims(metadata: MetaData) -> Table:
    """Who holds what must be unique, and since which position."""
    return Table(
        "claims",
        metadata,
        Column("organizer_id", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("position", BigInteger, nullable=False),
    )


def _consumer_positions(metadata: MetaData) -> Table:
    """How far each input log has been taken in, in the transaction of the events it caused."""
    return Table(
        "consumer_positions",
        metadata,
        Column("source", Text, primary_key=True),
        Column("topic_id", Text, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("next_offset", BigInteger, nullable=False),
    )


def _position_resets(metadata: MetaData) -> Table:
    """Every time that somebody moved a position by hand, oldest first."""
    return Table(
        "position_resets",
        metadata,
        Column("id", NUMBER, primary_key=True),
        Column("source", Text, nullable=False),
        Column("topic_id", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("from_offset", BigInteger),
        Column("to_offset", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("reset_at", Instant, nullable=False),
        sqlite_autoincrement=True,
    )


def _parked_messages(metadata: MetaData) -> Table:
    """Messages that mean no command or a refused one, whole, with the reason."""
    return Table(
        "parked_messages",
        metadata,
        Column("id", NUMBER, primary_key=True),
        Column("source", Text, nullable=False),
        Column("topic_id", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("code", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("organizer_id", Text),
        Column("key", LargeBinary),
        Column("headers", Text, nullable=False),
        Column("payload", LargeBinary),
        Column("sent_at", Instant),
        Column("parked_at", Instant, nullable=False),
        UniqueConstraint(
            "source", "topic_id", "partition", "offset", name="uq_parked_messages_place"
        ),
        sqlite_autoincrement=True,
    )


def _staged_rows(metadata: MetaData) -> Table:
    """The rows of files that are being imported, a unit of work each, and those that were refused.

    They are as irreplaceable as the file that was uploaded.
    """
    return Table(
        "staged_rows",
        metadata,
        Column("import_id", StreamId, primary_key=True),
        Column("unit", Integer, primary_key=True, autoincrement=False),
        Column("organizer_id", Text, nullable=False),
        Column("rows", LargeBinary, nullable=False),
        Column("staged_at", Instant, nullable=False),
    )


def _tracking(metadata: MetaData) -> Table:
    """The last notification taken in from each upstream `eventsourcing` application."""
    return Table(
        "tracking",
        metadata,
        Column("application_name", Text, primary_key=True),
        Column("notification_id", BigInteger, nullable=False),
    )
