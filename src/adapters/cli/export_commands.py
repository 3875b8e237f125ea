"""`contacts export`: contacts into a file; `contacts exports`: who took out which."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.text import Text

from adapters.cli.filters import NO_BULK_FILTER, BulkFilterOptions
from adapters.cli.output import table
from adapters.cli.session import InSession
from adapters.exchange.exports import ExportChoices, ExportFormat, format_of
from contacts_domain.contact_filter import Criteria
from contacts_domain.errors import ContactNotFound, InvalidQuery
from projections.paging import DEFAULT_LIMIT

Flag = Parameter(negative="")
Repeated = Parameter(negative="")


def register(app: App) -> None:
    """Add the commands of this module."""
    app.command(export_contacts, name="export")
    app.command(list_exports, name="exports")


def export_contacts(
    file: Path,
    *references: str,
    where: BulkFilterOptions = NO_BULK_FILTER,
    form: Annotated[ExportFormat | None, Parameter(name="--format")] = None,
    field: Annotated[tuple[str, ...], Repeated] = (),
    sort: str = "name",
    lossless: Annotated[bool, Flag] = False,
    session: InSession,
) -> None:
    """Export contacts to a file: all of them, or those that are named or filtered.

    Parameters
    ----------
    file
        Replaced when the export is complete.
    references
        Ids or e-mails; or give --filter-… options.
    form
        By the name of the file (.csv, .xlsx, .vcf, .jsonl) unless given; CSV if it tells nothing.
    field
        May be repeated; the fields in their order. Those of the contact list otherwise.
    sort
        As in `list`.
    lossless
        Write every cell as it is; without it, cells that a spreadsheet would run as a formula
        get an apostrophe in front. Both forms can be imported.
    """
    if references and where.is_given:
        raise InvalidQuery("Name contacts, or give --filter-… options, not both.")
    chosen = ExportChoices(
        format=form or format_of(file),
        fields=field or None,
        is_lossless=lossless,
        sort=sort,
    )
    with session.open() as contacts, session.output.progress("Exporting") as on_progress:
        criteria: Criteria = {}
        if where.is_given:
            criteria = {"is_active": True} | where.criteria(contacts, session.organizer)
        exported = contacts.exports.write(
            session.organizer,
            file,
            choices=chosen,
            references=references,
            actor=session.actor,
            via="cli",
            on_progress=on_progress,
            **criteria,
        )
    document = {
        "file": str(file),
        "contacts": exported.contacts,
        "refused": len(exported.unknown),
        "errors": [{"reference": e, "code": ContactNotFound.code} for e in exported.unknown],
    }
    lines = [f"{exported.contacts} contacts written to {file}"]
    lines += [f"{each}: not found" for each in exported.unknown]
    session.output.show(document, lambda: [Text(line) for line in lines])


def list_exports(
    *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, session: InSession
) -> None:
    """List the exports that were made, the latest first.

    Parameters
    ----------
    limit
        How many, 1 to 500.
    cursor
        Where the page before ended.
    """
    with session.open() as contacts:
        page = contacts.exports.page(session.organizer, limit=limit, cursor=cursor)
    headers = ("When (UTC)", "Who", "Format", "Contacts", "File", "Filter")
    rows: list[tuple[Any, ...]] = [
        (e.made_at, e.actor, e.format, e.contacts, e.file_name, str(e.criteria or e.selected))
        for e in page.items
    ]
    more = [Text(f"The next page: --cursor {page.next}")] if page.next else []
    session.output.show(
        {"items": page.items, "next": page.next}, lambda: [table(headers, rows), *more]
    )
