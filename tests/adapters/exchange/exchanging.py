"""Importing and exporting in one line, for tests that are about something else."""

from collections.abc import Callable
from pathlib import Path
from typing import Unpack

from adapters import Contacts
from adapters.exchange.exports import ExportChoices, format_of
from adapters.exchange.row_accounting import ImportReport
from adapters.exchange.starting_imports import ImportChoices
from contacts_domain.contact_filter import Criteria
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.import_events import OnDuplicate
from tests.scenario import recorded_events


def import_file(
    contacts: Contacts,
    path: Path,
    organizer_id: str,
    *,
    on_duplicate: OnDuplicate = "skip",
    actor: str = "",
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportReport:
    """Import a file as proposed; what became of its rows."""
    return contacts.imports.import_file(
        organizer_id,
        path,
        choices=ImportChoices(on_duplicate=on_duplicate),
        actor=actor,
        on_progress=on_progress,
    ).report


def export_file(
    contacts: Contacts,
    path: Path,
    organizer_id: str,
    *,
    is_lossless: bool = False,
    **criteria: Unpack[Criteria],
) -> int:
    """Export contacts, everybody without criteria; how many."""
    choices = ExportChoices(format=format_of(path), is_lossless=is_lossless)
    return contacts.exports.write(organizer_id, path, choices=choices, **criteria).contacts


def contact_events(contacts: Contacts) -> list[RecordedEvent]:
    """What was recorded about contacts: imports and exports note themselves, too."""
    return [
        each
        for each in recorded_events(contacts)
        if type(each.event).__name__.startswith("Contact")
    ]
