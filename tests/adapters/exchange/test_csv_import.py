"""Importing rows: every row is accounted for, by its number in the spreadsheet, and a refused one
never harms its neighbours."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters import Contacts
from adapters.exchange.row_accounting import ImportReport
from contacts_domain.commands import DeactivateContact, DeleteContact
from contacts_domain.import_events import OnDuplicate
from projections.contact_list_query import ContactView
from tests.adapters.exchange.exchanging import contact_events, import_file
from tests.builders import ORGANIZER, a_contact
from tests.scenario import head

CsvFile = Callable[[str | bytes], Path]
MODES: list[OnDuplicate] = ["skip", "update", "merge"]


@pytest.fixture
def ada(contacts: Contacts) -> Callable[[], ContactView]:
    """Ada as the address book shows her now; she is added first."""
    contacts.handle(
        a_contact(
            email="ada@example.org",
            first_name="Ada",
            last_name="",
            company="Engines",
            notes="old",
            tags=("vip",),
        )
    )
    return lambda: contacts.contact_list.find(ORGANIZER, "ada@example.org")


def counts(report: ImportReport) -> dict[str, int]:
    """What became of the rows, without zeros; the sum always holds."""
    named = ("created", "updated", "merged", "skipped", "failed")
    found = {name: getattr(report, name) for name in named}
    assert sum(found.values()) == report.rows
    return {name: number for name, number in found.items() if number}


def test_every_row_becomes_a_contact(contacts: Contacts, csv_file: CsvFile) -> None:
    """All eight columns arrive; tags are separated by commas."""
    path = csv_file(
        "First Name,Last Name,Email,Phone,Company,Job Title,Notes,Tags\n"
        'Ada,Lovelace,ada@example.org,+44 20 7946 0958,Engines,Analyst,Hello,"vip, friend"\n'
    )
    report = import_file(contacts, path, ORGANIZER, actor="grace")
    assert (counts(report), report.errors, report.warnings) == ({"created": 1}, [], [])
    ada = contacts.contact_list.find(ORGANIZER, "ada@example.org")
    assert (ada.first_name, ada.last_name, ada.phone_e164) == ("Ada", "Lovelace", "+442079460958")
    assert (ada.company, ada.job_title, ada.notes) == ("Engines", "Analyst", "Hello")
    assert ada.tags == ["vip", "friend"]


def test_an_import_is_named_in_the_history(contacts: Contacts, csv_file: CsvFile) -> None:
    """All its events share an import id; another import of the same file has another one."""
    path = csv_file("email,first name\nada@example.org,Ada\nbob@example.org,Bob\n")
    import_file(contacts, path, "one", actor="grace")
    import_file(contacts, path, "two", actor="grace")
    provenances = [event.provenance for event in contact_events(contacts)]
    assert {(each.actor, each.source) for each in provenances} == {("grace", "import")}
    ids = [each.correlation_id for each in provenances]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_rows_are_numbered_as_in_a_spreadsheet(contacts: Contacts, csv_file: CsvFile) -> None:
    """The header is row 1, a cell of three lines is one row, and blank rows count."""
    path = csv_file(
        "email,notes\n"  # 1
        "broken,\n"  # 2
        'ada@example.org,"first\nsecond\nthird"\n'  # 3
        "\n"  # 4
        ",\n"  # 5
        "also broken,\n"  # 6
        '"   ",\n'  # 7
        "bob@example.org,\n"  # 8
        ",a note without an e-mail\n"  # 9
    )
    report = import_file(contacts, path, ORGANIZER)
    assert counts(report) == {"created": 2, "failed": 3}
    assert [(each.row, each.field) for each in report.errors] == [
        (2, "email"),
        (6, "email"),
        (9, "email"),
    ]
    assert contacts.contact_list.find(ORGANIZER, "ada@example.org").notes == "first\nsecond\nthird"


def test_an_error_tells_the_cell_and_the_reason(contacts: Contacts, csv_file: CsvFile) -> None:
    """Field, reason and the value as it stands in the file."""
    path = csv_file("email,first name\nada@,Ada\nbob@example.org," + "B" * 101 + "\n")
    report = import_file(contacts, path, ORGANIZER)
    first, second = report.errors
    assert (first.row, first.field, first.value) == (2, "email", "ada@")
    assert "@" in first.reason
    assert (second.row, second.field) == (3, "first_name")
    assert "100" in second.reason


def test_what_is_not_taken_as_given_is_a_warning(contacts: Contacts, csv_file: CsvFile) -> None:
    """An impossible phone and a missing name are taken in, with a warning that names the row."""
    path = csv_file("email,first name,last name,phone\nada@example.org,,,call me\n")
    report = import_file(contacts, path, ORGANIZER)
    assert counts(report) == {"created": 1}
    assert [(each.row, each.field, each.value) for each in report.warnings] == [
        (2, "first_name", ""),
        (2, "phone", "call me"),
    ]
    ada = contacts.contact_list.find(ORGANIZER, "ada@example.org")
    assert (ada.first_name, ada.phone, ada.phone_e164) == ("ada", "call me", None)


def test_unknown_columns_are_named_in_warnings(contacts: Contacts, csv_file: CsvFile) -> None:
    """They stand in row 1; blank headers and our own computed columns are passed over silently."""
    path = csv_file(
        "Email,Shoe Size,,Total Bookings,Last Booking Date, Birthday \n"
        "ada@example.org,38,,7,2026-11-20T10:00:00Z,1815-12-10\n"
    )
    report = import_file(contacts, path, ORGANIZER)
    assert counts(report) == {"created": 1}
    named = [(each.row, each.field) for each in report.warnings if each.row == 1]
    assert named == [(1, "Shoe Size"), (1, "Birthday")]


def test_skip_leaves_a_known_contact_alone(
    contacts: Contacts, csv_file: CsvFile, ada: Callable[[], ContactView]
) -> None:
    """The default: e-mails in use, in whatever spelling, are skipped."""
    before = ada()
    report = import_file(contacts, csv_file("email,notes\nADA@Example.org,new\n"), ORGANIZER)
    assert counts(report) == {"skipped": 1}
    assert ada() == before


ROW_ABOUT_ADA = (
    "email,first name,last name,company,job title,notes,tags\n"
    'ada@example.org,Augusta,Lovelace,,Analyst,new,"friend"\n'
)


def test_update_overwrites_with_what_is_filled_in(
    contacts: Contacts, csv_file: CsvFile, ada: Callable[[], ContactView]
) -> None:
    """Non-empty cells win, tags are replaced, empty cells leave what is there."""
    report = import_file(contacts, csv_file(ROW_ABOUT_ADA), ORGANIZER, on_duplicate="update")
    assert counts(report) == {"updated": 1}
    now = ada()
    assert (now.first_name, now.last_name, now.company) == ("Augusta", "Lovelace", "Engines")
    assert (now.job_title, now.notes, now.tags) == ("Analyst", "new", ["friend"])


def test_merge_fills_blanks_only(
    contacts: Contacts, csv_file: CsvFile, ada: Callable[[], ContactView]
) -> None:
    """What is there stays, notes included; tags are united."""
    report = import_file(contacts, csv_file(ROW_ABOUT_ADA), ORGANIZER, on_duplicate="merge")
    assert counts(report) == {"merged": 1}
    now = ada()
    assert (now.first_name, now.last_name, now.company) == ("Ada", "Lovelace", "Engines")
    assert (now.job_title, now.notes, now.tags) == ("Analyst", "old", ["vip", "friend"])


@pytest.mark.parametrize(
    ("mode", "expected", "company"),
    [
        ("skip", {"created": 1, "skipped": 2}, "One"),
        ("update", {"created": 1, "updated": 1, "skipped": 1}, "Two"),
        ("merge", {"created": 1, "merged": 1, "skipped": 1}, "One"),
    ],
)
def test_duplicates_inside_the_file_follow_the_mode(
    mode: OnDuplicate,
    expected: dict[str, int],
    company: str,
    contacts: Contacts,
    csv_file: CsvFile,
) -> None:
    """The second row of an e-mail meets the contact that the first one has made."""
    path = csv_file(
        "email,first name,company,job title\n"
        "ada@example.org,Ada,One,\n"
        "ADA@example.org,,Two,Analyst\n"
        "ada@EXAMPLE.org,,,\n"
    )
    assert counts(import_file(contacts, path, ORGANIZER, on_duplicate=mode)) == expected
    assert contacts.contact_list.find(ORGANIZER, "ada@example.org").company == company


@pytest.mark.parametrize("mode", MODES)
def test_importing_the_same_file_again_changes_nothing(
    mode: OnDuplicate, contacts: Contacts, csv_file: CsvFile
) -> None:
    """All rows are skipped and no event is recorded, whatever the mode."""
    path = csv_file(
        "email,first name,last name,phone,company,notes,tags\n"
        "ada@example.org,Ada,Lovelace,+44 20 7946 0958,Engines,=1+1,'tis\n"
        'bob@example.org,,Builder,call me,," spaced ","b,A,a"\n'
        "nameless@example.org,,,030  123,,,\n"
    )
    import_file(contacts, path, ORGANIZER)
    before = head(contacts)
    report = import_file(contacts, path, ORGANIZER, on_duplicate=mode)
    assert counts(report) == {"skipped": 3}
    assert head(contacts) == before


def test_an_import_never_reactivates_or_resurrects(contacts: Contacts, csv_file: CsvFile) -> None:
    """A deactivated contact stays so; a deleted one's e-mail is free for a new contact."""
    inactive = contacts.handle(a_contact(email="off@example.org")).id
    deleted = contacts.handle(a_contact(email="gone@example.org")).id
    contacts.handle(DeactivateContact(organizer_id=ORGANIZER, contact_id=inactive))
    contacts.handle(DeleteContact(organizer_id=ORGANIZER, contact_id=deleted))
    path = csv_file("email,company\noff@example.org,Engines\ngone@example.org,Engines\n")
    report = import_file(contacts, path, ORGANIZER, on_duplicate="update")
    assert counts(report) == {"created": 1, "updated": 1}
    assert not contacts.contact_list.find(ORGANIZER, "off@example.org").is_active
    assert contacts.contact_list.find(ORGANIZER, "gone@example.org").id != deleted


