"""Opening: a new file is made, ours is opened again, and nothing of anybody else's is touched."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import Engine, event

from adapters import Contacts, open_contacts
from contacts_domain.errors import (
    ContactsError,
    CorruptDatabase,
    ForeignDatabase,
    SettingsError,
    UnwritableDatabase,
)
from tests.adapters import raw_database
from tests.adapters.processes import open_and_add, started
from tests.builders import ORGANIZER, a_contact


def refused(database: str | Path, error: type[ContactsError]) -> ContactsError:
    """Opening answers this error, with its code and something to read."""
    with pytest.raises(error) as refusal:
        open_contacts(database)
    assert type(refusal.value) is error
    assert len(refusal.value.message) > 20
    return refusal.value


@pytest.mark.parametrize(
    "as_target", [str, Path, "sqlite:///{}".format], ids=["text", "path", "url"]
)
def test_a_new_file_is_made(as_target: Callable[[Path], str | Path], database_file: Path) -> None:
    """By its path or by a URL; it bears our mark and no version in its header."""
    with open_contacts(as_target(database_file)) as contacts:
        assert contacts.handle(a_contact()).position == 1
    assert raw_database.value(database_file, "PRAGMA application_id") == int.from_bytes(b"CTCT")
    assert raw_database.value(database_file, "PRAGMA user_version") == 0
    assert raw_database.value(database_file, "PRAGMA journal_mode") == "wal"


def test_an_empty_file_is_made_ours(database_file: Path) -> None:
    """As `mktemp` or an interrupted first run leaves it."""
    database_file.touch()
    with open_contacts(database_file) as contacts:
        assert contacts.handle(a_contact()).position == 1


def test_what_was_recorded_is_there_again(reopen: Callable[..., Contacts]) -> None:
    """A database closed and opened goes on where it was."""
    first = reopen()
    first.handle(a_contact(email="ada@example.org"))
    first.close()
    again = reopen()
    assert again.contact_list.find(ORGANIZER, "ada@example.org").first_name == "Ada"
    assert again.handle(a_contact()).position == 2


@pytest.mark.sqlite
def test_opening_again_writes_nothing(reopen: Callable[..., Contacts], database_file: Path) -> None:
    """A reader of a finished database does not even move a header."""
    first = reopen()
    first.handle(a_contact())
    first.close()
    before = database_file.read_bytes()
    reopen().close()
    assert database_file.read_bytes() == before


@pytest.mark.sqlite
def test_a_file_left_without_wal_gets_it(
    reopen: Callable[..., Contacts], database_file: Path
) -> None:
    """A first run that ended between making the tables and switching to WAL is mended."""
    reopen().close()
    raw_database.change(database_file, "PRAGMA journal_mode = DELETE")
    with reopen().engine.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The file cannot be made, and no folder is made either."""
    error = refused(tmp_path / "no" / "contacts.db", UnwritableDatabase)
    assert error.code == "unwritable_database"
    assert str(tmp_path / "no") in error.message
    assert not (tmp_path / "no").exists()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """A directory as the path is refused as a file that cannot be used."""
    assert refused(tmp_path, UnwritableDatabase).code == "unwritable_database"


@pytest.mark.parametrize(
    "content",
    [b"Dear diary, today I met Ada.\n" * 200, bytes(range(256)) * 40, b"\0" * 8192, b"Hello"],
    ids=["text", "bytes", "zeros", "a word"],
)
def test_a_file_that_is_no_database_is_left_alone(content: bytes, database_file: Path) -> None:
    """Text, random bytes or zeros under the given name are neither read as data nor overwritten."""
    database_file.write_bytes(content)
    assert refused(database_file, CorruptDatabase).code == "corrupt_database"
    assert database_file.read_bytes() == content


