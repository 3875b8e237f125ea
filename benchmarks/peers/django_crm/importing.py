"""The bulk path of a CSV import: validate, upsert in thousands, log an interaction for each."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.peers.django_crm import django_on

ROWS_PER_CALL = 1_000
COLUMNS = {
    "First Name": "first_name",
    "Last Name": "last_name",
    "Email": "email",
    "Phone": "phone",
    "Company": "company",
}
UPDATED = [*COLUMNS.values(), "tags", "updated_at"]


def imported(url: str, path: Path, organizer: str) -> tuple[float, dict[str, int]]:
    """The seconds, and what became of the rows: `rows`, `failed` and `contacts` in the table."""
    with django_on(url):
        from benchmarks.peers.django_crm.models import Contact, Organizer

        owner = Organizer.objects.create(name=organizer)
        started = perf_counter()
        counted = {"rows": 0, "failed": 0}
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            while some := list(islice(rows, ROWS_PER_CALL)):
                accepted = list(_accepted(some, owner))
                _write(accepted, owner)
                counted["rows"] += len(some)
                counted["failed"] += len(some) - len(accepted)
        taken = perf_counter() - started
        return taken, counted | {"contacts": Contact.objects.filter(organizer=owner).count()}


def _accepted(rows: list[dict[str, str]], owner: Any) -> Iterator[Any]:
    """Contacts whose fields are valid, one for each e-mail of these rows is enough."""
    from django.core.exceptions import ValidationError

    from benchmarks.peers.django_crm.models import Contact

    for row in rows:
        values = {field: row[column].strip() for column, field in COLUMNS.items()}
        tags = [tag.strip() for tag in row["Tags"].split(",") if tag.strip()]
        contact = Contact(organizer=owner, tags=tags, **values)
        try:
            contact.clean_fields(exclude=["organizer"])
        except ValidationError:
            continue
        yield contact


def _write(accepted: list[Any], owner: Any) -> None:
    from django.db import transaction
    from django.utils.timezone import now

    from benchmarks.peers.django_crm.models import Contact, ContactInteraction

    distinct = {contact.email: contact for contact in accepted}
    with transaction.atomic():
        written = Contact.objects.bulk_create(
            distinct.values(),
            update_conflicts=True,
            unique_fields=["organizer", "email"],
            update_fields=UPDATED,
        )
        ContactInteraction.objects.bulk_create(
            ContactInteraction(
                contact=contact,
                organizer=owner,
                interaction_type="manual_entry",
                description="Imported from CSV",
                created_at=now(),
            )
            for contact in written
        )
