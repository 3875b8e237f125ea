"""`contacts group …`: named, coloured sets of contacts."""

from typing import Annotated

from cyclopts import App, Parameter

from adapters.cli.bulk_commands import change
from adapters.cli.documents import (
    contact_page_tables,
    group_document,
    group_tables,
    groups_tables,
    receipt_document,
    receipt_tables,
)
from adapters.cli.filters import NO_BULK_FILTER, BulkFilterOptions
from adapters.cli.session import InSession
from contacts_domain.command_fields import DEFAULT_COLOR
from contacts_domain.commands import ChangeGroup, CreateGroup, DeleteGroup
from projections.paging import DEFAULT_LIMIT

Repeated = Parameter(negative="")
Flag = Parameter(negative="")


def register(app: App) -> None:
    """Add the commands of this module."""
    group = App(name="group", help="Groups of contacts.")
    for name, command in (
        ("create", create),
        ("edit", edit),
        ("delete", delete),
        ("list", list_groups),
        ("show", show),
        ("add", add),
        ("remove", remove),
    ):
        group.command(command, name=name)
    app.command(group)


def create(
    name: str,
    *,
    description: str = "",
    color: str = DEFAULT_COLOR,
    contact: Annotated[tuple[str, ...], Repeated] = (),
    session: InSession,
) -> None:
    """Make a group.

    Parameters
    ----------
    name
        Unique without case.
    color
        A hex code such as #0066cc.
    contact
        Its first members, by id or e-mail; may be repeated.
    """
    with session.open() as contacts:
        members = tuple(session.contact_id(contacts, each) for each in contact)
        receipt = contacts.handle(
            CreateGroup(
                **session.about,
                name=name,
                description=description,
                color=color,
                contact_ids=members,
            )
        )
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def edit(
    group: str,
    *,
    name: str | None = None,
    description: str | None = None,
    color: str | None = None,
    session: InSession,
) -> None:
    """Rename, describe or recolour a group; what is left out stays.

    Parameters
    ----------
    group
        Its id or name.
    """
    given = {"name": name, "description": description, "color": color}
    changes = {field: value for field, value in given.items() if value is not None}
    with session.open() as contacts:
        group_id = contacts.groups.find(session.organizer, group).id
        receipt = contacts.handle(
            ChangeGroup.model_validate({**session.about, "group_id": group_id, **changes})
        )
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def delete(group: str, *, yes: Annotated[bool, Flag] = False, session: InSession) -> None:
    """Delete a group; its members stay contacts.

    Parameters
    ----------
    group
        Its id or name.
    yes
        Do not ask.
    """
    with session.open() as contacts:
        found = contacts.groups.find(session.organizer, group)
        if not yes:
            session.output.confirm(f"Delete the group {found.name}?")
        receipt = contacts.handle(DeleteGroup(**session.about, group_id=found.id))
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def list_groups(*, session: InSession) -> None:
    """List all groups."""
    with session.open() as contacts:
        groups = contacts.groups.list(session.organizer)
    session.output.show({"items": groups}, lambda: groups_tables(groups))


def show(
    group: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, session: InSession
) -> None:
    """Show a group and its members.

    Parameters
    ----------
    group
        Its id or name.
    limit
        Members a page, 1 to 500.
    cursor
        Where the page before ended.
    """
    with session.open() as contacts:
        found = contacts.groups.find(session.organizer, group)
        members = contacts.contact_list.page(
            session.organizer, group=str(found.id), is_active=None, limit=limit, cursor=cursor
        )
    session.output.show(
        group_document(found, members),
        lambda: [*group_tables(found), *contact_page_tables(members)],
    )


def add(
    group: str,
    *references: str,
    where: BulkFilterOptions = NO_BULK_FILTER,
    session: InSession,
) -> None:
    """Add contacts to a group.

    Parameters
    ----------
    group
        Its id or name.
    references
        Ids or e-mails of contacts; or give --filter-… options.
    """
    with session.open() as contacts:
        group_id = contacts.groups.find(session.organizer, group).id
    change(session, "group_add", references, where, group_id=group_id)


def remove(
    group: str,
    *references: str,
    where: BulkFilterOptions = NO_BULK_FILTER,
    session: InSession,
) -> None:
    """Remove contacts from a group.

    Parameters
    ----------
    group
        Its id or name.
    references
        Ids or e-mails of contacts; or give --filter-… options.
    """
    with session.open() as contacts:
        group_id = contacts.groups.find(session.organizer, group).id
    change(session, "group_remove", references, where, group_id=group_id)
