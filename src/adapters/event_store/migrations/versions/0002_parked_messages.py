"""Messages of a log that are parked, and positions that somebody moved by hand."""

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(TIMESTAMP(timezone=True), "postgresql")


def upgrade(op: Operations, schema: str | None) -> None:
    """Make both tables, empty."""
    op.create_table(
        "position_resets",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("from_offset", sa.BigInteger()),
        sa.Column("to_offset", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reset_at", INSTANT, nullable=False),
        schema=schema,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "parked_messages",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("organizer_id", sa.Text()),
        sa.Column("key", sa.LargeBinary()),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("sent_at", INSTANT),
        sa.Column("parked_at", INSTANT, nullable=False),
        sa.UniqueConstraint(
            "source", "topic_id", "partition", "offset", name="uq_parked_messages_place"
        ),
        schema=schema,
        sqlite_autoincrement=True,
    )
