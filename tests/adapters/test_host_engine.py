"""The address book on an engine of the host's: a guest that changes nothing of the house."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Engine, create_engine, event

from adapters import Contacts, open_contacts
from contacts_domain.errors import DatabaseBusy, ForeignDatabase
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact
from tests.scenario import recorded_events

BOUND_SECONDS = 5
"""Far above the host's busy timeout of 0.2 s, far below ours of 30 s."""


def _begin_by_hand(engine: Engine) -> Engine:
    """The recipe of SQLAlchemy's documentation for real transactions on pysqlite."""
    event.listen(engine, "connect", lambda connection, _record: _switch_off(connection))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _switch_off(connection: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]


@pytest.fixture
def careful_engine(new_database: str) -> Iterator[Engine]:
    """A host's engine that begins its transactions itself."""
    engine = _begin_by_hand(create_engine(new_database))
    yield engine
    engine.dispose()


@pytest.fixture
def autocommitting_engine(new_database: str) -> Iterator[Engine]:
    """A host's engine whose driver connections begin nothing by themselves."""
    engine = create_engine(new_database)
    event.listen(engine, "connect", lambda connection, _record: _switch_off(connection))
    yield engine
    engine.dispose()


def settings_of(engine: Engine) -> dict[str, object]:
    """How a connection of the host behaves."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "read_uncommitted")
    with engine.connect() as connection:
        settings: dict[str, object] = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            for pragma in pragmas
        }
        driver = connection.connection.dbapi_connection
        assert driver is not None
        settings["driver"] = driver.isolation_level
        settings["sqlalchemy"] = connection.get_isolation_level()
        return settings


@pytest.mark.sqlite
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("kind", ["host_engine", "careful_engine", "autocommitting_engine"])
def test_a_host_engine_works_like_a_url(kind: str, request: pytest.FixtureRequest) -> None:
    """Commands and queries do what they do on an engine of ours."""
    with open_contacts(request.getfixturevalue(kind)) as contacts:
        receipt = contacts.handle(a_contact(email="ada@example.org"))
        assert receipt.position == 1
        assert contacts.contact_list.find(ORGANIZER, "ada@example.org").id == receipt.id


@pytest.mark.sqlite
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("kind", ["host_engine", "careful_engine", "autocommitting_engine"])
def test_the_hosts_connections_stay_as_they_are(kind: str, request: pytest.FixtureRequest) -> None:
    """Isolation level, journal and pragmas are the same before, while and after."""
    engine: Engine = request.getfixturevalue(kind)
    before = settings_of(engine)
    with open_contacts(engine) as contacts:
        contacts.handle(a_contact())
        contacts.statistics.of(ORGANIZER)
        assert settings_of(engine) == before
    assert settings_of(engine) == before


def test_a_hosts_transaction_still_rolls_back(host_engine: Engine) -> None:
    """What the host does on a connection that we used before is still a transaction."""
    with host_engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (number INTEGER)")
    with open_contacts(host_engine) as contacts:
        contacts.handle(a_contact())
        with host_engine.connect() as connection:
            connection.exec_driver_sql("INSERT INTO invoices VALUES (1)")
            connection.rollback()
    with host_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM invoices").all() == []


def test_closing_the_address_book_leaves_the_hosts_engine_open(host_engine: Engine) -> None:
    """The pool is not disposed of, and the host goes on with its pooled connection."""
    disposed: list[Engine] = []
    event.listen(host_engine, "engine_disposed", disposed.append)
    with open_contacts(host_engine):
        pass
    with host_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    assert disposed == []


@pytest.mark.sqlite
def test_the_hosts_own_tables_are_neighbours(host_engine: Engine, new_database: str) -> None:
    """A host's file with other tables is taken as it is, and not marked as ours."""
    raw_database.change(
        new_database,
        "CREATE TABLE invoices (number INTEGER)",
        "INSERT INTO invoices VALUES (7)",
        "PRAGMA user_version = 41",
    )
    with open_contacts(host_engine) as contacts:
        contacts.handle(a_contact())
    assert raw_database.rows(new_database, "SELECT * FROM invoices") == [(7,)]
    assert raw_database.value(new_database, "PRAGMA user_version") == 41
    assert raw_database.value(new_database, "PRAGMA application_id") == 0


@pytest.mark.sqlite
def test_a_hosts_tables_with_our_names_are_refused(host_engine: Engine, new_database: str) -> None:
    """A table `events` of the host's is never written to; the refusal names it."""
    raw_database.change(new_database, "CREATE TABLE events (id INTEGER, what TEXT)")
    file = Path(new_database.removeprefix("sqlite:///"))
    before = file.read_bytes()
    with pytest.raises(ForeignDatabase, match="events"):
        open_contacts(host_engine)
    assert file.read_bytes() == before


def refused_as_busy(attempt: Callable[[], object]) -> None:
    """The attempt ends soon, with `database_busy`."""
    started = monotonic()
    with pytest.raises(DatabaseBusy) as refusal:
        attempt()
    assert refusal.value.code == "database_busy"
    assert monotonic() - started < BOUND_SECONDS


@pytest.mark.sqlite
def test_a_hosts_open_write_transaction_is_refused_clearly(host_engine: Engine) -> None:
    """A command inside a host's write transaction is told so in bounded time, and works later."""
    with open_contacts(host_engine) as contacts:
        with host_engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE invoices (number INTEGER)")
            connection.exec_driver_sql("INSERT INTO invoices VALUES (1)")
            refused_as_busy(lambda: contacts.handle(a_contact()))
        assert recorded_events(contacts) == []
        assert contacts.handle(a_contact()).position == 1


@pytest.mark.sqlite
def test_opening_inside_a_hosts_write_transaction_is_refused_clearly(host_engine: Engine) -> None:
    """A new address book cannot be made meanwhile; afterwards it can."""
    with host_engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (number INTEGER)")
        connection.exec_driver_sql("INSERT INTO invoices VALUES (1)")
        refused_as_busy(lambda: open_contacts(host_engine))
    with open_contacts(host_engine) as contacts:
        assert contacts.handle(a_contact()).position == 1


@pytest.mark.sqlite
def test_a_hosts_open_read_transaction_is_refused_clearly(host_engine: Engine) -> None:
    """Without WAL a reader blocks the commit: the lock is named, and nothing was recorded."""
    with open_contacts(host_engine) as contacts:
        with host_engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT * FROM log_head").all()
            refused_as_busy(lambda: contacts.handle(a_contact()))
        assert recorded_events(contacts) == []
        assert contacts.handle(a_contact()).position == 1


@pytest.mark.sqlite
def test_a_hosts_open_read_transaction_is_no_obstacle_with_wal(
    database: str, contacts: Contacts
) -> None:
    """On a file of ours a reader of the host's and a writer of ours do not wait for each other."""
    with raw_database.connected(database) as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT * FROM log_head").all()
        assert contacts.handle(a_contact()).position == 1
