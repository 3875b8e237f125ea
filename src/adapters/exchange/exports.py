"""Exports as a host or a builder sees them: choose whom, which fields and which form; every export
is noted in the history."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, Unpack, get_args
from uuid import UUID

import orjson

from adapters.exchange.writing.columns import ALL_FIELDS, DEFAULT_FIELDS, checked_fields
from adapters.exchange.writing.delimited import write_csv
from adapters.exchange.writing.json_lines import write_json_lines
from adapters.files import replaced_when_complete
from contacts_domain.contact_book import ContactBook
from contacts_domain.contact_filter import Criteria
from contacts_domain.errors import ContactNotFound, InvalidQuery
from contacts_domain.import_commands import NoteExport
from projections.contact_list_query import ContactView
from projections.engine import ProjectionEngine
from projections.queries import ContactList
from projections.queries import Exports as ExportQueries

ExportFormat = Literal["csv", "xlsx", "vcard", "jsonl"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
SUFFIXES: dict[str, ExportFormat] = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".vcf": "vcard",
    ".vcard": "vcard",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
CONTACTS_PER_REPORT = 500

OnProgress = Callable[[int, int], None]
"""Told how many contacts are written and how many there are."""


def format_of(path: Path) -> ExportFormat:
    """By the name of the file; CSV if it tells nothing."""
    return SUFFIXES.get(path.suffix.lower(), "csv")


@dataclass(frozen=True)
class ExportChoices:
    """In which form contacts are exported."""

    format: ExportFormat = "csv"
    fields: Sequence[str] | None = None
    """In their order; None for those of the specification, and for JSON lines all. vCards have the
    fields that the standard has."""
    is_lossless: bool = False
    """Cells of CSV and XLSX as they are; otherwise those that a spreadsheet would run as a formula
    get an apostrophe in front. Importing either form gives the same contacts."""
    sort: str = "name"

    @property
    def chosen_fields(self) -> tuple[str, ...]:
        """Which fields are written. Raises InvalidQuery."""
        if self.fields is None:
            return ALL_FIELDS if self.format == "jsonl" else DEFAULT_FIELDS
        return checked_fields(self.fields)


AS_SPECIFIED = ExportChoices()


@dataclass(frozen=True)
class Exported:
    """What was exported."""

    id: UUID
    contacts: int
    unknown: tuple[str, ...]
    """Ids and e-mails among those that were named that nobody has."""


class Exports(ExportQueries):
    """The exports of all organizers."""

    def __init__(
        self,
        engine: ProjectionEngine,
        clock: Callable[[], datetime],
        *,
        book: ContactBook,
        contact_list: ContactList,
    ) -> None:
        super().__init__(engine, clock)
        self._book = book
        self._contacts = contact_list

    def write(
        self,
        organizer_id: str,
        destination: Path | BinaryIO,
        *,
        choices: ExportChoices = AS_SPECIFIED,
        references: Sequence[str | UUID] = (),
        actor: str = "",
        via: str = "library",
        on_progress: OnProgress = lambda _done, _total: None,
        **criteria: Unpack[Criteria],
    ) -> Exported:
        """Export the contacts that `references` name, or those that fulfil the `Criteria`, all of
        them without any, active or not.

        A path is replaced when the file is complete; an open binary file is written as it comes.
        Contacts are as of one moment and streamed. Raises InvalidQuery, GroupNotFound,
        UnwritableFile, and ContactNotFound if nobody has any of the references.
        """
        fields = choices.chosen_fields
        if references and criteria:
            raise InvalidQuery("Name contacts, or give a filter, not both.")
        wanted: Criteria = criteria or {"is_active": None}
        people, total, unknown = self._chosen(organizer_id, choices.sort, references, wanted)
        counted = _Counted(people, total, on_progress)
        with _opened(destination) as file:
            _write(counted, file, choices, fields)
        receipt = self._book.handle(
            NoteExport.model_validate(
                {
                    "organizer_id": organizer_id,
                    "actor": actor,
                    "source": via,
                    "format": choices.format,
                    "fields": fields,
                    "criteria": orjson.dumps({} if references else dict(wanted)).decode(),
                    "selected": len(references),
                    "contacts": counted.done,
                    "is_lossless": choices.is_lossless,
                    "file_name": destination.name if isinstance(destination, Path) else "",
                }
            )
        )
        return Exported(receipt.id, counted.done, tuple(unknown))

    def _chosen(
        self,
        organizer_id: str,
        sort: str,
        references: Sequence[str | UUID],
        criteria: Criteria,
    ) -> tuple[Iterable[ContactView], int, list[str]]:
        if not references:
            page = self._contacts.page(organizer_id, limit=1, **criteria)
            every = self._contacts.every(organizer_id, sort=sort, **criteria)
            return every, page.total or 0, []
        people: dict[UUID, ContactView] = {}
        unknown: list[str] = []
        for reference in references:
            try:
                found = self._contacts.find(organizer_id, reference)
            except ContactNotFound:
                unknown.append(str(reference))
            else:
                people[found.id] = found
        if not people:
            raise ContactNotFound(unknown[0])
        return people.values(), len(people), unknown


class _Counted(Iterable[ContactView]):
    """Contacts on their way into a file, counted."""

    def __init__(self, people: Iterable[ContactView], total: int, on_progress: OnProgress) -> None:
        self._people = people
        self._total = total
        self._on_progress = on_progress
        self.done = 0

    def __iter__(self) -> Iterator[ContactView]:
        for contact in self._people:
            yield contact
            self.done += 1
            if self.done % CONTACTS_PER_REPORT == 0:
                self._on_progress(self.done, self._total)


def _write(
    people: Iterable[ContactView], file: BinaryIO, choices: ExportChoices, fields: Sequence[str]
) -> None:
    match choices.format:
        case "csv":
            write_csv(people, file, fields, is_lossless=choices.is_lossless)
        case "xlsx":
            from adapters.exchange.writing.workbook import write_workbook

            write_workbook(people, file, fields, is_lossless=choices.is_lossless)
        case "vcard":
            from adapters.exchange.writing.vcards import write_vcards

            write_vcards(people, file)
        case "jsonl":
            write_json_lines(people, file, fields)


@contextmanager
def _opened(destination: Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(destination, Path):
        with replaced_when_complete(destination) as file:
            yield file
    else:
        yield destination
