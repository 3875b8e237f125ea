"""Verifying: the read tables are computed again from the log and compared with what is there.

The real database is only read, in one transaction that sees one moment, as a backup would: each
projection is compared as of its own checkpoint, without the events that it has parked or dropped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, Table, and_, select, type_coerce
from sqlalchemy.types import NullType

from projections.checkpoints import Checkpoint
from projections.comparing import (
    Difference,
    Stored,
    columns_of,
    differences,
    side_by_side,
    stored_rows,
)
from projections.contact_list import contact_list_table
from projections.engine import ProjectionEngine, refuse_beyond_log
from projections.parking import EventPlace
from projections.refolding import Refolding
from projections.search_index_comparing import differing_entries
from projections.storage import Database

LIMIT = 100
"""How many differences are told by default; all are counted."""


@dataclass(frozen=True, slots=True)
class VerificationProgress:
    """How far a verification has come: with the events, then with the tables."""

    step: Literal["folding", "comparing"]
    done: int
    total: int


OnProgress = Callable[[VerificationProgress], None]


@dataclass(frozen=True, slots=True)
class VerifiedProjection:
    """What was compared, and as of which position."""

    projection: str
    generation: int
    position: int
    """The checkpoint; what came after it was not looked at."""
    head: int
    rows: int
    """So many rows follow from the log."""
    parked: int
    """Events that wait, and were left out on both sides."""
    dropped: int
    """Events passed over for ever, likewise."""
    differences: int


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the read tables are what the log says."""

    projections: list[VerifiedProjection]
    differences: list[Difference]
    """The first ones, in the order of tables and keys."""

    @property
    def total(self) -> int:
        """How many differences there are, told or not."""
        return sum(each.differences for each in self.projections)


def verify(
    engine: ProjectionEngine,
    scratch: Database,
    names: Iterable[str],
    *,
    limit: int = LIMIT,
    on_progress: OnProgress = lambda _: None,
) -> Verification:
    """Compare the projections that `names` mean, row by row; at most `limit` differences are told.

    `scratch` is an empty database. Raises UnknownProjection, OutdatedDatabase,
    NewerDatabase, CheckpointBeyondLog and ProjectorFailed.
    """
    chosen = engine.named(list(names))
    with engine.database.reading() as real:
        head = engine.log.head(real)
        active = engine.checkpoints.active(real)
        compared = [_Comparison(engine, real, active[name], head, limit) for name in sorted(chosen)]
        refolding = Refolding(scratch, engine, chosen)
        _fold(engine, real, refolding, compared, on_progress)
        told: list[Difference] = []
        with scratch.reading() as anew:
            total = sum(len(each.tables) for each in compared)
            done = 0
            for each in compared:
                for _ in each.compare(anew, refolding, told):
                    done += 1
                    on_progress(VerificationProgress("comparing", done, total))
        return Verification([each.result for each in compared], told)


def _fold(
    engine: ProjectionEngine,
    real: Connection,
    refolding: Refolding,
    compared: list["_Comparison"],
    on_progress: OnProgress,
) -> None:
    """Read the log once and fold it up to each checkpoint."""
    position, end = 0, max((each.checkpoint.position for each in compared), default=0)
    while position < end:
        events = engine.log.read(real, position, engine.batch_size)
        before, position = position, events[-1].position if events else end
        for each in compared:
            last = min(position, each.checkpoint.position)
            if before < last:
                folded = [
                    event
                    for event in events
                    if event.position <= last and EventPlace.of(event) not in each.left_out
                ]
                refolding.fold_strictly(each.checkpoint.projection, folded, last)
        on_progress(VerificationProgress("folding", min(position, end), end))


