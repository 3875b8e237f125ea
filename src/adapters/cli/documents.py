"""What the commands print, as JSON documents and as tables for people."""

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from adapters.bookings.replay import ReplayReport
from adapters.cli.output import facts, table
from adapters.exchange.csv_import import ImportReport
from adapters.projection_status import ProjectionStatus
from contacts_domain.contact_book import Receipt
from projections.contact_list_query import ContactView
from projections.paging import Page
from projections.statistics import Statistics
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


def timeline_document(page: Page[TimelineEntry]) -> dict[str, Any]:
    """A page of a timeline."""
    return {"items": page.items, "next": page.next}


def timeline_tables(page: Page[TimelineEntry]) -> Tables:
    """A page of a timeline."""
    rows = [
        (each.occurred_at, each.type, each.description, each.booking_id, each.source)
        for each in page.items
    ]
    headers = ("When (UTC)", "What", "Description", "Booking", "Source")
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
    return [table(headers, [tuple(vars(each).values()) for each in statuses])]
