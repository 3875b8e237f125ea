"""Events folded anew into read tables of a scratch database, beside the real ones.

The engine, the folds and the queries are the same; only the database is another, and nobody else
sees it. Verifying compares what comes of it, looking back reads it.
"""

from collections.abc import Iterable, Sequence

from contacts_domain.event_schema import RecordedEvent
from projections.advancing import Batch, Notice
from projections.engine import ProjectionEngine
from projections.generations import GenerationTables
from projections.storage import Database


class Refolding:
    """Projections of a real database, folded from the first event on into a scratch one."""

    def __init__(
        self,
        scratch: Database,
        real: ProjectionEngine,
        names: Iterable[str],
        on_parked: Notice = lambda _projection, _event, _error: None,
    ) -> None:
        self.database = scratch
        projections = [real.projections[name] for name in names]
        self.engine = ProjectionEngine(scratch, real.log, projections, on_parked)
        with scratch.writing() as connection:
            self.engine.prepare(connection)
            self._checkpoints = self.engine.checkpoints.active(connection)

    def tables_of(self, name: str) -> GenerationTables:
        """The tables that hold what was folded."""
        return self.engine.tables.of(name, self._checkpoints[name].generation)

    @property
    def parked(self) -> int:
        """How many events could not be folded, or hang on one that could not."""
        return sum(each.parked for each in self._checkpoints.values())

    def fold(self, name: str, events: Sequence[RecordedEvent], last: int) -> None:
        """Fold what comes next, up to the position `last`; what cannot be folded is parked."""
        with self.database.writing() as connection:
            before = self._checkpoints[name]
            self._checkpoints[name] = self.engine.advancing.advance(
                connection, before, Batch(events, last)
            )

    def fold_strictly(self, name: str, events: Sequence[RecordedEvent], last: int) -> None:
        """As `fold`, but what cannot be folded raises ProjectorFailed."""
        with self.database.writing() as connection:
            before = self._checkpoints[name]
            after = self.engine.advancing.advance_strictly(connection, before, Batch(events, last))
            self._checkpoints[name] = after
