"""Writes the rows that an import refused into a CSV file, whole and with the reasons, so that it
can be mended and imported again."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path

from adapters.exchange.reading.source_table import SourceRow
from adapters.exchange.spreadsheet_safety import made_safe
from adapters.files import replaced_when_complete

ROW, PROBLEM = "Import Row", "Import Problem"
"""The columns that are added; an import passes over them."""


def write_error_file(
    path: Path,
    headers: Sequence[str],
    rows: Iterable[SourceRow],
    reasons: Mapping[int, Sequence[str]],
) -> int:
    """Write all rows; how many there are. Raises UnwritableFile."""
    count = 0
    with replaced_when_complete(path) as file:
        text = TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow([ROW, PROBLEM, *headers])
        for row in rows:
            filled = [*row.cells, *[""] * (len(headers) - len(row.cells))]
            problem = "; ".join(reasons.get(row.number, ()))
            writer.writerow([row.number, made_safe(problem), *map(made_safe, filled)])
            count += 1
        text.detach()
    return count
