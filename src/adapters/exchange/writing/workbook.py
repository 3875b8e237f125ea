"""Writes contacts as a workbook (XLSX); every cell is text, none is ever a formula."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from tempfile import TemporaryDirectory
from typing import BinaryIO

import xlsxwriter

from adapters.exchange.spreadsheet_safety import kept_apart, made_safe
from adapters.exchange.writing.columns import HEADERS, cells_of
from projections.contact_list_query import ContactView

ROWS_PER_SHEET = 1_048_576
"""With the header; further contacts stand on further sheets."""


def write_workbook(
    people: Iterable[ContactView], file: BinaryIO, fields: Sequence[str], *, is_lossless: bool
) -> None:
    """Write a header and a row for each, in their order, a row at a time."""
    guard = kept_apart if is_lossless else made_safe
    rows = (map(guard, cells_of(contact, fields)) for contact in people)
    with TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as workbook:
            _write_sheets(workbook, rows, [HEADERS[field] for field in fields])


def _write_sheets(
    workbook: xlsxwriter.Workbook, rows: Iterator[Iterable[str]], headers: Sequence[str]
) -> None:
    number = 0
    while True:
        lot = islice(rows, ROWS_PER_SHEET - 1)
        first = next(lot, None)
        if first is None and number:
            return
        number += 1
        sheet = workbook.add_worksheet("Contacts" if number == 1 else f"Contacts {number}")
        _write_row(sheet, 0, headers)
        if first is None:
            return
        _write_row(sheet, 1, first)
        for index, row in enumerate(lot, 2):
            _write_row(sheet, index, row)


def _write_row(sheet: xlsxwriter.worksheet.Worksheet, index: int, cells: Iterable[str]) -> None:
    for column, cell in enumerate(cells):
        if cell:
            sheet.write_string(index, column, cell)
