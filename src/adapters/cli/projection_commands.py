"""`contacts projections status|rebuild|cancel|drop-old|verify|run`: read tables, for operators."""

from typing import Annotated

from cyclopts import App, Parameter

from adapters.cli import parked_commands, verify_command, worker_command
from adapters.cli.documents import (
    cancelled_tables,
    old_generation_tables,
    rebuild_tables,
    status_tables,
)
from adapters.cli.rebuild_bars import rebuild_bars
from adapters.cli.session import InSession
from contacts_domain.errors import InvalidQuery


def register(app: App) -> None:
    """Add the commands of this module."""
    projections = App(name="projections", help="Read tables: how far they are, and rebuilding.")
    projections.command(status)
    projections.command(rebuild)
    projections.command(verify_command.verify)
    projections.command(cancel)
    projections.command(drop_old)
    projections.command(worker_command.run)
    parked_commands.register(projections)
    app.command(projections)


def status(*, session: InSession) -> None:
    """Show how far each projection has come, and the rebuilds that are under way."""
    with session.open(catch_up=False) as contacts:
        statuses, rebuilds = contacts.projection_status(), contacts.rebuild_status()
    session.output.show(
        {"items": statuses, "rebuilds": rebuilds},
        lambda: [*status_tables(statuses), *rebuild_tables(rebuilds)],
    )


def rebuild(
    *names: str,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    session: InSession,
) -> None:
    """Build read tables anew from the events; readers keep the old ones until then.

    A rebuild that was interrupted is gone on with.

    Parameters
    ----------
    names
        Projections or read models; a read model means its projection.
    all_
        All of them.
    """
    if not names and not all_:
        raise InvalidQuery("Name the projections or read models to rebuild, or give --all.")
    with session.open(catch_up=False) as contacts:
        with rebuild_bars(session.output) as on_progress:
            rebuilt = contacts.rebuild(*(() if all_ else names), on_progress=on_progress)
        contacts.catch_up()
        statuses = [
            each
            for each in contacts.projection_status()
            if each.projection in {done.projection for done in rebuilt}
        ]
    session.output.show({"items": statuses}, lambda: status_tables(statuses))


def cancel(*names: str, session: InSession) -> None:
    """End rebuilds, in whatever process they run, and remove what they have made.

    Parameters
    ----------
    names
        Projections or read models; all of them if none is named.
    """
    with session.open(catch_up=False) as contacts:
        cancelled = contacts.cancel_rebuild(*names)
    session.output.show({"items": cancelled}, lambda: cancelled_tables(cancelled))


def drop_old(*names: str, session: InSession) -> None:
    """Remove the tables that rebuilds have replaced.

    Parameters
    ----------
    names
        Projections or read models; all of them if none is named.
    """
    with session.open(catch_up=False) as contacts:
        old = contacts.drop_old_generations(*names)
    session.output.show({"items": old}, lambda: old_generation_tables(old))
