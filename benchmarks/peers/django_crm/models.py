"""The tables, with the indexes that lists and search need."""

import uuid

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

SEARCHED = ("first_name", "last_name", "email", "company")


class Organizer(models.Model):
    """Whose contacts they are."""

    name = models.CharField(max_length=200, unique=True)


class Contact(models.Model):
    """A person who books; the counters are changed in place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organizer = models.ForeignKey(Organizer, models.CASCADE, db_index=False)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100, blank=True)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    company = models.CharField(max_length=200, blank=True)
    job_title = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    tags = models.JSONField(default=list, blank=True)
    total_bookings = models.IntegerField(default=0)
    last_booking_date = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """The unique pair, the order of the list, and trigrams for `icontains`."""

        constraints = (
            models.UniqueConstraint(fields=["organizer", "email"], name="contact_email"),
        )
        indexes = (
            models.Index(
                fields=["organizer", "last_name", "first_name", "id"], name="contact_list"
            ),
            GinIndex(
                *(OpClass(Upper(field), name="gin_trgm_ops") for field in SEARCHED),
                name="contact_search",
            ),
        )


class ContactInteraction(models.Model):
    """A touchpoint with a contact."""

    contact = models.ForeignKey(Contact, models.CASCADE)
    organizer = models.ForeignKey(Organizer, models.CASCADE, db_index=False)
    interaction_type = models.CharField(max_length=30)
    description = models.TextField()
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        """What the statistics count by."""

        indexes = (models.Index(fields=["organizer", "created_at"], name="interaction_recent"),)


class ContactGroup(models.Model):
    """A named group; its members do not matter here."""

    organizer = models.ForeignKey(Organizer, models.CASCADE)
    name = models.CharField(max_length=100)
