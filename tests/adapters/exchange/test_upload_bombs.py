"""Files that are made to cost: refused within two seconds and 200 MB, before anything is kept."""

import resource
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from adapters import open_contacts
from adapters.exchange.limits import ImportLimits
from contacts_domain.errors import UnreadableFile
from tests.adapters.exchange.workbooks import a_workbook, with_parts

SECONDS, MEBIBYTES = 2.0, 200
MIB = 1_048_576
SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def sparse(path: Path, start: bytes, size: int) -> None:
    """A file that begins so and is as long as that."""
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size)


def written(start: bytes, block: bytes, times: int) -> Callable[[Path], None]:
    """A file of this beginning, and the same block again and again."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(start)
            for _ in range(times):
                file.write(block)

    return write


def workbook(block: bytes, times: int, start: bytes = HEAD) -> Callable[[Path], None]:
    """A workbook whose sheet is this block again and again."""

    def blocks() -> Iterator[bytes]:
        yield start
        for _ in range(times):
            yield block

    return lambda path: (
        path.write_bytes(with_parts(a_workbook([("a",)]), {SHEET: blocks()})),
        None,
    )[1]


HEADER = b"email,notes\n"
BOMBS: dict[str, Callable[[Path], None]] = {
    "a line of a gigabyte": written(HEADER + b"ada@example.org,", b"x" * MIB, 1_024),
    "a line of 400 megabytes": written(HEADER + b"ada@example.org,", b"x" * MIB, 400),
    "a header without end": written(b"", b"email" * 200_000, 300),
    "a million columns": written(b"email", b",x" * 1_000_000, 1),
    "a million cells in a row": written(HEADER + b"a@b.org", b",x" * 1_000_000, 1),
    "a quote that is never closed": written(HEADER + b'a@b.org,"', b"text, text\n" * 100_000, 200),
    "a long cell": written(HEADER + b"a@b.org,", b"x" * 32_768, 1),
    "nothing but line ends": written(HEADER, b"\n" * MIB, 100),
    "a gigabyte of nothing": lambda path: sparse(path, b"email\n", 1_024 * MIB),
    "400 megabytes of zeros": lambda path: sparse(path, b"email\n", 400 * MIB),
    "gzip": written(b"\x1f\x8b\x08\x00", b"\0" * MIB, 1),
    "a workbook of three gigabytes": workbook(b" " * 16 * MIB, 192),
    "a workbook with an endless cell": workbook(b"x" * MIB, 1_000, HEAD + b"<row><c><v>"),
    "a workbook with an endless row": workbook(b"<c><v>1</v></c>" * 70_000, 500, HEAD + b"<row>"),
    "a workbook with a far column": workbook(b'<row><c r="XFD1"><v>1</v></c></row>', 1),
    "a workbook with a far row": workbook(b'<row r="999999999"><c r="A1"><v>1</v></c></row>', 1),
    "a card of a gigabyte": written(b"BEGIN:VCARD\nNOTE:", b"x" * MIB, 1_024),
    "a card of 100 megabytes of lines": written(b"BEGIN:VCARD\n", b"NOTE:x\n" * 150_000, 100),
}


def importing(folder: str, path: str) -> tuple[str, float, float, int]:
    """In a process of its own: the error's code, seconds, mebibytes, and what was recorded."""
    with open_contacts(Path(folder) / "contacts.db") as contacts:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.process_time()  # of this process, however busy the machine is
        try:
            contacts.imports.start("acme", Path(path))
        except UnreadableFile as error:
            code = error.code
        else:
            code = "none"
        seconds = time.process_time() - begun
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return (
            code,
            seconds,
            (after - before) / 1_024,
            contacts.book.recorder.max_notification_id() or 0,
        )


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_fast_and_small(bomb: Callable[[Path], Any], tmp_path: Path) -> None:
    """Whatever its size: an error that says what is too much, and nothing recorded."""
    path = tmp_path / "upload"
    bomb(path)
    with get_context("spawn").Pool(1) as pool:
        code, seconds, mebibytes, head = pool.apply(importing, (str(tmp_path), str(path)))
    assert code in ("file_too_large", "unreadable_file")
    assert head == 0
    assert (seconds < SECONDS, mebibytes < MEBIBYTES) == (True, True), (seconds, mebibytes)


def test_limits_can_be_chosen(tmp_path: Path) -> None:
    """Every one of them, with an error that names it."""
    path = tmp_path / "people.csv"
    path.write_text("email,notes\n" + "ada@example.org,0123456789\n" * 5)
    for limits, what in (
        (ImportLimits(max_bytes=100), "bytes"),
        (ImportLimits(max_rows=4), "rows"),
        (ImportLimits(max_columns=1), "columns"),
        (ImportLimits(max_cell_length=12), "characters in a cell"),
        (ImportLimits(max_row_length=20), "characters in a row"),
    ):
        with (
            open_contacts(tmp_path / "contacts.db", import_limits=limits) as contacts,
            pytest.raises(UnreadableFile, match=what) as refusal,
        ):
            contacts.imports.start("acme", path)
        assert refusal.value.code == "file_too_large"
        assert str(path) in refusal.value.message
