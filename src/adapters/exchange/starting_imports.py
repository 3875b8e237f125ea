"""The beginning of an import: a file is read and staged, and a plan is proposed for it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.exchange.limits import ImportLimits
from adapters.exchange.mapping.matching import (
    SAMPLE_ROWS,
    Proposal,
    is_email,
    is_known_header,
    overridden,
    propose,
    tells_nothing,
)
from adapters.exchange.mapping.presets import BY_NAME
from adapters.exchange.reading.opening import opened_source, size_of
from adapters.exchange.reading.source_table import AS_FOUND, ReadingOptions, SourceRow, SourceTable
from adapters.exchange.staging import Staged, StagedRows
from adapters.files import opened_for_reading
from contacts_domain.column_mapping import ColumnMapping, ImportField, has_email
from contacts_domain.errors import InvalidQuery, UnreadableFile
from contacts_domain.free_text import sanitized
from contacts_domain.import_commands import StartImport
from contacts_domain.import_events import ImportPlan, OnDuplicate, stream_of_request

BLOCK = 1_048_576

FieldOfHeader = Mapping[str, ImportField | None]
"""Header, compared by letters and digits -> field; None for a column that is not imported."""


@dataclass(frozen=True)
class ImportChoices:
    """What somebody settles about an import; None is found out."""

    reading: ReadingOptions = AS_FOUND
    preset: str | None = None
    """The name of the program that wrote the source."""
    saved: FieldOfHeader = field(default_factory=dict)
    """A saved mapping; headers that the source does not have are passed over."""
    fields: FieldOfHeader = field(default_factory=dict)
    """For columns that are not what they seem; they come before a saved mapping."""
    on_duplicate: OnDuplicate = "skip"
    unmapped_to_notes: bool = False


AS_PROPOSED = ImportChoices()


@dataclass(frozen=True)
class ReadFile:
    """A file that was read and staged."""

    request_id: UUID
    import_id: UUID
    name: str
    size_bytes: int
    sha256: str
    table: SourceTable
    staged: Staged
    proposal: Proposal
    plan: ImportPlan
    unmapped: tuple[str, ...]
    """Headers of columns with content that are not imported."""

    def command(self, organizer_id: str, actor: str, via: str) -> StartImport:
        """The command that takes the file in hand."""
        return StartImport.model_validate(
            {
                "organizer_id": organizer_id,
                "actor": actor,
                "source": via,
                "correlation_id": str(self.import_id),
                "request_id": self.request_id,
                "file_name": self.name[:200],
                "format": self.table.format,
                "size_bytes": self.size_bytes,
                "sha256": self.sha256,
                "rows": self.staged.rows,
                "units": self.staged.units,
                "plan": self.plan,
            }
        )

    def require_email(self) -> None:
        """Raise UnreadableFile if no column is the e-mail."""
        if not has_email(self.plan.mapping):
            raise UnreadableFile(
                f"The file {self.name} has no email column. Its first row must name the columns; "
                f"found: {_shown(self.table.headers)}."
            )


def read_file(
    staged_rows: StagedRows,
    organizer_id: str,
    source: Path | BinaryIO,
    file_name: str | None,
    choices: ImportChoices,
    limits: ImportLimits,
) -> ReadFile:
    """Read and stage a file. Raises UnreadableFile, FileTooLarge and InvalidQuery; then nothing
    stays staged."""
    name = file_name or (str(source) if isinstance(source, Path) else "upload")
    request_id = uuid7()
    import_id = stream_of_request(organizer_id, request_id)
    sample: list[SourceRow] = []
    with _file(source) as file:
        size = size_of(file)
        with opened_source(
            file,
            name=name,
            options=choices.reading,
            limits=limits,
            is_known=is_known_header,
        ) as table:
            headers = tuple(map(sanitized, table.headers))
            _require_headers(headers)
            staged = staged_rows.stage(organizer_id, import_id, _sampled(table.rows, sample))
        file.seek(0)
        digest = _sha256(file)
    cells = [row.cells for row in sample]
    try:
        proposal, plan = _planned(headers, cells, choices)
    except BaseException:
        staged_rows.drop(import_id)
        raise
    unmapped = () if plan.unmapped_to_notes else _unmapped(plan.mapping, cells)
    return ReadFile(
        request_id, import_id, name, size, digest, table, staged, proposal, plan, unmapped
    )


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _require_headers(headers: Sequence[str]) -> None:
    if not any(header.strip() for header in headers):
        raise UnreadableFile("The file is empty; it needs a header row and an email column.")
    if any(map(is_email, headers)):
        raise UnreadableFile(
            "The first row holds an e-mail address; it must name the columns, one of them email. "
            f"Found: {_shown(headers)}."
        )


def _planned(
    headers: Sequence[str], sample: Sequence[Sequence[str]], choices: ImportChoices
) -> tuple[Proposal, ImportPlan]:
    if choices.preset is not None and choices.preset not in BY_NAME:
        known = ", ".join(BY_NAME)
        raise InvalidQuery(f"There is no preset {choices.preset[:40]!r}; there are: {known}.")
    proposal = propose(headers, sample, choices.preset)
    proposed = ImportPlan(mapping=proposal.mapping, preset=proposal.preset)
    plan = replanned(
        proposed, choices.saved, choices.fields, choices.on_duplicate, choices.unmapped_to_notes
    )
    return proposal, plan


def replanned(
    plan: ImportPlan,
    saved: FieldOfHeader,
    fields: FieldOfHeader,
    on_duplicate: OnDuplicate | None,
    unmapped_to_notes: bool | None,
) -> ImportPlan:
    """The plan with some of it changed; None leaves as it is.

    Raises InvalidQuery for headers among `fields` that the source does not have.
    """
    mapping, _ = overridden(plan.mapping, saved)
    mapping, unknown = overridden(mapping, fields)
    if unknown:
        headers = [column.header for column in mapping]
        raise InvalidQuery(
            f"The file has no column {unknown[0][:40]!r}; it has: {_shown(headers)}."
        )
    changes = {"on_duplicate": on_duplicate, "unmapped_to_notes": unmapped_to_notes}
    given = {name: value for name, value in changes.items() if value is not None}
    return plan.model_copy(update={"mapping": mapping, **given})


def _shown(headers: Sequence[str]) -> str:
    return ", ".join(header.strip()[:40] for header in headers[:20])


@contextmanager
def _file(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        with opened_for_reading(source) as file:
            yield file
    else:
        yield source


def _sampled(rows: Iterable[SourceRow], sample: list[SourceRow]) -> Iterator[SourceRow]:
    rows = iter(rows)
    for row in islice(rows, SAMPLE_ROWS):
        sample.append(row)
        yield row
    yield from rows


def _unmapped(mapping: ColumnMapping, sample: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(
        column.header.strip() or f"column {index + 1}"
        for index, column in enumerate(mapping)
        if column.field is None
        and not tells_nothing(column.header, (row[index] for row in sample if index < len(row)))
    )
