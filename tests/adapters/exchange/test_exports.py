"""Exports in every form: whom, which fields, in which order, and what other programs make of it."""

from io import BytesIO
from pathlib import Path

import openpyxl
import orjson
import pytest

from adapters import Contacts
from adapters.exchange.exports import AS_SPECIFIED, ExportChoices, ExportFormat, format_of
from adapters.exchange.reading.opening import opened_source
from adapters.exchange.writing.columns import ALL_FIELDS, HEADERS
from adapters.exchange.writing.workbook import write_workbook
from contacts_domain.commands import AddContactToGroup
from contacts_domain.errors import ContactNotFound, GroupNotFound, InvalidQuery
from tests.builders import ORGANIZER, a_contact, a_group
from tests.scenario import NOW


@pytest.fixture
def three(contacts: Contacts) -> Contacts:
    """Ada, Bob and Carol; Ada with everything."""
    ada = contacts.handle(
        a_contact(
            email="ada@example.org",
            phone="+44 20 7946 0958",
            company="Engines, Ltd.",
            job_title="Analyst; first",
            notes="one\\two\nthree",
            tags=("vip", "semi;colon"),
        )
    ).id
    contacts.handle(a_contact(email="bob@example.org", first_name="Bob", company="=1+1"))
    contacts.handle(a_contact(email="carol@example.org", first_name="Carol", last_name="A"))
    group = contacts.handle(a_group(name="Friends")).id
    contacts.handle(AddContactToGroup(organizer_id=ORGANIZER, contact_id=ada, group_id=group))
    return contacts


def exported(contacts: Contacts, form: ExportFormat, **choices: object) -> bytes:
    """Everybody in a form."""
    file = BytesIO()
    chosen = ExportChoices(format=form, **choices)  # type: ignore[arg-type]
    contacts.exports.write(ORGANIZER, file, choices=chosen)
    return file.getvalue()


def test_a_workbook_holds_text_and_no_formula(three: Contacts) -> None:
    """Whatever stands in the cells; the columns are those of the specification."""
    sheet = openpyxl.load_workbook(BytesIO(exported(three, "xlsx", is_lossless=True))).active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == [
        HEADERS[field] for field in AS_SPECIFIED.chosen_fields
    ]
    bob = {header.value: cell for header, cell in zip(rows[0], rows[3], strict=True)}
    assert (bob["Company"].value, bob["Company"].data_type) == ("=1+1", "s")


