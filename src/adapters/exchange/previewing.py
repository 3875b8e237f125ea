"""Previews an import by carrying it out on a scratch database that reads through to the address
book and keeps what it writes to itself: the same code as in earnest, so the same result."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from adapters.event_store.database import Database
from adapters.event_store.factory import RecorderFactory
from adapters.event_store.recorder import ContactRecorder
from adapters.event_store.tables import store_tables
from adapters.exchange.import_streams import row_taker_of
from adapters.exchange.row_accounting import AccountedRow, ImportReport, RowOutcome
from adapters.exchange.staging import StagedRows
from adapters.scratch import scratch_database
from contacts_domain.claims import Claim
from contacts_domain.commands import Command
from contacts_domain.contact import Contact
from contacts_domain.contact_book import ContactBook
from contacts_domain.import_events import RowProblem
from contacts_domain.recording import ClaimHolder, EventRecorder


class ReadingThrough(ContactRecorder):
    """Records into a scratch database; what it reads is what is there and what is behind it."""

    def __init__(
        self, scratch: Database, behind: EventRecorder, clock: Callable[[], datetime]
    ) -> None:
        tables = store_tables(scratch.schema)
        with scratch.writing() as connection:
            tables.metadata.create_all(connection)
            head = behind.max_notification_id() or 0
            connection.execute(tables.log_head.insert().values(id=1, position=head))
        super().__init__(scratch, tables, clock=clock)
        self._behind = behind

    def select_events(self, originator_id: UUID | str, **limits: Any) -> Sequence[StoredEvent]:
        """Those behind, then its own."""
        behind = self._behind.select_events(originator_id, **limits)
        return [*behind, *super().select_events(originator_id, **limits)]

    def select_streams(self, stream_ids: Collection[UUID]) -> Sequence[StoredEvent]:
        """Those behind, then its own."""
        return [*self._behind.select_streams(stream_ids), *super().select_streams(stream_ids)]

    def select_claims(self, claims: Collection[Claim]) -> Mapping[Claim, ClaimHolder]:
        """Those behind and its own; nothing that an import does releases a claim."""
        return {**self._behind.select_claims(claims), **super().select_claims(claims)}


def _book_in_front(
    scratch: Database, behind: ContactBook, clock: Callable[[], datetime]
) -> ContactBook:
    """An address book that starts as the one behind it and changes nothing there."""
    recorder = ReadingThrough(scratch, behind.event_recorder, clock)
    return ContactBook(RecorderFactory(recorder), clock=clock, default_region=behind.default_region)


@dataclass(frozen=True)
class Trial:
    """Carries out imports without anybody noticing."""

    book: ContactBook
    staged: StagedRows
    clock: Callable[[], datetime]

    def run(
        self,
        organizer_id: str,
        import_id: UUID,
        begin: Sequence[Command],
        wanted: range = range(0),
    ) -> "Preview":
        """What becomes of all staged rows after these commands, and the contacts of the wanted rows
        by their index. Raises what the commands are refused with."""
        with scratch_database() as scratch:
            book = _book_in_front(scratch, self.book, self.clock)
            for command in begin:
                book.handle(command)
            taker = row_taker_of(book, organizer_id, import_id)
            report, chosen, done = ImportReport(), list[AccountedRow](), 0
            for unit, rows in self.staged.units(import_id):
                account = taker.take_in(unit, rows)
                report.add(taker.command(unit, account))
                chosen += [row for index, row in enumerate(account, done) if index in wanted]
                done += len(account)
            return Preview(report, _previewed(book, chosen))


@dataclass(frozen=True)
class PreviewedContact:
    """A contact as it would be stored."""

    email: str
    first_name: str
    last_name: str
    phone: str
    phone_e164: str | None
    company: str
    job_title: str
    notes: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class PreviewedRow:
    """What would become of a row."""

    row: int
    outcome: RowOutcome
    contact: PreviewedContact | None
    """After the whole import; None for a row that would be refused."""
    errors: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]


@dataclass(frozen=True)
class Preview:
    """What an import would do."""

    report: ImportReport
    rows: list[PreviewedRow]


def _previewed(book: ContactBook, rows: Sequence[AccountedRow]) -> list[PreviewedRow]:
    """Rows with the contacts that they would be about."""
    found = book.aggregates([row.contact_id for row in rows if row.contact_id is not None])
    return [
        PreviewedRow(
            row.number,
            row.outcome,
            _shown(found.get(row.contact_id)) if row.contact_id else None,
            row.errors,
            row.warnings,
        )
        for row in rows
    ]


def _shown(contact: object) -> PreviewedContact | None:
    if not isinstance(contact, Contact):
        return None
    return PreviewedContact(
        email=contact.email,
        first_name=contact.first_name,
        last_name=contact.last_name,
        phone=contact.phone.typed,
        phone_e164=contact.phone.e164,
        company=contact.company,
        job_title=contact.job_title,
        notes=contact.notes,
        tags=contact.tags,
    )
