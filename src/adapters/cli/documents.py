"""What the commands print, as JSON documents and as tables for people."""

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from adapters.bookings.replay import ReplayReport
from adapters.bulk import BulkReport
from adapters.cli.output import facts, table
from adapters.exchange.row_accounting import ImportReport
from adapters.projection_status import ProjectionStatus, RebuildStatus
from contacts_domain.history import HistoryEntry
from contacts_domain.outcomes import Receipt
from projections.contact_list_query import ContactView
from projections.groups import GroupView
from projections.organizers import SavedSearch, SettingsView
from projections.paging import Page
from projections.rebuilding import CancelledRebuild
from projections.retiring import OldGeneration
from projections.statistics import Statistics
from projections.tags import TagCount
from projections.timeline import TimelineEntry

Tables = Sequence[RenderableType]

SHOWN_PROBLEMS = 20


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """What a command that changes answers."""
    return {"id": receipt.id, "position": receipt.position, "events": receipt.events}


def contact_tables(contact: ContactView) -> Tables:
    """One contact, all of it."""
    fields = vars(contact) | {
        "tags": ", ".join(contact.tags),
        "groups": ", ".join(group.name for group in contact.groups),
    }
    return [facts([(name.replace("_", " "), value) for name, value in fields.items()])]


def contact_page_tables(page: Page[ContactView]) -> Tables:
    """A page of the list."""
    headers = ("Name", "E-mail", "Company", "Tags", "Bookings", "Upcoming", "Last booking")
    rows = [
        (
            each.full_name,
            each.email,
            each.company,
            ", ".join(each.tags),
            each.total_bookings,
            each.upcoming_bookings,
            each.last_booking_date,
        )
        for each in page.items
    ]
    return [
        table(headers, rows, unbroken=("E-mail", "Last booking")),
        Text(f"{len(rows)} of {page.total} contacts"),
        *_next_page(page.next),
    ]


def _next_page(cursor: str | None) -> Tables:
    return [Text(f"The next page: --cursor {cursor}")] if cursor else []


def page_document(page: Page[ContactView]) -> dict[str, Any]:
    """A page of the list."""
    return {"items": page.items, "next": page.next, "total": page.total}


def timeline_document(page: Page[TimelineEntry], *, with_contacts: bool = False) -> dict[str, Any]:
    """A page of a timeline; whose the entries are is said where they are of several contacts."""
    hidden = {"contact_email"} if with_contacts else {"contact_email", "contact_id"}
    entries = [
        {name: value for name, value in vars(entry).items() if name not in hidden}
        for entry in page.items
    ]
    return {"items": entries, "next": page.next}


def timeline_tables(page: Page[TimelineEntry]) -> Tables:
    """A page of a timeline."""
    rows: list[tuple[object, ...]] = [
        (each.occurred_at, each.type, each.description, each.booking_id, each.source)
        for each in page.items
    ]
    headers: tuple[str, ...] = ("When (UTC)", "What", "Description", "Booking", "Source")
    if any(each.contact_email for each in page.items):
        headers = (*headers, "Contact")
        rows = [(*row, each.contact_email) for row, each in zip(rows, page.items, strict=True)]
    return [table(headers, rows), *_next_page(page.next)]


def statistics_tables(statistics: Statistics) -> Tables:
    """The numbers, and the companies below."""
    numbers = {name: value for name, value in vars(statistics).items() if name != "top_companies"}
    companies = [(each.company, each.contacts) for each in statistics.top_companies]
    return [
        facts([(name.replace("_", " "), value) for name, value in numbers.items()]),
        table(("Company", "Active contacts"), companies),
    ]


def import_tables(report: ImportReport) -> Tables:
    """The row accounting with reasons."""
    counts = [
        (name, getattr(report, name))
        for name in ("rows", "created", "updated", "merged", "skipped", "failed")
    ]
    parts: list[RenderableType] = [facts(counts)]
    for title, problems in (("Errors", report.errors), ("Warnings", report.warnings)):
        if problems:
            rows = [(each.row, each.field, each.reason, each.value) for each in problems]
            parts.append(_problems(title, ("Row", "Field", "Reason", "Value"), rows))
    return parts


def replay_tables(report: ReplayReport) -> Tables:
    """The line accounting with reasons."""
    counts = [
        (name, getattr(report, name)) for name in ("lines", "applied", "duplicates", "refused")
    ]
    parts: list[RenderableType] = [facts(counts)]
    if report.errors:
        rows = [(each.line, each.code, each.reason) for each in report.errors]
        parts.append(_problems("Refused", ("Line", "Code", "Reason"), rows))
    return parts


