"""No query and no command on SQLite reads a whole table: what takes long grows with nothing."""

import re
from collections.abc import Iterator

import pytest

from adapters import Contacts, open_contacts
from contacts_domain.commands import AddContactToGroup, CreateContact, CreateGroup, TagContact
from tests.a_million_contacts import BIG
from tests.builders import a_booking
from tests.projections.list_queries import PAGES, Statement, statements_of

BIG_TABLES = re.compile(
    r"^SCAN (events|claims|(contact_list|booking_totals|contact_tags|contact_groups|timeline|"
    r"bookings|activity_counts)_1)\b"
)
LOOKED_THROUGH = {
    "search without trigrams": "no letter of it is in the index",
}
PEOPLE = 300


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contacts]:
    """An address book with everything that a query can ask for; SQLite's plans depend on no size,
    as nobody tells it of any."""
    path = tmp_path_factory.mktemp("plans") / "contacts.db"
    with open_contacts(path) as contacts:
        for name in ("even", "few"):
            contacts.handle(CreateGroup(organizer_id=BIG, name=name))
        contacts.handle_all([a_person(number) for number in range(PEOPLE)])
        yield contacts


def a_person(number: int) -> CreateContact:
    """Somebody of the big organizer's."""
    return CreateContact(
        organizer_id=BIG,
        email=f"p{number}@example.org",
        first_name=f"Ada {number}",
        company="Baku GmbH",
        tags=("customer",),
    )


def tables_read_whole(contacts: Contacts, statement: Statement) -> list[str]:
    """The steps of a plan that look through a table that grows."""
    asked, values = statement
    if not asked.startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
        return []
    if isinstance(values, list):
        values = values[0]
    with contacts.engine.database.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)
        return [step.detail for step in plan if BIG_TABLES.match(step.detail)]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_page_reads_a_table_from_end_to_end(name: str, some: Contacts) -> None:
    """Rows are found by an index, whatever is asked for."""
    for statement in statements_of(some, PAGES[name]):
        if name not in LOOKED_THROUGH:
            assert tables_read_whole(some, statement) == [], statement


def test_no_unit_of_work_reads_a_table_from_end_to_end(some: Contacts) -> None:
    """One command or many: claims, streams and the rows that projectors fold are found by index."""
    person = some.contact_list.find(BIG, "p1@example.org").id
    (group, *_) = some.groups.list(BIG)
    about = {"organizer_id": BIG, "contact_id": person}
    units = {
        "one": [a_person(PEOPLE + 1)],
        "two": [a_person(PEOPLE + 2), a_person(PEOPLE + 3)],
        "many": [a_person(PEOPLE + 100 + number) for number in range(100)],
        "a booking": [a_booking(organizer_id=BIG, invitee_email="p7@example.org")],
        "bookings": [
            a_booking(organizer_id=BIG, booking_id=f"b-{n}", invitee_email=f"p{n}@example.org")
            for n in range(60)
        ],
        "a tag and a group": [
            TagContact(**about, tags=("vip",)),
            AddContactToGroup(**about, group_id=group.id),
        ],
    }
    for name, commands in units.items():
        for statement in statements_of(some, lambda contacts, c=commands: contacts.handle_all(c)):  # type: ignore[misc]
            assert tables_read_whole(some, statement) == [], (name, statement)
