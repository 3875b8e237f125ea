"""Imports step by step, as a wizard takes them: start, preview, confirm, watch, cancel, resume."""

import csv
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters import Contacts
from adapters.exchange.reading.source_table import ReadingOptions
from adapters.exchange.starting_imports import ImportChoices
from contacts_domain.commands import CreateContact, EditContact
from contacts_domain.errors import ContactsError, ImportNotFound, InvalidQuery
from contacts_domain.import_commands import SaveMapping
from projections.imports import ImportView
from tests.adapters.exchange.exchanging import contact_events
from tests.adapters.exchange.workbooks import a_workbook
from tests.builders import ORGANIZER, a_contact
from tests.scenario import NOW, head

ROWS = [
    "Email,First Name,Company,Shoe Size",
    "ada@example.org,Ada,Engines,38",
    "broken,Bob,,",
    "grace@example.org,Grace,Navy,39",
    "ADA@example.org,Augusta,,40",
]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Four rows: two new people, one refused, one a second time."""
    path = tmp_path / "people.csv"
    path.write_text("\n".join(ROWS), encoding="utf-8")
    return path


def many(count: int) -> BytesIO:
    """A file of so many new people."""
    rows = "".join(f"person{number}@example.org,P{number}\n" for number in range(count))
    return BytesIO(f"email,first name\n{rows}".encode())


def view(contacts: Contacts, import_id: UUID) -> ImportView:
    """The import as it stands."""
    return contacts.imports.find(ORGANIZER, import_id)


def counts(shown: ImportView) -> tuple[int, ...]:
    """What became of the rows so far."""
    return (shown.created, shown.updated, shown.merged, shown.skipped, shown.failed)


def test_starting_changes_no_contact(contacts: Contacts, people: Path) -> None:
    """It tells what was found and what is planned, with reasons."""
    started = contacts.imports.start(ORGANIZER, people, actor="grace")
    assert [each.field for each in started.plan.mapping] == ["email", "first_name", "company", None]
    assert (started.rows, started.format, started.delimiter) == (4, "csv", ",")
    assert started.unmapped == ("Shoe Size",)
    shown = view(contacts, started.id)
    assert (shown.status, shown.rows, shown.done, shown.actor) == ("started", 4, 0, "grace")
    assert (shown.file_name, shown.started_at) == (str(people), NOW)
    assert contact_events(contacts) == []


def test_a_preview_is_the_result_and_writes_nothing(contacts: Contacts, people: Path) -> None:
    """The same counts, reasons and values as the import itself, in every mode."""
    contacts.handle(a_contact(email="grace@example.org", first_name="Grace", last_name=""))
    started = contacts.imports.start(ORGANIZER, people)
    before = head(contacts)
    for mode in ("skip", "update", "merge"):
        plan = contacts.imports.plan(ORGANIZER, started.id, on_duplicate=mode)
        preview = contacts.imports.preview(ORGANIZER, started.id, plan=plan)
        assert sum(counts_of(preview.report)) == 4
    assert head(contacts) == before
    assert [(row.row, row.outcome) for row in preview.rows] == [
        (2, "created"), (3, "failed"), (4, "merged"), (5, "skipped"),
    ]  # fmt: skip
    ada = preview.rows[0].contact
    assert ada is not None
    assert (ada.email, ada.first_name, ada.company) == ("ada@example.org", "Ada", "Engines")
    contacts.imports.confirm(ORGANIZER, started.id, plan=plan)
    report = contacts.imports.run(ORGANIZER, started.id)
    assert report == preview.report


def counts_of(report: object) -> list[int]:
    """Created, updated, merged, skipped, failed."""
    return [getattr(report, n) for n in ("created", "updated", "merged", "skipped", "failed")]


def test_rows_of_a_preview_are_chosen_by_their_index(contacts: Contacts) -> None:
    """All are counted, wherever the shown ones stand."""
    started = contacts.imports.start(ORGANIZER, many(1_100), file_name="many.csv")
    preview = contacts.imports.preview(ORGANIZER, started.id, first=999, limit=2)
    assert [row.row for row in preview.rows] == [1_001, 1_002]
    assert preview.report.created == 1_100


def test_confirming_and_running(contacts: Contacts, people: Path) -> None:
    """Progress is told by rows; the history has the result, of this organizer alone."""
    started = contacts.imports.start(ORGANIZER, people)
    contacts.imports.confirm(ORGANIZER, started.id, actor="grace", via="web")
    told: list[tuple[int, int]] = []
    report = contacts.imports.run(
        ORGANIZER, started.id, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(4, 4)]
    assert counts_of(report) == [2, 0, 0, 1, 1]
    shown = view(contacts, started.id)
    assert (shown.status, counts(shown), shown.ended_at) == ("completed", (2, 0, 0, 1, 1), NOW)
    assert [each.id for each in contacts.imports.page(ORGANIZER).items] == [started.id]
    assert contacts.imports.page("other").items == []
    assert {each.provenance.actor for each in contact_events(contacts)} == {"grace"}


def test_an_interrupted_import_goes_on_where_it_was(contacts: Contacts) -> None:
    """No row twice, none left out; running a finished one again changes nothing."""
    started = contacts.imports.start(ORGANIZER, many(1_200), file_name="many.csv")
    contacts.imports.confirm(ORGANIZER, started.id)
    stops = iter([False, True])
    contacts.imports.run(ORGANIZER, started.id, should_stop=lambda: next(stops))
    assert counts(view(contacts, started.id)) == (500, 0, 0, 0, 0)
    assert view(contacts, started.id).status == "running"
    report = contacts.imports.run(ORGANIZER, started.id)
    assert (report.created, report.rows) == (1_200, 1_200)
    before = head(contacts)
    assert contacts.imports.run(ORGANIZER, started.id) == report
    assert head(contacts) == before
    assert contacts.contact_list.page(ORGANIZER).total == 1_200


def test_two_who_run_the_same_import_do_not_double_it(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """One of them is told that the other is at it, and goes on when it is told to."""
    started = contacts.imports.start(ORGANIZER, many(1_100), file_name="many.csv")
    contacts.imports.confirm(ORGANIZER, started.id)
    other = reopen()
    codes: list[str] = []

    def meddle(done: int, _total: int) -> None:
        if done == 500:
            stops = iter([False, True])
            other.imports.run(ORGANIZER, started.id, should_stop=lambda: next(stops))

    try:
        contacts.imports.run(ORGANIZER, started.id, on_progress=meddle)
    except ContactsError as error:
        codes.append(error.code)
    assert codes == ["rows_already_taken_in"]
    contacts.imports.run(ORGANIZER, started.id)
    assert counts(view(contacts, started.id)) == (1_100, 0, 0, 0, 0)
    assert contacts.contact_list.page(ORGANIZER).total == 1_100


def test_cancelling(contacts: Contacts) -> None:
    """What was taken in stays; the runner ends before its next unit."""
    started = contacts.imports.start(ORGANIZER, many(1_100), file_name="many.csv")
    contacts.imports.confirm(ORGANIZER, started.id)

    def cancel(done: int, _total: int) -> None:
        if done == 500:
            contacts.imports.cancel(ORGANIZER, started.id)

    assert contacts.imports.run(ORGANIZER, started.id, on_progress=cancel).rows == 500
    assert counts(view(contacts, started.id)) == (500, 0, 0, 0, 0)
    assert view(contacts, started.id).status == "cancelled"
    assert contacts.imports.run(ORGANIZER, started.id).rows == 500


def test_the_background_runner(contacts: Contacts) -> None:
    """Imports run one after the other; closing stops after a unit, and handing in goes on."""
    ids = []
    for number in range(2):
        file = many(600)
        started = contacts.imports.start(f"org{number}", file, file_name="many.csv")
        contacts.imports.confirm(f"org{number}", started.id)
        contacts.imports.submit(f"org{number}", started.id)
        ids.append(started.id)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [contacts.imports.find(f"org{n}", each) for n, each in enumerate(ids)]
        if all(each.status == "completed" for each in found):
            break
        time.sleep(0.05)
    assert [each.created for each in found] == [600, 600]
    with pytest.raises(ImportNotFound):
        contacts.imports.submit(ORGANIZER, ids[0])


def test_importing_the_same_file_again_records_nothing(contacts: Contacts, people: Path) -> None:
    """In one go: the report says skipped, the id is the first import's."""
    first = contacts.imports.import_file(ORGANIZER, people)
    before = head(contacts)
    again = contacts.imports.import_file(ORGANIZER, people)
    assert head(contacts) == before
    assert again.id == first.id
    assert counts_of(again.report) == [0, 0, 0, 3, 1]
    assert again.report.errors == first.report.errors


