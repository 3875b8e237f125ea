"""No list query on PostgreSQL reads a whole table: a million contacts, 100,000 of one organizer."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy import table as sql_table

from adapters import Contacts, open_contacts
from contacts_domain.contact_filter import ContactFilter
from projections.columns import instant_text
from projections.contact_list_query import SORTS
from projections.paging import encode_cursor
from tests.a_million_contacts import BIG, BIG_TABLES, CONTACTS, fill
from tests.servers.postgres import PostgresServer

SMALL = "organizer-7"
DEEP = 80_000
ENOUGH = 10_000
"""Rows that a query of one page may look at; an address book has ten times as many."""
Plan = dict[str, Any]
Statement = tuple[str, Any]


@pytest.fixture(scope="module")
def a_million(postgres: PostgresServer) -> Iterator[Contacts]:
    """An address book with a million contacts; nothing may change it."""
    url = postgres.create_database()
    open_contacts(url).close()
    fill(url)
    with open_contacts(url) as contacts:
        yield contacts
    postgres.drop_database(url)


def page(**criteria: Any) -> Callable[[Contacts], object]:
    """A page of the big organizer's list."""
    return lambda contacts: contacts.contact_list.page(BIG, **criteria)


def cursor_at(contacts: Contacts, sort: str, depth: int) -> str | None:
    """What the library would return there, without reading all pages before."""
    column, direction = SORTS[sort.removeprefix("-")][0], "DESC" if sort.startswith("-") else "ASC"
    with contacts.engine.database.reading() as connection:
        key, contact_id = connection.execute(
            text(
                f"SELECT {column}, contact_id FROM contacts.contact_list_1 "
                "JOIN contacts.booking_totals_1 USING (contact_id) "
                "WHERE organizer_id = :big AND owner_id = :big "
                f"ORDER BY {column} IS NULL, {column} {direction}, contact_id {direction} "
                "OFFSET :depth LIMIT 1"
            ),
            {"big": BIG, "depth": depth},
        ).one()
    if isinstance(key, datetime):
        key = instant_text(key)
    return encode_cursor([BIG, sort, *vars(ContactFilter()).values()], [key, contact_id])


def day(month: int, number: int) -> datetime:
    """A day of the year in which the million was added."""
    return datetime(2026, month, number, tzinfo=UTC)


EVERY_SORT = [sign + name for name in SORTS for sign in ("", "-")]
FILTERS: list[dict[str, Any]] = [
    {"is_active": False},
    {"is_active": None},
    {"tags": ["customer"]},
    {"tags": ["rare"]},
    {"tags": ["unknown"]},
    {"tags": ["customer", "vip"]},
    {"any_tags": ["customer", "rare"]},
    {"group": "even"},
    {"group": "few"},
    {"company": "Baku GmbH"},
    {"company": "unknown"},
    {"has_bookings": True},
    {"has_bookings": False},
    {"min_bookings": 12},
    {"max_bookings": 1},
    {"last_booking_after": day(3, 1)},
    {"last_booking_before": day(1, 9)},
    {"created_after": day(3, 20)},
    {"created_before": day(1, 2)},
    {"tags": ["customer"], "group": "even"},
    {"tags": ["customer"], "has_bookings": True, "search": "example"},
    {"group": "even", "search": "ada", "is_active": None},
    {"tags": ["vip"], "company": "Baku GmbH", "search": "a"},
]
TERMS = ("example", "gmbh", "mail.example", "ada", "zoebelle", "a", "ba", "w", "lo", "nobody")
PAGES: dict[str, Callable[[Contacts], object]] = {
    **{f"sorted by {sort}": page(sort=sort) for sort in EVERY_SORT},
    **{f"{each}": page(**each) for each in FILTERS},
    **{f"{each} by bookings": page(sort="-total_bookings", **each) for each in FILTERS},
    **{f"search {term}": page(search=term) for term in TERMS},
    **{f"search {term} by company": page(search=term, sort="-company") for term in TERMS},
    "search without trigrams": page(search="%"),
    "a small organizer": lambda contacts: contacts.contact_list.page(SMALL),
    "search of a small one": lambda contacts: contacts.contact_list.page(SMALL, search="ada"),
    "whoever is referred to": lambda contacts: contacts.contact_list.find(BIG, an_email(contacts)),
    "tags": lambda contacts: contacts.tags.list(BIG),
    "tags that begin with": lambda contacts: contacts.tags.list(BIG, prefix="cu"),
    "groups": lambda contacts: contacts.groups.list(BIG),
    "statistics": lambda contacts: contacts.statistics.of(BIG),
    "timeline of one": lambda contacts: contacts.timeline.page(BIG, an_email(contacts)),
    "timeline of all": lambda contacts: contacts.timeline.all(BIG),
    "deep timeline of all": lambda contacts: contacts.timeline.all(
        BIG, before=day(2, 1), types=["note_added"]
    ),
    "next page of all timelines": lambda contacts: contacts.timeline.all(
        BIG, cursor=contacts.timeline.all(BIG).next
    ),
}
SEES_ALL = {"search without trigrams", "statistics"}
"""One has nothing to look up in the index, the other counts entries of 30 days."""


