"""`contacts add|edit|show|list|stats`: people, one by one and as a list."""

from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

from adapters.address_book import Contacts
from adapters.cli.documents import (
    Tables,
    contact_page_tables,
    contact_tables,
    page_document,
    receipt_document,
    receipt_tables,
    statistics_tables,
)
from adapters.cli.filters import NO_FILTER, FilterOptions
from adapters.cli.past import present_or_past
from adapters.cli.session import InSession, Session
from contacts_domain.commands import CreateContact, EditContact
from contacts_domain.errors import EventParked, WaitTimedOut
from contacts_domain.outcomes import Receipt
from projections.paging import DEFAULT_LIMIT

Repeated = Parameter(negative="")
MayDescend = Parameter(allow_leading_hyphen=True)


def register(app: App) -> None:
    """Add the commands of this module."""
    app.command(add)
    app.command(show)
    app.command(list_contacts, name="list")
    app.command(edit)
    app.command(stats)


def add(
    email: str,
    *,
    first_name: str,
    last_name: str = "",
    phone: str = "",
    company: str = "",
    job_title: str = "",
    notes: str = "",
    tag: Annotated[tuple[str, ...], Repeated] = (),
    group: Annotated[tuple[str, ...], Repeated] = (),
    command_id: str | None = None,
    session: InSession,
) -> None:
    """Add a contact by hand.

    Parameters
    ----------
    email
        Unique per organizer.
    phone
        Any writing; without a country code, --default-region tells which one.
    tag
        May be repeated.
    group
        A group's id or name; may be repeated.
    command_id
        Repeating a command with its id answers the first receipt.
    """
    with session.open() as contacts:
        groups = [contacts.groups.find(session.organizer, each).id for each in group]
        receipt = contacts.handle(
            CreateContact(
                **session.about,
                command_id=command_id,
                email=email,
                first_name=first_name,
                last_name=last_name,
                phone=phone,
                company=company,
                job_title=job_title,
                notes=notes,
                tags=tag,
                group_ids=tuple(groups),
            )
        )
        tables = _tables_of(contacts, session, receipt)
    session.output.show(receipt_document(receipt), lambda: tables)


def _tables_of(contacts: Contacts, session: Session, receipt: Receipt) -> Tables:
    """The contact as the read models show it, or only the receipt where they do not yet."""
    try:
        receipt.wait()
    except (WaitTimedOut, EventParked):
        return receipt_tables(receipt)
    return contact_tables(contacts.contact_list.find(session.organizer, receipt.id))


def show(reference: str, *, as_of: datetime | None = None, session: InSession) -> None:
    """Show one contact.

    Parameters
    ----------
    reference
        Its id or e-mail.
    as_of
        As it was at this time (UTC).
    """
    with present_or_past(session, as_of) as contacts:
        contact = contacts.contact_list.find(session.organizer, reference)
    session.output.show(contact, lambda: contact_tables(contact))


def edit(
    reference: str,
    *,
    email: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    phone: str | None = None,
    company: str | None = None,
    job_title: str | None = None,
    notes: str | None = None,
    session: InSession,
) -> None:
    """Change details of a contact; what is left out stays, "" clears.

    Parameters
    ----------
    reference
        Its id or e-mail.
    """
    given = {
        "email": email,
        "first_name": first_name,
        "last_name": last_name,
        "phone": phone,
        "company": company,
        "job_title": job_title,
        "notes": notes,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with session.open() as contacts:
        about = {**session.about, "contact_id": session.contact_id(contacts, reference)}
        receipt = contacts.handle(EditContact.model_validate({**about, **changes}))
        tables = _tables_of(contacts, session, receipt)
    session.output.show(receipt_document(receipt), lambda: tables)


def list_contacts(
    *,
    where: FilterOptions = NO_FILTER,
    sort: Annotated[str, MayDescend] = "name",
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    as_of: datetime | None = None,
    session: InSession,
) -> None:
    """List contacts, active ones unless told otherwise.

    Parameters
    ----------
    sort
        name, email, company, created_at, updated_at, total_bookings or last_booking_date;
        with - in front descending.
    limit
        1 to 500.
    cursor
        Where the page before ended.
    as_of
        As they were at this time (UTC); a saved search, too.
    """
    with present_or_past(session, as_of) as contacts:
        page = contacts.contact_list.page(
            session.organizer,
            sort=sort,
            limit=limit,
            cursor=cursor,
            **where.criteria(contacts, session.organizer),
        )
    session.output.show(page_document(page), lambda: contact_page_tables(page))


def stats(*, as_of: datetime | None = None, session: InSession) -> None:
    """Show the address book in numbers.

    Parameters
    ----------
    as_of
        As it was at this time (UTC).
    """
    with present_or_past(session, as_of) as contacts:
        statistics = contacts.statistics.of(session.organizer)
    session.output.show(statistics, lambda: statistics_tables(statistics))
