"""Takes in the rows of an import: each becomes a command, a unit of rows a unit of work, in whose
transaction the import notes them. Killed at any moment, it goes on with the next unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from adapters.exchange.mapping.contact_rows import ContactRow, RowReader
from adapters.exchange.reading.source_table import SourceRow
from adapters.exchange.row_accounting import AccountedRow, accounted, failed_row, unit_command
from contacts_domain.commands import Command, ImportContact
from contacts_domain.contact_book import ContactBook
from contacts_domain.errors import FieldProblem, InvalidCommand
from contacts_domain.import_commands import TakeInRows
from contacts_domain.import_events import ImportPlan
from contacts_domain.outcomes import Decided


@dataclass
class RowTaker:
    """Takes in rows of one import by its plan."""

    book: ContactBook
    organizer_id: str
    import_id: UUID
    plan: ImportPlan
    actor: str = ""
    _reader: RowReader = field(init=False)

    def __post_init__(self) -> None:
        plan = self.plan
        self._reader = RowReader(plan.mapping, plan.preset, plan.unmapped_to_notes)

    def take_in(self, unit: int, rows: Iterable[SourceRow]) -> Sequence[AccountedRow]:
        """Carry out a unit; what became of each row, in the order of the rows.

        Raises RowsAlreadyTakenIn and ImportNotPossible, with nothing recorded.
        """
        commands: list[Command] = []
        read: list[tuple[int, ContactRow | AccountedRow]] = []
        for row in rows:
            contact = self._reader.read(row.cells)
            try:
                commands.append(self._command(row, contact))
            except InvalidCommand as error:
                read.append((row.number, failed_row(row.number, error)))
            else:
                read.append((row.number, contact))
        account: list[AccountedRow] = []

        def conclude(decided: Sequence[Decided]) -> Command:
            outcomes = iter(decided)
            account[:] = [
                row
                if isinstance(row, AccountedRow)
                else accounted(number, next(outcomes), self.plan.on_duplicate, row.left_out)
                for number, row in read
            ]
            return self.command(unit, account)

        self.book.handle_all(commands, on_refusal="report", conclude=conclude)
        return account

    def command(self, unit: int, rows: Sequence[AccountedRow]) -> TakeInRows:
        """The command that notes a unit of rows as taken in."""
        return unit_command(
            rows,
            organizer_id=self.organizer_id,
            import_id=self.import_id,
            unit=unit,
            actor=self.actor,
        )

    def _command(self, row: SourceRow, read: ContactRow) -> ImportContact:
        if row.defect:
            surplus = " ".join(row.cells[len(self.plan.mapping) :]).strip()
            raise InvalidCommand([FieldProblem("", row.defect, surplus[:200])])
        if "email" not in read.fields:
            raise InvalidCommand([FieldProblem("email", "an e-mail address is required", "")])
        return ImportContact.model_validate(
            {
                **read.fields,
                "organizer_id": self.organizer_id,
                "on_duplicate": self.plan.on_duplicate,
                "actor": self.actor,
                "correlation_id": str(self.import_id),
            }
        )
