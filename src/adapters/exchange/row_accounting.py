"""What became of the rows of an import: every one is accounted for, with reasons."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from contacts_domain.errors import FieldProblem, InvalidCommand, Refused
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import ContactCreated
from contacts_domain.import_commands import TakeInRows
from contacts_domain.import_events import ImportRowsTakenIn, OnDuplicate, RowProblem
from contacts_domain.outcomes import Decided, Joined, Refusal

RowOutcome = Literal["created", "updated", "merged", "skipped", "failed"]
OUTCOMES: Sequence[RowOutcome] = ("created", "updated", "merged", "skipped", "failed")

MAX_LISTED = 10_000
"""Problems that a report lists; it counts all, and the error file has all."""


@dataclass(frozen=True, slots=True)
class AccountedRow:
    """One row, and which contact it was about."""

    number: int
    outcome: RowOutcome
    contact_id: UUID | None
    errors: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()


@dataclass
class ImportReport:
    """What became of the rows so far; `rows` = created + updated + merged + skipped + failed."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    merged: int = 0
    skipped: int = 0
    failed: int = 0
    errors: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        """Whether no contact is another than before."""
        return not (self.created or self.updated or self.merged)

    def add(self, taken_in: ImportRowsTakenIn | TakeInRows) -> None:
        """Count a unit of rows."""
        for outcome in OUTCOMES:
            count = getattr(taken_in, outcome)
            setattr(self, outcome, getattr(self, outcome) + count)
            self.rows += count
        self.errors += taken_in.errors[: MAX_LISTED - len(self.errors)]
        self.warnings += taken_in.warnings[: MAX_LISTED - len(self.warnings)]


def report_of(recorded: Iterable[RecordedEvent]) -> ImportReport:
    """What became of the rows, told by the events of an import."""
    report = ImportReport()
    for each in recorded:
        if isinstance(each.event, ImportRowsTakenIn):
            report.add(each.event)
    return report


def problems_of(number: int, problems: Iterable[FieldProblem]) -> tuple[RowProblem, ...]:
    """The problems of a row."""
    return tuple(
        RowProblem(row=number, field=p.field, reason=p.reason, value=p.value) for p in problems
    )


def failed_row(number: int, error: Refused) -> AccountedRow:
    """A row that was refused."""
    problems = (
        error.errors if isinstance(error, InvalidCommand) else [FieldProblem("", error.message, "")]
    )
    return AccountedRow(number, "failed", None, errors=problems_of(number, problems))


def accounted(
    number: int,
    decided: Decided,
    on_duplicate: OnDuplicate,
    left_out: Sequence[FieldProblem] = (),
) -> AccountedRow:
    """A row by what its command was decided to come to."""
    if isinstance(decided, Refusal):
        return failed_row(number, decided.error)
    assert isinstance(decided, Joined)  # noqa: S101 - rows have no command ids
    events = decided.decision.events
    outcome: RowOutcome
    if any(isinstance(event, ContactCreated) for event in events):
        outcome = "created"
    elif not events:
        outcome = "skipped"
    else:
        outcome = "merged" if on_duplicate == "merge" else "updated"
    told = left_out if events else ()
    warnings = problems_of(number, [*decided.decision.warnings, *told])
    return AccountedRow(number, outcome, decided.decision.stream_id, warnings=warnings)


def unit_command(
    rows: Sequence[AccountedRow],
    *,
    organizer_id: str,
    import_id: UUID,
    unit: int,
    actor: str,
) -> TakeInRows:
    """The command that notes a unit of rows as taken in."""
    count = Counter(row.outcome for row in rows)
    return TakeInRows(
        organizer_id=organizer_id,
        actor=actor,
        source="import",
        correlation_id=str(import_id),
        import_id=import_id,
        unit=unit,
        last_row=rows[-1].number if rows else 0,
        created=count["created"],
        updated=count["updated"],
        merged=count["merged"],
        skipped=count["skipped"],
        failed=count["failed"],
        errors=tuple(problem for row in rows for problem in row.errors),
        warnings=tuple(problem for row in rows for problem in row.warnings),
    )