def test_the_same_file_after_a_change_is_another_import(contacts: Contacts, people: Path) -> None:
    """Where it has something to do by now; undone ones do not count."""
    update = ImportChoices(on_duplicate="update")
    first = contacts.imports.import_file(ORGANIZER, people, choices=update)
    ada = contacts.contact_list.find(ORGANIZER, "ada@example.org").id
    contacts.handle(EditContact(organizer_id=ORGANIZER, contact_id=ada, company="Mine"))
    second = contacts.imports.import_file(ORGANIZER, people, choices=update)
    assert second.id != first.id
    assert contacts.imports.import_file(ORGANIZER, people).id in (first.id, second.id)
    assert len(contacts.imports.page(ORGANIZER).items) == 2


def test_the_error_file_can_be_mended_and_imported(
    contacts: Contacts, people: Path, tmp_path: Path
) -> None:
    """Whole rows, unknown columns too, with the reasons in front; imports pass over those."""
    imported = contacts.imports.import_file(ORGANIZER, people)
    path = tmp_path / "errors.csv"
    assert contacts.imports.write_errors(ORGANIZER, imported.id, path) == 1
    header, row = csv.reader(path.read_text(encoding="utf-8").splitlines())
    assert header[2:] == ROWS[0].split(",")
    assert (row[0], row[2:]) == ("3", ["broken", "Bob", "", ""])
    assert row[1].startswith("email: ")
    path.write_text(path.read_text().replace("broken", "bob@example.org"))
    mended = contacts.imports.import_file(ORGANIZER, path)
    assert (mended.report.created, mended.report.failed) == (1, 0)
    assert [each.field for each in mended.report.warnings] == []


