"""Exporting: the specification's columns, everybody who is not deleted, and a file that is there
whole or not at all."""

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapters import Contacts
from contacts_domain.commands import DeactivateContact, DeleteContact
from contacts_domain.errors import ContactsError, UnwritableFile
from tests.adapters import raw_database
from tests.adapters.exchange.exchanging import export_file
from tests.builders import ORGANIZER, a_booking, a_contact
from tests.scenario import NOW


def table(path: Path) -> list[list[str]]:
    """The rows of a file, the header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_an_export_has_the_columns_of_the_specification(contacts: Contacts, tmp_path: Path) -> None:
    """In this order, with these names; tags are separated by commas, times are UTC."""
    contacts.handle(
        a_contact(
            email="ada@example.org",
            phone="020 7946 0958",
            company="Engines",
            job_title="Analyst",
            notes="one\ntwo",
            tags=("vip", "friend"),
        )
    )
    contacts.handle(a_booking(starts_at=NOW + timedelta(days=1)))
    path = tmp_path / "out.csv"
    assert export_file(contacts, path, ORGANIZER) == 1
    assert table(path) == [
        [
            "First Name",
            "Last Name",
            "Email",
            "Phone",
            "Company",
            "Job Title",
            "Notes",
            "Tags",
            "Total Bookings",
            "Last Booking Date",
        ],
        [
            "Ada",
            "Lovelace",
            "ada@example.org",
            "020 7946 0958",
            "Engines",
            "Analyst",
            "one\ntwo",
            "vip,friend",
            "1",
            "2026-11-21T12:00:00Z",
        ],
    ]


def test_an_export_is_rfc_4180_in_utf_8(contacts: Contacts, tmp_path: Path) -> None:
    """Lines end with CR LF, quotes are doubled, there is no byte order mark."""
    contacts.handle(a_contact(first_name="Zoë", last_name='"Z"', email="zoe@example.org"))
    path = tmp_path / "out.csv"
    export_file(contacts, path, ORGANIZER)
    assert path.read_bytes().startswith(b"First Name,Last Name,")
    assert path.read_bytes().endswith('Zoë,"""Z""",zoe@example.org,,,,,,0,\r\n'.encode())


def test_an_export_holds_everybody_who_is_not_deleted(contacts: Contacts, tmp_path: Path) -> None:
    """By name; inactive ones included, deleted ones and other organizers' not."""
    for name in ("Carol", "ada", "Bob", "Dora"):
        contacts.handle(a_contact(first_name=name, last_name="X", email=f"{name}@example.org"))
    contacts.handle(a_contact(organizer_id="other", email="eve@example.org"))
    bob = contacts.contact_list.find(ORGANIZER, "bob@example.org").id
    dora = contacts.contact_list.find(ORGANIZER, "dora@example.org").id
    contacts.handle(DeactivateContact(organizer_id=ORGANIZER, contact_id=bob))
    contacts.handle(DeleteContact(organizer_id=ORGANIZER, contact_id=dora))
    path = tmp_path / "out.csv"
    assert export_file(contacts, path, ORGANIZER) == 3
    assert [row[0] for row in table(path)[1:]] == ["ada", "Bob", "Carol"]


def test_an_export_streams_more_than_one_page(contacts: Contacts, tmp_path: Path) -> None:
    """Everybody once, whatever the size of a page."""
    contacts.handle_all([a_contact(first_name="Same", last_name="Name") for _ in range(1_201)])
    path = tmp_path / "out.csv"
    assert export_file(contacts, path, ORGANIZER) == 1_201
    assert len({row[2] for row in table(path)[1:]}) == 1_201


def test_nobody_to_export_is_a_table_without_rows(contacts: Contacts, tmp_path: Path) -> None:
    """The header is there, so that the file can be filled in and imported."""
    path = tmp_path / "out.csv"
    assert export_file(contacts, path, "nobody") == 0
    assert len(table(path)) == 1


