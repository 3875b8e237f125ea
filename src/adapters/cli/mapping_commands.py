"""`contacts imports mappings`: saved ways of mapping columns."""

from typing import Annotated

from cyclopts import App, Parameter

from adapters.cli.documents import receipt_document, receipt_tables
from adapters.cli.import_documents import mappings_tables
from adapters.cli.import_options import field_of_header
from adapters.cli.session import InSession
from contacts_domain.column_mapping import SavedColumn
from contacts_domain.import_commands import DeleteMapping, SaveMapping


def register(app: App) -> None:
    """Add the commands of this module."""
    mappings = App(name="mappings", help="Saved ways of mapping columns.")
    mappings.default(list_mappings)
    mappings.command(save_mapping, name="save")
    mappings.command(delete_mapping, name="delete")
    app.command(mappings)


def list_mappings(*, session: InSession) -> None:
    """List the saved mappings."""
    with session.open() as contacts:
        mappings = contacts.organizers.mappings(session.organizer)
    session.output.show({"items": mappings}, lambda: mappings_tables(mappings))


def save_mapping(
    name: str,
    *,
    column: Annotated[tuple[str, ...], Parameter(name="--map", negative="")],
    session: InSession,
) -> None:
    """Give a mapping of columns a name, for `--mapping NAME`.

    Parameters
    ----------
    name
        A name in use gets the new mapping.
    column
        As "Work mail=email"; "Fax=" leaves a column out. May be repeated.
    """
    columns = [
        SavedColumn(header=header, field=field)
        for header, field in (field_of_header(each) for each in column)
    ]
    with session.open() as contacts:
        receipt = contacts.handle(
            SaveMapping.model_validate({**session.about, "name": name, "columns": columns})
        )
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def delete_mapping(name: str, *, session: InSession) -> None:
    """Remove a saved mapping.

    Parameters
    ----------
    name
        Compared without case.
    """
    with session.open() as contacts:
        receipt = contacts.handle(DeleteMapping(**session.about, name=name))
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))
