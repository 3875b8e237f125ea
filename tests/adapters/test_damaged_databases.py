"""Databases that are newer, damaged or hold what nobody knows: always an error of ours that says
so, never the driver's."""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from adapters import Contacts, open_contacts
from contacts_domain.errors import (
    ContactsError,
    CorruptDatabase,
    CorruptEvent,
    NewerDatabase,
    UnknownEvent,
)
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, an_interaction

NEWER: dict[str, tuple[str, ...]] = {
    "as it says": ("UPDATE contacts_migrations SET version_num = '9999'",),
    "in two branches": ("INSERT INTO contacts_migrations VALUES ('9999')",),
    "in bytes": ("UPDATE contacts_migrations SET version_num = x'ff'",),
    "with other tables": (
        "UPDATE contacts_migrations SET version_num = '9999'",
        "ALTER TABLE log_head RENAME TO heads",
    ),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("statements", NEWER.values(), ids=NEWER)
def test_a_newer_schema_is_refused(
    statements: tuple[str, ...], reopen: Callable[..., Contacts], database_file: Path
) -> None:
    """What a later version of the library has written is not written to by this one."""
    reopen().close()
    raw_database.change(database_file, *statements)
    before = database_file.read_bytes()
    with pytest.raises(NewerDatabase) as refusal:
        reopen()
    assert refusal.value.code == "newer_database"
    assert refusal.value.details["revision"] in refusal.value.message
    assert "Upgrade" in refusal.value.message
    assert database_file.read_bytes() == before


MISSING: dict[str, tuple[str, ...]] = {
    "the log's head": ("DELETE FROM log_head",),
    "the table of the log's head": ("ALTER TABLE log_head RENAME TO heads",),
    "the log": ("DROP TABLE events",),
    "the claims": ("DROP TABLE claims",),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("statements", MISSING.values(), ids=MISSING)
def test_missing_tables_are_damage_and_never_made_anew(
    statements: tuple[str, ...], reopen: Callable[..., Contacts], database_file: Path
) -> None:
    """An empty table in their place would begin again at position 1, beside what was recorded."""
    reopen().close()
    raw_database.change(database_file, *statements)
    before = database_file.read_bytes()
    with pytest.raises(CorruptDatabase, match="backup"):
        reopen()
    assert database_file.read_bytes() == before


@pytest.fixture
def newer_postgres(postgres_copy: str) -> str:
    """A PostgreSQL database that a later version of the library has written."""
    raw_database.change(postgres_copy, "UPDATE contacts_migrations SET version_num = '9999'")
    return postgres_copy


def test_a_newer_schema_of_postgresql_is_refused(newer_postgres: str) -> None:
    """As that of a file."""
    with pytest.raises(NewerDatabase, match="Upgrade") as refusal:
        open_contacts(newer_postgres)
    assert refusal.value.details["revision"] == "9999"


def _append(database: str, name: str, state: bytes, schema_version: int = 1) -> None:
    raw_database.change_with(
        database,
        "INSERT INTO events (position, stream_id, stream_version, name, schema_version, "
        "organizer_id, recorded_at, actor, source, state) SELECT position + 1, :stream, 1, :name, "
        ":version, 'acme', '2026-11-20T12:00:00.000000Z', '', 'library', :state FROM log_head",
        stream="0" * 32,
        name=name,
        version=schema_version,
        state=state,
    )
    raw_database.change(database, "UPDATE log_head SET position = position + 1")


def test_an_unknown_event_name_stops_catching_up(
    reopen: Callable[..., Contacts], database: str
) -> None:
    """It is refused, never guessed or passed over; an upgrade reads on from there."""
    reopen().close()
    _append(database, "contact.cloned", b"{}")
    with pytest.raises(UnknownEvent) as refusal:
        reopen()
    assert refusal.value.code == "unknown_event"
    assert refusal.value.details["name"] == "contact.cloned"
    with reopen(catch_up=False) as contacts:
        assert {status.lag_events for status in contacts.projection_status()} == {1}


def test_a_newer_version_of_a_known_event_stops_catching_up(
    reopen: Callable[..., Contacts], database: str
) -> None:
    """As an unknown name does."""
    reopen().close()
    _append(database, "contact.created", b'{"email":"a@b.org","first_name":"A"}', 2)
    with pytest.raises(UnknownEvent) as refusal:
        reopen()
    assert refusal.value.details["schema_version"] == 2


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b'{"email": 5}', b"\xff\xfe"])
def test_a_state_that_does_not_fit_stops_catching_up(
    state: bytes, reopen: Callable[..., Contacts], database: str
) -> None:
    """A damaged event is a corrupt event, without its content in the message."""
    reopen().close()
    _append(database, "contact.created", state)
    with pytest.raises(CorruptEvent) as refusal:
        reopen()
    assert refusal.value.code == "corrupt_event"


def a_filled_database(path: Path) -> bytes:
    """The bytes of a database with something in every table."""
    with open_contacts(path) as contacts:
        contacts.handle_all([a_group() for _ in range(5)])
        receipts = contacts.handle_all(
            [a_contact(notes="n" * 200, tags=("vip", "friend")) for _ in range(150)]
        )
        for receipt in receipts[:20]:
            contacts.handle(an_interaction(receipt.id))  # type: ignore[union-attr]
        contacts.handle_all([a_booking(booking_id=f"bk-{number}") for number in range(40)])
    return path.read_bytes()


