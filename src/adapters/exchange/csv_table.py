"""Reads a CSV file as a table of contacts, and refuses it before anything is imported if it is
none: not text, empty, broken quotes, or without an e-mail column."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from adapters.files import opened_for_reading
from contacts_domain.errors import UnreadableFile

FIELDS: Mapping[str, str] = {
    "email": "email",
    "firstname": "first_name",
    "lastname": "last_name",
    "phone": "phone",
    "company": "company",
    "jobtitle": "job_title",
    "notes": "notes",
    "tags": "tags",
}
"""Header without case, spaces, hyphens and underscores -> field."""

COMPUTED = {"totalbookings", "lastbookingdate"}
"""Columns of our own export that no import can set."""

DELIMITERS = ",;\t"


@dataclass(frozen=True)
class TableRow:
    """One data row; `number` is the spreadsheet's, where the header is row 1."""

    number: int
    cells: Mapping[str, str]
    """Field -> cell, for the columns that are known."""
    surplus: str
    """What stands beyond the last header."""


@dataclass(frozen=True)
class CsvTable:
    """A file that was read through once and found sound."""

    path: Path
    delimiter: str
    fields: Mapping[int, str]
    """Column index -> field."""
    unknown_headers: tuple[str, ...]
    row_count: int

    def rows(self) -> Iterator[TableRow]:
        """The data rows; wholly blank ones are passed over."""
        width = 0
        for number, cells in _records(self.path, self.delimiter):
            if number == 1:
                width = len(cells)
            elif any(cell.strip() for cell in cells):
                known = {
                    field: cells[index]
                    for index, field in self.fields.items()
                    if index < len(cells)
                }
                surplus = " ".join(cells[width:]).strip()
                yield TableRow(number, known, surplus)


def open_csv(path: Path) -> CsvTable:
    """Read the file through and say what it holds. Raises UnreadableFile."""
    delimiter = _delimiter(path)
    headers: list[str] = []
    row_count = 0
    for number, cells in _records(path, delimiter):
        if number == 1:
            headers = cells
        elif any(cell.strip() for cell in cells):
            row_count += 1
    fields = _fields(path, headers)
    known = {*fields, *(i for i, header in enumerate(headers) if _normal(header) in COMPUTED)}
    unknown = tuple(h for i, h in enumerate(headers) if i not in known and h.strip())
    return CsvTable(path, delimiter, fields, unknown, row_count)


def _fields(path: Path, headers: list[str]) -> dict[int, str]:
    if not any(header.strip() for header in headers):
        raise UnreadableFile(
            f"The file {path} is empty; it needs a header row and an email column."
        )
    fields = {
        index: FIELDS[_normal(header)]
        for index, header in enumerate(headers)
        if _normal(header) in FIELDS
    }
    named = list(fields.values())
    if "email" not in named:
        raise UnreadableFile(
            f"The file {path} has no email column. Its first row must name the columns; found: "
            f"{', '.join(header.strip()[:40] for header in headers[:20])}."
        )
    twice = sorted({field for field in named if named.count(field) > 1})
    if twice:
        raise UnreadableFile(
            f"The file {path} has more than one column for {', '.join(twice)}; keep one of each."
        )
    return fields


def _normal(header: str) -> str:
    return "".join(c for c in header.casefold() if c not in " _-\t\N{NO-BREAK SPACE}")


def _delimiter(path: Path) -> str:
    """The one that makes most columns of the header known."""

    def known_columns(delimiter: str) -> int:
        try:
            headers = next((cells for _, cells in _records(path, delimiter)), [])
        except UnreadableFile:
            return -1  # quotes that make no sense with this delimiter
        return sum(_normal(header) in FIELDS for header in headers)

    return max(DELIMITERS, key=known_columns)


def _without_nul(path: Path, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise UnreadableFile(f"The file {path} is no text: it holds NUL characters.")
        yield line


def _records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Row numbers and cells, streaming. Raises UnreadableFile."""
    with opened_for_reading(path) as file:
        text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
        reader = csv.reader(_without_nul(path, text), delimiter=delimiter, strict=True)
        try:
            yield from enumerate(reader, 1)
        except UnicodeDecodeError:
            raise UnreadableFile(
                f"The file {path} is not UTF-8 text. Save it as “CSV UTF-8” and import that."
            ) from None
        except csv.Error as error:
            raise UnreadableFile(
                f"The file {path} is broken near line {reader.line_num}: {error}. Nothing was "
                "imported; mend the quotes there and try again."
            ) from None