@dataclass
class _Comparison:
    """One projection of the real database, as it is in one transaction."""

    engine: ProjectionEngine
    real: Connection
    checkpoint: Checkpoint
    head: int
    limit: int
    left_out: set[EventPlace] = field(init=False)
    rows: int = field(init=False, default=0)
    count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.engine.refuse_other_version(self.checkpoint)
        refuse_beyond_log(self.checkpoint, self.head)
        name, position = self.checkpoint.projection, self.checkpoint.position
        dropped = self.engine.parking.dropped(self.real, name, 0, position)
        parked = self.engine.parking.places(self.real, self.checkpoint)
        self.left_out, self._parked, self._dropped = dropped | parked, len(parked), len(dropped)
        self._keep_tables()

    def _keep_tables(self) -> None:
        """Touch them, so that nobody removes them before they are compared."""
        for table in self.tables:
            self.real.execute(select(*table.primary_key.columns).limit(0))

    @property
    def tables(self) -> list[Table]:
        """The tables that readers see."""
        checkpoint = self.checkpoint
        tables = self.engine.tables.of(checkpoint.projection, checkpoint.generation)
        return [*tables.tables.values()]

    @property
    def result(self) -> VerifiedProjection:
        """What came of it."""
        return VerifiedProjection(
            projection=self.checkpoint.projection,
            generation=self.checkpoint.generation,
            position=self.checkpoint.position,
            head=self.head,
            rows=self.rows,
            parked=self._parked,
            dropped=self._dropped,
            differences=self.count,
        )

    def compare(
        self, anew: Connection, refolding: Refolding, told: list[Difference]
    ) -> Iterator[None]:
        """Compare table by table; up to `limit` differences are added to `told`."""
        name = self.checkpoint.projection
        made = refolding.tables_of(name)
        real = self.engine.tables.of(name, self.checkpoint.generation)
        for factory, table in real.tables.items():
            self._compare_rows(anew, made.tables[factory], table, [*made.tables.values()], told)
            if factory is contact_list_table:
                self._compare_index(anew, made.tables[factory], table, told)
            yield

    def _compare_rows(
        self,
        anew: Connection,
        made: Table,
        table: Table,
        siblings: list[Table],
        told: list[Difference],
    ) -> None:
        def organizer_of(row: Stored) -> str | None:
            return _organizer_of(anew, made, siblings, row)

        pairs = side_by_side(
            stored_rows(anew, made), stored_rows(self.real, table), len(table.primary_key.columns)
        )
        for expected, found in pairs:
            self.rows += expected is not None
            if expected != found:
                name = self.checkpoint.projection
                self._count(differences(name, made, organizer_of, expected, found), told)

    def _compare_index(
        self, anew: Connection, made: Table, table: Table, told: list[Difference]
    ) -> None:
        for entry in differing_entries(anew, made, self.real, table):
            self._count(
                [
                    Difference(
                        projection=self.checkpoint.projection,
                        table="contact_search",
                        organizer_id=entry.organizer_id,
                        key=entry.key,
                        kind="different",
                        column="search_text",
                        expected="as the row",
                        found=f"{entry.missing} trigrams missing, {entry.superfluous} too many",
                    )
                ],
                told,
            )

    def _count(self, found: Iterable[Difference], told: list[Difference]) -> None:
        for difference in found:
            self.count += 1
            if len(told) < self.limit:
                told.append(difference)


OWNERS = ("organizer_id", "owner_id")


def _organizer_of(
    connection: Connection, table: Table, siblings: Sequence[Table], row: Stored
) -> str | None:
    """Whose a row is, by itself or by the row that a sibling table has under the same key."""
    values = {column.name: value for column, value in zip(columns_of(table), row, strict=True)}
    for name in OWNERS:
        if name in values:
            return str(values[name])
    keys = [column.name for column in table.primary_key.columns]
    for each in siblings:
        if [c.name for c in each.primary_key.columns] == keys and "organizer_id" in each.c:
            same = and_(*(type_coerce(each.c[k], NullType()) == values[k] for k in keys))
            found = connection.execute(select(each.c.organizer_id).where(same)).scalar()
            if found is not None:
                return str(found)
    return None
