"""Imports as a host or a wizard sees them: start, preview, confirm, watch, cancel, resume, undo.

file -> staged rows -> StartImport -> preview -> ConfirmImport -> units of rows -> completed
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from adapters.exchange.carrying_out import ImportCarrier, OnProgress
from adapters.exchange.error_file import write_error_file
from adapters.exchange.import_runner import ImportRunner, ThreadRunner
from adapters.exchange.import_streams import (
    ImportStreams,
    UndoReport,
    plan_of,
    reasons_by_row,
    undo_report_of,
)
from adapters.exchange.limits import DEFAULT_LIMITS, ImportLimits
from adapters.exchange.mapping.matching import Proposal
from adapters.exchange.previewing import Preview, Trial
from adapters.exchange.row_accounting import ImportReport, report_of
from adapters.exchange.staging import StagedRows
from adapters.exchange.starting_imports import (
    AS_PROPOSED,
    FieldOfHeader,
    ImportChoices,
    ReadFile,
    read_file,
    replanned,
)
from contacts_domain.command_fields import Source
from contacts_domain.contact_book import ContactBook
from contacts_domain.import_commands import CancelImport, ConfirmImport, UndoImport
from contacts_domain.import_events import ImportPlan, OnDuplicate, RowProblem
from contacts_domain.outcomes import Receipt
from projections.engine import ProjectionEngine
from projections.imports import find_completed
from projections.paging import checked_limit
from projections.queries import Imports as ImportQueries

PREVIEWED_ROWS = 20


def _ignore_progress(_done: int, _total: int) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True)
class StartedImport:
    """An import before it is confirmed: what was found, and what is planned."""

    id: UUID
    rows: int
    proposal: Proposal
    plan: ImportPlan
    unmapped: tuple[str, ...]
    """Headers of columns with content that are not imported."""
    format: str
    encoding: str
    delimiter: str
    sheet: str


@dataclass(frozen=True)
class ImportedFile:
    """An import that was carried out."""

    id: UUID
    report: ImportReport


class Imports(ImportQueries):
    """The imports of all organizers: what is asked of them, and how they stand."""

    def __init__(
        self,
        engine: ProjectionEngine,
        clock: Callable[[], datetime],
        *,
        database: Database,
        log: SqlEventLog,
        book: ContactBook,
        staged: StagedRows,
        limits: ImportLimits = DEFAULT_LIMITS,
        runner: ImportRunner | None = None,
    ) -> None:
        super().__init__(engine, clock)
        self._book = book
        self._staged = staged
        self._limits = limits
        self._streams = ImportStreams(database, log, book)
        self._carrier = ImportCarrier(self._streams, staged)
        self._trial = Trial(book, staged, clock)
        self._runner = ThreadRunner(self._carry_out) if runner is None else runner

    # --- all in one go -------------------------------------------------------------------------

    def import_file(
        self,
        organizer_id: str,
        source: Path | BinaryIO,
        *,
        file_name: str | None = None,
        choices: ImportChoices = AS_PROPOSED,
        actor: str = "",
        via: Source = "library",
        on_progress: OnProgress = _ignore_progress,
    ) -> ImportedFile:
        """Import all rows of a file as proposed.

        The same file again, to nothing new, records nothing and answers the first import's id.
        `source` is a path, or an open binary file that can be read from any place. Raises
        UnreadableFile, FileTooLarge and InvalidQuery, with nothing imported.
        """
        read = self._read(organizer_id, source, file_name, choices)
        try:
            read.require_email()
            imported = self._repeated(organizer_id, read, actor, via)
            if imported is None:
                self._book.handle(read.command(organizer_id, actor, via))
        except BaseException:
            self._staged.drop(read.import_id)
            raise
        if imported is None:
            self.confirm(organizer_id, read.import_id, actor=actor, via=via)
            report = self.run(organizer_id, read.import_id, on_progress=on_progress)
            imported = ImportedFile(read.import_id, report)
        else:
            self._staged.drop(read.import_id)
        imported.report.warnings[:0] = [
            RowProblem(row=1, field=header, reason="unknown column, not imported")
            for header in read.unmapped
        ]
        return imported

    def _repeated(
        self, organizer_id: str, read: ReadFile, actor: str, via: Source
    ) -> ImportedFile | None:
        """What a file comes to that was imported before, if it would change nothing now."""
        with self.moment() as (connection, tables):
            first = find_completed(connection, tables, organizer_id, read.sha256)
        if first is None:
            return None
        begin = read.command(organizer_id, actor, via)
        confirmation = _confirmation(organizer_id, read.import_id, None, actor, via)
        report = self._trial.run(organizer_id, read.import_id, [begin, confirmation]).report
        return ImportedFile(first, report) if report.changes_nothing else None

    # --- step by step --------------------------------------------------------------------------

    def start(
        self,
        organizer_id: str,
        source: Path | BinaryIO,
        *,
        file_name: str | None = None,
        choices: ImportChoices = AS_PROPOSED,
        actor: str = "",
        via: Source = "library",
    ) -> StartedImport:
        """Read and stage a file, and propose how to import it. No contact changes.

        `source` is a path, or an open binary file that can be read from any place. Raises
        UnreadableFile, FileTooLarge and InvalidQuery; then nothing is kept.
        """
        read = self._read(organizer_id, source, file_name, choices)
        try:
            self._book.handle(read.command(organizer_id, actor, via))
        except BaseException:
            self._staged.drop(read.import_id)
            raise
        return StartedImport(
            read.import_id,
            read.staged.rows,
            read.proposal,
            read.plan,
            read.unmapped,
            read.table.format,
            read.table.encoding,
            read.table.delimiter,
            read.table.sheet,
        )

    def _read(
        self,
        organizer_id: str,
        source: Path | BinaryIO,
        file_name: str | None,
        choices: ImportChoices,
    ) -> ReadFile:
        self._staged.drop_abandoned()
        return read_file(self._staged, organizer_id, source, file_name, choices, self._limits)

    def plan(
        self,
        organizer_id: str,
        import_id: UUID,
        *,
        saved: FieldOfHeader | None = None,
        fields: FieldOfHeader | None = None,
        on_duplicate: OnDuplicate | None = None,
        unmapped_to_notes: bool | None = None,
    ) -> ImportPlan:
        """The plan of an import with some of it changed, to preview or confirm it by.

        Raises ImportNotFound, and InvalidQuery for headers that the file does not have.
        """
        return replanned(
            plan_of(self._streams.recorded(organizer_id, import_id)),
            saved or {},
            fields or {},
            on_duplicate,
            unmapped_to_notes,
        )

    def preview(
        self,
        organizer_id: str,
        import_id: UUID,
        *,
        plan: ImportPlan | None = None,
        first: int = 0,
        limit: int = PREVIEWED_ROWS,
    ) -> Preview:
        """What the import would do, by this plan or the proposed one; writes nothing.

        All rows are counted; `limit` of them, 1 to 500, are shown from the `first` one on, counted
        from 0. If nothing changes meanwhile, the import comes to the same. Raises InvalidQuery,
        ImportNotFound, ImportNotPossible and EmailColumnMissing.
        """
        checked_limit(limit)
        self._streams.recorded(organizer_id, import_id)
        confirmation = _confirmation(organizer_id, import_id, plan, "", "import")
        return self._trial.run(organizer_id, import_id, [confirmation], range(first, first + limit))

    def confirm(
        self,
        organizer_id: str,
        import_id: UUID,
        *,
        plan: ImportPlan | None = None,
        actor: str = "",
        via: Source = "library",
    ) -> Receipt:
        """Have the rows taken in; `run` or `submit` does it.

        Raises ImportNotFound, ImportNotPossible and EmailColumnMissing.
        """
        return self._book.handle(_confirmation(organizer_id, import_id, plan, actor, via))

    # --- while it runs -------------------------------------------------------------------------

    def run(
        self,
        organizer_id: str,
        import_id: UUID,
        *,
        on_progress: OnProgress = _ignore_progress,
        should_stop: Callable[[], bool] = _never,
    ) -> ImportReport:
        """Take in the rows that are left, or undo what is left to undo, and say what became of all.

        May be called again at any time, after a crash too: nothing is done twice.
        Raises ImportNotFound, ImportNotPossible, RowsAlreadyTakenIn, ContactsAlreadyUndone.
        """
        return self._carrier.run(organizer_id, import_id, on_progress, should_stop)

    def submit(self, organizer_id: str, import_id: UUID) -> None:
        """Have a confirmed or interrupted import carried out in the background.

        Raises ImportNotFound.
        """
        self._streams.recorded(organizer_id, import_id)
        self._runner.submit(organizer_id, import_id)

    def cancel(
        self, organizer_id: str, import_id: UUID, *, actor: str = "", via: Source = "library"
    ) -> Receipt:
        """End an import early, wherever it runs; what was taken in stays until it is undone.

        Raises ImportNotFound and ImportNotPossible.
        """
        receipt = self._book.handle(
            CancelImport(organizer_id=organizer_id, actor=actor, source=via, import_id=import_id)
        )
        self._carrier.settle(organizer_id, import_id)
        return receipt

    def begin_undo(
        self, organizer_id: str, import_id: UUID, *, actor: str = "", via: Source = "library"
    ) -> Receipt:
        """Ask for an import to be undone; `run` or `submit` does it.

        Raises ImportNotFound and ImportNotPossible.
        """
        return self._book.handle(
            UndoImport(organizer_id=organizer_id, actor=actor, source=via, import_id=import_id)
        )

    def undo(
        self,
        organizer_id: str,
        import_id: UUID,
        *,
        actor: str = "",
        via: Source = "library",
        on_progress: OnProgress = _ignore_progress,
    ) -> UndoReport:
        """Undo everything that an import did and nobody changed since.

        Raises ImportNotFound, ImportNotPossible and ContactsAlreadyUndone.
        """
        self.begin_undo(organizer_id, import_id, actor=actor, via=via)
        self.run(organizer_id, import_id, on_progress=on_progress)
        return self.undo_report(organizer_id, import_id)

    def _carry_out(
        self, organizer_id: str, import_id: UUID, should_stop: Callable[[], bool]
    ) -> None:
        self.run(organizer_id, import_id, should_stop=should_stop)

    def close(self) -> None:
        """Stop what runs in the background after its unit; `submit` goes on with it."""
        self._runner.close()

    # --- what came of it -----------------------------------------------------------------------

    def report(self, organizer_id: str, import_id: UUID) -> ImportReport:
        """What became of the rows so far, with reasons. Raises ImportNotFound."""
        return report_of(self._streams.recorded(organizer_id, import_id))

    def undo_report(self, organizer_id: str, import_id: UUID) -> UndoReport:
        """What undoing it came to so far. Raises ImportNotFound."""
        return undo_report_of(self._streams.recorded(organizer_id, import_id))

    def write_errors(self, organizer_id: str, import_id: UUID, path: Path) -> int:
        """Write all refused rows, whole, into a CSV file that can be mended and imported again; how
        many there are. Raises ImportNotFound and UnwritableFile."""
        recorded = self._streams.recorded(organizer_id, import_id)
        reasons = reasons_by_row(recorded)
        headers = [column.header for column in plan_of(recorded).mapping]
        refused = (
            row
            for _, unit in self._staged.units(import_id)
            for row in unit
            if row.number in reasons
        )
        return write_error_file(path, headers, refused, reasons)


def _confirmation(
    organizer_id: str, import_id: UUID, plan: ImportPlan | None, actor: str, via: Source
) -> ConfirmImport:
    given = {} if plan is None else {"plan": plan}
    return ConfirmImport.model_validate(
        {
            "organizer_id": organizer_id,
            "actor": actor,
            "source": via,
            "correlation_id": str(import_id),
            "import_id": import_id,
            **given,
        }
    )
