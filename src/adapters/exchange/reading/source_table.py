"""What every source becomes: headers, and rows of text cells that are read one after the other."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal

SourceFormat = Literal["csv", "xlsx", "vcard"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row with content."""

    number: int
    """As people count: of a table the row, where the header is row 1; of vCards the card."""
    cells: tuple[str, ...]
    """In the order of the headers; fewer where the row ends early, more where it is too long."""
    defect: str = ""
    """Why it cannot be taken in, if that is known already."""


@dataclass(frozen=True)
class SourceTable:
    """A source that has been opened; its rows can be read once."""

    format: SourceFormat
    headers: tuple[str, ...]
    rows: Generator[SourceRow, None, None]
    encoding: str = ""
    """Of text, as Python names it."""
    delimiter: str = ""
    """Of CSV."""
    quote: str = ""
    """Of CSV; blank for none."""
    sheet: str = ""
    """Of a workbook."""


@dataclass(frozen=True)
class ReadingOptions:
    """What is known about a source; None is found out."""

    format: SourceFormat | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    """One character, or blank for files that quote nothing."""
    sheet: str | None = None


AS_FOUND = ReadingOptions()
