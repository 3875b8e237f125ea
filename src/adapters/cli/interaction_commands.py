"""`contacts note|log|interaction …|timeline|history`: what happened with people."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from adapters.cli.documents import (
    history_tables,
    receipt_document,
    receipt_tables,
    timeline_document,
    timeline_tables,
)
from adapters.cli.filters import in_utc
from adapters.cli.past import present_or_past
from adapters.cli.session import InSession
from contacts_domain.commands import CorrectInteraction, LogInteraction, RemoveInteraction
from contacts_domain.errors import InvalidQuery
from contacts_domain.events import ManualInteractionType
from projections.paging import DEFAULT_LIMIT
from projections.timeline import TimelineCriteria

Repeated = Parameter(negative="")


def register(app: App) -> None:
    """Add the commands of this module."""
    app.command(note)
    app.command(log)
    app.command(timeline)
    app.command(history)
    interaction = App(name="interaction", help="Entries that people wrote.")
    interaction.command(edit)
    interaction.command(remove)
    app.command(interaction)


def note(reference: str, text: str, *, session: InSession) -> None:
    """Note something about a contact.

    Parameters
    ----------
    reference
        The contact's id or e-mail.
    text
        What to note.
    """
    log(reference, text, type="note_added", session=session)


def log(
    reference: str,
    description: str,
    *,
    type: ManualInteractionType = "manual_entry",  # noqa: A002 - the option is called --type
    occurred_at: datetime | None = None,
    booking_id: str | None = None,
    metadata: str = "{}",
    session: InSession,
) -> None:
    """Write down a touchpoint with a contact.

    Parameters
    ----------
    reference
        The contact's id or e-mail.
    occurred_at
        UTC unless an offset is given; now by default.
    booking_id
        The booking it belongs to.
    metadata
        A JSON object.
    """
    with session.open() as contacts:
        command = LogInteraction(
            **session.about,
            contact_id=session.contact_id(contacts, reference),
            type=type,
            description=description,
            occurred_at=in_utc(occurred_at),
            booking_id=booking_id,
            metadata=metadata,
        )
        receipt = contacts.handle(command)
    document = receipt_document(receipt) | {"interaction_id": command.interaction_id}
    session.output.show(document, lambda: receipt_tables(receipt))


def edit(
    reference: str,
    interaction_id: UUID,
    *,
    type: ManualInteractionType | None = None,  # noqa: A002 - the option is called --type
    description: str | None = None,
    occurred_at: datetime | None = None,
    metadata: str | None = None,
    session: InSession,
) -> None:
    """Correct an entry that somebody wrote; what is left out stays.

    Parameters
    ----------
    reference
        The contact's id or e-mail.
    interaction_id
        The entry's id, as `timeline --json` shows it.
    """
    given = {
        "type": type,
        "description": description,
        "occurred_at": in_utc(occurred_at),
        "metadata": metadata,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with session.open() as contacts:
        about = {**session.about, "contact_id": session.contact_id(contacts, reference)}
        receipt = contacts.handle(
            CorrectInteraction.model_validate(
                {**about, "interaction_id": interaction_id, **changes}
            )
        )
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def remove(reference: str, interaction_id: UUID, *, session: InSession) -> None:
    """Take an entry that somebody wrote off the timeline.

    Parameters
    ----------
    reference
        The contact's id or e-mail.
    interaction_id
        The entry's id, as `timeline --json` shows it.
    """
    with session.open() as contacts:
        receipt = contacts.handle(
            RemoveInteraction(
                **session.about,
                contact_id=session.contact_id(contacts, reference),
                interaction_id=interaction_id,
            )
        )
    session.output.show(receipt_document(receipt), lambda: receipt_tables(receipt))


def timeline(
    reference: str | None = None,
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    type: Annotated[tuple[str, ...], Repeated] = (),  # noqa: A002 - the option is called --type
    after: datetime | None = None,
    before: datetime | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    as_of: datetime | None = None,
    session: InSession,
) -> None:
    """Show what happened with a contact, or with all of them, newest first.

    Parameters
    ----------
    reference
        The contact's id or e-mail.
    all_
        Of all contacts.
    type
        Only entries of this type; may be repeated.
    after
        Occurred at this time (UTC) or later.
    before
        Occurred before this time (UTC).
    limit
        1 to 500.
    cursor
        Where the page before ended.
    as_of
        As it was known at this time (UTC).
    """
    if (reference is None) != all_:
        raise InvalidQuery("Name a contact by id or e-mail, or give --all, one of both.")
    wanted: TimelineCriteria = {"types": type, "after": in_utc(after), "before": in_utc(before)}
    with present_or_past(session, as_of) as contacts:
        read = contacts.timeline
        if reference is None:
            page = read.all(session.organizer, limit=limit, cursor=cursor, **wanted)
        else:
            page = read.page(session.organizer, reference, limit=limit, cursor=cursor, **wanted)
    document = timeline_document(page, with_contacts=all_)
    session.output.show(document, lambda: timeline_tables(page))


def history(reference: str, *, session: InSession) -> None:
    """Show who changed what of a contact, when, field by field, oldest first.

    Parameters
    ----------
    reference
        Its id or e-mail; a deleted contact is found by its id.
    """
    with session.open() as contacts:
        entries = contacts.history(session.organizer, reference)
    session.output.show({"items": entries}, lambda: history_tables(entries))
