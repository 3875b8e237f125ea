"""Databases for one run: SQLite files in a folder, and a PostgreSQL server that keeps its word."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.results import Kind
from tests.servers.postgres import PostgresServer, a_postgres_server, driver_url

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "log_min_messages": "fatal",
}


class Databases:
    """Makes empty databases of both kinds, and copies of full ones."""

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        self.folder = folder
        self.server = server
        self._numbers = count(1)

    @contextmanager
    def empty(self, kind: Kind) -> Iterator[str]:
        """The URL of a database with nothing in it, gone afterwards."""
        with self._database(kind, None) as url:
            yield url

    @contextmanager
    def copy(self, url: str) -> Iterator[str]:
        """The URL of a copy of a database that nobody is connected to, gone afterwards."""
        kind: Kind = "sqlite" if url.startswith("sqlite") else "postgresql"
        with self._database(kind, url) as copied:
            yield copied

    @contextmanager
    def _database(self, kind: Kind, template: str | None) -> Iterator[str]:
        if kind == "postgresql":
            url = self.server.create_database(template)
            yield url
            self.server.drop_database(url)
            return
        path = self.folder / f"{next(self._numbers)}.db"
        if template is not None:
            shutil.copyfile(make_url(template).database or "", path)
        yield f"sqlite:///{path}"
        for file in self.folder.glob(f"{path.name}*"):
            file.unlink()


@contextmanager
def databases() -> Iterator[Databases]:
    """A folder and a server of our own, or the server that `CONTACTS_TEST_POSTGRES` names."""
    with (
        tempfile.TemporaryDirectory(prefix="contacts-benchmarks-") as folder,
        a_postgres_server(SETTINGS) as server,
    ):
        _check_durability(server)
        yield Databases(Path(folder), server)


def _check_durability(server: PostgresServer) -> None:
    with psycopg.connect(driver_url(server.url.render_as_string(hide_password=False))) as asked:
        for setting in ("fsync", "synchronous_commit"):
            found = asked.execute(f"SHOW {setting}").fetchone()
            assert found == ("on",), f"{setting} must be on, or the figures mean nothing"


def settle(url: str) -> None:
    """Let PostgreSQL do now what it would else do while something is measured."""
    if not url.startswith("sqlite"):
        with psycopg.connect(driver_url(url), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")
