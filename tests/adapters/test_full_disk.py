"""A disk without room under an SQLite file: told in words, never as a commit in doubt, and outlived
by workers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import Engine, event
from structlog.testing import capture_logs

from adapters import Contacts
from contacts_domain.errors import UnwritableDatabase, UnwritableFile
from tests.adapters import raw_database
from tests.adapters.workers import a_worker, until
from tests.builders import a_contact
from tests.read_tables import all_rows

Reopen = Callable[..., Contacts]

pytestmark = pytest.mark.sqlite

MUCH = 60
"""Contacts, more than fit into the pages that the file has."""


@contextmanager
def a_full_disk(contacts: Contacts) -> Iterator[None]:
    """The file may not grow by a page, as far as these connections are concerned."""
    engine: Engine = contacts.engine.database.engine  # type: ignore[attr-defined]

    def limit(connection: object, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        engine.dispose()


def test_a_command_that_finds_no_room_is_not_recorded_and_says_so(
    contacts: Contacts, database: str
) -> None:
    """It can be repeated when there is room again."""
    many = [a_contact() for _ in range(MUCH)]
    with a_full_disk(contacts):
        with pytest.raises(UnwritableDatabase, match="disk of the SQLite file is full") as failure:
            contacts.handle_all(many)
        assert isinstance(failure.value, UnwritableFile)
        assert raw_database.head(database) == 0
    contacts.handle_all(many)
    assert raw_database.head(database) == MUCH


INDEX = "CREATE VIRTUAL TABLE words USING fts5(word, content='', columnsize=0)"
"""It writes nothing before the commit."""


def test_a_commit_that_finds_no_room_is_no_commit_in_doubt(contacts: Contacts) -> None:
    """SQLite rolls it back, so nothing is in doubt, and the connection is as good as before."""
    database, added = contacts.engine.database, 0

    def add(words: int) -> None:
        nonlocal added
        with database.writing() as connection:
            text = " ".join(f"word{each}" for each in range(words))
            connection.exec_driver_sql("INSERT INTO words(rowid, word) VALUES (1, ?)", (text,))
            added += 1

    with database.writing() as connection:
        connection.exec_driver_sql(INDEX)
    with a_full_disk(contacts):
        with pytest.raises(UnwritableDatabase, match="disk of the SQLite file is full"):
            add(20_000)
        assert added == 1, "it had come to the commit"
    add(20_000)
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM words WHERE words MATCH 'word7'")
        assert found.scalar() == 1


def test_a_worker_waits_for_room(reopen: Reopen) -> None:
    """It says why it does not go on, and goes on when there is room."""
    writer, follower = reopen(follow="worker"), reopen(catch_up=False, follow="worker")
    with capture_logs() as lines, a_worker(follower) as worker:
        until(worker.health.is_ready)
        with a_full_disk(follower):
            writer.handle_all([a_contact() for _ in range(MUCH)])
            until(lambda: worker.health.failing)
            assert worker.health.failing == "unwritable_database"
            assert "full" in str(worker.health.why)
            assert worker.health.is_alive()
            assert not worker.health.is_ready()
        writer.wait_for(MUCH, timeout=30)
        until(worker.health.is_ready)
    assert len([each for each in lines if each["event"] == "database out of reach"]) == 1
    followed = all_rows(writer)
    writer.rebuild()
    assert all_rows(writer) == followed


def test_a_worker_that_is_stopped_on_a_full_disk_ends_well(reopen: Reopen) -> None:
    """What it cannot fold any more is left to the next."""
    writer, follower = reopen(follow="worker"), reopen(catch_up=False, follow="worker")
    with a_full_disk(follower), a_worker(follower) as worker:
        until(worker.health.is_ready)
        worker.stop()
        writer.handle_all([a_contact() for _ in range(MUCH)])
    with a_worker(reopen(catch_up=False)):
        writer.wait_for(MUCH, timeout=30)


def test_a_worker_waits_for_room_to_rebuild(reopen: Reopen, database: str) -> None:
    """After an upgrade, as for any other round; nobody has to start it again."""
    writer, follower = reopen(), reopen(catch_up=False, follow="worker")
    writer.handle_all([a_contact() for _ in range(MUCH)])
    raw_database.change(database, "UPDATE projection_checkpoints SET shape = '1-earlier'")
    with ExitStack() as while_running:
        with a_full_disk(follower):
            worker = while_running.enter_context(a_worker(follower))
            until(lambda: worker.health.failing)
            assert worker.health.failing == "unwritable_database"
        until(worker.health.is_ready)
    assert writer.engine.outdated() == []
