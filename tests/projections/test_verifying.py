"""Verifying finds every row that is not what the log says, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Integer, Table, Uuid, create_engine, make_url, select
from structlog.testing import capture_logs

from adapters import Contacts, open_contacts
from contacts_domain.commands import AddContactToGroup, ChangeSettings, SaveSearch
from contacts_domain.errors import (
    CheckpointBeyondLog,
    OutdatedDatabase,
    ProjectorFailed,
    UnknownProjection,
)
from contacts_domain.import_commands import NoteExport, SaveMapping
from projections import retiring
from projections.catalog import PROJECTIONS
from projections.columns import Instant
from projections.comparing import Difference, columns_of
from projections.fold import TableFactory
from projections.verifying import VerificationProgress
from tests import strategies
from tests.adapters import raw_database
from tests.adapters.test_postgres_hosts import a_guest
from tests.builders import (
    ORGANIZER,
    a_booking,
    a_contact,
    a_group,
    a_started_import,
    an_interaction,
)
from tests.history import History, Step
from tests.projections.test_retrying import failing_at, failing_on
from tests.read_tables import all_rows
from tests.scenario import NOW

_organizers = (
    f"{prefix}{number}" for number in count() for prefix in ("acme ", "Zoë ", "_", "ß-", "😀")
)

TABLES: dict[str, tuple[str, TableFactory]] = {
    factory.__name__.removesuffix("_table"): (projection.name, factory)
    for projection in PROJECTIONS
    for factory in projection.table_factories
}
"""Every read table: its projection, and what makes it."""


def differences(contacts: Contacts, *names: str) -> list[Difference]:
    """What a verification finds, all of it."""
    verified = contacts.verify(*names, limit=10_000)
    assert verified.total == len(verified.differences)
    return verified.differences


def fill(contacts: Contacts) -> None:
    """At least one row in every read table."""
    ada = contacts.handle(
        a_contact(email="ada@example.org", company="Acme", tags=["vip", "press"])
    ).id
    friends = contacts.handle(a_group(name="Friends")).id
    about = {"organizer_id": ORGANIZER}
    contacts.handle(AddContactToGroup(**about, contact_id=ada, group_id=friends))
    contacts.handle(a_booking(invitee_email="ada@example.org"))
    contacts.handle(an_interaction(ada))
    contacts.handle(ChangeSettings(**about, default_region="DE"))
    contacts.handle(SaveSearch(**about, name="Important", criteria={"tags": ["vip"]}))
    contacts.handle(SaveMapping(**about, name="Ours", columns=[]))
    contacts.handle(a_started_import())
    contacts.handle(NoteExport(**about, format="csv", fields=["email"], contacts=1))


def table_of(contacts: Contacts, connection: Connection, name: str) -> Table:
    """The table that readers see."""
    return contacts.engine.active_tables(connection)[TABLES[name][1]]


# --- what is found ------------------------------------------------------------------------------


@given(first=strategies.histories, second=strategies.histories, batch_size=strategies.batch_sizes)
@settings(max_examples=25)
def test_an_undamaged_database_has_no_differences(
    contacts: Contacts, first: list[Step], second: list[Step], batch_size: int
) -> None:
    """Random histories of organizers whose ids sort differently in many languages."""
    for steps in (first, second):
        History(contacts, next(_organizers)).play(steps)
    contacts.engine.batch_size = batch_size * 10
    verified = contacts.verify()
    assert (verified.total, verified.differences) == (0, [])
    rows = sum(len(rows) for rows in all_rows(contacts).values())
    assert sum(each.rows for each in verified.projections) == rows


def remove_a_row(contacts: Contacts, name: str) -> None:
    """A row that was lost."""
    with contacts.engine.database.writing() as connection:
        table = table_of(contacts, connection, name)
        keys = [*table.primary_key.columns]
        first = connection.execute(select(*keys).order_by(*keys)).first()
        assert first is not None
        same = [column == value for column, value in zip(keys, first, strict=True)]
        connection.execute(table.delete().where(*same))


def add_a_row(contacts: Contacts, name: str) -> None:
    """A row that follows from nothing: a copy under another key."""
    with contacts.engine.database.writing() as connection:
        table = table_of(contacts, connection, name)
        row = dict(connection.execute(select(table)).mappings().all()[0])
        last = [*table.primary_key.columns][-1]
        row[last.name] = _another(last.type)
        if name == "contact_list":
            row["created_position"] = 10**6
        connection.execute(table.insert().values(row))


def _another(type_: Any) -> Any:
    """A value that no row has."""
    match type_:
        case Uuid():
            return uuid4()
        case Instant():
            return datetime(1999, 1, 1, tzinfo=UTC)
        case _:
            return "zzz"


def change_a_value(contacts: Contacts, name: str) -> None:
    """A value that is another one than was folded."""
    with contacts.engine.database.writing() as connection:
        table = table_of(contacts, connection, name)
        column = table.c.total_bookings if name == "booking_totals" else columns_of(table)[-1]
        value = 77 if isinstance(column.type, Integer) else _another(column.type)
        connection.execute(table.update().values({column: value}))


DAMAGES = {"missing": remove_a_row, "superfluous": add_a_row, "different": change_a_value}
ALL_KEY = {"contact_groups"}
"""Tables in which a changed value makes another row."""


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_damage_of_every_table_is_found_and_healed(contacts: Contacts, kind: str) -> None:
    """With the projection, the organizer and the key; a rebuild heals it."""
    fill(contacts)
    healthy = all_rows(contacts)
    damaged = TABLES.keys() - (ALL_KEY if kind == "different" else set())
    for name in damaged:
        DAMAGES[kind](contacts, name)
    found = [each for each in differences(contacts) if each.table != "contact_search"]
    assert {(each.projection, each.table, each.kind) for each in found} == {
        (TABLES[name][0], name, kind) for name in damaged
    }
    assert all(each.key for each in found)
    whose = {None, "zzz"} if kind == "superfluous" else set()
    assert {each.organizer_id for each in found} == {ORGANIZER, *whose}
    contacts.rebuild()
    assert differences(contacts) == []
    assert all_rows(contacts) == healthy


VALUES: dict[str, tuple[Any, Any]] = {
    "email": ("eve@example.org", "eve@example.org"),
    "first_name": ("", ""),
    "phone_e164": ("+49", "+49"),
    "company_key": (None, None),
    "tags": (["vip"], '["vip"]'),
    "is_active": (False, False),
    "created_position": (7, 7),
    "updated_at": (NOW + timedelta(microseconds=1), "2026-11-20T12:00:00.000001Z"),
}
"""Another value for a column of each type, and how it is told."""


def test_a_changed_value_is_told_with_what_was_expected(contacts: Contacts) -> None:
    """Of every type; columns that are as they should be are not told."""
    fill(contacts)
    (before,) = all_rows(contacts)["contact_list"]
    expected = before | {"tags": '["vip","press"]', "updated_at": "2026-11-20T12:00:00.000000Z"}
    with contacts.engine.database.writing() as connection:
        values = {column: value for column, (value, _) in VALUES.items()}
        table = table_of(contacts, connection, "contact_list")
        connection.execute(table.update().values(values))
    found = [each for each in differences(contacts) if each.table == "contact_list"]
    assert {each.column: (each.expected, each.found) for each in found} == {
        column: (expected[column], told) for column, (_, told) in VALUES.items()
    }
    assert all(each.key == {"contact_id": str(before["contact_id"])} for each in found)


def test_a_missing_row_is_told_whole(contacts: Contacts) -> None:
    """And so is a superfluous one."""
    fill(contacts)
    remove_a_row(contacts, "tag_counts")
    add_a_row(contacts, "companies")
    superfluous, missing = sorted(differences(contacts), key=lambda each: each.table)
    assert (missing.key, missing.column) == (
        {"organizer_id": ORGANIZER, "tag_key": "press"},
        None,
    )
    assert (missing.expected, missing.found) == ({"contacts": 1}, None)
    assert superfluous.key == {"organizer_id": ORGANIZER, "company_key": "zzz"}
    assert (superfluous.expected, superfluous.found) == (None, {"active_contacts": 1})


def test_differences_beyond_the_limit_are_counted(contacts: Contacts) -> None:
    """The first ones are told, in the order of their keys."""
    for _ in range(5):
        contacts.handle(a_contact())
    change_a_value(contacts, "booking_totals")
    keys = [each.key["contact_id"] for each in differences(contacts)]
    assert keys == sorted(keys)
    verified = contacts.verify(limit=2)
    assert ([each.key["contact_id"] for each in verified.differences], verified.total) == (
        keys[:2],
        5,
    )
    assert (contacts.verify(limit=0).differences, contacts.verify(limit=0).total) == ([], 5)


# --- damage that only SQLite can have ----------------------------------------------------------


@pytest.mark.sqlite
def test_values_of_another_type_differ_and_stop_nothing(contacts: Contacts, database: str) -> None:
    """SQLite stores what it is given."""
    fill(contacts)
    raw_database.change(
        database,
        "UPDATE contact_list_1 SET created_at = 'yesterday', tags = '{', is_active = 'maybe'",
        "UPDATE booking_totals_1 SET contact_id = x'00ff', total_bookings = 'many'",
        "UPDATE timeline_1 SET entry_id = 'nobody', occurred_at = 5 WHERE booking_id IS NULL",
        "UPDATE groups_1 SET group_id = 42",
    )
    found = {(each.table, each.kind, each.column): each.found for each in differences(contacts)}
    assert found["contact_list", "different", "created_at"] == "yesterday"
    assert found["contact_list", "different", "tags"] == "{"
    assert found["contact_list", "different", "is_active"] == "maybe"
    for table in ("booking_totals", "timeline", "groups"):
        assert found[table, "missing", None] is None
    assert found["booking_totals", "superfluous", None]["total_bookings"] == "many"
    contacts.rebuild()
    assert differences(contacts) == []


INDEX_DAMAGES = {
    "an entry is missing": (
        "INSERT INTO contact_search_1(contact_search_1, rowid, search_text) "
        "SELECT 'delete', created_position, search_text FROM contact_list_1 "
        "ORDER BY created_position LIMIT 1"
    ),
    "an entry is of another contact": (
        "INSERT INTO contact_search_1(rowid, search_text) VALUES (999, 'somebody')"
    ),
    "an entry has another text": (
        "INSERT INTO contact_search_1(rowid, search_text) VALUES (1, 'somebody')"
    ),
    "all entries are missing": (
        "INSERT INTO contact_search_1(contact_search_1) VALUES ('delete-all')"
    ),
    "there is no index": "DROP TABLE contact_search_1",
}


@pytest.mark.sqlite
@pytest.mark.parametrize("damage", INDEX_DAMAGES)
def test_a_search_index_that_does_not_belong_to_its_rows_is_found(
    contacts: Contacts, database: str, damage: str
) -> None:
    """With the contact, and how much of its text is missing or too many."""
    ada = contacts.handle(a_contact(email="ada@example.org")).id
    bob = contacts.handle(a_contact(email="bob@example.org")).id
    raw_database.change(database, INDEX_DAMAGES[damage])
    found = differences(contacts)
    assert {(each.table, each.column) for each in found} == {("contact_search", "search_text")}
    keys = [each.key for each in found]
    if damage == "an entry is of another contact":
        assert keys == [{"created_position": 999}]
        assert found[0].found == "0 trigrams missing, 6 too many"
    else:
        is_whole = damage in ("all entries are missing", "there is no index")
        assert keys == [{"contact_id": str(each)} for each in ((ada, bob) if is_whole else (ada,))]
        assert {each.organizer_id for each in found} == {ORGANIZER}
    contacts.rebuild("contact_list")
    assert differences(contacts) == []


# --- what is parked and dropped ----------------------------------------------------------------


@given(steps=strategies.histories, modulus=st.integers(2, 9), batch_size=strategies.batch_sizes)
@settings(max_examples=12)
def test_what_is_parked_is_no_difference(
    contacts: Contacts, steps: list[Step], modulus: int, batch_size: int
) -> None:
    """Neither while it waits, nor after it was retried, nor after some of it was dropped."""
    contacts.engine.batch_size = batch_size
    with failing_on(modulus), capture_logs():
        History(contacts, next(_organizers)).play(steps)
    verified = contacts.verify()
    assert verified.differences == []
    parked = sum(each.parked for each in verified.projections)
    assert parked == len(contacts.parked())
    for name in contacts.engine.projections:
        if waiting := contacts.parked(name):
            contacts.drop_parked(name, waiting[0].position)
    assert contacts.verify().differences == []
    contacts.retry_parked("contacts")
    contacts.retry_parked("activity")
    assert contacts.verify().differences == []


def test_what_was_left_out_is_counted(contacts: Contacts) -> None:
    """Parked events of the generation that readers see, and dropped ones."""
    ada = contacts.handle(a_contact()).id
    for poison in (2, 3):
        with failing_at(poison), capture_logs():
            contacts.handle(an_interaction(ada))
        if poison == 2:
            contacts.drop_parked("activity", 2)
    activity, people = contacts.verify().projections
    assert (activity.projection, activity.parked, activity.dropped) == ("activity", 1, 1)
    assert (people.projection, people.parked, people.dropped) == ("contacts", 0, 0)


def test_an_event_that_was_folded_and_cannot_be_any_more_is_told(contacts: Contacts) -> None:
    """With its position: the same would stop a rebuild."""
    ada = contacts.handle(a_contact()).id
    contacts.handle(an_interaction(ada))
    with failing_at(2), pytest.raises(ProjectorFailed) as failure:
        contacts.verify()
    assert failure.value.details["position"] == 2
    assert contacts.verify("contacts").total == 0


# --- one moment, nothing written, nobody waits --------------------------------------------------


def test_tables_are_compared_as_of_their_checkpoint(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """What a worker has yet to fold is no difference; the report says where it stopped."""
    fill(contacts)
    behind = reopen(follow="worker")
    behind.handle(a_contact())
    behind.handle_all([a_contact(), a_booking()])
    for each in behind.verify().projections:
        assert (each.position < each.head, each.differences) == (True, 0)
    behind.catch_up()
    for each in behind.verify().projections:
        assert (each.position, each.differences) == (each.head, 0)


def test_writers_go_on_meanwhile(contacts: Contacts, reopen: Callable[..., Contacts]) -> None:
    """What they record while a verification runs is not looked at."""
    for _ in range(10):
        contacts.handle(a_contact())
    other = reopen()
    contacts.engine.batch_size = 2
    steps: list[VerificationProgress] = []

    def write(progress: VerificationProgress) -> None:
        steps.append(progress)
        other.handle(a_contact())

    verified = contacts.verify(on_progress=write)
    assert verified.differences == []
    assert {each.position for each in verified.projections} == {10}
    folding = [each.done for each in steps if each.step == "folding"]
    assert folding == [2, 4, 6, 8, 10]
    comparing = [(each.done, each.total) for each in steps if each.step == "comparing"]
    assert comparing == [(number + 1, len(TABLES)) for number in range(len(TABLES))]


def test_a_rebuild_meanwhile_does_not_take_the_tables_away(
    contacts: Contacts, reopen: Callable[..., Contacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are compared stay until the end, however quickly they retire."""
    monkeypatch.setattr(retiring, "RETIREMENT", timedelta(0))
    fill(contacts)
    other = reopen()
    rebuilt: list[int] = []

    def rebuild(progress: VerificationProgress) -> None:
        if not rebuilt:
            rebuilt.extend(each.generation for each in other.rebuild())
            other.drop_old_generations()

    verified = contacts.verify(on_progress=rebuild)
    assert rebuilt == [2, 2]
    assert {(each.generation, each.differences) for each in verified.projections} == {(1, 0)}
    assert {each.generation for each in contacts.verify().projections} == {2}


