"""Fixtures for the outside: files, engines of a host, and the database file itself."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from shutil import rmtree

import pytest
from sqlalchemy import Engine, create_engine

from tests.servers.postgres import PostgresServer

NOBODY = 65_534


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """The file behind the fixtures `database` and `contacts`."""
    return tmp_path / "contacts.db"


@pytest.fixture
def new_database(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database of the same kind with nothing in it."""
    if database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a CSV file and tells its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "people.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def host_engine(new_database: str) -> Iterator[Engine]:
    """An engine of the host's own on a new database, as SQLAlchemy makes it."""
    options = {"timeout": 0.2} if new_database.startswith("sqlite") else {}
    engine = create_engine(new_database, connect_args=options)
    yield engine
    engine.dispose()


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that every user of this machine can look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    rmtree(folder)


@pytest.fixture
def without_rights() -> Callable[[], AbstractContextManager[None]]:
    """Makes permissions count inside a `with`, also when the tests are run by root."""

    @contextmanager
    def as_nobody() -> Iterator[None]:
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)

    return as_nobody
