"""`contacts import` in one go, `contacts imports` step by step."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter
from rich.text import Text

from adapters.address_book import Contacts
from adapters.cli import mapping_commands
from adapters.cli.documents import import_tables, receipt_document, receipt_tables
from adapters.cli.import_documents import (
    history_document,
    import_page_tables,
    import_view_document,
    import_view_tables,
    imported_document,
    preview_document,
    preview_tables,
    started_document,
    started_tables,
    undo_document,
    undo_tables,
)
from adapters.cli.import_options import (
    NO_PLAN,
    NO_SOURCE,
    PlanOptions,
    SourceOptions,
    choices,
)
from adapters.cli.session import InSession, Session
from contacts_domain.errors import ImportNotFound
from contacts_domain.import_events import ImportPlan
from projections.paging import DEFAULT_LIMIT

Flag = Parameter(negative="")


def register(app: App) -> None:
    """Add the commands of this module."""
    app.command(import_contacts, name="import")
    imports = App(name="imports", help="Imports step by step, their history, and undoing them.")
    for command in (start, preview, confirm, status, cancel, resume, undo, history, errors):
        imports.command(command)
    mapping_commands.register(imports)
    app.command(imports)


def import_contacts(
    file: Path,
    *,
    plan: PlanOptions = NO_PLAN,
    source: SourceOptions = NO_SOURCE,
    session: InSession,
) -> None:
    """Import contacts from a file: CSV, TSV, XLSX or vCards.

    Exports of Google Contacts, Outlook, HubSpot, Salesforce and of this address book are known;
    other columns are found by their names and by what stands in them.

    Parameters
    ----------
    file
        Of a table the first row names the columns.
    """
    with session.open() as contacts, session.output.progress("Importing") as on_progress:
        imported = contacts.imports.import_file(
            session.organizer,
            file,
            choices=choices(contacts, session.organizer, source, plan),
            actor=session.actor,
            via="cli",
            on_progress=on_progress,
        )
    session.output.show(
        imported_document(imported),
        lambda: [
            *import_tables(imported.report),
            Text(f"Undo: contacts imports undo {imported.id}"),
        ],
    )


def start(
    file: Path,
    *,
    plan: PlanOptions = NO_PLAN,
    source: SourceOptions = NO_SOURCE,
    session: InSession,
) -> None:
    """Read a file and propose how to import it; no contact changes.

    Parameters
    ----------
    file
        CSV, TSV, XLSX or vCards.
    """
    with session.open() as contacts:
        started = contacts.imports.start(
            session.organizer,
            file,
            choices=choices(contacts, session.organizer, source, plan),
            actor=session.actor,
            via="cli",
        )
    session.output.show(started_document(started), lambda: started_tables(started))


def preview(
    import_id: str,
    *,
    plan: PlanOptions = NO_PLAN,
    first: int = 0,
    limit: int = 20,
    session: InSession,
) -> None:
    """Show what an import would do, and do nothing.

    Parameters
    ----------
    import_id
        As `imports start` and `imports history` show it.
    first
        From which row on rows are shown, counted from 0.
    limit
        How many rows are shown, 1 to 500; all are counted.
    """
    with session.open() as contacts:
        identity = _import_id(import_id)
        planned = _planned(contacts, session, identity, plan)
        shown = contacts.imports.preview(
            session.organizer, identity, plan=planned, first=first, limit=limit
        )
    session.output.show(preview_document(shown), lambda: preview_tables(shown))


def confirm(
    import_id: str,
    *,
    plan: PlanOptions = NO_PLAN,
    session: InSession,
) -> None:
    """Import the rows of a started import.

    Parameters
    ----------
    import_id
        As `imports start` and `imports history` show it.
    """
    with session.open() as contacts, session.output.progress("Importing") as on_progress:
        identity = _import_id(import_id)
        planned = _planned(contacts, session, identity, plan)
        contacts.imports.confirm(
            session.organizer, identity, plan=planned, actor=session.actor, via="cli"
        )
        report = contacts.imports.run(session.organizer, identity, on_progress=on_progress)
    session.output.show(report, lambda: import_tables(report))


def status(import_id: str, *, session: InSession) -> None:
    """Show how far an import has come.

    Parameters
    ----------
    import_id
        As `imports history` shows it.
    """
    with session.open() as contacts:
        found = contacts.imports.find(session.organizer, _import_id(import_id))
    session.output.show(import_view_document(found), lambda: import_view_tables(found))


def cancel(import_id: str, *, session: InSession) -> None:
    """End an import early, wherever it runs; what was imported stays until it is undone.

    Parameters
    ----------
    import_id
        As `imports history` shows it.
    """
    with session.open() as contacts:
        receipt = contacts.imports.cancel(
            session.organizer, _import_id(import_id), actor=session.actor, via="cli"
        )
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def resume(import_id: str, *, session: InSession) -> None:
    """Go on with an import, or with undoing it, after it was broken off.

    Parameters
    ----------
    import_id
        As `imports history` shows it.
    """
    with session.open() as contacts, session.output.progress("Importing") as on_progress:
        report = contacts.imports.run(
            session.organizer, _import_id(import_id), on_progress=on_progress
        )
    session.output.show(report, lambda: import_tables(report))


def undo(import_id: str, *, yes: Annotated[bool, Flag] = False, session: InSession) -> None:
    """Undo everything that an import did and nobody changed since.

    Parameters
    ----------
    import_id
        As `imports history` shows it.
    yes
        Do not ask.
    """
    with session.open() as contacts:
        identity = _import_id(import_id)
        found = contacts.imports.find(session.organizer, identity)
        if not yes:
            session.output.confirm(f"Undo the import of {found.file_name}?")
        with session.output.progress("Undoing") as on_progress:
            report = contacts.imports.undo(
                session.organizer,
                identity,
                actor=session.actor,
                via="cli",
                on_progress=on_progress,
            )
    session.output.show(undo_document(report), lambda: undo_tables(report))


def history(*, limit: int = DEFAULT_LIMIT, cursor: str | None = None, session: InSession) -> None:
    """List imports, the latest first.

    Parameters
    ----------
    limit
        How many, 1 to 500.
    cursor
        Where the page before ended.
    """
    with session.open() as contacts:
        page = contacts.imports.page(session.organizer, limit=limit, cursor=cursor)
    session.output.show(history_document(page), lambda: import_page_tables(page))


def errors(import_id: str, file: Path | None = None, *, session: InSession) -> None:
    """Show what was wrong with rows, or write the refused rows into a file.

    Parameters
    ----------
    import_id
        As `imports history` shows it.
    file
        CSV with all refused rows and the reasons; mend it and import it.
    """
    with session.open() as contacts:
        identity = _import_id(import_id)
        if file is not None:
            count = contacts.imports.write_errors(session.organizer, identity, file)
            document = {"file": str(file), "rows": count}
            line = Text(f"{count} refused rows written to {file}")
            session.output.show(document, lambda: [line])
            return
        report = contacts.imports.report(session.organizer, identity)
    session.output.show(
        {"errors": report.errors, "warnings": report.warnings}, lambda: import_tables(report)
    )


def _planned(
    contacts: Contacts, session: Session, import_id: UUID, plan: PlanOptions
) -> ImportPlan | None:
    """The proposed plan with what the options change, None if they change nothing."""
    if plan == NO_PLAN:
        return None
    return contacts.imports.plan(
        session.organizer,
        import_id,
        saved=plan.saved(contacts, session.organizer),
        fields=plan.fields,
        on_duplicate=plan.on_duplicate,
        unmapped_to_notes=plan.unmapped_to_notes or None,
    )


def _import_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ImportNotFound(text[:80]) from None