def test_a_writer_that_holds_all_locks_is_not_waited_for(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """Verifying takes none: it only reads."""
    fill(contacts)
    other = reopen()
    with other.engine.database.writing() as connection:
        other.engine.log.locked_head(connection)
        for name in other.engine.projections:
            other.engine.checkpoints.locked(connection, name)
        assert contacts.verify().total == 0


def test_the_right_to_read_is_enough(empty_postgres: str) -> None:
    """For an operator who may change nothing."""
    with open_contacts(empty_postgres) as contacts:
        fill(contacts)
    with a_guest(empty_postgres) as url:
        raw_database.change(
            empty_postgres,
            f"GRANT USAGE ON SCHEMA contacts TO {make_url(url).username}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA contacts TO {make_url(url).username}",
        )
        with open_contacts(url, catch_up=False) as contacts:
            assert contacts.verify().total == 0


def test_one_connection_is_enough(contacts: Contacts, database: str) -> None:
    """Of a host whose pool has no more."""
    fill(contacts)
    engine = create_engine(database, pool_size=1, max_overflow=0, pool_timeout=5)
    with open_contacts(engine, catch_up=False) as of_a_host:
        assert of_a_host.verify().total == 0
    engine.dispose()


# --- what is refused ---------------------------------------------------------------------------


def test_a_read_model_names_its_projection(contacts: Contacts) -> None:
    """Each is verified once; an unknown name is refused."""
    verified = contacts.verify("timeline", "bookings")
    assert [each.projection for each in verified.projections] == ["activity"]
    with pytest.raises(UnknownProjection, match="contact_list, contacts, exports, groups"):
        contacts.verify("adresses")


def test_tables_of_another_version_are_refused(contacts: Contacts, database: str) -> None:
    """Their rows follow from other folds; a rebuild makes them comparable."""
    raw_database.change(
        database,
        "UPDATE projection_checkpoints SET shape = 'earlier' WHERE projection = 'activity'",
    )
    with pytest.raises(OutdatedDatabase, match="rebuild activity"):
        contacts.verify()
    assert contacts.verify("contacts").total == 0
    contacts.rebuild("activity")
    assert contacts.verify().total == 0


def test_tables_beyond_the_log_are_refused(contacts: Contacts, database: str) -> None:
    """As after an older backup of the log was restored."""
    raw_database.change(database, "UPDATE projection_checkpoints SET position = 99")
    with pytest.raises(CheckpointBeyondLog, match="position 99, but the event log ends at 0"):
        contacts.verify()


def test_an_empty_address_book_has_no_differences(contacts: Contacts) -> None:
    """There is nothing to compare, and all tables are looked at."""
    verified = contacts.verify()
    told = [(each.rows, each.position, each.head) for each in verified.projections]
    assert told == [(0, 0, 0)] * 2
