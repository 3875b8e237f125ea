"""`contacts projections status|rebuild|verify|run`: the read tables, for operators."""

from typing import Annotated

from cyclopts import App, Parameter

from adapters.cli import parked_commands, verify_command, worker_command
from adapters.cli.documents import status_tables
from adapters.cli.session import InSession
from contacts_domain.errors import InvalidQuery
from projections.rebuilding import RebuildProgress


def register(app: App) -> None:
    """Add the commands of this module."""
    projections = App(name="projections", help="Read tables: how far they are, and rebuilding.")
    projections.command(status)
    projections.command(rebuild)
    projections.command(verify_command.verify)
    projections.command(worker_command.run)
    parked_commands.register(projections)
    app.command(projections)


def status(*, session: InSession) -> None:
    """Show how far each projection has come."""
    with session.open(catch_up=False) as contacts:
        statuses = contacts.projection_status()
    session.output.show({"items": statuses}, lambda: status_tables(statuses))


def rebuild(
    *names: str,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    session: InSession,
) -> None:
    """Build read tables anew from the events; readers keep the old ones until then.

    Parameters
    ----------
    names
        Projections or read models; a read model means its projection.
    all_
        All of them.
    """
    if not names and not all_:
        raise InvalidQuery("Name the projections or read models to rebuild, or give --all.")
    with session.open(catch_up=False) as contacts, session.output.progress("Rebuilding") as bar:

        def on_progress(progress: RebuildProgress) -> None:
            bar(progress.done, progress.total)

        rebuilt = contacts.rebuild(*(() if all_ else names), on_progress=on_progress)
        contacts.catch_up()
        statuses = [
            each
            for each in contacts.projection_status()
            if each.projection in {done.projection for done in rebuilt}
        ]
    session.output.show({"items": statuses}, lambda: status_tables(statuses))