def test_a_workbook_goes_on_on_another_sheet(
    three: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a sheet is full; and has a header where there is nobody."""
    monkeypatch.setattr("adapters.exchange.writing.workbook.ROWS_PER_SHEET", 3)
    workbook = openpyxl.load_workbook(BytesIO(exported(three, "xlsx", fields=["email"])))
    values = [[row[0].value for row in sheet.iter_rows()] for sheet in workbook.worksheets]
    assert [each[0] for each in values] == ["Email", "Email"]
    assert [len(each) for each in values] == [3, 2]
    empty = BytesIO()
    write_workbook([], empty, ["email"], is_lossless=False)
    sheets = openpyxl.load_workbook(empty).worksheets
    assert [[row[0].value for row in sheet.iter_rows()] for sheet in sheets] == [["Email"]]


def test_vcards_are_version_4(three: Contacts) -> None:
    """Escaped, folded at 75 bytes, with UID and REV; every value comes back."""
    three.handle(a_contact(email="zoe@example.org", first_name="Zoë" * 30, last_name=""))
    content = exported(three, "vcard")
    lines = content.split(b"\r\n")
    assert lines[:2] == [b"BEGIN:VCARD", b"VERSION:4.0"]
    assert max(map(len, lines)) <= 75
    ada = three.contact_list.find(ORGANIZER, "ada@example.org")
    assert f"UID:urn:uuid:{ada.id}".encode() in lines
    assert f"REV:{NOW:%Y%m%dT%H%M%SZ}".encode() in lines
    with opened_source(BytesIO(content)) as table:
        rows = [dict(zip(table.headers, row.cells, strict=True)) for row in table.rows]
    assert len(rows) == 4
    found = next(row for row in rows if row["E-mail"] == "ada@example.org")
    assert found["Company"] == "Engines, Ltd."
    assert found["Job Title"] == "Analyst; first"
    assert found["Notes"] == "one\\two\nthree"
    assert found["Categories"] == "vip ::: semi;colon"
    assert {row["First Name"] for row in rows} >= {"Zoë" * 30}


def test_json_lines_are_what_show_shows(three: Contacts) -> None:
    """All fields unless some are chosen; times in UTC with Z."""
    first, *_ = exported(three, "jsonl", sort="email").splitlines()
    document = orjson.loads(first)
    assert list(document) == list(ALL_FIELDS)
    assert document["groups"][0]["name"] == "Friends"
    assert document["created_at"] == "2026-11-20T12:00:00Z"
    chosen = exported(three, "jsonl", fields=["email", "tags"], sort="email").splitlines()
    assert orjson.loads(chosen[0]) == {"email": "ada@example.org", "tags": ["vip", "semi;colon"]}


def test_fields_in_the_order_that_is_asked_for(three: Contacts) -> None:
    """Each once; unknown ones are told with those that there are."""
    content = exported(three, "csv", fields=["email", "groups", "is_active", "email"], sort="email")
    assert content.splitlines()[:2] == [b"Email,Groups,Is Active", b"ada@example.org,Friends,true"]
    with pytest.raises(InvalidQuery, match=r"shoe_size.*job_title"):
        exported(three, "csv", fields=["shoe_size"])
    with pytest.raises(InvalidQuery):
        exported(three, "csv", fields=[])


def test_whom_to_export(three: Contacts) -> None:
    """By any filter or by names; unknown names are told, nobody at all is an error."""
    file = BytesIO()
    found = three.exports.write(ORGANIZER, file, tags=["vip"])
    assert (found.contacts, found.unknown) == (1, ())
    bob = three.contact_list.find(ORGANIZER, "bob@example.org").id
    named = three.exports.write(ORGANIZER, file, references=[bob, "carol@example.org", "nobody"])
    assert (named.contacts, named.unknown) == (2, ("nobody",))
    with pytest.raises(ContactNotFound):
        three.exports.write(ORGANIZER, file, references=["nobody"])
    with pytest.raises(GroupNotFound):
        three.exports.write(ORGANIZER, file, group="Nobodies")
    with pytest.raises(InvalidQuery):
        three.exports.write(ORGANIZER, file, references=[bob], tags=["vip"])


def test_what_failed_is_not_noted(three: Contacts, tmp_path: Path) -> None:
    """The history holds exports that were made."""
    with pytest.raises(GroupNotFound):
        three.exports.write(ORGANIZER, tmp_path / "x.csv", group="Nobodies")
    assert three.exports.page(ORGANIZER).items == []
    three.exports.write(ORGANIZER, tmp_path / "x.csv", tags=["vip"], actor="grace", via="web")
    (made,) = three.exports.page(ORGANIZER).items
    assert (made.actor, made.source, made.contacts, made.made_at) == ("grace", "web", 1, NOW)
    assert (made.criteria, made.file_name, made.format) == ({"tags": ["vip"]}, "x.csv", "csv")
    assert three.exports.page("other").items == []


def test_the_name_of_a_file_tells_its_form() -> None:
    """CSV if it does not."""
    names = ("a.CSV", "a.xlsx", "a.vcf", "a.jsonl", "a.txt", "a")
    assert [format_of(Path(name)) for name in names] == [
        "csv", "xlsx", "vcard", "jsonl", "csv", "csv",
    ]  # fmt: skip


def test_exports_are_paged(contacts: Contacts) -> None:
    """The latest first."""
    ids = [contacts.exports.write(ORGANIZER, BytesIO()).id for _ in range(3)]
    first = contacts.exports.page(ORGANIZER, limit=2)
    second = contacts.exports.page(ORGANIZER, limit=2, cursor=first.next)
    assert {each.id for each in [*first.items, *second.items]} == set(ids)
    assert second.next is None
