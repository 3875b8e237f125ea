"""Carries out imports: takes in the rows that are left, or undoes what is left to undo. Broken off
at any moment, it goes on from there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from adapters.exchange.import_streams import ImportStreams, errors_of, row_taker_of
from adapters.exchange.row_accounting import ImportReport, report_of
from adapters.exchange.staging import StagedRows
from adapters.exchange.undoing import Undoer
from contacts_domain.command_fields import Source
from contacts_domain.errors import CorruptDatabase
from contacts_domain.import_events import ImportUndoStarted
from contacts_domain.imports import Import

OnProgress = Callable[[int, int], None]
"""Told how many rows (or, while undoing, events) are done and how many there are."""


@dataclass(frozen=True)
class ImportCarrier:
    """Carries out the imports of one database."""

    streams: ImportStreams
    staged: StagedRows

    def run(
        self,
        organizer_id: str,
        import_id: UUID,
        on_progress: OnProgress,
        should_stop: Callable[[], bool],
    ) -> ImportReport:
        """Do what is left, and say what became of all rows; see `Imports.run`."""
        import_ = self.streams.current(organizer_id, import_id)
        if import_.status == "running":
            self._take_in(import_, on_progress, should_stop)
        elif import_.status == "undoing":
            self._undo(import_, on_progress, should_stop)
        return self.settle(organizer_id, import_id)

    def settle(self, organizer_id: str, import_id: UUID) -> ImportReport:
        """What became of the rows; of one that has ended, only refused ones stay staged."""
        recorded = self.streams.recorded(organizer_id, import_id)
        if self.streams.current(organizer_id, import_id).status in ("completed", "cancelled"):
            self.staged.keep_only(import_id, {problem.row for problem in errors_of(recorded)})
        return report_of(recorded)

    def _take_in(
        self, import_: Import, on_progress: OnProgress, should_stop: Callable[[], bool]
    ) -> None:
        organizer_id, import_id = import_.organizer_id, import_.id
        taker = row_taker_of(self.streams.book, organizer_id, import_id)
        done = report_of(self.streams.recorded(organizer_id, import_id)).rows
        for unit, rows in self.staged.units(import_id, after=import_.units_taken_in - 1):
            if should_stop():
                return
            done += len(taker.take_in(unit, rows))
            on_progress(done, import_.started.rows)
        if self.streams.current(organizer_id, import_id).status == "running":
            raise CorruptDatabase(
                "Staged rows of the import are missing; restore the database from a backup, or "
                "cancel the import.",
                import_id=str(import_id),
            )

    def _undo(
        self, import_: Import, on_progress: OnProgress, should_stop: Callable[[], bool]
    ) -> None:
        recorded = self.streams.recorded(import_.organizer_id, import_.id)
        begun = next(each for each in recorded if isinstance(each.event, ImportUndoStarted))
        undoer = Undoer(
            self.streams.database,
            self.streams.log,
            self.streams.book,
            import_.organizer_id,
            import_.id,
            begun.provenance.actor,
            cast("Source", begun.provenance.source),
        )
        after = import_.undone_through or recorded[0].position
        undoer.undo(after, begun.position, on_progress, should_stop)