@pytest.mark.parametrize(("is_lossless", "expected"), [(False, "'=1+1"), (True, "=1+1")])
def test_formulas_are_made_safe_unless_asked_otherwise(
    is_lossless: bool, expected: str, contacts: Contacts, tmp_path: Path
) -> None:
    """Every column that holds text is protected, also the name."""
    contacts.handle(a_contact(first_name="=1+1", notes="=1+1", email="=1+1@example.org"))
    path = tmp_path / "out.csv"
    export_file(contacts, path, ORGANIZER, is_lossless=is_lossless)
    row = table(path)[1]
    assert (row[0], row[2], row[6]) == (expected, f"{expected}@example.org", expected)


def test_an_old_file_is_replaced_whole(contacts: Contacts, tmp_path: Path) -> None:
    """Nothing of a longer predecessor is left, and no other file appears."""
    path = tmp_path / "out" / "out.csv"
    path.parent.mkdir()
    path.write_text("old\n" * 10_000)
    contacts.handle(a_contact())
    export_file(contacts, path, ORGANIZER)
    assert len(table(path)) == 2
    assert list(path.parent.iterdir()) == [path]


DAMAGED_LAST_ROW = {
    "sqlite": (
        "UPDATE contact_list_1 SET notes = CAST(x'FF' AS TEXT) WHERE email = 'last@example.org'",
    ),
    "postgresql": (
        "ALTER TABLE contact_list_1 RENAME COLUMN notes TO sound_notes",
        "ALTER TABLE contact_list_1 ADD COLUMN divisor integer DEFAULT 1",
        "UPDATE contact_list_1 SET divisor = 0 WHERE email = 'last@example.org'",
        "ALTER TABLE contact_list_1 RENAME TO sound_list",
        (
            "CREATE VIEW contact_list_1 AS "
            "SELECT *, CASE WHEN 1 / divisor = 1 THEN sound_notes END AS notes FROM sound_list"
        ),
    ),
}
"""What makes reading the last row fail."""


def test_an_export_that_fails_half_way_leaves_the_old_file(
    contacts: Contacts, database: str, tmp_path: Path
) -> None:
    """The database breaks off on the third page: the old file stays, no part of a new one does."""
    contacts.handle_all([a_contact() for _ in range(1_200)])
    contacts.handle(a_contact(last_name="Zuse", email="last@example.org"))
    raw_database.change(database, *DAMAGED_LAST_ROW[make_url(database).get_backend_name()])
    path = tmp_path / "out" / "out.csv"
    path.parent.mkdir()
    path.write_text("old\n")
    with pytest.raises(ContactsError):
        export_file(contacts, path, ORGANIZER)
    assert path.read_text() == "old\n"
    assert list(path.parent.iterdir()) == [path]


def test_an_unwritable_target_leaves_the_old_file(
    contacts: Contacts,
    shared_folder: Path,
    without_rights: Callable[[], AbstractContextManager[None]],
) -> None:
    """A folder that does not let us write is named, and the old file stays."""
    path = shared_folder / "out.csv"
    path.write_text("old\n")
    path.chmod(0o666)
    shared_folder.chmod(0o555)
    contacts.handle(a_contact())
    with without_rights(), pytest.raises(UnwritableFile) as refusal:
        export_file(contacts, path, ORGANIZER)
    assert str(path) in refusal.value.message
    assert path.read_text() == "old\n"


@pytest.mark.parametrize("name", ["no/out.csv", "folder"], ids=["no folder", "a folder"])
def test_a_target_that_is_no_file_is_refused(name: str, contacts: Contacts, tmp_path: Path) -> None:
    """A missing folder or a folder under that name is told, and nothing half-made is left."""
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UnwritableFile) as refusal:
        export_file(contacts, tmp_path / name, ORGANIZER)
    assert refusal.value.code == "unwritable_file"
    assert sorted(tmp_path.rglob("*")) == before
