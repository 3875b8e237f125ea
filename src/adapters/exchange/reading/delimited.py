"""Reads CSV and its relatives (RFC 4180): any delimiter, any encoding, quoted or not."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from itertools import islice
from typing import BinaryIO

from adapters.exchange.limits import ImportLimits
from adapters.exchange.reading.encodings import encoding_of, known_encoding
from adapters.exchange.reading.source_table import ReadingOptions, SourceRow, SourceTable
from contacts_domain.errors import FileTooLarge, UnreadableFile

USUAL_DELIMITERS = ",;\t|"
QUOTES = "\"'"
SAMPLE = 65_536
"""Characters that the delimiter is found in."""
SAMPLE_RECORDS = 50
NO_DELIMITERS = " \r\n\N{NO-BREAK SPACE}\"'_-.@()"
"""What headers may hold between letters."""

_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""With it some spreadsheets begin a file; no row, but a note of the delimiter."""


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart."""

    delimiter: str
    quote: str
    """Blank for files that quote nothing."""
    is_noted: bool = False
    """Whether the file's first line says so and is no row."""

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Records of cells."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=True)


KnownHeader = Callable[[str], bool]
"""Whether a header is one that address books have."""


def read_delimited(
    file: BinaryIO, options: ReadingOptions, limits: ImportLimits, is_known: KnownHeader
) -> SourceTable:
    """The table in a file that is read from its beginning. Raises UnreadableFile, FileTooLarge."""
    encoding = known_encoding(options.encoding) if options.encoding else encoding_of(file)
    dialect = _dialect(_sample(file, encoding), options, is_known)
    records = _records(file, encoding, dialect, limits)
    headers = next((cells for _, cells in records), ())
    return SourceTable(
        "csv",
        headers,
        (row for number, cells in records if (row := _row(number, cells, len(headers)))),
        encoding=encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
    )


def _row(number: int, cells: tuple[str, ...], width: int) -> SourceRow | None:
    """None for a row without content."""
    if not any(map(str.strip, cells)):
        return None
    if len(cells) > width and any(map(str.strip, cells[width:])):
        reason = "the row has more cells than the header; quote cells that hold the delimiter"
        return SourceRow(number, cells, reason)
    return SourceRow(number, cells[:width])


# --- records -----------------------------------------------------------------------------------


class _Lines(Iterator[str]):
    """The lines of a text; knows how long the record is that they belong to."""

    def __init__(self, text: TextIOWrapper, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._length = 0

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        if "\0" in line:
            raise UnreadableFile("The file is no text: it holds NUL characters.")
        self._length += len(line)
        if self._length > self._limit:
            raise FileTooLarge("characters in a row", self._limit)
        return line

    def begin_record(self) -> None:
        """What comes next is another record."""
        self._length = 0


def _records(
    file: BinaryIO, encoding: str, dialect: Dialect, limits: ImportLimits
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Row numbers and cells, streaming. Raises UnreadableFile and FileTooLarge."""
    file.seek(0)
    text = TextIOWrapper(file, encoding=encoding, newline="")
    lines = _Lines(text, limits.max_row_length)
    line_number = 0
    try:
        if dialect.is_noted:
            next(lines, "")
        reader = dialect.reader(lines)
        for number, record in enumerate(reader, 1):
            lines.begin_record()
            if number - 1 > limits.max_rows:
                raise FileTooLarge("rows", limits.max_rows)
            cells = tuple(record)
            limits.check_row(number, cells)
            line_number = number
            yield number, cells
    except UnicodeError:
        raise UnreadableFile(
            f"The file is not {encoding} text after row {line_number}; say which encoding it has."
        ) from None
    except csv.Error as error:
        if "field limit" in str(error):
            raise FileTooLarge("characters in a cell", csv.field_size_limit()) from None
        raise UnreadableFile(
            f"The file is broken after row {line_number}: {error}. Nothing was imported; mend the "
            "quotes there and try again."
        ) from None
    finally:
        text.detach()


# --- finding out -------------------------------------------------------------------------------


def _sample(file: BinaryIO, encoding: str) -> str:
    """The beginning of the text, up to the end of a line if there is one."""
    file.seek(0)
    text = TextIOWrapper(file, encoding=encoding, newline="", errors="replace")
    try:
        start = text.read(SAMPLE)
    finally:
        text.detach()
    whole_lines = start.rfind("\n") + 1
    return start if len(start) < SAMPLE or not whole_lines else start[:whole_lines]


def _dialect(sample: str, options: ReadingOptions, is_known: KnownHeader) -> Dialect:
    header, second, *_ = [*islice(StringIO(sample, newline=""), 2), "", ""]
    noted = _SEPARATOR_LINE.fullmatch(header)
    if noted:
        delimiter = options.delimiter or noted.group(1)
        return Dialect(_one_character(delimiter), _quote(second, options), is_noted=True)
    quote = _quote(header, options)
    if options.delimiter:
        return Dialect(_one_character(options.delimiter), quote)
    return max(
        (Dialect(delimiter, quote) for delimiter in _candidates(header)),
        key=lambda dialect: _plausibility(dialect, sample, is_known),
    )


def _one_character(delimiter: str) -> str:
    named = {"tab": "\t", "\\t": "\t", "space": " "}.get(delimiter.lower(), delimiter)
    if len(named) != 1 or named in '\r\n"':
        raise UnreadableFile(
            f"The delimiter {delimiter[:20]!r} cannot be used; it is one character, or the word "
            "tab."
        )
    return named


def _quote(header: str, options: ReadingOptions) -> str:
    if options.quote is not None:
        if len(options.quote) > 1:
            raise UnreadableFile("A quote is one character, or none.")
        return options.quote
    is_single = header.startswith("'") and header.rstrip("\r\n").endswith("'")
    return QUOTES[1] if is_single else QUOTES[0]


def _candidates(header: str) -> str:
    """The usual delimiters, and if the header has none of them whatever else it holds."""
    if any(each in header for each in USUAL_DELIMITERS):
        return USUAL_DELIMITERS
    others = {c for c in header if not (c.isalnum() or c in NO_DELIMITERS)}
    return USUAL_DELIMITERS + "".join(sorted(others))


def _plausibility(
    dialect: Dialect, sample: str, is_known: KnownHeader
) -> tuple[int, float, int, int]:
    """The more known headers the better, then rows as wide as the header, then columns."""
    records: list[list[str]] = []
    try:
        for record in dialect.reader(StringIO(sample, newline="")):
            records.append(record)
            if len(records) > SAMPLE_RECORDS:
                break
    except csv.Error:
        if not records:
            return (-1, 0.0, 0, 0)  # quotes that make no sense with this delimiter
    headers, rows = (records[0], records[1:]) if records else ([], [])
    fitting = sum(len(row) == len(headers) for row in rows if row)
    share = fitting / len(rows) if rows and len(headers) > 1 else 0.0
    known = sum(map(is_known, headers))
    unusual = (USUAL_DELIMITERS + dialect.delimiter).index(dialect.delimiter)
    return (known, share, len(headers), -unusual)