def every_page(contacts: Contacts) -> dict[str, Callable[[Contacts], object]]:
    """All of them, and pages after most of the list."""
    deep = {
        f"deep, sorted by {sort}": page(sort=sort, cursor=cursor_at(contacts, sort, DEEP))
        for sort in EVERY_SORT
    }
    return PAGES | deep


def an_email(contacts: Contacts) -> str:
    """Of somebody in the big address book."""
    return contacts.contact_list.page(BIG, limit=1).items[0].email


def statements_of(contacts: Contacts, read: Callable[[Contacts], object]) -> list[Statement]:
    """What the library asks the database for."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_others: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, values))

    engine = contacts.engine.database.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    try:
        read(contacts)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert seen
    return seen


def nodes(plan: Plan) -> Iterator[Plan]:
    """A plan and all that it is made of."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def plan_of(contacts: Contacts, statement: Statement, how: str) -> Plan:
    """The plan of a statement with its values, in a transaction of the library's readers."""
    asked, values = statement
    with contacts.contact_list.moment() as (connection, _):
        explain = f"EXPLAIN ({how}FORMAT JSON) {asked}"
        (explained,) = connection.exec_driver_sql(explain, values).scalar_one()
    plan: Plan = explained["Plan"]
    return plan


def rows_looked_at(node: Plan) -> int:
    """How many rows of a table a node reads; a bitmap reads none."""
    if "Relation Name" not in node or node["Node Type"] == "Bitmap Index Scan":
        return 0
    removed = [number for name, number in node.items() if name.startswith("Rows Removed")]
    return int((node["Actual Rows"] + sum(removed)) * node["Actual Loops"])


def is_page(statement: Statement) -> bool:
    """Whether it stops at the end of a page; counts see every match."""
    return "LIMIT" in statement[0] and not statement[0].startswith("SELECT count")


def the_million_is_what_it_should_be(a_million: Contacts) -> None:
    """Queries find in it what was put into it."""
    with a_million.engine.database.reading() as connection:
        tables = {name: sql_table(name, schema="contacts") for name in BIG_TABLES}
        sizes = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
        }
    assert sizes["contact_list_1"] == sizes["booking_totals_1"] == CONTACTS
    assert min(sizes.values()) > 100_000
    assert a_million.contact_list.page(BIG, is_active=None).total == CONTACTS // 10
    people = list(a_million.contact_list.every(SMALL))
    for term, field in (("ada", "first_name"), ("gmbh", "company"), ("w", "first_name")):
        wanted: set[UUID] = {
            each.id for each in people if getattr(each, field).lower().find(term) >= 0
        }
        found = {each.id for each in a_million.contact_list.every(SMALL, search=term)}
        assert wanted <= found if term == "w" else wanted == found


def no_list_query_reads_a_table_from_end_to_end(
    a_million: Contacts, subtests: pytest.Subtests
) -> None:
    """Every statement of every list query finds its rows of the big tables by an index."""
    for name, read in every_page(a_million).items():
        with subtests.test(name):
            for statement in statements_of(a_million, read):
                plan = plan_of(a_million, statement, "")
                read_whole = {
                    node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"
                }
                assert not read_whole & set(BIG_TABLES), (statement, plan)


def a_page_costs_a_page_not_an_address_book(a_million: Contacts, subtests: pytest.Subtests) -> None:
    """However deep it is, whatever is sought: few rows are looked at to fill a page."""
    for name, read in every_page(a_million).items():
        if name in SEES_ALL:
            continue
        with subtests.test(name):
            for statement in filter(is_page, statements_of(a_million, read)):
                plan = plan_of(a_million, statement, "ANALYZE, TIMING OFF, ")
                assert max(map(rows_looked_at, nodes(plan))) <= ENOUGH, (statement, plan)


def search_uses_the_index_of_trigrams(a_million: Contacts) -> None:
    """Rare, frequent and short terms alike."""
    for term in TERMS:
        plans = [
            plan_of(a_million, statement, "")
            for statement in statements_of(a_million, page(search=term))
        ]
        used = {node.get("Index Name") for plan in plans for node in nodes(plan)}
        assert "contact_search_1" in used, term


def short_terms_are_narrowed_to_beginnings_of_words(a_million: Contacts) -> None:
    """The mark before a word is no letter for PostgreSQL, so the index knows the word begins."""
    for term in ("lo", "ba", "w"):
        (probe,) = [
            statement
            for statement in statements_of(a_million, page(search=term))
            if " LIKE " in statement[0]
        ][:1]
        plan = plan_of(a_million, probe, "ANALYZE, TIMING OFF, ")
        (heap,) = [node for node in nodes(plan) if node["Node Type"] == "Bitmap Heap Scan"]
        assert heap["Rows Removed by Index Recheck"] == 0, term


@pytest.mark.begins_first
def test_no_list_query_depends_on_the_size_of_the_table(
    a_million: Contacts, subtests: pytest.Subtests
) -> None:
    """One test, so that the million is made once, however tests are spread over processes."""
    the_million_is_what_it_should_be(a_million)
    no_list_query_reads_a_table_from_end_to_end(a_million, subtests)
    a_page_costs_a_page_not_an_address_book(a_million, subtests)
    search_uses_the_index_of_trigrams(a_million)
    short_terms_are_narrowed_to_beginnings_of_words(a_million)
