"""`contacts bookings replay|consume|positions|parked`: booking messages of files and of Kafka."""

from pathlib import Path

from cyclopts import App

from adapters.bookings.replay import replay
from adapters.cli import parked_message_commands, position_commands
from adapters.cli.consumer_command import consume
from adapters.cli.documents import replay_tables
from adapters.cli.session import InSession


def register(app: App) -> None:
    """Add the commands of this module."""
    bookings = App(name="bookings", help="Booking messages.")
    bookings.command(replay_bookings, name="replay")
    bookings.command(consume)
    position_commands.register(bookings)
    parked_message_commands.register(bookings)
    app.command(bookings)


def replay_bookings(file: Path, *, session: InSession) -> None:
    """Replay booking messages from a file; doing it again changes nothing.

    The organizer is the message's; --organizer passes over the messages of others.

    Parameters
    ----------
    file
        JSON lines, one CloudEvent each.
    """
    with session.open() as contacts, session.output.progress("Replaying") as on_progress:
        report = replay(
            contacts,
            file,
            organizer_id=session.organizer_given,
            actor=session.actor,
            on_progress=on_progress,
        )
    session.output.show(report, lambda: replay_tables(report))
    report.require_unbroken()