FOREIGN: dict[str, tuple[str, ...]] = {
    "tables": ("CREATE TABLE songs (title TEXT)", "INSERT INTO songs VALUES ('Ada')"),
    "mark": ("PRAGMA application_id = 252006673", "CREATE TABLE songs (title TEXT)"),
    "mark without tables": ("PRAGMA application_id = 252006673",),
    "version without tables": ("PRAGMA user_version = 3",),
    "tables named as ours": ("CREATE TABLE log_head (id INTEGER)", "CREATE TABLE events (id TEXT)"),
    "wal": ("PRAGMA journal_mode = WAL", "CREATE TABLE songs (title TEXT)"),
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_database_is_left_byte_for_byte(
    statements: tuple[str, ...], database_file: Path
) -> None:
    """Another program's SQLite file is refused and stays exactly as it is."""
    raw_database.change(database_file, *statements)
    before = database_file.read_bytes()
    assert refused(database_file, ForeignDatabase).code == "foreign_database"
    assert database_file.read_bytes() == before
    assert [path.name for path in database_file.parent.iterdir()] == [database_file.name]


@pytest.fixture
def our_file(shared_folder: Path) -> Path:
    """A database of ours in a folder that everybody can look into."""
    path = shared_folder / "contacts.db"
    open_contacts(path).close()
    return path


def _open_and_write(path: Path) -> None:
    with open_contacts(path) as contacts:
        contacts.handle(a_contact())


def test_a_read_only_file_is_refused_at_the_latest_when_writing(
    our_file: Path, without_rights: Callable[[], AbstractContextManager[None]]
) -> None:
    """The file of somebody else cannot be written; the error names permissions."""
    our_file.chmod(0o444)
    our_file.parent.chmod(0o777)
    with without_rights(), pytest.raises(UnwritableDatabase, match="permissions"):
        _open_and_write(our_file)


def test_a_read_only_folder_is_refused(
    shared_folder: Path, without_rights: Callable[[], AbstractContextManager[None]]
) -> None:
    """A new file cannot be made there."""
    shared_folder.chmod(0o555)
    with without_rights(), pytest.raises(UnwritableDatabase, match="permissions"):
        open_contacts(shared_folder / "contacts.db")


def test_processes_opening_one_new_file_at_once_both_work(tmp_path: Path) -> None:
    """Whoever comes second finds the tables or waits for them; many new files in a row."""
    count, attempts = 2, 25
    with started(count) as run:
        for attempt in range(attempts):
            database = tmp_path / f"new-{attempt}.db"
            emails = [f"ada{number}@example.org" for number in range(count)]
            came = run(open_and_add, [(str(database), email) for email in emails])
            assert came == ["added"] * count, f"attempt {attempt}"
            assert raw_database.positions(database) == list(range(1, count + 1))
            assert raw_database.value(database, "PRAGMA journal_mode") == "wal"


@pytest.fixture
def writer_at_the_switch(database_file: Path) -> Iterator[list[str]]:
    """Somebody else writes to the new file for a moment just when it is switched to WAL."""
    met: list[str] = []
    ends: list[Timer] = []

    def write_for_a_moment(_: object, _cursor: object, statement: str, *_others: object) -> None:
        if "journal_mode" in statement.lower() and "wal" in statement.lower() and not met:
            met.append(statement)
            writer = sqlite3.connect(database_file, check_same_thread=False)
            writer.execute("BEGIN IMMEDIATE")
            ends.append(Timer(0.3, writer.close))
            ends[0].start()

    event.listen(Engine, "before_cursor_execute", write_for_a_moment)
    yield met
    event.remove(Engine, "before_cursor_execute", write_for_a_moment)
    for end in ends:
        end.join()


def test_a_writer_at_the_switch_to_wal_is_waited_for(
    writer_at_the_switch: list[str], database_file: Path
) -> None:
    """SQLite answers "locked" at once there, without its busy timeout: opening has to wait."""
    with open_contacts(database_file) as contacts:
        assert contacts.handle(a_contact()).position == 1


IN_MEMORY = [
    "sqlite://",
    "sqlite:///",
    "sqlite:///:memory:",
    ":memory:",
    "sqlite:///file::memory:?uri=true",
    "sqlite:///file:shared?mode=memory&cache=shared&uri=true",
]


@pytest.mark.parametrize("target", IN_MEMORY)
def test_a_database_in_memory_is_refused(target: str) -> None:
    """It would be lost at the end and differ from connection to connection."""
    error = refused(target, SettingsError)
    assert error.code == "settings_error"
    assert "memory" in error.message


UNUSABLE = [
    "mysql://user@host/db",
    "mongodb://host/db",
    "nonsense://",
    "://",
    "sqlite+nosuchdriver:///contacts.db",
    "postgresql+nosuchdriver://user@host/db",
    "postgresql+pg8000://user@host/db",
    "postgresql://user@host:port/db",
    "postgresql://[::1/db",
]


@pytest.mark.parametrize("target", UNUSABLE)
def test_a_url_that_cannot_be_used_is_a_settings_error(target: str) -> None:
    """Unknown schemes, missing drivers and garbage are told apart from a database that is down."""
    assert refused(target, SettingsError).code == "settings_error"


def test_a_refused_url_does_not_show_its_password() -> None:
    """Whatever was wrong, the secret in it is not repeated."""
    for target in ("mysql://user:s3cret@host/db", "postgresql://user:s3cret@host:port/db"):
        assert "s3cret" not in refused(target, SettingsError).message


@pytest.mark.parametrize("region", ["XX", "de", "Germany", "", "001"])
def test_a_default_region_that_does_not_exist_is_a_settings_error(
    region: str, database_file: Path
) -> None:
    """It is refused before any file is made."""
    with pytest.raises(SettingsError, match="ISO 3166-1"):
        open_contacts(database_file, default_region=region)
    assert not database_file.exists()
