"""Which files are tables of contacts: headers, delimiters, encodings, and what is refused before
anything is imported."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters import Contacts
from contacts_domain.errors import UnreadableFile
from tests.adapters.exchange.exchanging import import_file
from tests.builders import ORGANIZER
from tests.scenario import head

CsvFile = Callable[[str | bytes], Path]
A_ROW = b"ada@example.org,Ada\n"


def imported(contacts: Contacts, path: Path) -> list[tuple[str, str, str]]:
    """E-mail, first name and job title of what the file makes."""
    report = import_file(contacts, path, ORGANIZER)
    assert report.errors == []
    return [
        (item.email, item.first_name, item.job_title)
        for item in contacts.contact_list.page(ORGANIZER).items
    ]


@pytest.mark.parametrize(
    "header",
    [
        "email,first_name,job_title",
        "Email,First Name,Job Title",
        "E-Mail,FIRST NAME,JobTitle",
        "e_mail, first-name ,jOB  tITLE",
        '"Email","First Name","Job Title"',
        '\N{BYTE ORDER MARK}"Email",First Name,"Job Title"',
        "Email\N{NO-BREAK SPACE},First\N{NO-BREAK SPACE}Name,job title",
    ],
)
def test_headers_ignore_case_spaces_and_underscores(
    header: str, contacts: Contacts, csv_file: CsvFile
) -> None:
    """As people and other programs spell them."""
    path = csv_file(f"{header}\nada@example.org,Ada,Analyst\n")
    assert imported(contacts, path) == [("ada@example.org", "Ada", "Analyst")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize(
    "row",
    ["ada@example.org{0}Ada{0}Analyst", '"ada@example.org"{0}"Ada"{0}"Analyst"'],
    ids=["plain", "quoted"],
)
def test_the_delimiter_is_found_in_the_header(
    row: str, delimiter: str, contacts: Contacts, csv_file: CsvFile
) -> None:
    """Comma, semicolon or tab, with quotes around the headers or without."""
    header = row.replace("ada@example.org", "Email").replace("Ada", "First Name")
    header = header.replace("Analyst", "Job Title")
    path = csv_file("\n".join([header, row, ""]).format(delimiter))
    assert imported(contacts, path) == [("ada@example.org", "Ada", "Analyst")]


def test_other_delimiters_are_text_in_cells(contacts: Contacts, csv_file: CsvFile) -> None:
    """In a file of semicolons commas separate nothing."""
    path = csv_file('email;first name;job title\nada@example.org;Ada;"Analyst, first; best"\n')
    assert imported(contacts, path) == [("ada@example.org", "Ada", "Analyst, first; best")]


def test_one_column_is_enough(contacts: Contacts, csv_file: CsvFile) -> None:
    """A list of e-mails with a header is a table."""
    assert imported(contacts, csv_file("email\nada@example.org\n")) == [
        ("ada@example.org", "ada", "")
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(
    mark: bytes, newline: str, contacts: Contacts, csv_file: CsvFile
) -> None:
    """Files of Windows, Unix and old Macs are the same table."""
    text = "Email,First Name,Job Title\nada@example.org,Ada,Analyst\n".replace("\n", newline)
    assert imported(contacts, csv_file(mark + text.encode())) == [
        ("ada@example.org", "Ada", "Analyst")
    ]


def test_the_last_line_needs_no_end(contacts: Contacts, csv_file: CsvFile) -> None:
    """A file that ends without a newline is complete."""
    path = csv_file("email,first name,job title\nada@example.org,Ada,Analyst")
    assert imported(contacts, path) == [("ada@example.org", "Ada", "Analyst")]


def test_a_table_without_rows_is_no_mistake(contacts: Contacts, csv_file: CsvFile) -> None:
    """A header alone imports nothing and says so."""
    report = import_file(contacts, csv_file("email,first name\n"), ORGANIZER)
    assert (report.rows, report.created, report.errors) == (0, 0, [])


UNREADABLE: dict[str, bytes] = {
    "empty": b"",
    "a byte order mark only": b"\xef\xbb\xbf",
    "only blank lines": b"\n\r\n  \n,,,\n\n",
    "no e-mail column": b"name,phone\nAda,1\n",
    "no header": A_ROW,
    "an unclosed quote": b"email,notes\n" + A_ROW + b'bob@example.org,"never\nending\n',
    "a quote out of place": b"email,notes\n" + A_ROW + b'bob@example.org,"so" called\n',
    "a NUL": b"email,first name\n" + A_ROW + b"bob@example.org,B\0b\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "a compressed file": b"PK\x03\x04" + b"\0" * 100,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_table_of_contacts_is_refused_as_a_whole(
    content: bytes, contacts: Contacts, csv_file: CsvFile
) -> None:
    """One clear sentence that names the file, and nothing was imported, good rows neither."""
    path = csv_file(content)
    with pytest.raises(UnreadableFile) as refusal:
        import_file(contacts, path, ORGANIZER)
    assert refusal.value.code == "unreadable_file"
    assert str(path) in refusal.value.message
    assert "\0" not in refusal.value.message
    assert head(contacts) == 0


def test_mistakes_are_found_before_the_first_unit_is_written(
    contacts: Contacts, csv_file: CsvFile
) -> None:
    """A quote that is broken in row 1,200 leaves nothing of the rows before it."""
    rows = "".join(f"ada{number}@example.org,Ada\n" for number in range(1_200))
    with pytest.raises(UnreadableFile, match=r"120[12]"):
        import_file(contacts, csv_file("email,notes\n" + rows + 'bob@example.org,"x\n'), ORGANIZER)
    assert head(contacts) == 0


@pytest.mark.parametrize("name", ["missing.csv", "."], ids=["missing", "folder"])
def test_a_path_that_is_no_file_is_refused(name: str, contacts: Contacts, tmp_path: Path) -> None:
    """Missing files and folders are named with the reason."""
    with pytest.raises(UnreadableFile) as refusal:
        import_file(contacts, tmp_path / name, ORGANIZER)
    assert str(tmp_path / name) in refusal.value.message


def test_the_refusal_shows_the_headers_that_were_found(
    contacts: Contacts, csv_file: CsvFile
) -> None:
    """So that one sees which column should have been the e-mail."""
    with pytest.raises(UnreadableFile, match="Name, Mailbox"):
        import_file(contacts, csv_file("Name,Mailbox\nAda,ada\n"), ORGANIZER)
