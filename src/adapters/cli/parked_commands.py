"""`contacts projections parked list|show|retry|drop`: events that projectors failed on."""

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.console import RenderableType

from adapters.cli.output import facts, table
from adapters.cli.session import InSession
from contacts_domain.errors import InvalidQuery
from projections.parking import ParkedEvent
from projections.retrying import Retried

Flag = Parameter(negative="")
Position = Annotated[int, Parameter(validator=Number(lte=2**63 - 1))]
"""Where an event stands in the log; no greater number can be looked up, nor told as JSON."""


def register(projections: App) -> None:
    """Add the commands of this module."""
    parked = App(name="parked", help="Events that a projector failed on, and what waits behind.")
    parked.command(list_parked, name="list")
    parked.command(show)
    parked.command(retry)
    parked.command(drop)
    projections.command(parked)


def list_parked(*names: str, session: InSession) -> None:
    """List what is parked, by projection and position.

    Parameters
    ----------
    names
        Projections or read models; all of them by default.
    """
    with session.open(catch_up=False) as contacts:
        waiting = contacts.parked(*names)
    session.output.show(
        {"items": [_document(each) for each in waiting]}, lambda: [_listed(waiting)]
    )


def show(projection: str, position: Position, *, session: InSession) -> None:
    """Show one parked event, without the personal data in it.

    Parameters
    ----------
    projection
        Its name, or one of its read models.
    position
        Where the event stands in the log.
    """
    with session.open(catch_up=False) as contacts:
        found = contacts.parked_event(projection, position)
    document = _document(found)
    session.output.show(
        document, lambda: [facts([(name.replace("_", " "), v) for name, v in document.items()])]
    )


def retry(
    projection: str,
    position: Position | None = None,
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    session: InSession,
) -> None:
    """Fold parked events again, after the projector was mended.

    Parameters
    ----------
    projection
        Its name, or one of its read models.
    position
        Only the events that hang together with this one.
    all_
        Everything that is parked in the projection.
    """
    if (position is None) != all_:
        raise InvalidQuery("Name the position of a parked event, or give --all.")
    with session.open(catch_up=False) as contacts:
        retried = contacts.retry_parked(projection, position)
    _show_retried(session, retried)


def drop(
    projection: str, position: Position, *, yes: Annotated[bool, Flag] = False, session: InSession
) -> None:
    """Pass over a parked event for ever, also in rebuilds; what waits behind it is folded.

    Parameters
    ----------
    projection
        Its name, or one of its read models.
    position
        Where the event stands in the log; it stays there.
    yes
        Do not ask.
    """
    with session.open(catch_up=False) as contacts:
        found = contacts.parked_event(projection, position)
        if not yes:
            session.output.confirm(
                f"Let {found.projection} pass over {found.event} at {position} for ever?"
            )
        retried = contacts.drop_parked(projection, position, actor=session.actor)
    _show_retried(session, retried)


def _show_retried(session: InSession, retried: Retried) -> None:
    document = asdict(retried)
    session.output.show(document, lambda: [facts([*document.items()])])


def _document(parked: ParkedEvent) -> dict[str, Any]:
    return {
        "projection": parked.projection,
        "position": parked.position,
        "event": parked.event,
        "organizer_id": parked.organizer_id,
        "stream_id": parked.stream_id,
        "reason": parked.reason,
        "where": parked.where,
        "recorded_at": parked.recorded_at,
        "parked_at": parked.parked_at,
    }


def _listed(waiting: list[ParkedEvent]) -> RenderableType:
    headers = ("Projection", "Position", "Event", "Organizer", "Reason", "Where", "Parked (UTC)")
    rows = [
        (e.projection, e.position, e.event, e.organizer_id, e.reason, e.where, e.parked_at)
        for e in waiting
    ]
    return table(headers, rows)
