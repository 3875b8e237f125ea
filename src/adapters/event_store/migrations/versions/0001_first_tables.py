"""The first tables: the log, claims and positions, and the bookkeeping of the projections."""

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0001"
down_revision = None

LOG_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(TIMESTAMP(timezone=True), "postgresql")
STREAM_ID = sa.Text().with_variant(sa.Uuid(), "postgresql")


def upgrade(op: Operations, schema: str | None) -> None:
    """Make the tables, and the log's head at position 0."""
    _make_log(op, schema)
    _make_claims_and_positions(op, schema)
    _make_projection_bookkeeping(op, schema)


def _make_log(op: Operations, schema: str | None) -> None:
    log_head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", INSTANT),
        schema=schema,
    )
    op.execute(log_head.insert().values(id=1, position=0))
    op.create_table(
        "events",
        sa.Column("position", LOG_POSITION, primary_key=True, autoincrement=False),
        sa.Column("stream_id", STREAM_ID, nullable=False),
        sa.Column("stream_version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("schema_version", sa.Integer()),
        sa.Column("organizer_id", sa.Text()),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("correlation_id", sa.Text()),
        sa.Column("causation_id", sa.Text()),
        sa.Column("command_id", sa.Text()),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("stream_id", "stream_version", name="uq_events_stream"),
        schema=schema,
    )
    op.create_index("ix_events_organizer", "events", ["organizer_id", "position"], schema=schema)


def _make_claims_and_positions(op: Operations, schema: str | None) -> None:
    op.create_table(
        "claims",
        sa.Column("organizer_id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        schema=schema,
    )
    op.create_table(
        "consumer_positions",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("topic_id", sa.Text(), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        schema=schema,
    )
    op.create_table(
        "tracking",
        sa.Column("application_name", sa.Text(), primary_key=True),
        sa.Column("notification_id", sa.BigInteger(), nullable=False),
        schema=schema,
    )


def _make_projection_bookkeeping(op: Operations, schema: str | None) -> None:
    op.create_table(
        "projection_generations",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        schema=schema,
    )
    op.create_table(
        "projection_checkpoints",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("generation", sa.Integer(), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("parked", sa.Integer(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("retired_at", INSTANT),
        schema=schema,
    )
    op.create_table(
        "projection_leaders",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        schema=schema,
    )
    op.create_table(
        "parked_events",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("generation", sa.Integer(), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("organizer_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT),
        sa.Column("parked_at", INSTANT, nullable=False),
        sa.Column("streams", sa.Text(), nullable=False),
        schema=schema,
    )
    op.create_table(
        "parked_streams",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("generation", sa.Integer(), primary_key=True),
        sa.Column("stream_id", sa.Uuid(), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True),
        schema=schema,
    )
    op.create_table(
        "dropped_events",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("organizer_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT),
        sa.Column("dropped_at", INSTANT, nullable=False),
        sa.Column("dropped_by", sa.Text(), nullable=False),
        schema=schema,
    )
