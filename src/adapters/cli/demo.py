"""`contacts demo`: the whole flow on the samples that ship with the library, in one file that it
may replace because it marked it as its own. The clock is pinned, so the output is always the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from adapters.address_book import Contacts
from adapters.bookings.replay import replay
from adapters.cli.documents import (
    contact_page_tables,
    import_tables,
    page_document,
    replay_tables,
    statistics_tables,
    timeline_document,
    timeline_tables,
)
from adapters.cli.session import InSession
from adapters.event_store.sqlite_files import DEMO_APPLICATION_ID
from adapters.wiring import open_contacts
from contacts_domain.errors import ForeignDatabase, UnwritableFile

FILE = Path("contacts-demo.db")
ORGANIZER = "acme"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST_PAGE = 10
MOST_BOOKED = 1


def demo(*, session: InSession) -> None:
    """Import sample people, replay sample bookings, and read what came of it."""
    _remove_own(FILE)
    with (
        open_contacts(FILE, clock=lambda: NOW, application_id=DEMO_APPLICATION_ID) as contacts,
        session.output.progress("Importing and replaying") as on_progress,
    ):
        with _sample("people.csv") as people:
            imported = contacts.imports.import_file(
                ORGANIZER, people, actor="demo", on_progress=on_progress
            ).report
        with _sample("bookings.jsonl") as feed:
            replayed = replay(contacts, feed, actor="demo", on_progress=on_progress)
        page = contacts.contact_list.page(ORGANIZER, limit=FIRST_PAGE)
        statistics = contacts.statistics.of(ORGANIZER)
        somebody = _most_booked(contacts)
        timeline = contacts.timeline.page(ORGANIZER, somebody, limit=FIRST_PAGE)
    page, timeline = replace(page, next=None), replace(timeline, next=None)  # cursors hold ids
    next_steps = [
        f"contacts list --database {FILE} --organizer {ORGANIZER} --search acme",
        f"contacts timeline {somebody} --database {FILE} --organizer {ORGANIZER}",
        f"contacts projections rebuild --all --database {FILE}",
    ]

    def render() -> list[RenderableType]:
        return [
            Text("\nImported people.csv", style="bold"),
            *import_tables(imported),
            Text("\nReplayed bookings.jsonl", style="bold"),
            *replay_tables(replayed),
            Text("\nThe contact list", style="bold"),
            *contact_page_tables(page),
            Text("\nThe statistics", style="bold"),
            *statistics_tables(statistics),
            Text(f"\nThe timeline of {somebody}", style="bold"),
            *timeline_tables(timeline),
            Text(f"\nThe database: {FILE}\nTry next:"),
            *(Text(f"  {step}") for step in next_steps),
        ]

    session.output.show(
        {
            "import": imported,
            "replay": replayed,
            "list": page_document(page),
            "stats": statistics,
            "timeline": timeline_document(timeline),
            "database": str(FILE),
            "try_next": next_steps,
        },
        render,
    )


def _most_booked(contacts: Contacts) -> str:
    (first,) = contacts.contact_list.page(
        ORGANIZER, sort="-total_bookings", limit=MOST_BOOKED
    ).items
    return first.email


@contextmanager
def _sample(name: str) -> Iterator[Path]:
    with as_file(files("adapters.samples").joinpath(name)) as path:
        yield path


def _remove_own(file: Path) -> None:
    """Remove the file of an earlier demo; anybody else's is refused and left alone."""
    if not file.exists():
        return
    if _application_id(file) != DEMO_APPLICATION_ID:
        raise ForeignDatabase(
            f"The file {file} was not made by the demo; it was left as it is. Move it away, or "
            "run the demo in another folder."
        )
    try:
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise UnwritableFile(f"The file {file} cannot be replaced: {error.strerror}.") from None


def _application_id(file: Path) -> int:
    """What an SQLite header says at offset 68; 0 for anything that cannot be read."""
    try:
        with file.open("rb") as opened:
            return int.from_bytes(opened.read(72)[68:], "big")
    except OSError:
        return 0
