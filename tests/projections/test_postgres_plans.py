"""No list query on PostgreSQL reads a whole table: a million contacts, 100,000 of one organizer."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy import table as sql_table

from adapters import Contacts, open_contacts
from contacts_domain.contact_filter import ContactFilter
from projections.columns import instant_text
from projections.contact_list_query import SORTS
from projections.paging import encode_cursor
from tests.a_million_contacts import BIG, BIG_TABLES, CONTACTS, fill
from tests.projections.list_queries import (
    EVERY_SORT,
    PAGES,
    SMALL,
    TERMS,
    Statement,
    page,
    queries_of,
)
from tests.servers.postgres import PostgresServer

DEEP = 80_000
ENOUGH = 10_000
"""Rows that a query of one page may look at; an address book has ten times as many."""
Plan = dict[str, Any]


@pytest.fixture(scope="module")
def a_million(postgres: PostgresServer) -> Iterator[Contacts]:
    """An address book with a million contacts; nothing may change it."""
    url = postgres.create_database()
    open_contacts(url).close()
    fill(url)
    with open_contacts(url) as contacts:
        yield contacts
    postgres.drop_database(url)


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


SEES_ALL = {"search without trigrams", "statistics"}
"""One has nothing to look up in the index, the other counts entries of 30 days."""


def every_page(contacts: Contacts) -> dict[str, Callable[[Contacts], object]]:
    """All of them, and pages after most of the list."""
    deep = {
        f"deep, sorted by {sort}": page(sort=sort, cursor=cursor_at(contacts, sort, DEEP))
        for sort in EVERY_SORT
    }
    return PAGES | deep


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
            for statement in queries_of(a_million, read):
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
            for statement in filter(is_page, queries_of(a_million, read)):
                plan = plan_of(a_million, statement, "ANALYZE, TIMING OFF, ")
                assert max(map(rows_looked_at, nodes(plan))) <= ENOUGH, (statement, plan)


def search_uses_the_index_of_trigrams(a_million: Contacts) -> None:
    """Rare, frequent and short terms alike."""
    for term in TERMS:
        plans = [
            plan_of(a_million, statement, "")
            for statement in queries_of(a_million, page(search=term))
        ]
        used = {node.get("Index Name") for plan in plans for node in nodes(plan)}
        assert "contact_search_1" in used, term


def short_terms_are_narrowed_to_beginnings_of_words(a_million: Contacts) -> None:
    """The mark before a word is no letter for PostgreSQL, so the index knows the word begins."""
    for term in ("lo", "ba", "w"):
        (probe,) = [
            statement
            for statement in queries_of(a_million, page(search=term))
            if " LIKE " in statement[0]
        ][:1]
        plan = plan_of(a_million, probe, "ANALYZE, TIMING OFF, ")
        (heap,) = [node for node in nodes(plan) if node["Node Type"] == "Bitmap Heap Scan"]
        assert heap["Rows Removed by Index Recheck"] == 0, term


@pytest.mark.large
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
