"""A backup that holds only what cannot be made again: opened, the rest follows from the log."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, inspect
from structlog.testing import capture_logs

from adapters import Contacts, migrate
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, an_interaction
from tests.projections.test_retrying import failing_at, shown
from tests.read_tables import all_rows

IRREPLACEABLE = {
    "events",
    "log_head",
    "claims",
    "consumer_positions",
    "parked_messages",
    "staged_rows",
    "position_resets",
    "tracking",
    "contacts_migrations",
    "dropped_events",
}
LOST = [
    "projection_generations",
    "projection_checkpoints",
    "projection_leaders",
    "parked_events",
    "parked_streams",
]


@pytest.fixture
def filled(reopen: Callable[..., Contacts]) -> Contacts:
    """An address book rebuilt once, with an event dropped (2) and one parked (3)."""
    contacts = reopen()
    ada = contacts.handle(a_contact(email="ada@example.org", tags=("vip",))).id
    with failing_at(2), capture_logs():
        contacts.handle(an_interaction(ada, description="dropped"))
    contacts.drop_parked("activity", 2)
    contacts.rebuild()
    bob = contacts.handle(a_contact(email="bob@example.org")).id
    contacts.handle_all([a_group(contact_ids=(ada, bob)), a_booking()])
    with failing_at(_next(contacts)), capture_logs():
        contacts.handle(an_interaction(bob, description="parked"))
    return contacts


def _next(contacts: Contacts) -> int:
    return (contacts.book.recorder.max_notification_id() or 0) + 1


def expected(contacts: Contacts) -> object:
    """The rows, once nothing is parked."""
    contacts.retry_parked("activity")
    return all_rows(contacts)


def lose(database: str, *tables: str) -> None:
    """Remove these tables."""
    raw_database.change(database, *(f"DROP TABLE {each}" for each in tables))


@pytest.mark.parametrize("table", LOST)
def test_lost_bookkeeping_is_made_again(
    table: str, filled: Contacts, reopen: Callable[..., Contacts], database: str
) -> None:
    """The read tables show what the log says, what was dropped stays so, operators are told."""
    lose(database, table)
    with capture_logs() as lines:
        contacts = reopen()
    assert [each["tables"] for each in lines] == [[table]]
    found = all_rows(contacts) if table != "projection_leaders" else expected(contacts)
    assert contacts.parked() == []
    assert {each.lag_events for each in contacts.projection_status()} == {0}
    contacts.rebuild()
    assert all_rows(contacts) == found
    assert shown(contacts, contacts.contact_list.find(ORGANIZER, "bob@example.org").id) == [
        "parked"
    ]
    assert "dropped" not in str(found)


@pytest.mark.parametrize("is_migrated", [False, True])
def test_a_backup_without_read_tables_is_opened(
    is_migrated: bool, filled: Contacts, reopen: Callable[..., Contacts], database: str
) -> None:
    """Everything but the log and what belongs to it is made again from it."""
    before = expected(filled)
    filled.close()
    lose_all_but_the_irreplaceable(database)
    if is_migrated:
        assert not migrate(database).changed
    contacts = reopen()
    assert all_rows(contacts) == before
    contacts.handle(a_contact(email="cleo@example.org"))
    assert contacts.contact_list.page(ORGANIZER).total == 3
    assert reopen().contact_list.page(ORGANIZER).total == 3


def lose_all_but_the_irreplaceable(database: str) -> None:
    """As a backup of single tables restores them."""
    with raw_database.connected(database) as connection:
        for name in _tables(connection):
            if name not in IRREPLACEABLE and not name.startswith("contact_search_"):
                connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.commit()


def _tables(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        for name in inspect(connection).get_table_names():
            if name.startswith("contact_search_") and name.rpartition("_")[2].isdecimal():
                connection.exec_driver_sql(f"DROP TABLE {name}")
        return list(inspect(connection).get_table_names())
    return list(inspect(connection).get_table_names("contacts"))


def test_without_its_drops_a_log_is_folded_whole(
    filled: Contacts, reopen: Callable[..., Contacts], database: str
) -> None:
    """Who decided what is not in the log: a rebuild brings the event back."""
    lose(database, "dropped_events")
    contacts = reopen()
    ada = contacts.contact_list.find(ORGANIZER, "ada@example.org").id
    assert "dropped" not in shown(contacts, ada)
    contacts.rebuild()
    assert "dropped" in shown(contacts, ada)
