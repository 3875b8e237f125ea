"""Exports contacts as CSV (RFC 4180, UTF-8), in the columns and the order of the specification."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from adapters.exchange.spreadsheet_safety import kept_apart, made_safe
from adapters.files import replaced_when_complete
from projections.columns import instant_text
from projections.contact_list_query import ContactView

HEADERS = (
    "First Name",
    "Last Name",
    "Email",
    "Phone",
    "Company",
    "Job Title",
    "Notes",
    "Tags",
    "Total Bookings",
    "Last Booking Date",
)


ROWS_PER_REPORT = 500


def export_csv(
    people: Iterable[ContactView],
    path: Path,
    *,
    is_lossless: bool = False,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Write these contacts in their order; how many there are.

    Cells that a spreadsheet would run as a formula get an apostrophe in front unless
    `is_lossless`; importing either form gives the same contacts. `on_progress` is told how many
    are written, every 500. Raises UnwritableFile. An export that fails or is broken off leaves an
    existing file as it was; do it again.
    """
    count = 0
    with replaced_when_complete(path) as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for contact in people:
            cells = _cells(contact)
            writer.writerow(map(kept_apart if is_lossless else made_safe, cells))
            count += 1
            if count % ROWS_PER_REPORT == 0:
                on_progress(count)
    return count


def _cells(contact: ContactView) -> list[str]:
    last = contact.last_booking_date
    return [
        contact.first_name,
        contact.last_name,
        contact.email,
        contact.phone,
        contact.company,
        contact.job_title,
        contact.notes,
        ",".join(contact.tags),
        str(contact.total_bookings),
        instant_text(last).replace(".000000Z", "Z") if last else "",
    ]
