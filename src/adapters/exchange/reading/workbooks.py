"""Reads a sheet of a workbook (XLSX, ISO/IEC 29500), row by row.

The archive is looked through before the library sees it: what unpacks to too much, hides an
endless cell or row, or brings its own entities is refused while only a block of it is in memory.
"""

import codecs
import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from adapters.exchange.limits import ImportLimits
from adapters.exchange.reading.source_table import ReadingOptions, SourceRow, SourceTable
from contacts_domain.errors import FileTooLarge, UnreadableFile

BLOCK = 262_144
MAX_ENTRIES = 10_000
MAX_SHARED_STRINGS = 256 * 1_048_576
"""Bytes of the table of texts, the one part that is kept in memory."""
MARKUP = 8
"""How many bytes of a sheet there may be for a character that a row may have."""

_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_DOCTYPE = b"<!DOCTYPE"


def read_workbook(file: BinaryIO, options: ReadingOptions, limits: ImportLimits) -> SourceTable:
    """The first sheet, or the one that is named. Raises UnreadableFile and FileTooLarge."""
    _look_through(file, limits)
    try:
        with warnings.catch_warnings(action="ignore"):  # of styles and validations it does not know
            workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever a stranger's archive makes of the library
        raise _broken(error) from None
    names = [sheet.title for sheet in workbook.worksheets]
    if not names:
        raise UnreadableFile("The workbook has no sheet of cells.")
    name = names[0] if options.sheet is None else options.sheet
    if name not in names:
        known = ", ".join(each[:40] for each in names[:20])
        raise UnreadableFile(f"The workbook has no sheet {name[:40]!r}; it has: {known}.")
    sheet = workbook[name]
    sheet.reset_dimensions()  # they are what the file claims, and short rows are padded to them
    rows = _rows(sheet.iter_rows(values_only=True), limits)
    headers = _trimmed(next((cells for _, cells in rows), ()))
    return SourceTable(
        "xlsx",
        headers,
        (row for number, cells in rows if (row := _row(number, cells, len(headers)))),
        sheet=name,
    )


def _rows(
    values: Iterator[Iterable[Any]], limits: ImportLimits
) -> Iterator[tuple[int, tuple[str, ...]]]:
    number = 0
    while True:
        try:
            row = next(values, None)
        except Exception as error:  # as above
            raise _broken(error) from None
        if row is None:
            return
        number += 1
        if number - 1 > limits.max_rows:
            raise FileTooLarge("rows", limits.max_rows)
        cells = _trimmed(tuple(map(_text, row)))
        limits.check_row(number, cells)
        yield number, cells


def _row(number: int, cells: tuple[str, ...], width: int) -> SourceRow | None:
    if not any(map(str.strip, cells)):
        return None
    if any(map(str.strip, cells[width:])):
        return SourceRow(number, cells, "the row has cells beyond the last header")
    return SourceRow(number, cells[:width])


def _trimmed(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Without empty cells at the end."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _text(value: object) -> str:
    """A cell as people read it: whole numbers without a fraction, times in ISO 8601."""
    match value:
        case None:
            return ""
        case str():
            return unescape(value)
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _broken(error: Exception) -> UnreadableFile:
    return UnreadableFile(
        f"The workbook is broken ({type(error).__name__}). Open it in a spreadsheet program, save "
        "it as .xlsx anew, and import that."
    )


# --- before anything is parsed -----------------------------------------------------------------


def _look_through(file: BinaryIO, limits: ImportLimits) -> None:
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise UnreadableFile(
                    "The file is an archive, but no workbook (.xlsx). Unpack it and import what is "
                    "in it."
                )
            if len(entries) > MAX_ENTRIES:
                raise FileTooLarge("parts of a workbook", MAX_ENTRIES)
            if sum(entry.file_size for entry in entries) > limits.max_unpacked_bytes:
                raise FileTooLarge("unpacked bytes", limits.max_unpacked_bytes)
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    _look_at(archive, entry, limits)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _broken(error) from None  # RuntimeError: encrypted
    finally:
        file.seek(0)


def _look_at(archive: ZipFile, entry: ZipInfo, limits: ImportLimits) -> None:
    if entry.filename.endswith("sharedStrings.xml") and entry.file_size > MAX_SHARED_STRINGS:
        raise FileTooLarge("bytes of shared texts", MAX_SHARED_STRINGS)
    has_rows = "worksheets/" in entry.filename
    since_tag, since_row, tail = 0, 0, b""
    with archive.open(entry) as part:
        while block := part.read(BLOCK):
            if not tail:
                _check_encoding(block[:200])
            if _DOCTYPE in tail + block:
                raise UnreadableFile("The workbook is broken: a part of it declares entities.")
            since_tag = _distance(block, b"<", since_tag, limits.max_cell_length, "a cell")
            if has_rows:
                since_row = _distance(
                    tail + block, b"<row", since_row, limits.max_row_length, "a row"
                )
            tail = block[-len(_DOCTYPE) :]


def _check_encoding(start: bytes) -> None:
    """Nothing but UTF-8: in it, a `<` is the byte `<` and nothing else is."""
    declared = _ENCODING.search(start)
    is_known = declared is None or declared.group(1).lower() in (b"utf-8", b"us-ascii")
    if not is_known or not start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise UnreadableFile("The workbook is broken: a part of it is no XML in UTF-8.")


def _distance(block: bytes, mark: bytes, before: int, limit: int, of_what: str) -> int:
    """How far the end of the block is from the last mark. Raises FileTooLarge if two are too far
    from each other for what stands between them; within a block they never are."""
    first, last = block.find(mark), block.rfind(mark)
    if before + (len(block) if first < 0 else first) > limit * MARKUP:
        raise FileTooLarge(f"characters in {of_what}", limit)
    return before + len(block) if last < 0 else len(block) - last
