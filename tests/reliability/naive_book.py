"""The address book of one organizer as plain dicts: the oracle of the stateful test.

Written from what the words mean, as simply as possible: everything is computed anew from
everything that ever came in, nothing is counted, indexed or remembered as a sum.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contacts_domain import commands
from contacts_domain.commands import BookingCommand, Command

PHONES: dict[tuple[str, str], str] = {
    ("+44 20 7946 0958", ""): "+442079460958",
    ("+44 20 7946 0958", "DE"): "+442079460958",
    ("+44 20 7946 0958", "AT"): "+442079460958",
    ("030 901820", "DE"): "+4930901820",
    ("030 901820", "AT"): "+4330901820",
}
"""(as typed, region) -> E.164; all others have none."""
IMPOSSIBLE_PHONES = {"call me"}
SPLIT_NAMES = {
    "Ada Lovelace": ("Ada", "Lovelace"),
    "Plato": ("Plato", ""),
    "Dr. Grace Hopper": ("Dr. Grace", "Hopper"),
}
RANKS = [
    commands.RecordBooking,
    commands.RescheduleBooking,
    commands.CompleteBooking,
    commands.CancelBooking,
]
ENTRY_TYPES = ["booking_created", "booking_rescheduled", "booking_completed", "booking_cancelled"]
PROVENANCE = {"actor", "source", "correlation_id", "command_id"}
DETAILS = ("first_name", "last_name", "company", "job_title", "notes")

Shown = dict[str, Any]


class NaiveRefusal(Exception):
    """What the naive book refuses, by its code."""


def email_key(email: str) -> str:
    """What makes two of the test's e-mails the same."""
    return email.casefold().replace("bücher", "xn--bcher-kva")


def content_of(command: Command) -> Any:
    """What a command says, without who says it."""
    generated = {"interaction_id"} if isinstance(command, commands.LogInteraction) else set()
    return type(command), command.model_dump(exclude=PROVENANCE | generated)


def message_of(booking: BookingCommand) -> tuple[str, str]:
    """What identifies a message."""
    return booking.message_source, booking.message_id


def stamp_of(booking: BookingCommand) -> Any:
    """The order of messages that does not depend on their arrival."""
    rank = RANKS.index(type(booking))
    return booking.occurred_at, rank, booking.message_id, booking.message_source


def booking_key(booking: BookingCommand) -> tuple[str, str]:
    """Which booking of whom."""
    return booking.booking_id, email_key(booking.invitee_email)


@dataclass
class Person:
    """A contact."""

    id: UUID
    email: str
    first_name: str
    last_name: str = ""
    phone: tuple[str, str | None] = ("", None)
    company: str = ""
    job_title: str = ""
    notes: str = ""
    tags: list[str] = field(default_factory=list)
    groups: list[UUID] = field(default_factory=list)
    active: bool = True
    deleted: bool = False
    placeholder: bool = False
    entered: set[str] = field(default_factory=set)
    messages: list[BookingCommand] = field(default_factory=list)
    entries: dict[UUID, Shown] = field(default_factory=dict)
    removed: set[UUID] = field(default_factory=set)
    first_logged: dict[UUID, Any] = field(default_factory=dict)

    def edit(self, **values: Any) -> bool:
        """Other details, entered by somebody."""
        changed = {name for name, value in values.items() if getattr(self, name) != value}
        for name in changed:
            setattr(self, name, values[name])
        if changed & {"first_name", "last_name"}:
            self.entered.add("name")
            self.placeholder = False
        self.entered |= changed & {"phone", "email"}
        return bool(changed)

    def put_on(self, tags: Iterable[str]) -> bool:
        """Tags it does not have."""
        before = len(self.tags)
        for tag in tags:
            if tag.casefold() not in [each.casefold() for each in self.tags]:
                self.tags.append(tag)
        return len(self.tags) > before

    def take_off(self, tags: Iterable[str]) -> bool:
        """Tags it has."""
        keys, before = {tag.casefold() for tag in tags}, len(self.tags)
        self.tags = [tag for tag in self.tags if tag.casefold() not in keys]
        return len(self.tags) < before

    def learn(self, message: BookingCommand, phone: tuple[str, str | None]) -> None:
        """What nobody entered comes from the earliest message that has it."""
        earliest = all(stamp_of(message) < stamp_of(each) for each in self.messages)
        named = [stamp_of(each) for each in self.messages if each.invitee_name]
        phoned = [stamp_of(each) for each in self.messages if each.invitee_phone]
        respelled = (
            earliest
            and not self.deleted
            and "email" not in self.entered
            and self.email != message.invitee_email
        )
        if respelled:
            self.email = message.invitee_email
        if "name" not in self.entered:
            if message.invitee_name and all(stamp_of(message) < each for each in named):
                self.first_name, self.last_name = SPLIT_NAMES[message.invitee_name]
                self.placeholder = False
            elif not message.invitee_name and not named and respelled:
                self.first_name, self.last_name = self.email.split("@")[0], ""
        first_phoned = all(stamp_of(message) < each for each in phoned)
        if "phone" not in self.entered and message.invitee_phone and first_phoned:
            self.phone = phone
        self.messages.append(message)

    def bookings(self) -> list[BookingCommand]:
        """Of each booking its latest message."""
        latest: dict[Any, BookingCommand] = {}
        for message in sorted(self.messages, key=stamp_of):
            latest[booking_key(message)] = message
        return list(latest.values())


