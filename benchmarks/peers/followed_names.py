"""The peers of projections: one table of names that follows the people of `eventsourcing`, one
transaction an event. `ProjectionRunner` on PostgreSQL; on SQLite, where nothing can be subscribed
to, a loop over the notifications."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from uuid import UUID

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from psycopg.sql import SQL, Identifier

from benchmarks.peers.stored_people import PER_CALL, People, Person, environment, stored_people
from benchmarks.people import details

RUNNER = "ProjectionRunner, one table, PostgreSQL"
LOOP = "a loop of one transaction an event, one table, SQLite"
PATIENCE_SECONDS = 600
NOTIFICATIONS = 500


class NamesOnPostgres(PostgresTrackingRecorder):
    """The table of names, and how far it has come."""

    def __init__(self, datastore: Any, **options: Any) -> None:
        super().__init__(datastore, **options)
        table = SQL("{}.names").format(Identifier(self.datastore.schema))
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (id uuid PRIMARY KEY, name text)").format(table)
        )
        self._put = SQL(
            "INSERT INTO {} VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
        ).format(table)
        self._count = SQL("SELECT count(*) AS found FROM {}").format(table)

    def put(self, person_id: UUID, name: str, tracking: Tracking) -> None:
        """One row and the position, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._put, (person_id, name), prepare=True)

    def count(self) -> int:
        """How many names there are."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(self._count)
            return int(cursor.fetchone()["found"])


class NamesOnSqlite(SQLiteTrackingRecorder):
    """The same on SQLite."""

    def construct_create_table_statements(self) -> list[str]:
        """The table of names beside that of positions."""
        names = "CREATE TABLE IF NOT EXISTS names (id TEXT PRIMARY KEY, name TEXT)"
        return [*super().construct_create_table_statements(), names]

    def put(self, person_id: UUID, name: str, tracking: Tracking) -> None:
        """One row and the position, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("INSERT OR REPLACE INTO names VALUES (?, ?)", (person_id.hex, name))

    def count(self) -> int:
        """How many names there are."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT count(*) FROM names")
            return int(cursor.fetchone()[0])


class Names(Projection[Any]):
    """Folds one event into one row."""

    name = "names"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Put the name of whoever was added; of others only the position moves."""
        if isinstance(domain_event, Person.Added):
            self.view.put(domain_event.originator_id, domain_event.last_name, tracking)
        else:
            self.view.insert_tracking(tracking)


@contextmanager
def people_to_follow(url: str, count: int) -> Iterator[str]:
    """The same database, with so many people recorded in it."""
    with stored_people(url) as people:
        for start in range(0, count, PER_CALL):
            people.add([details(number) for number in range(start, min(count, start + PER_CALL))])
    yield url


def followed_by_runner(url: str, count: int) -> float:
    """Events a second of the runner, from its start until it has come to the last one."""
    started = perf_counter()
    with ProjectionRunner(
        application_class=People,
        projection_class=Names,
        view_class=NamesOnPostgres,
        env=environment(url),
    ) as runner:
        last = runner.app.recorder.max_notification_id()
        runner.wait(last, timeout=PATIENCE_SECONDS)
        taken = perf_counter() - started
        assert runner.view.count() == count
    return count / taken


def followed_by_loop(url: str, count: int) -> float:
    """Events a second of the loop."""
    with stored_people(url) as people:
        view: Any = people.factory.tracking_recorder(NamesOnSqlite)
        projection = Names(view)
        started = perf_counter()
        position = 0
        while some := people.recorder.select_notifications(
            position, NOTIFICATIONS, inclusive_of_start=False
        ):
            for notification in some:
                recorded = people.mapper.to_domain_event(notification)
                projection.process_event(recorded, Tracking(people.name, notification.id))
            position = some[-1].id
        taken = perf_counter() - started
        assert view.count() == count
    return count / taken
