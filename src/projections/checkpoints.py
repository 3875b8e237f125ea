"""How far each projection has come, per generation, and which generation readers see."""

from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, select

from contacts_domain.errors import CheckpointMoved


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Up to which position of the log a generation of a projection has been folded."""

    projection: str
    generation: int
    position: int
    parked: int
    """How many events could not be folded and wait."""
    shape: str = ""
    """Which tables and folds made the rows of this generation."""


class Checkpoints:
    """The tables `projection_generations` (the pointer) and `projection_checkpoints`."""

    def __init__(self, metadata: MetaData) -> None:
        self._active = Table(
            "projection_generations",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("generation", Integer, nullable=False),
        )
        self._checkpoints = Table(
            "projection_checkpoints",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("generation", Integer, primary_key=True),
            Column("position", BigInteger, nullable=False),
            Column("parked", Integer, nullable=False),
            Column("shape", Text, nullable=False),
        )

    def active(self, connection: Connection) -> dict[str, Checkpoint]:
        """The checkpoint of the generation that readers see, per projection."""
        table, pointer = self._checkpoints, self._active
        same = (table.c.projection == pointer.c.projection) & (
            table.c.generation == pointer.c.generation
        )
        found = connection.execute(select(table).select_from(table.join(pointer, same)))
        return {row.projection: Checkpoint(*row) for row in found}

    def of(self, connection: Connection, projection: str, generation: int) -> Checkpoint | None:
        """The checkpoint of one generation."""
        table = self._checkpoints
        row = connection.execute(
            select(table).where(table.c.projection == projection, table.c.generation == generation)
        ).one_or_none()
        return None if row is None else Checkpoint(*row)

    def generations(self, connection: Connection, projection: str) -> list[int]:
        """Every generation that exists, ascending."""
        table = self._checkpoints
        query = select(table.c.generation).where(table.c.projection == projection)
        return list(connection.execute(query.order_by(table.c.generation)).scalars())

    def begin(
        self, connection: Connection, projection: str, generation: int, shape: str
    ) -> Checkpoint:
        """A new generation, at position 0."""
        begun = Checkpoint(projection, generation, position=0, parked=0, shape=shape)
        connection.execute(
            self._checkpoints.insert().values(
                projection=projection, generation=generation, position=0, parked=0, shape=shape
            )
        )
        return begun

    def move(
        self, connection: Connection, checkpoint: Checkpoint, position: int, parked: int
    ) -> Checkpoint:
        """Compare and set: raises CheckpointMoved if `checkpoint` is no longer where it was."""
        table = self._checkpoints
        moved = connection.execute(
            table.update()
            .where(
                table.c.projection == checkpoint.projection,
                table.c.generation == checkpoint.generation,
                table.c.position == checkpoint.position,
            )
            .values(position=position, parked=parked)
        )
        if moved.rowcount != 1:
            raise CheckpointMoved(
                f"Another process moved the projection {checkpoint.projection!r} on from position "
                f"{checkpoint.position}; this batch was rolled back. Read the checkpoint again.",
                projection=checkpoint.projection,
            )
        return replace(checkpoint, position=position, parked=parked)

    def activate(self, connection: Connection, checkpoint: Checkpoint) -> None:
        """Show this generation to readers from the next transaction on."""
        table, name = self._active, checkpoint.projection
        connection.execute(table.delete().where(table.c.projection == name))
        connection.execute(table.insert().values(projection=name, generation=checkpoint.generation))

    def forget(self, connection: Connection, projection: str, generation: int) -> None:
        """Remove the checkpoint of a dropped generation."""
        table = self._checkpoints
        connection.execute(
            table.delete().where(table.c.projection == projection, table.c.generation == generation)
        )
