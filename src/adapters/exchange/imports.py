"""Imports as a host or a wizard sees them: start, preview, confirm, watch, cancel, resume, undo.

file -> staged rows -> StartImport -> preview -> ConfirmImport -> units of rows -> completed
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from adapters.exchange.error_file import write_error_file
from adapters.exchange.import_runner import ImportRunner, ThreadRunner
from adapters.exchange.limits import DEFAULT_LIMITS, ImportLimits
from adapters.exchange.mapping.matching import Proposal
from adapters.exchange.previewing import Preview, preview_book, previewed
from adapters.exchange.row_accounting import AccountedRow, ImportReport, report_of
from adapters.exchange.staging import StagedRows
from adapters.exchange.starting_imports import (
    AS_PROPOSED,
    FieldOfHeader,
    ImportChoices,
    ReadFile,
    read_file,
    replanned,
)
from adapters.exchange.taking_in import RowTaker
from adapters.exchange.undoing import Undoer
from adapters.scratch import scratch_database
from contacts_domain.command_fields import Source
from contacts_domain.contact_book import ContactBook
from contacts_domain.errors import CorruptDatabase, ImportNotFound
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.import_commands import CancelImport, ConfirmImport, UndoImport
from contacts_domain.import_events import (
    ImportConfirmed,
    ImportContactsUndone,
    ImportPlan,
    ImportRowsTakenIn,
    ImportStarted,
    ImportUndoStarted,
    KeptChange,
    OnDuplicate,
    RowProblem,
)
from contacts_domain.imports import Import
from contacts_domain.outcomes import Receipt
from projections.engine import ProjectionEngine
from projections.imports import find_completed
from projections.queries import Imports as ImportQueries

OnProgress = Callable[[int, int], None]
"""Told how many rows (or, while undoing, events) are done and how many there are."""

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


@dataclass(frozen=True)
class UndoReport:
    """What undoing an import came to so far."""

    restored: int
    removed: int
    kept: tuple[KeptChange, ...]


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
        self._database = database
        self._log = log
        self._book = book
        self._staged = staged
        self._limits = limits
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
        with self._trying_out() as book:
            book.handle(read.command(organizer_id, actor, via))
            report, _ = self._try_out(book, organizer_id, read.import_id, None, range(0))
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
            _plan_of(self._recorded(organizer_id, import_id)),
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

        All rows are counted; `limit` of them are shown from the `first` one on, counted from 0.
        If nothing changes meanwhile, the import comes to the same. Raises ImportNotFound,
        ImportNotPossible and EmailColumnMissing.
        """
        self._recorded(organizer_id, import_id)
        with self._trying_out() as book:
            report, shown = self._try_out(
                book, organizer_id, import_id, plan, range(first, first + limit)
            )
            return Preview(report, previewed(book, shown))

    @contextmanager
    def _trying_out(self) -> Iterator[ContactBook]:
        with scratch_database() as scratch:
            yield preview_book(
                scratch, self._book.event_recorder, self.now, self._book.default_region
            )

    def _try_out(
        self,
        book: ContactBook,
        organizer_id: str,
        import_id: UUID,
        plan: ImportPlan | None,
        wanted: range,
    ) -> tuple[ImportReport, list[AccountedRow]]:
        """What becomes of all rows, and the wanted ones of them by their index."""
        book.handle(_confirmation(organizer_id, import_id, plan, "", "import"))
        taker = self._taker(book, organizer_id, import_id)
        report, chosen, done = ImportReport(), list[AccountedRow](), 0
        for unit, rows in self._staged.units(import_id):
            account = taker.take_in(unit, rows)
            report.add(taker.command(unit, account))
            chosen += [row for index, row in enumerate(account, done) if index in wanted]
            done += len(account)
        return report, chosen

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
        import_ = self._import(organizer_id, import_id)
        if import_.status == "running":
            self._take_in(import_, on_progress, should_stop)
        elif import_.status == "undoing":
            self._undo(import_, on_progress, should_stop)
        return self._settled(organizer_id, import_id)

    def submit(self, organizer_id: str, import_id: UUID) -> None:
        """Have a confirmed or interrupted import carried out in the background.

        Raises ImportNotFound.
        """
        self._recorded(organizer_id, import_id)
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
        self._settled(organizer_id, import_id)
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

    def close(self) -> None:
        """Stop what runs in the background after its unit; `submit` goes on with it."""
        self._runner.close()

    # --- what came of it -----------------------------------------------------------------------

    def report(self, organizer_id: str, import_id: UUID) -> ImportReport:
        """What became of the rows so far, with reasons. Raises ImportNotFound."""
        return report_of(self._recorded(organizer_id, import_id))

    def undo_report(self, organizer_id: str, import_id: UUID) -> UndoReport:
        """What undoing it came to so far. Raises ImportNotFound."""
        undone = [
            each.event
            for each in self._recorded(organizer_id, import_id)
            if isinstance(each.event, ImportContactsUndone)
        ]
        return UndoReport(
            sum(each.restored for each in undone),
            sum(each.removed for each in undone),
            tuple(kept for each in undone for kept in each.kept),
        )

    def write_errors(self, organizer_id: str, import_id: UUID, path: Path) -> int:
        """Write all refused rows, whole, into a CSV file that can be mended and imported again; how
        many there are. Raises ImportNotFound and UnwritableFile."""
        recorded = self._recorded(organizer_id, import_id)
        reasons: dict[int, list[str]] = {}
        for problem in _errors(recorded):
            reasons.setdefault(problem.row, []).append(
                f"{problem.field}: {problem.reason}" if problem.field else problem.reason
            )
        headers = [column.header for column in _plan_of(recorded).mapping]
        refused = (
            row
            for _, unit in self._staged.units(import_id)
            for row in unit
            if row.number in reasons
        )
        return write_error_file(path, headers, refused, reasons)

    # --- parts ---------------------------------------------------------------------------------

    def _recorded(self, organizer_id: str, import_id: UUID) -> Sequence[RecordedEvent]:
        with self._database.reading() as connection:
            recorded = self._log.read_stream(connection, import_id)
        is_mine = recorded and recorded[0].organizer_id == organizer_id
        if not is_mine or not isinstance(recorded[0].event, ImportStarted):
            raise ImportNotFound(import_id)
        return recorded

    def _import(self, organizer_id: str, import_id: UUID) -> Import:
        found = self._book.aggregates([import_id]).get(import_id)
        if not isinstance(found, Import) or found.organizer_id != organizer_id:
            raise ImportNotFound(import_id)
        return found

    def _taker(self, book: ContactBook, organizer_id: str, import_id: UUID) -> RowTaker:
        """Takes in rows as the plan says that was confirmed, for who confirmed it."""
        recorded = book.streams([import_id])[import_id]
        confirmed = next(each for each in recorded if isinstance(each.event, ImportConfirmed))
        plan = _plan_of(recorded)
        return RowTaker(book, organizer_id, import_id, plan, confirmed.provenance.actor)

    def _take_in(
        self, import_: Import, on_progress: OnProgress, should_stop: Callable[[], bool]
    ) -> None:
        taker = self._taker(self._book, import_.organizer_id, import_.id)
        done = self.report(import_.organizer_id, import_.id).rows
        units = self._staged.units(import_.id, after=import_.units_taken_in - 1)
        for unit, rows in units:
            if should_stop():
                return
            done += len(taker.take_in(unit, rows))
            on_progress(done, import_.started.rows)
        if self._import(import_.organizer_id, import_.id).status == "running":
            raise CorruptDatabase(
                "Staged rows of the import are missing; restore the database from a backup, or "
                "cancel the import.",
                import_id=str(import_.id),
            )

    def _undo(
        self, import_: Import, on_progress: OnProgress, should_stop: Callable[[], bool]
    ) -> None:
        recorded = self._recorded(import_.organizer_id, import_.id)
        begun = next(each for each in recorded if isinstance(each.event, ImportUndoStarted))
        undoer = Undoer(
            self._database,
            self._log,
            self._book,
            import_.organizer_id,
            import_.id,
            begun.provenance.actor,
            cast("Source", begun.provenance.source),
        )
        after = import_.undone_through or recorded[0].position
        undoer.undo(after, begun.position, on_progress, should_stop)

    def _carry_out(
        self, organizer_id: str, import_id: UUID, should_stop: Callable[[], bool]
    ) -> None:
        self.run(organizer_id, import_id, should_stop=should_stop)

    def _settled(self, organizer_id: str, import_id: UUID) -> ImportReport:
        """What became of the rows; of one that has ended, only refused ones stay staged."""
        recorded = self._recorded(organizer_id, import_id)
        if self._import(organizer_id, import_id).status in ("completed", "cancelled"):
            self._staged.keep_only(import_id, {problem.row for problem in _errors(recorded)})
        return report_of(recorded)


def _plan_of(recorded: Sequence[RecordedEvent]) -> ImportPlan:
    """As confirmed, else as proposed."""
    plans = [
        each.event.plan
        for each in recorded
        if isinstance(each.event, ImportStarted | ImportConfirmed)
    ]
    return plans[-1]


def _errors(recorded: Sequence[RecordedEvent]) -> Iterator[RowProblem]:
    for each in recorded:
        if isinstance(each.event, ImportRowsTakenIn):
            yield from each.event.errors


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
