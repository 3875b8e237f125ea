"""Rows of files that are being imported."""

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0003"
down_revision = "0002"

STREAM_ID = sa.Text().with_variant(sa.Uuid(), "postgresql")
INSTANT = sa.Text().with_variant(TIMESTAMP(timezone=True), "postgresql")


def upgrade(op: Operations, schema: str | None) -> None:
    """Make the table, empty."""
    op.create_table(
        "staged_rows",
        sa.Column("import_id", STREAM_ID, primary_key=True),
        sa.Column("unit", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("organizer_id", sa.Text(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("staged_at", INSTANT, nullable=False),
        schema=schema,
    )