USES: list[Callable[[Contacts], object]] = [
    lambda contacts: contacts.contact_list.page(ORGANIZER, limit=500),
    lambda contacts: contacts.contact_list.page(ORGANIZER, search="ada", sort="-created_at"),
    lambda contacts: contacts.timeline.page(ORGANIZER, "ada@example.org", limit=500),
    lambda contacts: contacts.statistics.of(ORGANIZER),
    lambda contacts: (contacts.groups.list(ORGANIZER), contacts.tags.list(ORGANIZER)),
    lambda contacts: contacts.handle(a_contact()),
    lambda contacts: contacts.handle(a_booking(booking_id="bk-0")),
    lambda contacts: contacts.projection_status(),
    lambda contacts: contacts.rebuild(),
]


def use_everything(path: raw_database.Target) -> None:
    """Every way in either works or is refused with an error of ours; others come through."""
    with suppress(ContactsError), open_contacts(path) as contacts:
        for use in USES:
            with suppress(ContactsError):
                use(contacts)


@pytest.mark.parametrize("kept", [0.03, 0.3, 0.5, 0.77, 0.999])
def test_a_truncated_database_is_an_error_of_ours(kept: float, database_file: Path) -> None:
    """As after a full disk or a broken copy: no error of the driver's comes through."""
    whole = a_filled_database(database_file)
    database_file.write_bytes(whole[: int(len(whole) * kept)])
    use_everything(database_file)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_database_is_an_error_of_ours(seed: int, database_file: Path) -> None:
    """Random bytes in the middle of the file: no error of the driver's comes through."""
    damaged = bytearray(a_filled_database(database_file))
    chance = random.Random(seed)
    for _ in range(6):
        start = chance.randrange(4096, len(damaged) - 512)
        damaged[start : start + 512] = chance.randbytes(512)
    database_file.write_bytes(damaged)
    use_everything(database_file)


def root_pages(database_file: Path) -> list[int]:
    """Where the trees of all tables begin."""
    return raw_database.column(
        database_file, "SELECT rootpage FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    )


def write_despite_damage(path: Path) -> int:
    """Touch everything that can still be touched; how many events were parked then."""
    with suppress(ContactsError), open_contacts(path) as contacts:
        for command in (a_contact(), a_booking(invitee_email="ada@example.org")):
            with suppress(ContactsError):
                contacts.handle(command)
        return sum(status.parked for status in contacts.projection_status())
    return 0


def test_a_damaged_table_parks_nothing(database_file: Path, tmp_path: Path) -> None:
    """Damage is the database's failure, not a projector's: the command fails, no event is parked
    as if it were poison."""
    whole = a_filled_database(database_file)
    parked: dict[int, int] = {}
    for page in root_pages(database_file):
        damaged = bytearray(whole)
        damaged[(page - 1) * 4096 : page * 4096] = random.Random(page).randbytes(4096)
        copy = tmp_path / f"damaged-{page}.db"
        copy.write_bytes(damaged)
        parked[page] = write_despite_damage(copy)
    assert len(parked) > 10
    assert {page: count for page, count in parked.items() if count} == {}


def test_a_damaged_schema_is_an_error_of_ours(database_file: Path) -> None:
    """SQLite repeats the damaged text in its message; that it is no UTF-8 must not matter."""
    whole = a_filled_database(database_file)
    assert whole.count(b"CREATE TABLE events") == 1
    damaged = whole.replace(b"CREATE TABLE events", b"CREATE \xb3\xff\xfe\x00\xc3 events")
    assert len(damaged) == len(whole)
    database_file.write_bytes(damaged)
    with pytest.raises(ContactsError):
        open_contacts(database_file)


DAMAGED_VALUES = [
    "UPDATE log_head SET position = 'many'",
    "UPDATE log_head SET recorded_at = 'yesterday'",
    "UPDATE events SET stream_id = 'nobody'",
    "UPDATE events SET organizer_id = NULL",
    "UPDATE events SET schema_version = NULL",
    "UPDATE claims SET holder = 'nobody'",
    "DELETE FROM log_head",
]


def write_and_rebuild(path: Path) -> None:
    """Read what the write side and the read side read."""
    with open_contacts(path) as contacts:
        contacts.handle(a_booking(invitee_email="ada@example.org"))
        contacts.rebuild()


DAMAGED_ROWS = [
    "UPDATE log_head SET position = -7",
    "DELETE FROM log_head",
    "UPDATE events SET organizer_id = NULL",
    "UPDATE events SET schema_version = NULL",
    "UPDATE events SET name = 'nothing.happened'",
    "UPDATE events SET state = 'no json'",
    "DELETE FROM events",
    "UPDATE claims SET holder = 'nobody'",
    "DELETE FROM projection_checkpoints",
    "DELETE FROM projection_generations",
    "DROP TABLE events",
    "DROP TABLE claims",
    "DROP TABLE log_head",
    "DROP TABLE contact_list_1",
    "ALTER TABLE events DROP COLUMN state",
    "ALTER TABLE claims ADD CONSTRAINT rubbish CHECK (length(key) < 0) NOT VALID",
]


@pytest.mark.parametrize("statement", DAMAGED_ROWS)
def test_what_nobody_did_to_postgresql_is_an_error_of_ours(
    statement: str, postgres_copy: str
) -> None:
    """Missing rows, columns and tables: whatever fails, it is not the driver that speaks."""
    with open_contacts(postgres_copy) as contacts:
        contacts.handle(a_contact(email="ada@example.org"))
    raw_database.change(postgres_copy, statement)
    use_everything(postgres_copy)


@pytest.mark.parametrize("statement", DAMAGED_VALUES)
def test_values_that_nobody_wrote_are_an_error_of_ours(statement: str, database_file: Path) -> None:
    """A damaged column is named as damage of the database, not raised as a failure to parse it."""
    with open_contacts(database_file) as contacts:
        contacts.handle(a_contact(email="ada@example.org"))
    raw_database.change(database_file, statement)
    with pytest.raises(ContactsError):
        write_and_rebuild(database_file)
