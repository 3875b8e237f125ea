"""Fixtures: a real database for every test, on a file of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adapters import Contacts, open_contacts
from tests.scenario import Clock, Scenario

settings.register_profile(
    "ci",
    deadline=None,
    print_blob=True,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("ci")


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until a test moves it."""
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The URL of an empty database."""
    return f"sqlite:///{tmp_path / 'contacts.db'}"


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
