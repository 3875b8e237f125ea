"""Reading workbooks: cells as people read them, and nothing of a stranger's tricks."""

from datetime import date, datetime
from io import BytesIO

import pytest

from adapters.exchange.reading.opening import opened_source
from adapters.exchange.reading.source_table import ReadingOptions, SourceRow, SourceTable
from contacts_domain.errors import UnreadableFile
from tests.adapters.exchange.workbooks import a_workbook, with_parts

SHEET = "xl/worksheets/sheet1.xml"


def read(content: bytes, **options: str) -> tuple[SourceTable, list[SourceRow]]:
    """The table in a workbook, and its rows."""
    with opened_source(BytesIO(content), options=ReadingOptions(**options)) as table:
        return table, list(table.rows)


def test_cells_are_text_as_people_read_it() -> None:
    """Phones that became numbers have no fraction, dates are ISO 8601, errors and blanks too."""
    at = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - cells have no time zone
    row = (491701234567, 1.5, True, date(2026, 11, 20), at, None, "x")
    table, rows = read(a_workbook([("a", "b", "c", "d", "e", "f", "g"), row]))
    assert table.format == "xlsx"
    assert table.headers == ("a", "b", "c", "d", "e", "f", "g")
    assert rows[0].cells == (
        "491701234567", "1.5", "TRUE", "2026-11-20", "2026-11-20T09:30:00", "", "x",
    )  # fmt: skip


def test_rows_have_the_numbers_of_the_sheet() -> None:
    """Blank rows count and are passed over; blank columns at the end are none."""
    _, rows = read(a_workbook([("a", "b", None), (), ("1",), (None, " "), ("2", "3", None)]))
    assert [(row.number, row.cells) for row in rows] == [(3, ("1",)), (5, ("2", "3"))]


def test_cells_beyond_the_header_are_told() -> None:
    """The row is refused, not cut."""
    _, rows = read(a_workbook([("a",), ("1", "2")]))
    assert "beyond" in rows[0].defect


def test_the_first_sheet_or_the_named_one() -> None:
    """An unknown name is told with those that there are."""
    workbook = a_workbook([("a",), ("1",)], People=[("b",), ("2",)])
    assert read(workbook)[0].sheet == "Sheet"
    table, rows = read(workbook, sheet="People")
    assert (table.headers, rows[0].cells) == (("b",), ("2",))
    with pytest.raises(UnreadableFile, match="Sheet, People"):
        read(workbook, sheet="Nobody")


def test_formulas_are_their_last_values() -> None:
    """A formula that no program has computed yet is blank."""
    _, rows = read(a_workbook([("a", "b"), ("=1+1", "x")]))
    assert rows[0].cells == ("", "x")


def test_a_workbook_without_rows_has_no_headers() -> None:
    """What that means is for the import to say."""
    assert read(a_workbook([]))[0].headers == ()


BROKEN = {
    "no archive": b"PK\x03\x04" + b"\0" * 100,
    "another archive": with_parts(a_workbook([("a",)]), {})[:200],
    "no sheet": with_parts(a_workbook([("a",)]), {SHEET: b""}),
    "half a sheet": with_parts(a_workbook([("a",)]), {SHEET: b'<?xml version="1.0"?><worksheet>'}),
    "entities": with_parts(
        a_workbook([("a",)]),
        {SHEET: b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'},
    ),
    "another encoding": with_parts(
        a_workbook([("a",)]),
        {SHEET: '<?xml version="1.0" encoding="utf-16"?><worksheet/>'.encode("utf-16")},
    ),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_no_workbook_is_one_sentence(content: bytes) -> None:
    """Whatever the library would have raised."""
    with pytest.raises(UnreadableFile):
        read(content)


def test_an_old_workbook_is_told_apart() -> None:
    """With what to do."""
    with pytest.raises(UnreadableFile, match=r"save it as \.xlsx"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
