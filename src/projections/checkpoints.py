"""How far each projection has come, per generation, and which generation readers see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    select,
)

from contacts_domain.errors import CheckpointMoved
from projections.columns import Instant
from projections.leadership import Leadership
from projections.prepared import Prepared, PreparedQuery


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

    @property
    def version(self) -> int:
        """The version of the projection that made them; 0 if there is no telling."""
        version, _, _digest = self.shape.partition("-")
        return int(version) if version.isdecimal() else 0


class Checkpoints:
    """The tables `projection_generations` (the pointer) and `projection_checkpoints`.

    The pointer's row is also the projection's lock: who folds, retries or flips holds it.
    """

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
            Column("retired_at", Instant),
        )
        table, pointer = self._checkpoints, self._active
        self._joined = table.join(
            pointer,
            (table.c.projection == pointer.c.projection)
            & (table.c.generation == pointer.c.generation),
        )
        lock = select(pointer.c.generation).where(pointer.c.projection == bindparam("of"))
        self._lock = PreparedQuery(lock.with_for_update())
        self._lock_unled: PreparedQuery | None = None
        self._select_active = PreparedQuery(self._selection().select_from(self._joined))
        self._move = Prepared(
            table.update()
            .where(
                table.c.projection == bindparam("of"),
                table.c.generation == bindparam("built"),
                table.c.position == bindparam("before"),
                self._is_wanted(),
            )
            .values(position=bindparam("after"), parked=bindparam("waiting"))
        )

    # --- reading -------------------------------------------------------------------------------

    def active(self, connection: Connection) -> dict[str, Checkpoint]:
        """The checkpoint of the generation that readers see, per projection."""
        found = self._select_active.rows(connection)
        return {row[0]: Checkpoint(*row) for row in found}

    def unled(self, connection: Connection, leadership: Leadership) -> Iterator[Checkpoint]:
        """The active checkpoints that no worker leads, locked until the transaction ends."""
        if self._lock_unled is None:
            self._lock_unled = PreparedQuery(self._unled(connection, leadership))
        now = {} if connection.dialect.name == "postgresql" else {"now": datetime.now(UTC)}
        return (Checkpoint(*row) for row in self._lock_unled.rows(connection, **now))

    def _unled(self, connection: Connection, leadership: Leadership) -> Select[Any]:
        leaders, pointer = leadership.table, self._active
        is_led = (leaders.c.projection == pointer.c.projection) & leadership.is_led(connection)
        query = self._selection().select_from(self._joined.outerjoin(leaders, is_led))
        query = query.where(leaders.c.projection.is_(None)).order_by(pointer.c.projection)
        return query.with_for_update(of=pointer)

    def locked(self, connection: Connection, projection: str) -> Checkpoint:
        """The active checkpoint, which nobody else moves until the transaction ends."""
        self._lock.rows(connection, of=projection)
        return self.active(connection)[projection]

    def of(self, connection: Connection, projection: str, generation: int) -> Checkpoint | None:
        """The checkpoint of one generation."""
        table = self._checkpoints
        row = connection.execute(
            self._selection().where(
                table.c.projection == projection, table.c.generation == generation
            )
        ).one_or_none()
        return None if row is None else Checkpoint(*row)

    def generations(self, connection: Connection, projection: str) -> list[int]:
        """Every generation that exists, ascending."""
        table = self._checkpoints
        query = select(table.c.generation).where(table.c.projection == projection)
        return list(connection.execute(query.order_by(table.c.generation)).scalars())

    def retired(self, connection: Connection) -> list[tuple[str, int, datetime]]:
        """The generations that readers are no longer shown, and since when."""
        table = self._checkpoints.c
        query = select(table.projection, table.generation, table.retired_at)
        query = query.where(table.retired_at.is_not(None))
        ordered = query.order_by(table.projection, table.generation)
        return [(row[0], row[1], row[2]) for row in connection.execute(ordered)]

    def being_built(self, connection: Connection) -> list[Checkpoint]:
        """The generations that rebuilds are filling, or left behind half-way."""
        query = self._selection().select_from(self._newer()).where(self._is_wanted())
        return [Checkpoint(*row) for row in connection.execute(query)]

    def abandoned(self, connection: Connection) -> list[tuple[str, int]]:
        """The generations that were given up before a reader saw them."""
        table = self._checkpoints.c
        query = select(table.projection, table.generation).select_from(self._newer())
        found = connection.execute(query.where(table.retired_at.is_not(None)))
        return [(row[0], row[1]) for row in found]

    def is_retired(self, connection: Connection, projection: str, generation: int) -> bool:
        """Whether a generation waits for nothing but being dropped."""
        table = self._checkpoints.c
        query = select(table.position).where(
            table.projection == projection,
            table.generation == generation,
            table.retired_at.is_not(None),
        )
        return connection.execute(query).first() is not None

    def is_wanted(self, connection: Connection, checkpoint: Checkpoint) -> bool:
        """Whether a generation is there and has neither been given up nor replaced."""
        table = self._checkpoints.c
        query = select(table.position).where(
            table.projection == checkpoint.projection,
            table.generation == checkpoint.generation,
            self._is_wanted(),
        )
        return connection.execute(query).first() is not None

    def _newer(self) -> FromClause:
        table, pointer = self._checkpoints, self._active
        return table.join(
            pointer,
            (table.c.projection == pointer.c.projection)
            & (table.c.generation > pointer.c.generation),
        )

    def _is_wanted(self) -> ColumnElement[bool]:
        return self._checkpoints.c.retired_at.is_(None)

    def _selection(self) -> Select[Any]:
        table = self._checkpoints.c
        return select(table.projection, table.generation, table.position, table.parked, table.shape)

    # --- writing -------------------------------------------------------------------------------

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
        (moved,) = self.move_all(connection, [(checkpoint, position, parked)])
        return moved

    def move_all(
        self, connection: Connection, moves: Sequence[tuple[Checkpoint, int, int]]
    ) -> list[Checkpoint]:
        """The same for checkpoints of several projections, each with its position and parked."""
        moved = self._move.execute_many(
            connection,
            [
                {
                    "of": checkpoint.projection,
                    "built": checkpoint.generation,
                    "before": checkpoint.position,
                    "after": position,
                    "waiting": parked,
                }
                for checkpoint, position, parked in moves
            ],
        )
        if moved != len(moves):
            names = ", ".join(repr(checkpoint.projection) for checkpoint, _, _ in moves)
            raise CheckpointMoved(
                f"Another process moved the projection {names} on; this batch was rolled back. "
                "Read the checkpoint again.",
                projection=moves[0][0].projection,
            )
        return [
            replace(checkpoint, position=position, parked=parked)
            for checkpoint, position, parked in moves
        ]

    def activate(self, connection: Connection, checkpoint: Checkpoint, now: datetime) -> None:
        """Show this generation to readers from the next transaction on; its predecessor retires."""
        table, pointer, name = self._checkpoints, self._active, checkpoint.projection
        connection.execute(
            table.update()
            .where(
                table.c.projection == name,
                table.c.generation < checkpoint.generation,
                table.c.retired_at.is_(None),
            )
            .values(retired_at=now)
        )
        shown = (
            pointer.update()
            .where(pointer.c.projection == name)
            .values(generation=checkpoint.generation)
        )
        if connection.execute(shown).rowcount == 0:
            connection.execute(
                pointer.insert().values(projection=name, generation=checkpoint.generation)
            )

    def distrust(self, connection: Connection) -> None:
        """Show readers no generation any more, of no projection; new ones must be begun."""
        connection.execute(self._active.delete())

    def abandon(self, connection: Connection, projection: str, now: datetime) -> list[int]:
        """Give up the generations that are being built; whoever builds one cannot move it any more.

        Holds the projection's lock until the transaction ends, so that none becomes the active one.
        """
        table, active = self._checkpoints, self.locked(connection, projection).generation
        given_up = (
            table.update()
            .where(
                table.c.projection == projection,
                table.c.generation > active,
                self._is_wanted(),
            )
            .values(retired_at=now)
            .returning(table.c.generation)
        )
        return sorted(connection.execute(given_up).scalars())

    def forget(self, connection: Connection, projection: str, generation: int) -> bool:
        """Remove the checkpoint of a retired generation; False if it is none, or not any more."""
        table = self._checkpoints
        forgotten = connection.execute(
            table.delete().where(
                table.c.projection == projection,
                table.c.generation == generation,
                table.c.retired_at.is_not(None),
            )
        )
        return forgotten.rowcount > 0
