"""An import's own events: who asks for them, what plan they settled, what became of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from adapters.exchange.taking_in import RowTaker
from contacts_domain.contact_book import ContactBook
from contacts_domain.errors import ImportNotFound
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.import_events import (
    ImportConfirmed,
    ImportContactsUndone,
    ImportPlan,
    ImportRowsTakenIn,
    ImportStarted,
    KeptChange,
    RowProblem,
)
from contacts_domain.imports import Import


@dataclass(frozen=True)
class UndoReport:
    """What undoing an import came to so far."""

    restored: int
    removed: int
    kept: tuple[KeptChange, ...]


@dataclass(frozen=True)
class ImportStreams:
    """The streams of the imports of one database."""

    database: Database
    log: SqlEventLog
    book: ContactBook

    def recorded(self, organizer_id: str, import_id: UUID) -> Sequence[RecordedEvent]:
        """The events of an organizer's import with their positions. Raises ImportNotFound."""
        with self.database.reading() as connection:
            recorded = self.log.read_stream(connection, import_id)
        is_mine = recorded and recorded[0].organizer_id == organizer_id
        if not is_mine or not isinstance(recorded[0].event, ImportStarted):
            raise ImportNotFound(import_id)
        return recorded

    def current(self, organizer_id: str, import_id: UUID) -> Import:
        """The organizer's import as it stands. Raises ImportNotFound."""
        found = self.book.aggregates([import_id]).get(import_id)
        if not isinstance(found, Import) or found.organizer_id != organizer_id:
            raise ImportNotFound(import_id)
        return found


def plan_of(recorded: Sequence[RecordedEvent]) -> ImportPlan:
    """As confirmed, else as proposed."""
    plans = [
        each.event.plan
        for each in recorded
        if isinstance(each.event, ImportStarted | ImportConfirmed)
    ]
    return plans[-1]


def row_taker_of(book: ContactBook, organizer_id: str, import_id: UUID) -> RowTaker:
    """Takes in rows as the plan says that was confirmed, for who confirmed it."""
    recorded = book.streams([import_id])[import_id]
    confirmed = next(each for each in recorded if isinstance(each.event, ImportConfirmed))
    return RowTaker(book, organizer_id, import_id, plan_of(recorded), confirmed.provenance.actor)


def errors_of(recorded: Sequence[RecordedEvent]) -> Iterator[RowProblem]:
    """Why rows were refused, all of them."""
    for each in recorded:
        if isinstance(each.event, ImportRowsTakenIn):
            yield from each.event.errors


def reasons_by_row(recorded: Sequence[RecordedEvent]) -> dict[int, list[str]]:
    """The number of each refused row -> what was wrong with it."""
    reasons: dict[int, list[str]] = {}
    for problem in errors_of(recorded):
        named = f"{problem.field}: {problem.reason}" if problem.field else problem.reason
        reasons.setdefault(problem.row, []).append(named)
    return reasons


def undo_report_of(recorded: Sequence[RecordedEvent]) -> UndoReport:
    """What undoing it came to so far."""
    undone = [each.event for each in recorded if isinstance(each.event, ImportContactsUndone)]
    return UndoReport(
        sum(each.restored for each in undone),
        sum(each.removed for each in undone),
        tuple(kept for each in undone for kept in each.kept),
    )
