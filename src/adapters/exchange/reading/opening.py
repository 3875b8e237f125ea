"""Opens a source: tells by its first bytes what it is, and has it read as that."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from adapters.exchange.limits import DEFAULT_LIMITS, ImportLimits
from adapters.exchange.reading.delimited import KnownHeader, read_delimited
from adapters.exchange.reading.source_table import (
    AS_FOUND,
    ReadingOptions,
    SourceFormat,
    SourceTable,
)
from adapters.files import opened_for_reading
from contacts_domain.errors import UnreadableFile

_ARCHIVE = b"PK\x03\x04"
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an old or encrypted Office document; save it as .xlsx without a password",
    b"\x1f\x8b": "compressed with gzip; unpack it",
    b"BZh": "compressed with bzip2; unpack it",
    b"\xfd7zXZ": "compressed with xz; unpack it",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard; unpack it",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"%PDF": "a PDF document; export a table",
    b"SQLite format 3": "an SQLite database; export a table",
}
_START = 4_096


@contextmanager
def opened_source(
    source: Path | BinaryIO,
    *,
    name: str = "",
    options: ReadingOptions = AS_FOUND,
    limits: ImportLimits = DEFAULT_LIMITS,
    is_known: KnownHeader = lambda _header: False,
) -> Iterator[SourceTable]:
    """The table in a file, or in an open one that can be read from any place, in binary mode.

    `is_known` tells headers that address books have, to find the delimiter by; errors begin with
    `name`. Raises UnreadableFile and FileTooLarge, also while rows are read.
    """
    with ExitStack() as stack:
        file = source
        if isinstance(file, Path):
            file = stack.enter_context(opened_for_reading(file))
        try:
            table = _table(file, options, limits, is_known)
            stack.callback(table.rows.close)  # before the file is
            yield table
        except UnreadableFile as error:
            if name:
                error.message = f"{name}: {error.message}"
                error.args = (error.message,)
            raise


def size_of(file: BinaryIO) -> int:
    """In bytes; the file is left at its beginning."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _table(
    file: BinaryIO, options: ReadingOptions, limits: ImportLimits, is_known: KnownHeader
) -> SourceTable:
    limits.check_size(size_of(file))
    match options.format or _format_of(file):
        case "csv":
            return read_delimited(file, options, limits, is_known)
        case "xlsx":
            from adapters.exchange.reading.workbooks import read_workbook

            return read_workbook(file, options, limits)
        case "vcard":
            from adapters.exchange.reading.vcards import read_vcards

            return read_vcards(file, options, limits)


def _format_of(file: BinaryIO) -> SourceFormat:
    start = file.read(_START)
    file.seek(0)
    if start.startswith(_ARCHIVE):
        return "xlsx"
    for magic, what in _FOREIGN.items():
        if start.startswith(magic):
            raise UnreadableFile(f"The file is {what}, and import that.")
    text = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").upper()
    return "vcard" if text.startswith(b"BEGIN:VCARD") else "csv"