class NaiveBook:
    """One organizer's address book."""

    def __init__(self) -> None:
        self.people: dict[UUID, Person] = {}
        self.groups: dict[UUID, Shown] = {}
        self.deleted_groups: set[UUID] = set()
        self.searches: dict[str, tuple[str, str]] = {}
        self.region = ""
        self.name_order = "first_last"
        self.receipts: dict[str, Any] = {}

    # --- commands ------------------------------------------------------------------------------

    def answer(
        self, command: Command, new_id: UUID | None, now: datetime
    ) -> tuple[UUID | None, bool, bool]:
        """What it was about (None for settings), whether it changes anything, and whether the
        answer is repeated. `new_id` is the id of whatever the command makes."""
        known = self.receipts.get(command.command_id or "")
        if known is not None:
            if known[0] != content_of(command):
                raise NaiveRefusal("command_id_reused")
            return known[1], known[2], True
        self.new_id, self.now = new_id, now
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(command).__name__).lower()
        does = self.book if isinstance(command, BookingCommand) else getattr(self, name)
        about, changed = does(command)
        if command.command_id:
            self.receipts[command.command_id] = (content_of(command), about, changed)
        return about, changed, False

    def create_contact(self, command: commands.CreateContact) -> Any:
        self._require_free(command.email)
        phone = self._entered_phone(command.phone)
        for group_id in command.group_ids:
            self._group(group_id)
        person = self._new(command, command.first_name, command.last_name, phone)
        person.groups = list(dict.fromkeys(command.group_ids))
        person.entered = {"email", "name"} | ({"phone"} if command.phone else set())
        return person.id, True

    def edit_contact(self, command: commands.EditContact) -> Any:
        person = self._person(command.contact_id)
        given = command.model_dump(include={"email", "phone", *DETAILS}, exclude_none=True)
        if "email" in given:
            self._require_free(given["email"], unless=person)
        if "phone" in given:
            given["phone"] = self._entered_phone(given["phone"])
        return person.id, person.edit(**given)

    def import_contact(self, row: commands.ImportContact) -> Any:
        person = self._holder(row.email)
        name = (row.first_name, row.last_name) if row.first_name else (row.last_name, "")
        if person is None:
            placeholder = not any(name)
            first, last = (row.email.split("@")[0], "") if placeholder else name
            person = self._new(row, first, last, self._phone(row.phone))
            person.placeholder = placeholder
            person.entered = {"email"} | (set() if placeholder else {"name"})
            person.entered |= {"phone"} if row.phone else set()
            return person.id, True
        if row.on_duplicate == "skip":
            return person.id, False
        cells = {each: getattr(row, each) for each in DETAILS}
        if person.placeholder or name == (person.first_name, person.last_name):
            cells |= {"first_name": name[0], "last_name": name[1]}
        cells = {each: value for each, value in cells.items() if value}
        if row.phone:
            cells["phone"] = self._phone(row.phone)
        if row.on_duplicate == "update":
            changed = person.edit(**cells)
            if row.tags:
                keys = {tag.casefold() for tag in row.tags}
                others = [tag for tag in person.tags if tag.casefold() not in keys]
                changed |= person.take_off(others)
        else:
            blank = {each for each in DETAILS if not getattr(person, each)}
            blank |= {"first_name", "last_name"} if person.placeholder else set()
            blank |= set() if person.phone[0] else {"phone"}
            changed = person.edit(**{each: cells[each] for each in cells if each in blank})
        return person.id, person.put_on(row.tags) or changed

    def tag_contact(self, command: commands.TagContact) -> Any:
        return command.contact_id, self._person(command.contact_id).put_on(command.tags)

    def untag_contact(self, command: commands.UntagContact) -> Any:
        return command.contact_id, self._person(command.contact_id).take_off(command.tags)

    def add_contact_to_group(self, command: commands.AddContactToGroup) -> Any:
        person, _ = self._person(command.contact_id), self._group(command.group_id)
        if command.group_id in person.groups:
            return person.id, False
        person.groups.append(command.group_id)
        return person.id, True

    def remove_contact_from_group(self, command: commands.RemoveContactFromGroup) -> Any:
        person, _ = self._person(command.contact_id), self._group(command.group_id)
        if command.group_id not in person.groups:
            return person.id, False
        person.groups.remove(command.group_id)
        return person.id, True

    def deactivate_contact(self, command: commands.DeactivateContact) -> Any:
        return command.contact_id, self._person(command.contact_id).edit(active=False)

    def reactivate_contact(self, command: commands.ReactivateContact) -> Any:
        return command.contact_id, self._person(command.contact_id).edit(active=True)

    def delete_contact(self, command: commands.DeleteContact) -> Any:
        return command.contact_id, self._even_deleted(command.contact_id).edit(deleted=True)

    def restore_contact(self, command: commands.RestoreContact) -> Any:
        person = self._even_deleted(command.contact_id)
        self._require_free(person.email, unless=person)
        return person.id, person.edit(deleted=False)

    def log_interaction(self, command: commands.LogInteraction) -> Any:
        person, entry_id = self._person(command.contact_id), command.interaction_id
        said = command.type, command.description, command.booking_id, command.metadata
        if entry_id in person.first_logged:
            if person.first_logged[entry_id] != said:
                raise NaiveRefusal("command_id_reused")
            return person.id, False
        person.first_logged[entry_id] = said
        person.entries[entry_id] = {
            "type": command.type,
            "description": command.description,
            "occurred_at": command.occurred_at or self.now,
            "booking_id": command.booking_id,
            "metadata": command.metadata,
            "actor": command.actor,
            "source": command.source,
        }
        return person.id, True

    def correct_interaction(self, command: commands.CorrectInteraction) -> Any:
        person = self._person(command.contact_id)
        entry = person.entries.get(command.interaction_id)
        if entry is None:
            raise NaiveRefusal("interaction_not_found")
        fields = {"type", "description", "occurred_at", "metadata"}
        before = dict(entry)
        entry.update(command.model_dump(include=fields, exclude_none=True))
        return person.id, entry != before

    def remove_interaction(self, command: commands.RemoveInteraction) -> Any:
        person = self._person(command.contact_id)
        if command.interaction_id in person.removed:
            return person.id, False
        if command.interaction_id not in person.entries:
            raise NaiveRefusal("interaction_not_found")
        del person.entries[command.interaction_id]
        person.removed.add(command.interaction_id)
        return person.id, True

    def book(self, message: BookingCommand) -> Any:
        for person in self.people.values():
            for known in person.messages:
                if message_of(known) == message_of(message):
                    if content_of(known) != content_of(message):
                        raise NaiveRefusal("message_id_reused")
                    return person.id, False
        homes = [
            person
            for person in self.people.values()
            if booking_key(message) in map(booking_key, person.messages)
        ]
        person = homes[0] if homes else self._holder(message.invitee_email)
        phone = self._phone(message.invitee_phone)
        if person is None:
            local = message.invitee_email.split("@")[0]
            name = SPLIT_NAMES.get(message.invitee_name, (local, ""))
            person = Person(self._unused(), message.invitee_email, *name, phone)
            person.placeholder = not message.invitee_name
            self.people[person.id] = person
        person.learn(message, phone)
        return person.id, True

    def create_group(self, command: commands.CreateGroup) -> Any:
        self._require_free_name(command.name)
        members = [self._person(each) for each in command.contact_ids]
        group_id = self._unused()
        for person in {each.id: each for each in members}.values():
            person.groups.append(group_id)
        self.groups[group_id] = command.model_dump(include={"name", "description", "color"})
        return group_id, True

    def change_group(self, command: commands.ChangeGroup) -> Any:
        group = self._group(command.group_id)
        if command.name is not None:
            self._require_free_name(command.name, unless=command.group_id)
        before = dict(group)
        given = command.model_dump(include={"name", "description", "color"}, exclude_none=True)
        group.update(given)
        return command.group_id, group != before

    def delete_group(self, command: commands.DeleteGroup) -> Any:
        if command.group_id in self.deleted_groups:
            return command.group_id, False
        self._group(command.group_id)
        del self.groups[command.group_id]
        self.deleted_groups.add(command.group_id)
        return command.group_id, True

    def change_settings(self, command: commands.ChangeSettings) -> Any:
        before = self.region, self.name_order
        self.region = self.region if command.default_region is None else command.default_region
        self.name_order = command.name_order or self.name_order
        return None, before != (self.region, self.name_order)

    def save_search(self, command: commands.SaveSearch) -> Any:
        before = dict(self.searches)
        self.searches[command.name.casefold()] = (command.name, command.criteria)
        return None, self.searches != before

    def delete_search(self, command: commands.DeleteSearch) -> Any:
        if self.searches.pop(command.name.casefold(), None) is None:
            raise NaiveRefusal("search_not_found")
        return None, True

    # --- what commands look at -----------------------------------------------------------------

    def _even_deleted(self, contact_id: UUID) -> Person:
        if contact_id not in self.people:
            raise NaiveRefusal("contact_not_found")
        return self.people[contact_id]

    def _person(self, contact_id: UUID) -> Person:
        if self._even_deleted(contact_id).deleted:
            raise NaiveRefusal("contact_not_found")
        return self.people[contact_id]

    def _group(self, group_id: UUID) -> Shown:
        if group_id not in self.groups:
            raise NaiveRefusal("group_not_found")
        return self.groups[group_id]

    def _visible(self) -> list[Person]:
        return [person for person in self.people.values() if not person.deleted]

    def _holder(self, email: str) -> Person | None:
        holders = [p for p in self._visible() if email_key(p.email) == email_key(email)]
        assert len(holders) < 2
        return holders[0] if holders else None

    def _require_free(self, email: str, unless: Person | None = None) -> None:
        if self._holder(email) not in (None, unless):
            raise NaiveRefusal("email_already_used")

    def _require_free_name(self, name: str, unless: UUID | None = None) -> None:
        for group_id, group in self.groups.items():
            if group["name"].casefold() == name.casefold() and group_id != unless:
                raise NaiveRefusal("group_name_already_used")

    def _phone(self, typed: str) -> tuple[str, str | None]:
        return typed, PHONES.get((typed, self.region))

    def _entered_phone(self, typed: str) -> tuple[str, str | None]:
        if typed in IMPOSSIBLE_PHONES:
            raise NaiveRefusal("invalid_phone")
        return self._phone(typed)

    def _unused(self) -> UUID:
        assert self.new_id is not None
        assert self.new_id not in self.people.keys() | self.groups.keys() | self.deleted_groups
        return self.new_id

    def _new(self, given: Any, first: str, last: str, phone: tuple[str, str | None]) -> Person:
        person = Person(self._unused(), given.email, first, last, phone)
        person.company, person.job_title = given.company, given.job_title
        person.notes, person.tags = given.notes, list(given.tags)
        self.people[person.id] = person
        return person

    # --- what readers see ----------------------------------------------------------------------

    def contacts(self, now: datetime) -> list[Shown]:
        """All contacts that are not deleted, by name."""
        return [self._contact(person, now) for person in sorted(self._visible(), key=_by_name)]

    def _contact(self, person: Person, now: datetime) -> Shown:
        names = [person.first_name, person.last_name]
        names = names if self.name_order == "first_last" else names[::-1]
        bookings = person.bookings()
        kinds = [type(booking) for booking in bookings]
        kept = [each.starts_at for each in bookings if type(each) is not commands.CancelBooking]
        return {
            "id": person.id,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "full_name": " ".join(names).strip(),
            "email": person.email,
            "phone": person.phone[0],
            "phone_e164": person.phone[1],
            "company": person.company,
            "job_title": person.job_title,
            "notes": person.notes,
            "tags": person.tags,
            "groups": [
                {"id": each, "name": self.groups[each]["name"], "color": self.groups[each]["color"]}
                for each in person.groups
                if each in self.groups
            ],
            "total_bookings": len(bookings),
            "completed_bookings": kinds.count(commands.CompleteBooking),
            "cancelled_bookings": kinds.count(commands.CancelBooking),
            "upcoming_bookings": sum(
                each.starts_at > now
                and isinstance(each, commands.RecordBooking | commands.RescheduleBooking)
                for each in bookings
            ),
            "last_booking_date": max(kept, default=None),
            "is_active": person.active,
        }

    def timeline(self, contact_id: UUID | None = None) -> list[Shown]:
        """The entries of a contact or of all, in no order."""
        entries = []
        for person in self._visible():
            if contact_id in (None, person.id):
                logged = [
                    entry | {"metadata": json.loads(entry["metadata"])}
                    for entry in person.entries.values()
                ]
                booked = [_entry_of(message) for message in person.messages]
                entries += [entry | {"contact_id": person.id} for entry in logged + booked]
        return entries

    def statistics(self, now: datetime) -> Shown:
        """The address book in numbers."""
        people = self.contacts(now)
        active = [person for person in people if person["is_active"]]
        totals = {
            name: sum(person[name] for person in people)
            for name in ("total_bookings", "completed_bookings", "cancelled_bookings")
        }
        average = round(totals["total_bookings"] / len(people), 2) if people else 0
        recent = [e for e in self.timeline() if now - timedelta(days=30) < e["occurred_at"] <= now]
        companies = _counted([(p["id"], [p["company"]]) for p in active if p["company"]])
        return totals | {
            "total_contacts": len(people),
            "active_contacts": len(active),
            "inactive_contacts": len(people) - len(active),
            "groups": len(self.groups),
            "average_bookings_per_contact": average,
            "interactions_last_30_days": len(recent),
            "top_companies": [
                {"company": name, "contacts": number} for name, number in companies[:10]
            ],
        }

    def group_list(self) -> dict[UUID, Shown]:
        """The groups and how many are in them."""
        return {
            group_id: group
            | {"contact_count": sum(group_id in person.groups for person in self._visible())}
            for group_id, group in self.groups.items()
        }

    def tag_list(self) -> list[tuple[str, int]]:
        """The tags, the most used first."""
        return _counted([(person.id, person.tags) for person in self._visible()])


def _by_name(person: Person) -> Any:
    last = person.last_name or person.first_name
    return last.casefold(), person.first_name.casefold(), person.id


def _entry_of(message: BookingCommand) -> Shown:
    times = {"starts_at": message.starts_at, "ends_at": message.ends_at}
    metadata: Shown = {
        name: None if time is None else time.isoformat().replace("+00:00", "Z")
        for name, time in times.items()
    }
    return {
        "type": ENTRY_TYPES[RANKS.index(type(message))],
        "description": message.event_type or "Booking",
        "occurred_at": message.occurred_at,
        "booking_id": message.booking_id,
        "metadata": metadata | {"timezone": message.timezone},
        "actor": message.actor,
        "source": message.source,
    }


def _counted(named: Iterable[tuple[UUID, list[str]]]) -> list[tuple[str, int]]:
    """How many have each of the names, which are equal without case; the oldest one spells it."""
    spellings: dict[str, list[str]] = {}
    for _, names in sorted(named):
        for name in names:
            spellings.setdefault(name.casefold(), []).append(name)
    by_number = sorted(spellings.items(), key=lambda each: (-len(each[1]), each[0]))
    return [(some[0], len(some)) for _, some in by_number]
