"""Imports that are killed with `kill -9` again and again, and undone the same way: no row twice,
none lost, nobody else harmed."""

import os
import random
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from multiprocessing import get_context
from uuid import UUID

import pytest
from sqlalchemy import event

from adapters import Contacts, open_contacts
from adapters.exchange import staging
from adapters.exchange.starting_imports import ImportChoices
from contacts_domain.commands import EditContact
from tests.builders import ORGANIZER, a_contact

ROWS_PER_UNIT = 20
KILLS, LONG_KILLS = 50, 500
STATEMENTS, SECONDS = 60, 0.15
"""A life ends before one of so many statements, or within so many seconds."""
MANY_PEOPLE = 4
"""Of so many rows one is about somebody new."""


@dataclass
class Naive:
    """What the rows come to, worked out in memory."""

    companies: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    def take_in(self, email: str, company: str) -> None:
        """A row in mode `update`."""
        if "@" not in email:
            self.outcomes["failed"] += 1
        elif email not in self.companies:
            self.outcomes["created"] += 1
            self.companies[email] = company
        elif self.companies[email] == company:
            self.outcomes["skipped"] += 1
        else:
            self.outcomes["updated"] += 1
            self.companies[email] = company


def a_file(rows: int, seed: int, naive: Naive) -> BytesIO:
    """New people, known ones, rows that are refused."""
    chance = random.Random(seed)
    lines = ["email,first name,company"]
    for number in range(rows):
        email = f"person{chance.randrange(rows // MANY_PEOPLE)}@example.org"
        if number % 37 == 0:
            email = f"nobody {number}"
        company = f"C{chance.randrange(3)}"
        naive.take_in(email, company)
        lines.append(f"{email},P,{company}")
    return BytesIO("\n".join(lines).encode())


def one_life(url: str, import_id: UUID, statements: int, seconds: float) -> None:
    """Go on with the import until it is done, or until the end."""

    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with open_contacts(url) as contacts:
        if statements:
            left = iter(range(statements))

            def count(*_: object) -> None:
                if next(left, None) is None:
                    end()

            engine = contacts.engine.database.engine  # type: ignore[attr-defined]
            event.listen(engine, "before_cursor_execute", count)
        elif seconds:
            threading.Timer(seconds, end).start()
        contacts.imports.run(ORGANIZER, import_id)
        if seconds:
            os._exit(0)  # the timer is still running


def run_through_kills(url: str, import_id: UUID, kills: int, seed: int) -> int:
    """Go on until it is done; how often it was killed."""
    chance = random.Random(seed)
    context = get_context("forkserver")
    context.set_forkserver_preload(["adapters", "tests.reliability.test_import_kills"])
    killed = 0
    while True:
        statements = chance.randrange(1, STATEMENTS) if killed < kills and killed % 2 else 0
        seconds = chance.uniform(0, SECONDS) if killed < kills and not killed % 2 else 0.0
        life = context.Process(target=one_life, args=(url, import_id, statements, seconds))
        life.start()
        life.join(60)
        assert life.exitcode in (0, -signal.SIGKILL)
        if life.exitcode == 0:
            return killed
        killed += 1


def companies(contacts: Contacts) -> dict[str, str]:
    """E-mail -> company."""
    return {each.email: each.company for each in contacts.contact_list.every(ORGANIZER)}


def killed_again_and_again(
    contacts: Contacts, url: str, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    """Import and undo through so many kills each, and compare with what is right."""
    monkeypatch.setattr(staging, "ROWS_PER_UNIT", ROWS_PER_UNIT)
    naive = Naive()
    contacts.handle_all(
        a_contact(email=f"person{n}@example.org", company="Old") for n in range(100)
    )
    naive.companies = {f"person{n}@example.org": "Old" for n in range(100)}
    before = dict(naive.companies)
    started = contacts.imports.start(
        ORGANIZER,
        a_file(kills * 120, kills, naive),
        choices=ImportChoices(on_duplicate="update"),
    )
    contacts.imports.confirm(ORGANIZER, started.id)
    assert run_through_kills(url, started.id, kills, seed=1) == kills
    report = contacts.imports.report(ORGANIZER, started.id)
    found = {name: getattr(report, name) for name in ("created", "updated", "skipped", "failed")}
    assert found == dict(naive.outcomes)
    assert len(report.errors) == naive.outcomes["failed"]
    assert companies(contacts) == naive.companies
    mine = contacts.contact_list.find(ORGANIZER, "person7@example.org").id
    contacts.handle(EditContact(organizer_id=ORGANIZER, contact_id=mine, company="Mine"))
    contacts.imports.begin_undo(ORGANIZER, started.id)
    run_through_kills(url, started.id, kills, seed=2)
    assert companies(contacts) == before | {"person7@example.org": "Mine"}
    assert contacts.imports.find(ORGANIZER, started.id).status == "undone"
    assert contacts.verify().differences == []


@pytest.mark.chaos
def test_imports_survive_kills(
    contacts: Contacts, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 times while rows are taken in, and as often while they are undone."""
    killed_again_and_again(contacts, database, monkeypatch, KILLS)


@pytest.mark.chaos
@pytest.mark.long
def test_imports_survive_many_kills(
    contacts: Contacts, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same 500 times."""
    killed_again_and_again(contacts, database, monkeypatch, LONG_KILLS)
