"""Everything that an address book is asked to do, in one order, each with what was sent for it.

The order is part of the numbers: later operations work on what earlier ones left behind.
"""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters import Contacts, open_contacts
from adapters.bookings.replay import replay
from adapters.bulk import run_bulk
from adapters.kafka.taking_in import Taker
from contacts_domain import commands
from contacts_domain.errors import EmailAlreadyUsed
from contacts_domain.outcomes import Receipt
from tests.adapters.booking_messages import a_message, write_feed
from tests.adapters.exchange.exchanging import export_file, import_file
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, an_interaction
from tests.kafka.polled import TOPIC, TOPIC_ID, a_slice
from tests.reliability.counting import Sent, counting
from tests.scenario import NOW, Clock

SIZES = (1, 10, 500)
DEEP = 8
"""Pages before the deep one."""

FILTERS: dict[str, Any] = {
    "search": "lovelace",
    "tags": ["vip", "press"],
    "any_tags": ["vip", "press"],
    "group": "Friends",
    "is_active": None,
    "company": "acme",
    "has_bookings": True,
    "min_bookings": 1,
    "max_bookings": 3,
    "last_booking_after": NOW - timedelta(days=30),
    "last_booking_before": NOW + timedelta(days=30),
    "created_after": NOW - timedelta(days=1),
    "created_before": NOW + timedelta(days=1),
}
"""One of every kind."""


def performed(database: str, folder: Path) -> dict[str, Sent]:
    """Carry out everything on an empty address book; what was sent for each operation."""
    book = {"clock": Clock(), "catch_up": False}
    with (
        open_contacts(database, **book) as contacts,
        open_contacts(database, follow="worker", **book) as behind,
    ):
        contacts.handle(a_contact(email="first@example.org"))
        run = Operations(contacts, behind, folder)
        for some in (run.import_rows, run.one_by_one, run.at_once, run.bookings, run.fold):
            some()
        for some in (run.lists, run.other_reads, run.polls):
            some()
        return run.sent


