"""`contacts import|export`: files in and out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from cyclopts import App, Parameter
from rich.text import Text

from adapters.address_book import Contacts
from adapters.cli.documents import import_tables
from adapters.cli.filters import NO_BULK_FILTER, BulkFilterOptions, FilterOptions
from adapters.cli.session import InSession, Session
from adapters.exchange.csv_export import export_csv
from adapters.exchange.csv_import import import_csv
from contacts_domain.contact_filter import Criteria
from contacts_domain.errors import ContactNotFound, InvalidQuery
from projections.contact_list_query import ContactView

Flag = Parameter(negative="")


def register(app: App) -> None:
    """Add the commands of this module."""
    app.command(import_contacts, name="import")
    app.command(export_contacts, name="export")


def import_contacts(
    file: Path,
    *,
    on_duplicate: Literal["skip", "update", "merge"] = "skip",
    session: InSession,
) -> None:
    """Import contacts from a CSV file with an email column.

    Parameters
    ----------
    file
        UTF-8 text; the first row names the columns. Our own export can be imported.
    on_duplicate
        What to do with an e-mail in use: leave the contact, overwrite it with filled cells, or
        fill its blanks and unite tags.
    """
    with session.open() as contacts, session.output.progress("Importing") as on_progress:
        report = import_csv(
            contacts,
            file,
            session.organizer,
            on_duplicate=on_duplicate,
            actor=session.actor,
            on_progress=on_progress,
        )
    session.output.show(report, lambda: import_tables(report))


def export_contacts(
    file: Path,
    *references: str,
    where: BulkFilterOptions = NO_BULK_FILTER,
    lossless: Annotated[bool, Flag] = False,
    session: InSession,
) -> None:
    """Export contacts to a CSV file: all of them, or those that are named or filtered.

    Parameters
    ----------
    file
        Replaced when the export is complete.
    references
        Ids or e-mails; or give --filter-… options.
    lossless
        Write every cell as it is; without it, cells that a spreadsheet would run as a formula
        get an apostrophe in front. Both forms can be imported.
    """
    with session.open() as contacts, session.output.progress("Exporting") as on_progress:
        people, total, unknown = _chosen(contacts, session, references, where)
        count = export_csv(
            people,
            file,
            is_lossless=lossless,
            on_progress=lambda done: on_progress(done, total),
        )
    document = {
        "file": str(file),
        "contacts": count,
        "refused": len(unknown),
        "errors": [{"reference": each, "code": ContactNotFound.code} for each in unknown],
    }
    lines = [f"{count} contacts written to {file}", *(f"{each}: not found" for each in unknown)]
    session.output.show(document, lambda: [Text(line) for line in lines])


def _chosen(
    contacts: Contacts, session: Session, references: tuple[str, ...], where: FilterOptions
) -> tuple[Iterable[ContactView], int, list[str]]:
    """Whom to export, how many they are, and which references nobody has.

    Raises ContactNotFound if nobody has any of the references.
    """
    if references and where.is_given:
        raise InvalidQuery("Name contacts, or give --filter-… options, not both.")
    if references:
        return _named(contacts, session.organizer, references)
    everybody: Criteria = {"is_active": None}
    criteria = where.criteria(contacts, session.organizer) if where.is_given else everybody
    total = contacts.contact_list.page(session.organizer, limit=1, **criteria).total or 0
    return contacts.contact_list.every(session.organizer, **criteria), total, []


def _named(
    contacts: Contacts, organizer_id: str, references: tuple[str, ...]
) -> tuple[Iterable[ContactView], int, list[str]]:
    people: dict[UUID, ContactView] = {}
    unknown: list[str] = []
    for reference in references:
        try:
            found = contacts.contact_list.find(organizer_id, reference)
        except ContactNotFound:
            unknown.append(reference)
        else:
            people[found.id] = found
    if not people:
        raise ContactNotFound(unknown[0])
    return people.values(), len(people), unknown