def test_a_refused_row_never_harms_its_neighbours(contacts: Contacts, csv_file: CsvFile) -> None:
    """1,001 rows in three units of work: bad ones at every boundary, all others arrive."""
    bad = {1, 250, 500, 501, 1_000, 1_001}
    rows = [f"{'bad' if n in bad else f'ada{n}@example.org'},Ada" for n in range(1, 1_002)]
    done: list[tuple[int, int]] = []
    report = import_file(
        contacts,
        csv_file("email,first name\n" + "\n".join(rows) + "\n"),
        ORGANIZER,
        on_progress=lambda *progress: done.append(progress),
    )
    assert counts(report) == {"created": 1_001 - len(bad), "failed": len(bad)}
    assert [error.row for error in report.errors] == sorted(number + 1 for number in bad)
    assert contacts.statistics.of(ORGANIZER).total_contacts == 1_001 - len(bad)
    assert done == [(500, 1_001), (1_000, 1_001), (1_001, 1_001)]


def test_a_row_with_too_many_cells_is_refused(contacts: Contacts, csv_file: CsvFile) -> None:
    """An unquoted delimiter would shift its cells; a row that is too short is just blank there."""
    path = csv_file(
        "email,first name,notes\n"
        "ada@example.org,Ada,one,two\n"
        "bob@example.org\n"
        "eve@example.org,Eve,fine,,\n"
    )
    report = import_file(contacts, path, ORGANIZER)
    assert counts(report) == {"created": 2, "failed": 1}
    assert [(error.row, error.value) for error in report.errors] == [(2, "two")]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("'=1+1", "=1+1"), ("'+49 30", "+49 30"), ("=1+1", "=1+1"), ("''=1", "'=1"), ("'tis", "'tis")],
)
def test_cells_made_safe_for_spreadsheets_are_restored(
    cell: str, expected: str, contacts: Contacts, csv_file: CsvFile
) -> None:
    """One apostrophe in front of a formula is taken off; any other apostrophe is text."""
    import_file(contacts, csv_file(f"email,notes\nada@example.org,{cell}\n"), ORGANIZER)
    assert contacts.contact_list.find(ORGANIZER, "ada@example.org").notes == expected
