"""Databases of PostgreSQL that one test after the other uses: emptied, as long as nobody changed
more than rows. Copying the template for every test would take most of the suite's time."""

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from tests.servers.postgres import PostgresServer

KEPT = {"contacts_migrations", "projection_generations", "projection_checkpoints", "log_head"}
"""Tables with rows in an empty address book."""

STRUCTURE = text("""
    SELECT (SELECT (count(*), sum(oid::bigint)) FROM pg_class)::text,
           (SELECT (count(*), count(*) FILTER (WHERE attisdropped)) FROM pg_attribute)::text,
           (SELECT (count(*), sum(oid::bigint)) FROM pg_constraint)::text,
           (SELECT count(*) FROM pg_extension)::text,
           (SELECT (count(*), sum(oid::bigint)) FROM pg_namespace)::text,
           (SELECT sum(hashtext(coalesce(relacl::text, '') || relname)) FROM pg_class)::text
""")
"""What differs after any change of tables, indexes, schemas, extensions or rights."""


class RecycledDatabase:
    """The database of a process's tests that need an empty address book."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._begin()

    def _begin(self) -> None:
        self.url = self._server.create_database(self._template)
        self._engine: Engine = create_engine(self.url, pool_size=1)  # its caches stay warm
        with self._engine.connect() as connection:
            self._structure = connection.execute(STRUCTURE).one()
            found = inspect(connection).get_table_names("contacts")
            kept = {
                name: connection.exec_driver_sql(f"SELECT * FROM contacts.{name}").all()
                for name in sorted(KEPT)
            }
        self._emptying = "; ".join(f"DELETE FROM contacts.{name}" for name in found)
        self._kept = {name: [tuple(row) for row in rows] for name, rows in kept.items()}

    def empty(self) -> None:
        """Make it an empty address book again; a new one where more than rows was changed."""
        try:
            with self._engine.begin() as connection:
                if connection.execute(STRUCTURE).one() == self._structure:
                    self._remove_rows(connection)
                    return
        except DBAPIError:
            pass  # somebody still holds it
        self.close()
        self._begin()

    def _remove_rows(self, connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
        connection.exec_driver_sql(self._emptying)
        for name, rows in self._kept.items():
            for row in rows:
                marks = ", ".join("%s" for _ in row)
                connection.exec_driver_sql(f"INSERT INTO contacts.{name} VALUES ({marks})", row)

    def close(self) -> None:
        """Remove the database."""
        self._engine.dispose()
        self._server.drop_database(self.url)
