"""`contacts bookings parked list|show|replay|drop`: messages that meant no booking, or a refused
one."""

from base64 import b64encode
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import App, Parameter

from adapters.bookings.parked_messages import DEFAULT_LIMIT, ParkedPage, Replayed
from adapters.cli.output import facts, table
from adapters.cli.parked_commands import Flag, Position
from adapters.cli.session import InSession
from contacts_domain.errors import InvalidQuery, UnknownOrganizer


def register(bookings: App) -> None:
    """Add the commands of this module."""
    parked = App(name="parked", help="Messages that meant no booking, or a refused one.")
    parked.command(list_parked, name="list")
    parked.command(show)
    parked.command(replay)
    parked.command(drop)
    bookings.command(parked)


def list_parked(
    *,
    code: str | None = None,
    limit: int = DEFAULT_LIMIT,
    after: Position | None = None,
    session: InSession,
) -> None:
    """List parked messages, oldest first; with --organizer those of one organizer.

    Parameters
    ----------
    code
        Only those that were refused with this error.
    limit
        1 to 500.
    after
        Only those behind this id, where the page before ended.
    """
    with session.open(catch_up=False) as contacts:
        page = contacts.parked_messages.page(
            organizer_id=session.organizer_given, code=code, limit=limit, after=after
        )
    session.output.show(page, lambda: _listed(page))


def show(
    message_id: Position, *, payload: Annotated[bool, Flag] = False, session: InSession
) -> None:
    """Show one parked message.

    Parameters
    ----------
    message_id
        Its id.
    payload
        Also what it says, which may be personal: headers, key and value as text, or else in Base64.
    """
    with session.open(catch_up=False) as contacts:
        document: dict[str, Any] = asdict(contacts.parked_messages.get(message_id))
        if payload:
            content = contacts.parked_messages.content(message_id)
            document |= {
                "key": _text(content.key),
                "headers": [[name, _text(value)] for name, value in content.headers],
                "payload": _text(content.payload),
            }
    session.output.show(
        document, lambda: [facts([(name.replace("_", " "), v) for name, v in document.items()])]
    )


def replay(
    *message_ids: Position,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    code: str | None = None,
    session: InSession,
) -> None:
    """Take parked messages in again, once the cause is gone; what is refused again stays.

    Later messages are not overwritten, deleted contacts stay deleted. Messages of organizers that
    were not known, which may be forged, are taken in by id or with --code unknown_organizer only.

    Parameters
    ----------
    message_ids
        Their ids.
    all_
        Everything that is parked, with --organizer of one organizer, but for unknown organizers.
    code
        Everything that was refused with this error.
    """
    is_by_filter = all_ or code is not None
    if bool(message_ids) == is_by_filter:
        raise InvalidQuery("Name messages by id, or give --all or --code.")
    with session.open() as contacts:
        parked = contacts.parked_messages
        if is_by_filter:
            but_code = UnknownOrganizer.code if code is None else None
            message_ids = tuple(
                parked.ids(organizer_id=session.organizer_given, code=code, but_code=but_code)
            )
        replayed = [parked.replay(each, actor=session.actor) for each in message_ids]
    session.output.show({"items": replayed}, lambda: [_replayed(replayed)])


def drop(message_id: Position, *, yes: Annotated[bool, Flag] = False, session: InSession) -> None:
    """Forget a parked message for ever, with all that it says.

    Parameters
    ----------
    message_id
        Its id.
    yes
        Do not ask.
    """
    with session.open(catch_up=False) as contacts:
        found = contacts.parked_messages.get(message_id)
        if not yes:
            session.output.confirm(
                f"Forget message {message_id} ({found.source} partition {found.partition} offset "
                f"{found.offset}, {found.code}) for ever?"
            )
        dropped = contacts.parked_messages.drop(message_id)
    session.output.show(dropped, lambda: [facts([*asdict(dropped).items()])])


def _text(content: bytes | None) -> str | dict[str, str] | None:
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode("ascii")}


def _listed(page: ParkedPage) -> list[Any]:
    headers = ("Id", "Topic", "Partition", "Offset", "Organizer", "Reason", "Parked (UTC)")
    rows = [
        (e.id, e.source, e.partition, e.offset, e.organizer_id, e.reason, e.parked_at)
        for e in page.items
    ]
    count = f"{len(page.items)} of {page.total}"
    more = "" if page.next is None else f"; more with --after {page.next}"
    return [table(headers, rows), count + more]


def _replayed(replayed: list[Replayed]) -> Any:
    return table(("Id", "Outcome", "Reason"), [(e.id, e.outcome, e.reason or "") for e in replayed])
