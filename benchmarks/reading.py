"""Reading an address book of one organizer: list page, search page and statistics, in two sizes.

The bounds stand for what a CRUD application needs on the same hardware; they were read once
(Django 5.2 on PostgreSQL with matching indexes: list page p50 6 ms, OFFSET 90,000 137 ms,
statistics p50 96 ms) and are kept as absolute figures because this report runs on SQLite alone.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from adapters import Contacts, open_contacts
from contacts_domain.commands import CreateContact

SIZES = (10_000, 100_000)
ORGANIZER = "acme"
REPETITIONS = 100
UNIT = 1_000

FIRST_NAMES = [
    stem + ending
    for stem in ("Ada", "Grace", "Joan", "Maria", "Wei", "Olu", "Ivan", "Zoe", "Lars", "Nina")
    for ending in ("", "lyn", "nne", "belle", "o")
]
DOMAINS = ("mail.example", "post.example", "example.org", "work.example", "home.example")


@dataclass(frozen=True)
class Reading:
    """One query, and within how many milliseconds it must answer at which percentile."""

    name: str
    run: Callable[[Contacts, random.Random], object]
    bound: str = ""


def _surnames(chance: random.Random) -> list[str]:
    return [
        "".join(chance.choice("bcdfgklmnprstv") + chance.choice("aeiou") for _ in range(3)).title()
        for _ in range(3_000)
    ]


CHANCE = random.Random(7)
SURNAMES = _surnames(CHANCE)
COMPANIES = [f"{CHANCE.choice(SURNAMES)} {kind}" for kind in ("GmbH", "Ltd", "Inc") * 300]


@contextmanager
def _filled(size: int) -> Iterator[Contacts]:
    chance = random.Random(size)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_contacts(Path(folder) / "contacts.db", follow="worker") as contacts,
    ):
        for start in range(0, size, UNIT):
            contacts.handle_all([_person(number, chance) for number in range(start, start + UNIT)])
        contacts.catch_up()
        assert contacts.contact_list.page(ORGANIZER).total == size
        yield contacts


def _person(number: int, chance: random.Random) -> CreateContact:
    first, last = chance.choice(FIRST_NAMES), chance.choice(SURNAMES)
    return CreateContact(
        organizer_id=ORGANIZER,
        email=f"{first}.{last}{number}@{chance.choice(DOMAINS)}".lower(),
        first_name=first,
        last_name=last,
        company=chance.choice(COMPANIES),
        tags=("vip",) if number % 50 == 0 else (),
    )


def _term(chance: random.Random) -> str:
    """Rare, frequent, short and unknown terms in equal parts."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.choice(SURNAMES)
    if kind == 1:
        return chance.choice((*FIRST_NAMES, "gmbh", *DOMAINS))
    if kind == 2:
        return chance.choice(SURNAMES)[: chance.randrange(1, 3)]
    return f"nobody{chance.randrange(10**6)}"


def _deep_cursor(contacts: Contacts) -> str | None:
    """Where nine tenths of the list have been read."""
    size = contacts.contact_list.page(ORGANIZER, limit=1).total or 0
    cursor = None
    for _ in range(size * 9 // 10 // 500):
        cursor = contacts.contact_list.page(ORGANIZER, limit=500, cursor=cursor).next
    return cursor


def _readings(contacts: Contacts) -> list[Reading]:
    deep = _deep_cursor(contacts)
    people = contacts.contact_list
    somebody = people.page(ORGANIZER, limit=1).items[0].email
    return [
        Reading("list page, first", lambda c, _: people.page(ORGANIZER), "p50 <= 4.2"),
        Reading(
            "list page, after 90 %",
            lambda c, _: people.page(ORGANIZER, cursor=deep),
            "p50 <= 6.9",
        ),
        Reading(
            "list page, by bookings", lambda c, _: people.page(ORGANIZER, sort="-total_bookings")
        ),
        Reading("search page", lambda c, r: people.page(ORGANIZER, search=_term(r)), "p95 <= 30"),
        Reading("tag page", lambda c, _: people.page(ORGANIZER, tags=["vip"])),
        Reading("company page", lambda c, r: people.page(ORGANIZER, company=r.choice(COMPANIES))),
        Reading("statistics", lambda c, _: c.statistics.of(ORGANIZER), "p50 <= 4.8"),
        Reading("one contact", lambda c, r: people.find(ORGANIZER, somebody)),
    ]


def report(sizes: tuple[int, ...] = SIZES) -> Table:
    """Milliseconds per query, by size."""
    table = Table("What (ms)", "Bound", *(f"{size:,}: p50 / p95" for size in sizes))
    columns: list[dict[str, str]] = []
    bounds: dict[str, str] = {}
    for size in sizes:
        with _filled(size) as contacts:
            column = {}
            for reading in _readings(contacts):
                column[reading.name] = _timed(reading, contacts)
                bounds[reading.name] = reading.bound
            columns.append(column)
    for name, bound in bounds.items():
        table.add_row(name, bound, *(column[name] for column in columns))
    return table


def _timed(reading: Reading, contacts: Contacts) -> str:
    chance = random.Random(1)
    for _ in range(5):
        reading.run(contacts, chance)
    taken = []
    for _ in range(REPETITIONS):
        started = time.perf_counter()
        reading.run(contacts, chance)
        taken.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(taken, n=20)[-1]
    return f"{statistics.median(taken):.1f} / {p95:.1f}"
