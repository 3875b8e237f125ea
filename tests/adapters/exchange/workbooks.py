"""Workbooks for tests, made by the libraries and by hand."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl


def a_workbook(rows: Iterable[Sequence[object]], **sheets: Iterable[Sequence[object]]) -> bytes:
    """A workbook with these rows in its first sheet, and further sheets."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))  # type: ignore[union-attr]
    for name, others in sheets.items():
        further = workbook.create_sheet(name)
        for row in others:
            further.append(list(row))
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def with_parts(workbook: bytes, parts: Mapping[str, bytes | Iterable[bytes]]) -> bytes:
    """The workbook with other content for some of its parts, as a stranger may make it."""
    file = BytesIO()
    with (
        ZipFile(BytesIO(workbook)) as old,
        ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            with new.open(name, "w", force_zip64=True) as part:
                for block in [content] if isinstance(content, bytes) else content:
                    part.write(block)
    return file.getvalue()
