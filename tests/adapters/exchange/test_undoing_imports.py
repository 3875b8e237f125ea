"""Undoing a whole import: everything that it did and nobody changed since, however large it was."""

from io import BytesIO
from uuid import UUID

import pytest

from adapters import Contacts
from adapters.exchange.import_streams import UndoReport
from adapters.exchange.starting_imports import ImportChoices
from contacts_domain.commands import EditContact, TagContact
from contacts_domain.errors import ImportNotPossible
from tests.builders import ORGANIZER, a_contact
from tests.read_tables import all_rows
from tests.scenario import head

UPDATE = ImportChoices(on_duplicate="update")


def people(count: int, company: str) -> BytesIO:
    """A file of so many people of a company."""
    rows = "".join(f"person{number}@example.org,P,{company}\n" for number in range(count))
    return BytesIO(f"email,first name,company\n{rows}".encode())


def imported(contacts: Contacts, file: BytesIO) -> UUID:
    """Import it, updating who is there; its id."""
    return contacts.imports.import_file(ORGANIZER, file, choices=UPDATE).id


def everybody(contacts: Contacts) -> dict[str, tuple[str, tuple[str, ...]]]:
    """E-mail -> company and tags."""
    found = contacts.contact_list.every(ORGANIZER, is_active=None)
    return {each.email: (each.company, tuple(each.tags)) for each in found}


def test_undoing_puts_everybody_back(contacts: Contacts) -> None:
    """Over many units: created ones go, changed ones are as before, changed since ones stay."""
    contacts.handle_all(
        a_contact(email=f"person{number}@example.org", company="Old") for number in range(700)
    )
    before = everybody(contacts)
    import_id = imported(contacts, people(1_300, "New"))
    about = {"organizer_id": ORGANIZER}
    edited = contacts.contact_list.find(ORGANIZER, "person7@example.org").id
    touched = contacts.contact_list.find(ORGANIZER, "person1000@example.org").id
    contacts.handle(EditContact(**about, contact_id=edited, company="Mine"))
    contacts.handle(TagContact(**about, contact_id=touched, tags=["mine"]))
    told: list[tuple[int, int]] = []
    report = contacts.imports.undo(
        ORGANIZER, import_id, actor="grace", on_progress=lambda *done: told.append(done)
    )
    assert (report.restored, report.removed) == (700, 599)
    assert {(each.contact_id, each.field) for each in report.kept} == {
        (edited, "company"),
        (touched, ""),
    }
    expected = before | {
        "person7@example.org": ("Mine", ()),
        "person1000@example.org": ("New", ("mine",)),
    }
    assert everybody(contacts) == expected
    assert told[-1][0] == told[-1][1]
    shown = contacts.imports.find(ORGANIZER, import_id)
    assert (shown.status, shown.restored, shown.removed, shown.kept) == ("undone", 700, 599, 2)


def test_undoing_twice_changes_nothing(contacts: Contacts) -> None:
    """And answers the same."""
    import_id = imported(contacts, people(3, "New"))
    first = contacts.imports.undo(ORGANIZER, import_id)
    before = head(contacts)
    assert contacts.imports.undo(ORGANIZER, import_id) == first == UndoReport(0, 3, ())
    assert head(contacts) == before


def test_an_interrupted_undoing_goes_on(contacts: Contacts) -> None:
    """From the unit that it had reached."""

    class Interrupted(Exception):
        """As if the process ended."""

    def interrupt(_done: int, _total: int) -> None:
        raise Interrupted

    import_id = imported(contacts, people(1_100, "New"))
    with pytest.raises(Interrupted):
        contacts.imports.undo(ORGANIZER, import_id, on_progress=interrupt)
    assert contacts.imports.find(ORGANIZER, import_id).removed == 500
    contacts.imports.run(ORGANIZER, import_id)
    assert contacts.imports.undo_report(ORGANIZER, import_id) == UndoReport(0, 1_100, ())
    assert everybody(contacts) == {}


def test_imports_are_undone_one_after_the_other(contacts: Contacts) -> None:
    """The later one gives back what the earlier one had made, and that what was there before."""
    contacts.handle(a_contact(email="person0@example.org", company="Old"))
    first = imported(contacts, people(1, "One"))
    second = imported(contacts, people(1, "Two"))
    assert contacts.imports.undo(ORGANIZER, second).restored == 1
    assert everybody(contacts) == {"person0@example.org": ("One", ())}
    report = contacts.imports.undo(ORGANIZER, first)
    assert everybody(contacts) == {"person0@example.org": ("Old", ())}
    assert report == UndoReport(1, 0, ())


def test_a_cancelled_import_can_be_undone_a_running_one_not(contacts: Contacts) -> None:
    """Cancel it first."""
    started = contacts.imports.start(ORGANIZER, people(1_100, "New"))
    contacts.imports.confirm(ORGANIZER, started.id)
    stops = iter([False, True])
    contacts.imports.run(ORGANIZER, started.id, should_stop=lambda: next(stops))
    with pytest.raises(ImportNotPossible):
        contacts.imports.undo(ORGANIZER, started.id)
    contacts.imports.cancel(ORGANIZER, started.id)
    assert contacts.imports.undo(ORGANIZER, started.id).removed == 500
    assert everybody(contacts) == {}


def test_an_undone_file_can_be_imported_again(contacts: Contacts) -> None:
    """It is another import, and everybody is back."""
    first = imported(contacts, people(3, "New"))
    contacts.imports.undo(ORGANIZER, first)
    second = contacts.imports.import_file(ORGANIZER, people(3, "New"), choices=UPDATE)
    assert (second.id == first, second.report.created) == (False, 3)


def test_rebuilt_is_live_after_all_of_it(contacts: Contacts) -> None:
    """The read tables follow from the events alone."""
    contacts.handle(a_contact(email="person0@example.org", company="Old"))
    first = imported(contacts, people(30, "One"))
    imported(contacts, people(20, "Two"))
    contacts.imports.undo(ORGANIZER, first)
    contacts.exports.write(ORGANIZER, BytesIO())
    before = all_rows(contacts)
    contacts.rebuild()
    assert all_rows(contacts) == before
    assert contacts.verify().differences == []
