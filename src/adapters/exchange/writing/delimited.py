"""Writes contacts as CSV (RFC 4180, UTF-8)."""

import csv
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import BinaryIO

from adapters.exchange.spreadsheet_safety import kept_apart, made_safe
from adapters.exchange.writing.columns import HEADERS, cells_of
from projections.contact_list_query import ContactView


def write_csv(
    people: Iterable[ContactView], file: BinaryIO, fields: Sequence[str], *, is_lossless: bool
) -> None:
    """Write a header and a row for each, in their order."""
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow([HEADERS[field] for field in fields])
    guard = kept_apart if is_lossless else made_safe
    for contact in people:
        writer.writerow(map(guard, cells_of(contact, fields)))
    text.detach()
