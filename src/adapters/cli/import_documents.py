"""What `contacts import` and `contacts imports` print, as JSON documents and as tables."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from adapters.cli.documents import Tables, import_tables
from adapters.cli.output import facts, table
from adapters.exchange.import_streams import UndoReport
from adapters.exchange.imports import ImportedFile, StartedImport
from adapters.exchange.previewing import Preview
from projections.imports import ImportView
from projections.organizers import SavedMapping
from projections.paging import Page


def imported_document(imported: ImportedFile) -> dict[str, Any]:
    """An import in one go: the row accounting, and the id to undo it by."""
    return {**vars(imported.report), "id": imported.id}


def started_document(started: StartedImport) -> dict[str, Any]:
    """What was found in a file, and what is proposed."""
    return {
        "id": started.id,
        "rows": started.rows,
        "format": started.format,
        "encoding": started.encoding,
        "delimiter": started.delimiter,
        "sheet": started.sheet,
        "preset": started.proposal.preset,
        "columns": [
            {
                "header": found.header,
                "field": planned.field,
                "confidence": found.confidence,
                "because": found.because,
            }
            for found, planned in zip(started.proposal.columns, started.plan.mapping, strict=True)
        ],
        "unmapped": started.unmapped,
        "on_duplicate": started.plan.on_duplicate,
    }


def started_tables(started: StartedImport) -> Tables:
    """The same for people."""
    document = started_document(started)
    shown = ("id", "rows", "format", "encoding", "delimiter", "sheet", "preset", "on_duplicate")
    columns = [
        (each["header"], each["field"] or "-", each["confidence"], each["because"])
        for each in document["columns"]
    ]
    return [
        facts([(name, document[name]) for name in shown if document[name] != ""]),
        table(("Column", "Field", "Confidence", "Because of"), columns),
        Text(f"Next: contacts imports preview {started.id}, contacts imports confirm {started.id}"),
    ]


def preview_document(preview: Preview) -> dict[str, Any]:
    """What an import would do."""
    return {**vars(preview.report), "items": preview.rows}


def preview_tables(preview: Preview) -> Tables:
    """The same for people."""
    rows = [
        (
            each.row,
            each.outcome,
            each.contact.email if each.contact else "",
            f"{each.contact.first_name} {each.contact.last_name}" if each.contact else "",
            each.contact.phone if each.contact else "",
            each.contact.company if each.contact else "",
            ", ".join(each.contact.tags) if each.contact else "",
        )
        for each in preview.rows
    ]
    headers = ("Row", "Would be", "E-mail", "Name", "Phone", "Company", "Tags")
    return [table(headers, rows), *import_tables(preview.report)]


def import_view_document(view: ImportView) -> dict[str, Any]:
    """An import as it stands."""
    return {**vars(view), "done": view.done, "on_duplicate": view.on_duplicate}


def import_view_tables(view: ImportView) -> Tables:
    """The same for people."""
    document = import_view_document(view)
    del document["plan"]
    return [facts([(name.replace("_", " "), value) for name, value in document.items()])]


def history_document(page: Page[ImportView]) -> dict[str, Any]:
    """A page of imports; their plans are left out."""
    items = [import_view_document(view) for view in page.items]
    for item in items:
        del item["plan"]
    return {"items": items, "next": page.next}


def import_page_tables(page: Page[ImportView]) -> Tables:
    """The same for people."""
    headers = ("Import", "File", "Started (UTC)", "Status", "Rows", "Done", "Failed", "Actor")
    rows = [
        (e.id, e.file_name, e.started_at, e.status, e.rows, e.done, e.failed, e.actor)
        for e in page.items
    ]
    more = [Text(f"The next page: --cursor {page.next}")] if page.next else []
    return [table(headers, rows, unbroken=("Import",)), *more]


def undo_document(report: UndoReport) -> dict[str, Any]:
    """What undoing came to."""
    return dict(vars(report))


def undo_tables(report: UndoReport) -> Tables:
    """The same for people."""
    counts = [
        ("restored", report.restored),
        ("removed", report.removed),
        ("kept", len(report.kept)),
    ]
    kept = [(each.contact_id, each.field or "all", each.reason) for each in report.kept[:20]]
    shown = [table(("Contact", "Field", "Kept because"), kept)] if kept else []
    return [facts(counts), *shown]


def mappings_tables(mappings: Sequence[SavedMapping]) -> Tables:
    """All saved mappings."""
    rows = [
        (each.name, "; ".join(f"{h} = {f or 'left out'}" for h, f in each.columns.items()))
        for each in mappings
    ]
    return [table(("Name", "Columns"), rows)]