class Operations:
    """An address book, one that leaves its read tables behind, and what was sent so far."""

    def __init__(self, contacts: Contacts, behind: Contacts, folder: Path) -> None:
        self.contacts = contacts
        self.behind = behind
        self.folder = folder
        self.sent: dict[str, Sent] = {}

    def do(self, name: str, work: Callable[..., Any], *arguments: Any, **fields: Any) -> Any:
        """Do it and count."""
        assert name not in self.sent, name
        engines = (each.engine.database.engine for each in (self.contacts, self.behind))
        with counting(*engines) as self.sent[name]:
            return work(*arguments, **fields)

    def handle(self, name: str, command: commands.Command) -> UUID:
        """Handle a command and count."""
        return self.do(name, self.contacts.handle, command).id

    # --- writing -------------------------------------------------------------------------------

    def import_rows(self) -> None:
        """Files of new rows, and one of known ones in every mode."""
        for size in (1, 10, 1_000):
            path = self._table(f"new{size}", size)
            self.do(f"import {size} rows", import_file, self.contacts, path, ORGANIZER)
        known = self._table("new1000", 10, company="Engines")
        for mode in ("skip", "update", "merge"):
            self.do(
                f"import 10 known rows, {mode}",
                import_file,
                self.contacts,
                known,
                ORGANIZER,
                on_duplicate=mode,
            )

    def _table(self, name: str, size: int, company: str = "Acme") -> Path:
        path = self.folder / f"{name}-{size}.csv"
        rows = [f"{name}-{n}@example.org,Ada,Lovelace {n},{company},vip" for n in range(size)]
        header = "email,first name,last name,company,tags"
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        return path

    def one_by_one(self) -> None:
        """One command of each kind."""
        about: dict[str, Any] = {"organizer_id": ORGANIZER}
        group = self.handle("create a group", a_group(name="Friends"))
        self.handle("change a group", commands.ChangeGroup(**about, group_id=group, color="#abc"))
        ada = self.handle("create a contact", a_contact(email="ada@old.example"))
        self.handle(
            "create a contact with tags and groups",
            a_contact(email="bob@example.org", tags=("vip", "press"), group_ids=(group,)),
        )
        self.do("create a contact that exists", self._refused, "ada@old.example")
        given = a_contact(email="eve@example.org", command_id="1")
        self.handle("create a contact with a command id", given)
        self.handle("the same command id again", given)
        about["contact_id"] = ada
        self.handle("edit a contact", commands.EditContact(**about, company="Acme", notes="n"))
        self.handle("edit nothing", commands.EditContact(**about, company="Acme"))
        self.handle("edit an e-mail", commands.EditContact(**about, email="ada@new.example"))
        self.handle("tag a contact", commands.TagContact(**about, tags=("vip", "press")))
        self.handle("untag a contact", commands.UntagContact(**about, tags=("press",)))
        self.handle("group a contact", commands.AddContactToGroup(**about, group_id=group))
        self.handle("ungroup a contact", commands.RemoveContactFromGroup(**about, group_id=group))
        note = an_interaction(ada)
        self.handle("log an interaction", note)
        about["interaction_id"] = note.interaction_id
        self.handle("correct an interaction", commands.CorrectInteraction(**about, description="x"))
        self.handle("remove an interaction", commands.RemoveInteraction(**about))
        del about["interaction_id"]
        self.handle("deactivate a contact", commands.DeactivateContact(**about))
        self.handle("reactivate a contact", commands.ReactivateContact(**about))
        self.handle("delete a contact", commands.DeleteContact(**about))
        self.handle("restore a contact", commands.RestoreContact(**about))
        about.pop("contact_id")
        self.handle("change settings", commands.ChangeSettings(**about, default_region="DE"))
        self.handle("save a search", commands.SaveSearch(**about, name="s", criteria={}))
        self.handle("delete a search", commands.DeleteSearch(**about, name="s"))
        booking = a_booking(invitee_email="ada@new.example", booking_id="b1", message_id="m1")
        self.handle("record a booking of a contact", booking)
        self.handle(
            "record a booking of somebody new",
            a_booking(invitee_email="new@x.org", message_id="m2"),
        )
        self.handle("record a booking again", booking)
        moved = {"invitee_email": "ada@new.example", "booking_id": "b1"}
        for status in ("rescheduled", "completed", "cancelled"):
            self.handle(f"a booking is {status}", a_booking(status, message_id=status, **moved))

    def _refused(self, email: str) -> None:
        try:
            self.contacts.handle(a_contact(email=email))
        except EmailAlreadyUsed:
            return
        raise AssertionError(email)

    def at_once(self) -> None:
        """Many commands in one unit of work, as bulk changes make them."""
        for size in SIZES:
            made = self._all(f"create {size} at once", (a_contact() for _ in range(size)))
            ids = [each.id for each in made if isinstance(each, Receipt)]
            group = self.handle(f"create a group of {size}", a_group(contact_ids=tuple(ids)))
            for operation, fields in {
                "tag": {"tags": ("x", f"of {size}")},
                "group_remove": {"group_id": group},
                "group_add": {"group_id": group},
                "deactivate": {},
                "delete": {},
            }.items():
                self.do(
                    f"{operation} {size} at once",
                    run_bulk,
                    self.contacts,
                    ORGANIZER,
                    operation,
                    ids,
                    **fields,
                )
            delete = commands.DeleteGroup(organizer_id=ORGANIZER, group_id=group)
            self.handle(f"delete a group of {size}", delete)

    def _all(self, name: str, some: Iterable[commands.Command]) -> Any:
        made = tuple(some)
        return self.do(name, self.contacts.handle_all, made)

    def bookings(self) -> None:
        """Feeds of bookings by new people, then the same again."""
        for size in SIZES:
            path = self.folder / f"feed{size}.jsonl"
            ids = [f"g{size}-{number}" for number in range(size)]
            write_feed(
                path,
                *(a_message(id=x, booking_id=x, invitee_email=f"{x}@x.org") for x in ids),
            )
            self.do(f"replay {size} bookings", replay, self.contacts, path)
            self.do(f"replay {size} bookings again", replay, self.contacts, path)

    def polls(self) -> None:
        """A consumer takes in what came of one partition: new bookings, the same again, and what
        has to be parked."""
        taker = Taker(self.contacts)
        self.contacts.consumer_positions.begin(TOPIC, TOPIC_ID, {0: 0})
        at = 0
        for size in SIZES:
            names = [f"k{size}-{n}" for n in range(size)]
            told = [
                json.dumps(a_message(id=x, booking_id=x, invitee_email=f"{x}@x.org")).encode()
                for x in names
            ]
            bad = [b"bad"] * size
            for what, values in (("take in", told), ("take in again", told), ("park", bad)):
                self.do(f"{what} {size} messages", taker.take_in, [a_slice(*values, read_from=at)])
                at += size

    def fold(self) -> None:
        """Read tables that are behind take in what happened, as a worker does."""
        for size in SIZES:
            receipts = self.behind.handle_all([a_contact() for _ in range(size)])
            self._catch_up(f"fold {size} new contacts")
            ids = [each.id for each in receipts if isinstance(each, Receipt)]
            run_bulk(self.behind, ORGANIZER, "tag", ids, tags=("folded",))
            self._catch_up(f"fold {size} tagged contacts")
            booked = [
                a_booking(invitee_email=f"f{size}-{n}@x.org", message_id=f"f{size}-{n}")
                for n in range(size)
            ]
            self.behind.handle_all(booked)
            self._catch_up(f"fold {size} bookings")

    def _catch_up(self, name: str) -> None:
        self.do(name, self.behind.catch_up)

    # --- reading -------------------------------------------------------------------------------

    def lists(self) -> None:
        """Pages of the contact list: first, deep, sorted, filtered, searched."""
        page = self.contacts.contact_list.page
        for sort in ("name", "-last_booking_date"):
            first = self.do(f"list by {sort}", page, ORGANIZER, sort=sort)
            cursor = first.next
            for _ in range(DEEP):
                cursor = page(ORGANIZER, sort=sort, cursor=cursor).next
            self.do(
                f"list by {sort}, deep",
                page,
                ORGANIZER,
                sort=sort,
                cursor=cursor,
                limit=500,
            )
        for name, value in FILTERS.items():
            found = self.do(f"list, filter {name}", page, ORGANIZER, **{name: value})
            assert found.items, name
        self.do("list, all filters", page, ORGANIZER, **FILTERS)
        for what, term in {
            "a frequent word": "example",
            "a rare word": "g500-123",
            "two letters": "lo",
            "nothing there": "qqqq",
        }.items():
            self.do(f"search {what}", page, ORGANIZER, search=term)
        find = self.contacts.contact_list.find
        found = self.do("find by e-mail", find, ORGANIZER, "bob@example.org")
        self.do("find by id", find, ORGANIZER, found.id)
        path = self.folder / "out.csv"
        self.do("export everybody", export_file, self.contacts, path, ORGANIZER)

    def other_reads(self) -> None:
        """Statistics, timelines, groups, tags, settings, history."""
        contacts, ada = self.contacts, "ada@new.example"
        self.do("statistics", contacts.statistics.of, ORGANIZER)
        self.do("timeline of a contact", contacts.timeline.page, ORGANIZER, ada)
        entries = contacts.timeline.all
        cursor = self.do("timeline of all", entries, ORGANIZER).next
        for _ in range(DEEP):
            cursor = entries(ORGANIZER, cursor=cursor).next
        self.do("timeline of all, deep", entries, ORGANIZER, cursor=cursor, limit=500)
        self.do("groups", contacts.groups.list, ORGANIZER)
        self.do("a group", contacts.groups.find, ORGANIZER, "Friends")
        self.do("tags", contacts.tags.list, ORGANIZER)
        self.do("settings", contacts.organizers.settings, ORGANIZER)
        self.do("saved searches", contacts.organizers.searches, ORGANIZER)
        self.do("history of a contact", contacts.history, ORGANIZER, ada)