def test_the_error_file_has_every_row(contacts: Contacts, tmp_path: Path) -> None:
    """However many were refused, also where the report lists no more."""
    rows = "".join(f"broken {number},x\n" for number in range(10_700))
    file = BytesIO(f"email,first name\n{rows}".encode())
    imported = contacts.imports.import_file(ORGANIZER, file, file_name="bad.csv")
    assert (imported.report.failed, len(imported.report.errors)) == (10_700, 10_000)
    assert contacts.imports.write_errors(ORGANIZER, imported.id, tmp_path / "errors.csv") == 10_700


def test_saved_mappings_and_named_columns(contacts: Contacts) -> None:
    """A saved mapping passes over headers that a file lacks; a named column must be there."""
    contacts.handle(
        SaveMapping(
            organizer_id=ORGANIZER,
            name="Ours",
            columns=[
                {"header": "Kontakt", "field": "email"},
                {"header": "Not here", "field": "notes"},
            ],
        )
    )
    saved = contacts.organizers.mapping(ORGANIZER, "OURS").columns
    file = BytesIO(b"Kontakt;Zimmer\nada@example.org;12\n")
    choices = ImportChoices(saved=saved, fields={"zimmer": "notes"})
    contacts.imports.import_file(ORGANIZER, file, file_name="x.csv", choices=choices)
    assert contacts.contact_list.find(ORGANIZER, "ada@example.org").notes == "12"
    with pytest.raises(InvalidQuery, match="Kontakt, Zimmer"):
        contacts.imports.start(ORGANIZER, file, choices=ImportChoices(fields={"Nope": "notes"}))


def test_unmapped_columns_can_go_to_the_notes(contacts: Contacts, people: Path) -> None:
    """Then they are no warning."""
    choices = ImportChoices(unmapped_to_notes=True)
    imported = contacts.imports.import_file(ORGANIZER, people, choices=choices)
    assert contacts.contact_list.find(ORGANIZER, "grace@example.org").notes == "Shoe Size: 39"
    assert [each for each in imported.report.warnings if each.row == 1] == []


def test_workbooks_and_cards_take_the_same_way(contacts: Contacts) -> None:
    """XLSX and vCard, from open files."""
    workbook = a_workbook([("E-Mail", "Vorname"), ("ada@example.org", "Ada")])
    cards = b"BEGIN:VCARD\nVERSION:4.0\nFN:Grace Hopper\nEMAIL:grace@example.org\nEND:VCARD\n"
    for content in (workbook, cards):
        report = contacts.imports.import_file(ORGANIZER, BytesIO(content)).report
        assert (report.created, report.warnings) == (1, [])
    names = [each.full_name for each in contacts.contact_list.page(ORGANIZER).items]
    assert sorted(names) == ["Ada", "Grace Hopper"]


def test_what_cannot_be_read_leaves_nothing(contacts: Contacts) -> None:
    """No import, and nothing staged."""
    file = BytesIO(b"email,notes\nada@example.org,x\n" * 700 + b'bob@example.org,"')
    with pytest.raises(ContactsError):
        contacts.imports.start(ORGANIZER, file, choices=ImportChoices(ReadingOptions(format="csv")))
    assert head(contacts) == 0
    assert staged(contacts) == 0


def staged(contacts: Contacts) -> int:
    """How many units are staged."""
    with contacts.engine.database.reading() as connection:
        schema = contacts.engine.database.schema
        name = f"{schema}.staged_rows" if schema else "staged_rows"
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one())


