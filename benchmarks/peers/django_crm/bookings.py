"""The handler of booking messages: get or create the contact, count in place, log an interaction,
one transaction a message. Nothing tells it of a message that comes twice."""

import json
from contextlib import closing
from datetime import datetime
from time import perf_counter
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from benchmarks.peers.django_crm import django_on


def handled(url: str, servers: str, topic: str, count: int) -> tuple[float, dict[str, int]]:
    """The seconds, and what there is then: `contacts`, `bookings` and `interactions`."""
    with django_on(url):
        from django.db.models import Sum

        from benchmarks.peers.django_crm.models import Contact, ContactInteraction

        with closing(_reader(servers, topic)) as consumer:
            left, started = count, 0.0
            while left:
                records = [each for some in consumer.poll(500).values() for each in some][:left]
                started = started or perf_counter()
                for record in records:
                    _handle(json.loads(record.value))
                left -= len(records)
            taken = perf_counter() - started
        return taken, {
            "contacts": Contact.objects.count(),
            "bookings": Contact.objects.aggregate(sum=Sum("total_bookings"))["sum"],
            "interactions": ContactInteraction.objects.count(),
        }


def _reader(servers: str, topic: str) -> Any:
    consumer = KafkaConsumer(
        bootstrap_servers=servers, enable_auto_commit=False, max_poll_records=500
    )
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek(partition, 0)
    return consumer


def _handle(message: dict[str, Any]) -> None:
    from django.db import transaction
    from django.db.models import F

    from benchmarks.peers.django_crm.models import Contact, ContactInteraction, Organizer

    booking = message["data"]
    first_name, _, last_name = booking["invitee_name"].partition(" ")
    kind = message["type"].replace(".", "_")
    with transaction.atomic():
        organizer, _ = Organizer.objects.get_or_create(name=booking["organizer_id"])
        contact, _ = Contact.objects.get_or_create(
            organizer=organizer,
            email=booking["invitee_email"],
            defaults={"first_name": first_name, "last_name": last_name},
        )
        if kind == "booking_created":
            Contact.objects.filter(pk=contact.pk).update(
                total_bookings=F("total_bookings") + 1,
                last_booking_date=datetime.fromisoformat(booking["starts_at"]),
            )
        ContactInteraction.objects.create(
            contact=contact,
            organizer=organizer,
            interaction_type=kind,
            description=booking["event_type"],
            metadata={"booking_id": booking["booking_id"]},
            created_at=datetime.fromisoformat(message["time"]),
        )
