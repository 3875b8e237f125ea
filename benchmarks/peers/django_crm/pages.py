"""Pages as a view would make them: the query of the ORM and a dictionary for each contact, without
HTTP, templates, groups or upcoming bookings."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet, Sum

from benchmarks.peers.django_crm.models import (
    SEARCHED,
    Contact,
    ContactGroup,
    ContactInteraction,
    Organizer,
)

PAGE = 50
SHOWN = [each.name for each in Contact._meta.concrete_fields if each.name != "organizer"]


def list_page(organizer: Organizer, offset: int = 0) -> dict[str, Any]:
    """The page after `offset` contacts, with the number of all."""
    return _page(Contact.objects.filter(organizer=organizer, is_active=True), offset)


def search_page(organizer: Organizer, term: str) -> dict[str, Any]:
    """The first page of the contacts in which the term occurs, with the number of all."""
    matches = Q()
    for field in SEARCHED:
        matches |= Q(**{f"{field}__icontains": term})
    return _page(Contact.objects.filter(matches, organizer=organizer, is_active=True), 0)


def _page(contacts: QuerySet[Contact], offset: int) -> dict[str, Any]:
    found = contacts.order_by("last_name", "first_name", "id")[offset : offset + PAGE]
    return {"count": contacts.count(), "results": [_shown(contact) for contact in found]}


def _shown(contact: Contact) -> dict[str, Any]:
    shown = {name: getattr(contact, name) for name in SHOWN}
    return shown | {"full_name": f"{contact.first_name} {contact.last_name}".strip()}


def statistics(organizer: Organizer, now: datetime) -> dict[str, Any]:
    """Counted anew each time, in the aggregates of the ORM."""
    contacts = Contact.objects.filter(organizer=organizer)
    recent = ContactInteraction.objects.filter(
        organizer=organizer, created_at__gt=now - timedelta(days=30), created_at__lte=now
    )
    companies = (
        contacts.filter(is_active=True)
        .exclude(company="")
        .values("company")
        .annotate(contacts=Count("id"))
        .order_by("-contacts", "company")[:10]
    )
    return contacts.aggregate(
        total_contacts=Count("id"),
        active_contacts=Count("id", filter=Q(is_active=True)),
        bookings=Sum("total_bookings"),
        average_bookings_per_contact=Avg("total_bookings"),
    ) | {
        "groups": ContactGroup.objects.filter(organizer=organizer).count(),
        "recent_interactions": recent.count(),
        "top_companies": list(companies),
    }