def _problems(
    title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]
) -> RenderableType:
    hidden = len(rows) - SHOWN_PROBLEMS
    more = f" (the first {SHOWN_PROBLEMS} of {len(rows)}; --json has all)" if hidden > 0 else ""
    return table(headers, rows[:SHOWN_PROBLEMS], title=title + more)


def receipt_tables(receipt: Receipt) -> Tables:
    """What a command that changes answers."""
    if not receipt.events:
        return [Text(f"{receipt.id}: nothing to change")]
    return [Text(f"{receipt.id}: {', '.join(receipt.event_names)}")]


def bulk_tables(report: BulkReport) -> Tables:
    """How many contacts were changed, and which were refused."""
    counts = [(n, getattr(report, n)) for n in ("contacts", "changed", "unchanged", "refused")]
    parts: list[RenderableType] = [facts(counts)]
    refused = [
        (each.id or each.email, each.code, each.reason) for each in report.records if each.code
    ]
    if refused:
        parts.append(_problems("Refused", ("Contact", "Code", "Reason"), refused))
    return parts


def group_document(group: GroupView, members: Page[ContactView]) -> dict[str, Any]:
    """A group with a page of its members."""
    return {**vars(group), "contacts": page_document(members)}


def group_tables(group: GroupView) -> Tables:
    """A group."""
    return [facts([(name.replace("_", " "), value) for name, value in vars(group).items()])]


def groups_tables(groups: Sequence[GroupView]) -> Tables:
    """All groups."""
    rows = [(each.name, each.contact_count, each.color, each.description) for each in groups]
    return [table(("Name", "Contacts", "Color", "Description"), rows)]


def tags_tables(tags: Sequence[TagCount]) -> Tables:
    """All tags."""
    return [table(("Tag", "Contacts"), [(each.tag, each.contacts) for each in tags])]


def searches_tables(searches: Sequence[SavedSearch]) -> Tables:
    """All saved searches."""
    rows = [
        (each.name, "; ".join(f"{name}: {value}" for name, value in each.criteria.items()))
        for each in searches
    ]
    return [table(("Name", "Filter"), rows)]


def settings_tables(settings: SettingsView) -> Tables:
    """The settings."""
    return [facts([(name.replace("_", " "), value) for name, value in vars(settings).items()])]


def history_tables(entries: Sequence[HistoryEntry]) -> Tables:
    """Every event with the fields that it changed."""
    rows: list[tuple[object, ...]] = []
    for entry in entries:
        who = (entry.recorded_at, entry.event, entry.actor, entry.source)
        for name, change in entry.changes.items() or [("", None)]:
            before, after = (change.before, change.after) if change else ("", "")
            rows.append((*who, name, before, after))
    headers = ("When (UTC)", "Event", "Actor", "Source", "Field", "Before", "After")
    return [table(headers, rows)]


def status_tables(statuses: Sequence[ProjectionStatus]) -> Tables:
    """How far the projections have come."""
    headers = (
        "Projection",
        "Generation",
        "Position",
        "Head",
        "Lag (events)",
        "Lag (seconds)",
        "Parked",
    )
    rows = [tuple(vars(each).values())[: len(headers)] for each in statuses]
    notes = [
        Text(f"{each.projection}: {note} {value}")
        for each in statuses
        for note, value in (("led by", each.leader), ("cannot be followed:", each.problem))
        if value
    ]
    return [table(headers, rows), *notes]


def rebuild_tables(rebuilds: Sequence[RebuildStatus]) -> Tables:
    """How far rebuilds have come; nothing where there are none."""
    headers = ("Rebuild of", "Generation", "Done", "Total", "Share", "State")
    rows = [
        (
            each.projection,
            each.generation,
            each.position,
            each.head,
            f"{each.progress:.0%}",
            "running" if each.is_running else "interrupted",
        )
        for each in rebuilds
    ]
    return [table(headers, rows)] if rows else []


def cancelled_tables(cancelled: Sequence[CancelledRebuild]) -> Tables:
    """Which rebuilds were cancelled."""
    if not cancelled:
        return [Text("No rebuild is under way, and none was interrupted.")]
    headers = ("Cancelled rebuild of", "Generation", "Events folded")
    return [table(headers, [(e.projection, e.generation, e.position) for e in cancelled])]


def old_generation_tables(old: Sequence[OldGeneration]) -> Tables:
    """Which tables were removed."""
    if not old:
        return [Text("There are no old generations.")]
    headers = ("Projection", "Generation", "Replaced (UTC)", "")
    rows = [
        (
            each.projection,
            each.generation,
            each.retired_at,
            "dropped" if each.is_dropped else "kept: may still be read, try again in a minute",
        )
        for each in old
    ]
    return [table(headers, rows)]
