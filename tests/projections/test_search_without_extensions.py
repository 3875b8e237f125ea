"""Search on a PostgreSQL without extensions finds the same, and says what would make it quicker."""

import logging
import os
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import make_url

from adapters import Contacts, open_contacts
from projections import retiring
from tests.builders import ORGANIZER, a_contact
from tests.conftest import PLAIN_POSTGRES
from tests.projections.test_search_oracle import (
    test_more_than_a_thousand_matches_are_paged_and_counted,
    test_naughty_strings_find_what_holds_them,
    test_search_stays_right_whatever_happens,
    test_walking_the_list_finds_the_same_pages_as_the_index,
)
from tests.servers.postgres import PostgresServer, driver_url

DATABASES = [PLAIN_POSTGRES]
__all__ = [
    "test_more_than_a_thousand_matches_are_paged_and_counted",
    "test_naughty_strings_find_what_holds_them",
    "test_search_stays_right_whatever_happens",
    "test_walking_the_list_finds_the_same_pages_as_the_index",
]


@pytest.fixture
def empty(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database without anything."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="module")
def contacts_in_c(postgres: PostgresServer) -> Iterator[Contacts]:
    """An address book with one contact, where only plain letters are letters."""
    url = postgres.url.set(database=f"in_c_{os.getpid()}").render_as_string(hide_password=False)
    name = make_url(url).database
    run(str(postgres.url), f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    with open_contacts(url) as contacts:
        contacts.handle(a_contact(first_name="王小明", last_name="Zoë", company="Жук"))
        yield contacts
    postgres.drop_database(url)


def run(url: str, *statements: str) -> None:
    """Execute statements as the owner of the server."""
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def search_indexes(url: str) -> dict[str, str]:
    """The definitions of the indexes of search, by name."""
    with psycopg.connect(driver_url(url)) as connection:
        found = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'contact_search_%'"
        )
        return dict(found.fetchall())


def missing(caplog: pytest.LogCaptureFixture) -> list[list[str]]:
    """The extensions that each warning names."""
    return [
        record.missing_extensions
        for record in caplog.records
        if record.levelno == logging.WARNING and hasattr(record, "missing_extensions")
    ]


def test_a_new_database_gets_the_extensions_and_the_index(
    empty: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever owns the database may make them; nobody is warned."""
    open_contacts(empty).close()
    ((name, definition),) = search_indexes(empty).items()
    assert name == "contact_search_1"
    assert "USING gin (organizer_id, search_text gin_trgm_ops)" in definition.replace("public.", "")
    assert missing(caplog) == []


def test_the_index_comes_and_goes_with_its_generation(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild makes another and leaves no index behind."""
    monkeypatch.setattr(retiring, "RETIREMENT", timedelta(0))
    with open_contacts(empty) as contacts:
        contacts.rebuild()
        contacts.drop_old_generations()
        assert list(search_indexes(empty)) == ["contact_search_2"]


def test_extensions_may_lie_in_any_schema(empty: str, caplog: pytest.LogCaptureFixture) -> None:
    """Names are qualified, whatever the search path and however the schema is spelled."""
    run(
        empty,
        'CREATE SCHEMA "odd ""one"',
        'CREATE EXTENSION pg_trgm SCHEMA "odd ""one"',
        "CREATE EXTENSION btree_gin SCHEMA pg_catalog",
    )
    with open_contacts(empty) as contacts:
        contacts.handle(a_contact(first_name="Ada"))
        assert contacts.contact_list.page(ORGANIZER, search="ada").total == 1
    assert "gin_trgm_ops" in search_indexes(empty)["contact_search_1"]
    assert missing(caplog) == []


def test_without_extensions_there_is_no_index_and_one_warning(
    contacts: Contacts, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It names what to install, when the generation is made and not whenever it is read."""
    contacts.rebuild()
    assert missing(caplog) == [["pg_trgm", "btree_gin"]]
    assert "pg_trgm and btree_gin" in caplog.text
    contacts.handle(a_contact(first_name="Ada"))
    assert contacts.contact_list.page(ORGANIZER, search="ada").total == 1
    assert search_indexes(database) == {}
    assert len(missing(caplog)) == 1


def test_trigrams_alone_make_an_index_of_trigrams(
    contacts: Contacts, database: str, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Without `btree_gin` the organizer is not in the index; the warning asks for it."""
    run(postgres.seen_by(database, str(postgres.url)), "CREATE EXTENSION pg_trgm")
    contacts.rebuild()
    (definition,) = search_indexes(database).values()
    assert "USING gin (search_text " in definition
    assert missing(caplog) == [["btree_gin"]]


def test_the_shape_of_a_generation_does_not_depend_on_extensions(contacts: Contacts) -> None:
    """Nothing is rebuilt only because somebody installed or removed one."""
    assert contacts.engine.outdated() == []


@pytest.mark.parametrize(
    ("term", "matches"),
    [
        ("王小明", 1),
        ("王小", 1),
        ("王", 1),
        ("小明", 0),
        ("жук", 1),
        ("жу", 1),
        ("укж", 0),
        ("zoe", 1),
    ],
)
def test_letters_that_the_locale_does_not_know_are_found(
    contacts_in_c: Contacts, term: str, matches: int
) -> None:
    """In a database of the locale C only plain letters make trigrams; the rest is compared."""
    assert contacts_in_c.contact_list.page(ORGANIZER, search=term).total == matches