def test_only_refused_rows_stay_staged(contacts: Contacts, people: Path) -> None:
    """The file is gone when the import has ended; a cancelled one keeps nothing."""
    contacts.imports.import_file(ORGANIZER, people)
    assert staged(contacts) == 1
    started = contacts.imports.start(ORGANIZER, many(1_100))
    assert staged(contacts) == 4
    contacts.imports.cancel(ORGANIZER, started.id)
    assert staged(contacts) == 1


def test_abandoned_rows_are_let_go(contacts: Contacts, clock: "object") -> None:
    """Staged by a process that died before the import began."""
    staging = contacts.imports._staged
    from adapters.exchange.reading.source_table import SourceRow

    staging.stage(ORGANIZER, uuid4(), [SourceRow(2, ("x",))])
    clock.forward(hours=23)  # type: ignore[attr-defined]
    contacts.imports.start(ORGANIZER, many(1))
    assert staged(contacts) == 2
    clock.forward(hours=2)  # type: ignore[attr-defined]
    contacts.imports.start(ORGANIZER, many(1))
    assert staged(contacts) == 2


def test_another_organizers_import_is_not_there(contacts: Contacts, people: Path) -> None:
    """In whatever is asked of it."""
    started = contacts.imports.start("other", people)
    for ask in (
        lambda: contacts.imports.find(ORGANIZER, started.id),
        lambda: contacts.imports.preview(ORGANIZER, started.id),
        lambda: contacts.imports.plan(ORGANIZER, started.id),
        lambda: contacts.imports.confirm(ORGANIZER, started.id),
        lambda: contacts.imports.run(ORGANIZER, started.id),
        lambda: contacts.imports.submit(ORGANIZER, started.id),
        lambda: contacts.imports.cancel(ORGANIZER, started.id),
        lambda: contacts.imports.undo(ORGANIZER, started.id),
        lambda: contacts.imports.report(ORGANIZER, started.id),
        lambda: contacts.imports.undo_report(ORGANIZER, started.id),
        lambda: contacts.imports.write_errors(ORGANIZER, started.id, people),
    ):
        with pytest.raises(ImportNotFound):
            ask()


def test_imports_of_contacts_meet_those_of_people(contacts: Contacts) -> None:
    """A person may add a contact while the import runs: its row follows the mode."""
    started = contacts.imports.start(ORGANIZER, many(600))
    contacts.imports.confirm(ORGANIZER, started.id)

    def add(done: int, _total: int) -> None:
        if done == 500:
            contacts.handle(
                CreateContact(
                    organizer_id=ORGANIZER, email="person550@example.org", first_name="Mine"
                )
            )

    report = contacts.imports.run(ORGANIZER, started.id, on_progress=add)
    assert (report.created, report.skipped) == (599, 1)
    assert contacts.contact_list.find(ORGANIZER, "person550@example.org").first_name == "Mine"


NO_TEXT: dict[str, tuple[bytes, str | None]] = {
    "a workbook": (
        a_workbook([("Email", "Notes_xD800_"), ("ada@example.org", "x_xD800_y_x0001_")]),
        None,
    ),
    "an encoding": (b"Email,Notes\nada@example.org,x\\ud800y\n", "unicode_escape"),
    "a vCard": (
        (
            b"BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE;ENCODING=8BIT:x\n"
            b"NOTE:y\nEMAIL:ada@example.org\nEND:VCARD\n"
        ),
        None,
    ),
}


@pytest.mark.parametrize("kind", NO_TEXT)
def test_what_is_no_text_is_replaced_or_told(kind: str, contacts: Contacts, tmp_path: Path) -> None:
    """Lone surrogates, and properties that no parser makes sense of: nothing breaks on them."""
    content, encoding = NO_TEXT[kind]
    choices = ImportChoices(ReadingOptions(encoding=encoding), unmapped_to_notes=True)
    started = contacts.imports.start(ORGANIZER, BytesIO(content), choices=choices)
    assert contacts.imports.preview(ORGANIZER, started.id).report.created == 1
    contacts.imports.confirm(ORGANIZER, started.id)
    contacts.imports.run(ORGANIZER, started.id)
    assert "y" in contacts.contact_list.find(ORGANIZER, "ada@example.org").notes
    contacts.imports.write_errors(ORGANIZER, started.id, tmp_path / "errors.csv")


@pytest.mark.parametrize("limit", [0, -1, 501, 10**9])
def test_a_preview_shows_as_many_rows_as_a_page(limit: int, contacts: Contacts) -> None:
    """So that nobody asks for a million contacts at once."""
    started = contacts.imports.start(ORGANIZER, many(1))
    with pytest.raises(InvalidQuery):
        contacts.imports.preview(ORGANIZER, started.id, limit=limit)
