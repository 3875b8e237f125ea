"""Imports a CSV file: every row becomes a command, 500 rows a unit of work, every row accounted
for. A refused row never harms its neighbours."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from uuid_utils.compat import uuid7

from adapters.address_book import Contacts
from adapters.exchange.csv_table import CsvTable, TableRow, open_csv
from adapters.exchange.spreadsheet_safety import restored
from contacts_domain.commands import ImportContact
from contacts_domain.errors import FieldProblem, InvalidCommand, Refused
from contacts_domain.garbage import little_garbage_collected
from contacts_domain.outcomes import Receipt, Refusal

ROWS_PER_UNIT = 500

OnDuplicate = Literal["skip", "update", "merge"]
OnProgress = Callable[[int, int], None]
"""Told how many rows are done and how many there are."""


@dataclass(frozen=True)
class RowProblem:
    """What was wrong with a cell; `row` is the spreadsheet's, where the header is row 1."""

    row: int
    field: str
    reason: str
    value: str


@dataclass
class ImportReport:
    """What became of the rows; `rows` = created + updated + merged + skipped + failed."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    merged: int = 0
    skipped: int = 0
    failed: int = 0
    errors: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)

    def fail(self, row: int, problems: Sequence[FieldProblem]) -> None:
        """Count a row that was refused."""
        self.failed += 1
        self.errors += [RowProblem(row, p.field, p.reason, p.value) for p in problems]

    def take_in(self, row: int, on_duplicate: OnDuplicate, receipt: Receipt) -> None:
        """Count a row that was carried out."""
        if "contact.created" in receipt.event_names:
            self.created += 1
        elif not receipt.events:
            self.skipped += 1
        elif on_duplicate == "merge":
            self.merged += 1
        else:
            self.updated += 1
        self.warnings += [RowProblem(row, w.field, w.reason, w.value) for w in receipt.warnings]


def import_csv(
    contacts: Contacts,
    path: Path,
    organizer_id: str,
    *,
    on_duplicate: OnDuplicate = "skip",
    actor: str = "",
    on_progress: OnProgress = lambda _done, _total: None,
) -> ImportReport:
    """Import all rows of a file. Raises UnreadableFile, with nothing imported."""
    table = open_csv(path)
    report = ImportReport(warnings=_ignored_columns(table))
    import_id = str(uuid7())

    def command(row: TableRow) -> ImportContact:
        return _command(row, organizer_id, on_duplicate, actor, import_id)

    for rows in _units(table.rows()):
        with little_garbage_collected():
            _import_rows(contacts, rows, command, report, on_duplicate)
        on_progress(report.rows, table.row_count)
    return report


def _import_rows(
    contacts: Contacts,
    rows: Sequence[TableRow],
    command: Callable[[TableRow], ImportContact],
    report: ImportReport,
    on_duplicate: OnDuplicate,
) -> None:
    commands: list[tuple[int, ImportContact]] = []
    for row in rows:
        report.rows += 1
        try:
            commands.append((row.number, command(row)))
        except InvalidCommand as error:
            report.fail(row.number, error.errors)
    outcomes = contacts.handle_all([each for _, each in commands], on_refusal="report")
    for (number, _), outcome in zip(commands, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            report.fail(number, _problems(outcome.error))
        else:
            report.take_in(number, on_duplicate, outcome)
    report.errors.sort(key=lambda problem: problem.row)


def _command(
    row: TableRow, organizer_id: str, on_duplicate: OnDuplicate, actor: str, import_id: str
) -> ImportContact:
    if row.surplus:
        reason = "the row has more cells than the header; quote cells that hold the delimiter"
        raise InvalidCommand([FieldProblem("", reason, row.surplus[:200])])
    cells = {field: restored(cell) for field, cell in row.cells.items()}
    tags = tuple(tag.strip() for tag in cells.pop("tags", "").split(",") if tag.strip())
    if not cells.get("email", "").strip():
        raise InvalidCommand([FieldProblem("email", "an e-mail address is required", "")])
    return ImportContact.model_validate(
        {
            **cells,
            "tags": tags,
            "organizer_id": organizer_id,
            "on_duplicate": on_duplicate,
            "actor": actor,
            "correlation_id": import_id,
        }
    )


def _problems(error: Refused) -> Sequence[FieldProblem]:
    if isinstance(error, InvalidCommand):
        return error.errors
    return [FieldProblem("", error.message, "")]


def _ignored_columns(table: CsvTable) -> list[RowProblem]:
    reason = "unknown column, not imported"
    return [RowProblem(1, header.strip(), reason, "") for header in table.unknown_headers]


def _units(rows: Iterator[TableRow]) -> Iterator[list[TableRow]]:
    while some := list(islice(rows, ROWS_PER_UNIT)):
        yield some
