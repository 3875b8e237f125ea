"""Fixtures: a real database of its own for every test, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adapters import Contacts, open_contacts
from tests.scenario import Clock, Scenario
from tests.servers.postgres import PostgresServer, a_postgres_server
from tests.servers.recycling import RecycledDatabase

PLAIN_POSTGRES = "postgresql without extensions"

settings.register_profile(
    "ci",
    deadline=None,
    print_blob=True,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take minutes begin first, so that no process is left alone with one in the end."""
    items.sort(key=lambda item: item.get_closest_marker("begins_first") is None)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until a test moves it."""
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    with a_postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database with an empty address book, to be copied."""
    url = postgres.create_database()
    open_contacts(url).close()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def recycled_postgres(
    postgres: PostgresServer, postgres_template: str
) -> Iterator[RecycledDatabase]:
    """An empty address book on PostgreSQL, the same for one test after the other."""
    recycled = RecycledDatabase(postgres, postgres_template)
    yield recycled
    recycled.close()


@pytest.fixture(scope="session")
def plain_template(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The same without extensions, and its owner may not make any."""
    url = postgres.create_database(postgres_template)
    with postgres.a_plain_owner(url) as plain_url:
        with open_contacts(plain_url) as contacts:
            contacts.rebuild()
        yield plain_url
        postgres.drop_database(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with an empty address book, to be copied."""
    path = tmp_path_factory.mktemp("template") / "contacts.db"
    open_contacts(path).close()
    return path


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that has a database runs on both kinds, unless it is about files of SQLite or its
    module names others."""
    if "database" in metafunc.fixturenames:
        is_about_files = metafunc.definition.get_closest_marker("sqlite") is not None
        kinds = getattr(metafunc.module, "DATABASES", ["sqlite", "postgresql"])
        kinds = ["sqlite"] if is_about_files else kinds
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty address book."""
    if request.param == "sqlite":
        path = tmp_path / "contacts.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    if request.param == PLAIN_POSTGRES:
        server: PostgresServer = request.getfixturevalue("postgres")
        template = request.getfixturevalue("plain_template")
        url = server.create_database(template)
        yield server.seen_by(url, template)
        server.drop_database(url)
        return
    recycled: RecycledDatabase = request.getfixturevalue("recycled_postgres")
    yield recycled.url
    recycled.empty()


@pytest.fixture
def postgres_copy(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The URL of an empty address book on PostgreSQL."""
    url = postgres.create_database(postgres_template)
    yield url
    postgres.drop_database(url)


@pytest.fixture
def empty_postgres(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database with nothing in it."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def reopen(database: str, clock: Clock) -> Iterator[Callable[..., Contacts]]:
    """Opens the test's database again, as another process would."""
    opened: list[Contacts] = []

    def open_again(**options: object) -> Contacts:
        contacts = open_contacts(database, **{"clock": clock, **options})  # type: ignore[arg-type]
        opened.append(contacts)
        return contacts

    yield open_again
    for contacts in opened:
        contacts.close()


@pytest.fixture
def contacts(reopen: Callable[..., Contacts]) -> Contacts:
    """An open, empty address book."""
    return reopen()


@pytest.fixture
def scenario(contacts: Contacts, clock: Clock) -> Scenario:
    """Given, when, then."""
    return Scenario(contacts, clock)
