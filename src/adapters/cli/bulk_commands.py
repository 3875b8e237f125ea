"""`contacts tag|untag|deactivate|reactivate|delete|restore`: one contact, several, or everything
that a filter matches."""

from typing import Annotated, Any
from uuid import UUID

from cyclopts import App, Parameter

from adapters.address_book import Contacts
from adapters.bulk import OPERATIONS, resolve_known, run_bulk, select_ids
from adapters.cli.documents import bulk_tables, receipt_document, receipt_tables
from adapters.cli.filters import NO_BULK_FILTER, BulkFilterOptions, FilterOptions
from adapters.cli.session import InSession, Session
from contacts_domain.commands import RestoreContact
from contacts_domain.contact_filter import ContactFilter
from contacts_domain.errors import InvalidQuery
from contacts_domain.outcomes import Receipt
from projections.contact_conditions import filter_of

Repeated = Parameter(negative="")
Flag = Parameter(negative="")


def register(app: App) -> None:
    """Add the commands of this module."""
    for command in (tag, untag, deactivate, reactivate, delete, restore):
        app.command(command)


def tag(
    *references: str,
    tag: Annotated[tuple[str, ...], Repeated],
    where: BulkFilterOptions = NO_BULK_FILTER,
    session: InSession,
) -> None:
    """Put tags on contacts.

    Parameters
    ----------
    references
        Ids or e-mails; or give --filter-… options.
    tag
        May be repeated.
    """
    change(session, "tag", references, where, tags=tag)


def untag(
    *references: str,
    tag: Annotated[tuple[str, ...], Repeated],
    where: BulkFilterOptions = NO_BULK_FILTER,
    session: InSession,
) -> None:
    """Take tags off contacts.

    Parameters
    ----------
    references
        Ids or e-mails; or give --filter-… options.
    tag
        May be repeated.
    """
    change(session, "untag", references, where, tags=tag)


def deactivate(
    *references: str,
    where: BulkFilterOptions = NO_BULK_FILTER,
    session: InSession,
) -> None:
    """Set contacts aside; they keep their e-mail and go on counting bookings.

    Parameters
    ----------
    references
        Ids or e-mails; or give --filter-… options.
    """
    change(session, "deactivate", references, where)


def reactivate(
    *references: str,
    where: BulkFilterOptions = NO_BULK_FILTER,
    session: InSession,
) -> None:
    """Bring deactivated contacts back.

    Parameters
    ----------
    references
        Ids or e-mails; or give --filter-… options.
    """
    change(session, "reactivate", references, where)


def delete(
    *references: str,
    where: BulkFilterOptions = NO_BULK_FILTER,
    yes: Annotated[bool, Flag] = False,
    session: InSession,
) -> None:
    """Delete contacts; `restore` undoes it while their e-mail is free.

    Parameters
    ----------
    references
        Ids or e-mails; or give --filter-… options.
    yes
        Do not ask.
    """
    question = "Delete {contacts}?"
    change(session, "delete", references, where, question=None if yes else question)


def restore(reference: str, *, session: InSession) -> None:
    """Undo the deletion of a contact.

    Parameters
    ----------
    reference
        Its id, as `delete` and `history` show it.
    """
    with session.open() as contacts:
        contact_id = session.contact_id(contacts, reference)
        receipt = contacts.handle(RestoreContact(**session.about, contact_id=contact_id))
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def change(
    session: Session,
    operation: str,
    references: tuple[str, ...],
    where: FilterOptions,
    question: str | None = None,
    **fields: Any,
) -> None:
    """Carry out an operation of `adapters.bulk` and print the receipt, or the report of many."""
    with session.open() as contacts:
        chosen, unknown = _chosen(contacts, session, references, where)
        if question is not None:
            many = "1 contact" if len(chosen) == 1 else f"{len(chosen)} contacts"
            session.output.confirm(question.format(contacts=many))
        provenance = {"actor": session.actor, "source": "cli"}
        if len(chosen) == 1 and not unknown and not where.is_given:
            receipt = _change_one(contacts, session, operation, chosen[0], fields)
            session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))
            return
        with session.output.progress("Changing") as on_progress:
            report = run_bulk(
                contacts,
                session.organizer,
                operation,
                chosen,
                on_progress=on_progress,
                **fields,
                **provenance,
            )
        for email in unknown:
            report.add_unknown(email)
    session.output.show(report, lambda: bulk_tables(report))


def _change_one(
    contacts: Contacts, session: Session, operation: str, contact_id: UUID, fields: dict[str, Any]
) -> Receipt:
    return contacts.handle(OPERATIONS[operation](**session.about, contact_id=contact_id, **fields))


def _chosen(
    contacts: Contacts, session: Session, references: tuple[str, ...], where: FilterOptions
) -> tuple[list[UUID], list[str]]:
    """The contacts, and the e-mails among several references that nobody has."""
    if bool(references) == where.is_given:
        raise InvalidQuery(
            "Name contacts by id or e-mail, or give --filter-… options, one of both; "
            "--filter-all means everybody."
        )
    if len(references) == 1:
        return [session.contact_id(contacts, references[0])], []
    if references:
        return resolve_known(contacts, session.organizer, references)
    criteria = where.criteria(contacts, session.organizer)
    if filter_of(criteria) == ContactFilter():
        raise InvalidQuery("This filter leaves out nobody; if that is meant, give --filter-all.")
    return select_ids(contacts, session.organizer, criteria), []
