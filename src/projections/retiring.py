"""Generations that nobody needs: old ones, kept for a while, and those given up half-way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contacts_domain.errors import DatabaseBusy, DatabaseUnavailable
from projections.emptying import empty_in_portions
from projections.engine import ProjectionEngine

DROP_PATIENCE = timedelta(milliseconds=200)
"""How long removing old tables may wait for their readers, and others for it."""
RETIREMENT = timedelta(minutes=1)
"""How long the tables of a retired generation stay for readers that have just looked them up."""


@dataclass(frozen=True, slots=True)
class OldGeneration:
    """Tables that readers are no longer shown."""

    projection: str
    generation: int
    retired_at: datetime
    is_dropped: bool
    """False where readers may still hold them; try again a minute after their retirement."""


def drop_old(engine: ProjectionEngine, names: Iterable[str]) -> list[OldGeneration]:
    """Remove the old generations of these projections, except those that readers may still hold.

    SQLite's readers keep what they saw whatever is removed, so nothing waits there.
    """
    grace = timedelta(0) if engine.database.readers_keep_dropped_tables else RETIREMENT
    with engine.database.reading() as connection:
        retired = engine.checkpoints.retired(connection)
        abandoned = engine.checkpoints.abandoned(connection)
    chosen, now = set(names), datetime.now(UTC)
    return [
        OldGeneration(
            name,
            generation,
            retired_at,
            is_dropped=((name, generation) in abandoned or retired_at <= now - grace)
            and drop_if_unused(engine, name, generation),
        )
        for name, generation, retired_at in retired
        if name in chosen
    ]


def drop_abandoned(engine: ProjectionEngine) -> None:
    """Remove what rebuilds left that were cancelled or had to begin anew."""
    with engine.database.reading() as connection:
        abandoned = engine.checkpoints.abandoned(connection)
    for name, generation in abandoned:
        drop_if_unused(engine, name, generation)


def drop_if_unused(engine: ProjectionEngine, name: str, generation: int) -> bool:
    """Remove the tables of a generation; whether that could be done now."""
    try:
        if not engine.database.loads_in_bulk:
            empty_in_portions(
                engine.database,
                engine.tables.of(name, generation),
                lambda connection: engine.checkpoints.is_retired(connection, name, generation),
            )
        patience = DROP_PATIENCE if engine.database.loads_in_bulk else None
        with engine.database.writing(patience) as connection:
            engine.drop_generation(connection, name, generation)
    except (DatabaseBusy, DatabaseUnavailable):
        return False  # a long read holds it, or it is not ours to remove: left to the next one
    return True
