"""The peer of writing: people as bare aggregates of `eventsourcing`, on its own recorders."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.sqlite import SQLiteDatastore
from sqlalchemy import make_url

PEER = "eventsourcing"
PER_CALL = 1_000
SYNCHRONOUS_FULL = 2


class Person(Aggregate):
    """Somebody with a name, an e-mail and a company."""

    @event("Added")
    def __init__(self, email: str, first_name: str, last_name: str, company: str) -> None:
        self.email = email
        self.first_name = first_name
        self.last_name = last_name
        self.company = company

    @event("Renamed")
    def rename(self, last_name: str) -> None:
        """Change the last name."""
        self.last_name = last_name


class People(Application[UUID]):
    """No claims, no provenance, no read models."""

    def add(self, people: list[dict[str, str]]) -> list[UUID]:
        """Make people and save them in one call."""
        made = [Person(**each) for each in people]
        self.save(*made)
        return [each.id for each in made]

    def rename(self, person_id: UUID, last_name: str) -> None:
        """Load, command, save."""
        person: Person = self.repository.get(person_id)
        person.rename(last_name)
        self.save(person)


def environment(url: str) -> dict[str, str]:
    """How `eventsourcing` is told of a database."""
    given = make_url(url)
    if given.get_backend_name() == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(given.database)}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(given.database),
        "POSTGRES_HOST": str(given.host),
        "POSTGRES_PORT": str(given.port),
        "POSTGRES_USER": str(given.username),
        "POSTGRES_PASSWORD": str(given.password or "none"),
    }


@contextmanager
def stored_people(url: str) -> Iterator[People]:
    """The application on a database, as durable as ours."""
    people = People(environment(url))
    try:
        _check_durability(people)
        yield people
    finally:
        people.close()


def _check_durability(people: People) -> None:
    """PostgreSQL's was checked when the server was started."""
    datastore: Any = getattr(people.factory, "datastore", None)
    if isinstance(datastore, SQLiteDatastore):
        with datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == SYNCHRONOUS_FULL, "the peer must be as durable as ours"
