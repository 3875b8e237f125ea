"""Reading text files as tables: delimiters, quotes and encodings are found out, or said."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.exchange.mapping.matching import is_known_header
from adapters.exchange.reading.opening import opened_source
from adapters.exchange.reading.source_table import ReadingOptions, SourceRow, SourceTable
from contacts_domain.errors import UnreadableFile

SPECTRUM = Path(__file__).with_name("csv_spectrum")


def read(content: bytes, **options: str) -> tuple[SourceTable, list[SourceRow]]:
    """The table in a file, and its rows."""
    with opened_source(
        BytesIO(content), options=ReadingOptions(**options), is_known=is_known_header
    ) as table:
        return table, list(table.rows)


def cells(content: bytes, **options: str) -> list[tuple[str, ...]]:
    """The headers and the rows of a file."""
    table, rows = read(content, **options)
    return [table.headers, *(row.cells for row in rows)]


WRONG_ANSWER = ("location_coordinates", "Contact Phone Number")
"""The one answer that does not follow from its file, which holds another number."""


@pytest.mark.parametrize("path", sorted(SPECTRUM.glob("*.csv")), ids=lambda path: path.stem)
def test_csv_spectrum_parses_to_its_answers(path: Path) -> None:
    """The whole acid test of npm."""
    with opened_source(path, is_known=is_known_header) as table:
        found = [dict(zip(table.headers, row.cells, strict=True)) for row in table.rows]
    answer = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    expected = answer if isinstance(answer, list) else [answer]
    if path.stem == WRONG_ANSWER[0]:
        expected[0][WRONG_ANSWER[1]] = "2095257564"
    assert found == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", ":", "\x1f", "¦", "/"])
def test_any_delimiter_is_found(delimiter: str) -> None:
    """Also unusual ones, if the rows have as many cells as the header."""
    rows = [("Email", "First Name", "Notes"), ("ada@example.org", "Ada", "x")]
    content = "\n".join(delimiter.join(row) for row in rows).encode()
    assert cells(content) == rows


def test_a_delimiter_can_be_said() -> None:
    """For files that could be read in two ways."""
    assert cells(b"a,b;c\n1,2;3\n", delimiter=";") == [("a,b", "c"), ("1,2", "3")]
    assert cells(b"a\tb\n1\t2\n", delimiter="tab") == [("a", "b"), ("1", "2")]
    with pytest.raises(UnreadableFile, match="one character"):
        cells(b"a,b\n", delimiter="::")


def test_a_note_of_the_separator_is_no_row() -> None:
    """Spreadsheets begin files with it; the header is row 1 all the same."""
    table, rows = read(b"sep=;\r\nEmail;Notes\r\nada@example.org;a,b\r\n")
    assert (table.headers, table.delimiter) == (("Email", "Notes"), ";")
    assert [(row.number, row.cells) for row in rows] == [(2, ("ada@example.org", "a,b"))]


def test_other_quotes() -> None:
    """Apostrophes around every header, another character that is said, or none at all."""
    single = b"'Email','Notes'\n'ada@example.org','it''s, well'\n"
    assert cells(single) == [("Email", "Notes"), ("ada@example.org", "it's, well")]
    assert cells(b"Email,Notes\n$a@b.org$,$1,2$\n", quote="$")[1] == ("a@b.org", "1,2")
    assert cells(b'Email,Notes\na@b.org,5" pipe\n', quote="")[1] == ("a@b.org", '5" pipe')


NAME = "Zoë Ångström, Łódź"


@pytest.mark.parametrize(
    ("encoding", "text", "found"),
    [
        ("utf-8", NAME, "utf-8"),
        ("utf-8-sig", NAME, "utf-8-sig"),
        ("utf-16", NAME, "utf-16"),
        ("utf-16-le", "Zoë Ångström", "utf-16-le"),
        ("utf-16-be", "Zoë Ångström", "utf-16-be"),
        ("utf-32", NAME, "utf-32"),
        ("cp1252", "Zoë Ångström, Müller, François, Señor, “quoted” €", "cp1252"),
        ("cp1251", "Анна Каренина живёт в Москве, Лев Толстой написал роман", "cp1251"),
        ("cp932", "山田太郎 東京都千代田区 株式会社ソニー", "cp932"),
        ("gb18030", "王小明 北京市朝阳区 中国移动通信集团公司", "gb18030"),
    ],
)
def test_the_encoding_is_found_out(encoding: str, text: str, found: str) -> None:
    """By its mark, else UTF-8 if it is that, else by what is likely."""
    content = f'Email,Notes\nada@example.org,"{text}"\n'.encode(encoding)
    table, rows = read(content)
    assert (table.encoding, rows[0].cells[1]) == (found, text)


def test_an_encoding_is_found_however_late_it_shows() -> None:
    """A file that is plain for a megabyte, and western after that."""
    plain = "ada@example.org,Ada\n" * 60_000
    content = f"Email,First Name\n{plain}zoe@example.org,Zoë Müller\n".encode("cp1252")
    table, rows = read(content)
    assert (table.encoding, rows[-1].cells[1]) == ("cp1252", "Zoë Müller")


def test_an_encoding_can_be_said() -> None:
    """And is refused if there is none of that name, or the file is not in it."""
    content = "Email,Notes\nada@example.org,Zoë\n".encode("iso8859_15")
    assert cells(content, encoding="latin9")[1][1] == "Zoë"
    for encoding in ("nonsense", "rot13", "base64", "a" * 10_000):
        with pytest.raises(UnreadableFile, match="text encoding"):
            cells(content, encoding=encoding)
    with pytest.raises(UnreadableFile, match="not utf-8 text after row"):
        cells(content, encoding="utf-8")


def test_rows_of_another_width() -> None:
    """Short rows lack cells, long ones are told, blank cells beyond the header do not matter."""
    _, rows = read(b"a,b\n1\n1,2,,\n1,2,3\n")
    assert [(row.cells, bool(row.defect)) for row in rows] == [
        (("1",), False),
        (("1", "2"), False),
        (("1", "2", "3"), True),
    ]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20)


@given(rows=st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=10))
def test_whatever_is_quoted_comes_back(rows: list[list[str]]) -> None:
    """RFC 4180: quotes doubled, delimiters and line ends inside quotes."""
    quoted = [["Email", "Notes", "Tags"], *rows]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in quoted]
    found = cells("\r\n".join(lines).encode())
    assert found[1:] == [tuple(row) for row in rows if any(cell.strip() for cell in row)]
