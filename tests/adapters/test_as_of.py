"""The address book as of an earlier time is what readers were answered at that time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, make_url
from structlog.testing import capture_logs

from adapters import Contacts, open_contacts
from contacts_domain.commands import (
    ChangeSettings,
    DeactivateContact,
    DeleteContact,
    EditContact,
    RestoreContact,
    SaveSearch,
    TagContact,
)
from contacts_domain.errors import ContactNotFound, InvalidQuery, SearchNotFound
from projections.looking_back import PastBook
from tests import strategies
from tests.adapters import raw_database
from tests.adapters.test_postgres_hosts import a_guest
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, an_interaction
from tests.history import History, Step
from tests.projections.test_retrying import failing_at
from tests.scenario import NOW, Clock

_organizers = (f"organizer-{number}" for number in count())
ABOUT = {"organizer_id": ORGANIZER}
ADA = "ada@example.org"


def answers(book: Contacts | PastBook, organizer_id: str) -> dict[str, Any]:
    """What readers are answered, of everything."""
    people = list(book.contact_list.every(organizer_id, is_active=None))
    return {
        "people": people,
        "found": [book.contact_list.find(organizer_id, each.email) for each in people],
        "by bookings": book.contact_list.page(organizer_id, sort="-total_bookings"),
        "searched": book.contact_list.page(organizer_id, search="acme", is_active=None),
        "timelines": [book.timeline.page(organizer_id, each.id) for each in people],
        "timeline": book.timeline.all(organizer_id),
        "statistics": book.statistics.of(organizer_id),
        "groups": book.groups.list(organizer_id),
        "tags": book.tags.list(organizer_id),
        "settings": book.organizers.settings(organizer_id),
        "searches": book.organizers.searches(organizer_id),
    }


hours = st.floats(0.001, 24 * 20)


@given(
    chapters=st.lists(
        st.tuples(hours, st.booleans(), st.lists(strategies.steps, max_size=8)), max_size=5
    ),
    batch_size=strategies.batch_sizes,
)
@settings(max_examples=15)
def test_what_was_answered_then_is_answered_again(
    contacts: Contacts,
    clock: Clock,
    chapters: list[tuple[float, bool, list[Step]]],
    batch_size: int,
) -> None:
    """Random histories of two organizers, recorded live while time goes on."""
    ours, theirs = (History(contacts, next(_organizers)) for _ in range(2))
    answered: list[tuple[str, datetime, dict[str, Any]]] = []
    for pause, is_ours, steps in chapters:
        (ours if is_ours else theirs).play(steps)
        answered += [
            (each.organizer_id, clock.now, answers(contacts, each.organizer_id))
            for each in (ours, theirs)
        ]
        clock.forward(hours=pause)
    contacts.engine.batch_size = batch_size
    for organizer_id, time, then in answered:
        with contacts.as_of(organizer_id, time) as past:
            assert answers(past, organizer_id) == then
    contacts.engine.batch_size = 1_000


@pytest.fixture
def ada(contacts: Contacts, clock: Clock) -> Any:
    """The id of a contact that was added, edited a day later, and deleted on the third day."""
    ada = contacts.handle(a_contact(email=ADA, first_name="Ada", tags=["vip"])).id
    clock.forward(days=1)
    contacts.handle(EditContact(**ABOUT, contact_id=ada, first_name="Augusta"))
    clock.forward(days=1)
    contacts.handle(DeleteContact(**ABOUT, contact_id=ada))
    return ada


def name_at(contacts: Contacts, time: datetime) -> str | None:
    """What Ada was called; None when there was no such contact."""
    with contacts.as_of(ORGANIZER, time) as then:
        try:
            return then.contact_list.find(ORGANIZER, ADA).first_name
        except ContactNotFound:
            return None


def test_contacts_are_as_they_were(contacts: Contacts, clock: Clock, ada: Any) -> None:
    """Before they were added, edited, deleted and restored; what happened at a time is included."""
    clock.forward(days=1)
    contacts.handle(RestoreContact(**ABOUT, contact_id=ada))
    moment, day = timedelta(microseconds=1), timedelta(days=1)
    names = [
        name_at(contacts, NOW + n * day - before) for n in range(4) for before in (moment, 0 * day)
    ]
    assert names == [None, "Ada", "Ada", "Augusta", "Augusta", None, None, "Augusta"]


def test_times_may_have_any_offset(contacts: Contacts, ada: Any) -> None:
    """A time without one is refused, as is one that UTC does not have."""
    assert name_at(contacts, NOW.astimezone(timezone(timedelta(hours=-9)))) == "Ada"
    west = timezone(timedelta(hours=-12))
    for wrong in (NOW.replace(tzinfo=None), datetime.max.replace(tzinfo=west)):
        with pytest.raises(InvalidQuery), contacts.as_of(ORGANIZER, wrong):
            pass


def test_what_depends_on_the_time_depends_on_that_time(contacts: Contacts, clock: Clock) -> None:
    """A booking that is over by now was upcoming; what was recent is not recent any more."""
    contacts.handle(a_booking(starts_at=NOW + timedelta(days=7)))
    ada = contacts.contact_list.find(ORGANIZER, ADA)
    contacts.handle(an_interaction(ada.id))
    clock.forward(days=100)
    assert contacts.contact_list.find(ORGANIZER, ADA).upcoming_bookings == 0
    assert contacts.statistics.of(ORGANIZER).interactions_last_30_days == 0
    with contacts.as_of(ORGANIZER, NOW) as then:
        assert then.time == NOW
        assert then.contact_list.find(ORGANIZER, ADA).upcoming_bookings == 1
        assert then.statistics.of(ORGANIZER).interactions_last_30_days == 2


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=1), timedelta(days=300_000)])
def test_the_future_is_now(contacts: Contacts, ada: Any, later: timedelta, clock: Clock) -> None:
    """Nobody knows what will be recorded; what was, is answered as of the present time."""
    contacts.handle(a_booking(starts_at=clock.now + timedelta(hours=1)))
    with contacts.as_of(ORGANIZER, clock.now + later) as then:
        assert then.time == clock.now
        assert answers(then, ORGANIZER) == answers(contacts, ORGANIZER)


@pytest.mark.parametrize(
    "time", [datetime.min.replace(tzinfo=UTC), NOW - timedelta(microseconds=1)]
)
def test_before_the_first_event_there_is_nothing(
    contacts: Contacts, ada: Any, time: datetime
) -> None:
    """As for an organizer that nobody knows."""
    nothing = answers(contacts, "nobody")
    for organizer_id in (ORGANIZER, "nobody"):
        with contacts.as_of(organizer_id, time) as then:
            assert answers(then, organizer_id) == nothing


def test_other_organizers_are_empty_there(contacts: Contacts, clock: Clock) -> None:
    """Another organizer's id, however it is come by, answers like one that does not exist."""
    theirs = contacts.handle(a_contact(organizer_id="globex", email=ADA)).id
    group = contacts.handle(a_group(organizer_id="globex", name="Theirs"))
    contacts.handle(a_contact(email="ours@example.org"))
    nothing = answers(contacts, "nobody")
    with contacts.as_of(ORGANIZER, clock.now) as then:
        assert answers(then, "globex") == nothing
        assert then.groups.list("globex") == []
        for reference in (theirs, ADA, group.id):
            with pytest.raises(ContactNotFound):
                then.contact_list.find(ORGANIZER, reference)
            with pytest.raises(ContactNotFound):
                then.timeline.page("globex", reference)


def test_settings_and_saved_searches_are_those_of_then(contacts: Contacts, clock: Clock) -> None:
    """Names stand in the order that was set."""
    contacts.handle(a_contact(email=ADA))
    clock.forward(days=1)
    contacts.handle(ChangeSettings(**ABOUT, name_order="last_first"))
    contacts.handle(SaveSearch(**ABOUT, name="Important", criteria={"tags": ["vip"]}))
    assert contacts.contact_list.find(ORGANIZER, ADA).full_name == "Lovelace Ada"
    with contacts.as_of(ORGANIZER, NOW) as then:
        assert then.contact_list.find(ORGANIZER, ADA).full_name == "Ada Lovelace"
        with pytest.raises(SearchNotFound):
            then.organizers.search(ORGANIZER, "Important")


def test_pages_go_on_in_another_look_back(contacts: Contacts, clock: Clock) -> None:
    """A cursor is good for the same list as of the same time, whoever computed it."""
    for number in range(5):
        contacts.handle(a_contact(first_name=f"Ada {number}"))
    clock.forward(days=1)
    contacts.handle(a_contact(first_name="Zoë"))
    names: list[str] = []
    cursor: str | None = None
    while len(names) < 5:
        with contacts.as_of(ORGANIZER, NOW) as then:
            page = then.contact_list.page(ORGANIZER, limit=2, cursor=cursor)
        names += [each.first_name for each in page.items]
        cursor = page.next
    assert (names, cursor, page.total) == ([f"Ada {number}" for number in range(5)], None, 5)


def test_queries_may_be_asked_while_another_goes_on(contacts: Contacts, clock: Clock) -> None:
    """A stream of contacts is not disturbed, nor is a book of another time."""
    many = [a_contact(first_name=f"Ada {number:04}") for number in range(600)]
    contacts.handle_all(many)
    clock.forward(days=1)
    contacts.handle(a_contact(email=ADA))
    with contacts.as_of(ORGANIZER, NOW) as then, contacts.as_of(ORGANIZER, clock.now) as later:
        everybody = then.contact_list.every(ORGANIZER)
        seen = [next(everybody).first_name]
        assert then.statistics.of(ORGANIZER).total_contacts == 600
        assert then.contact_list.page(ORGANIZER).total == 600
        assert later.contact_list.page(ORGANIZER).total == 601
        seen += [each.first_name for each in everybody]
    assert seen == [each.first_name for each in many]


def test_another_thread_may_ask(contacts: Contacts, ada: Any) -> None:
    """One after the other, as a web framework does."""
    with contacts.as_of(ORGANIZER, NOW) as then, ThreadPoolExecutor(1) as pool:
        found = pool.submit(then.contact_list.find, ORGANIZER, ADA)
        assert found.result().first_name == "Ada"


# --- what read tables lack ---------------------------------------------------------------------


def test_the_log_is_read_not_the_read_tables(
    contacts: Contacts, reopen: Callable[..., Contacts], clock: Clock
) -> None:
    """What a worker has yet to fold is there."""
    behind = reopen(follow="worker")
    behind.handle(a_contact(email=ADA))
    assert behind.contact_list.page(ORGANIZER).total == 0
    assert name_at(behind, clock.now) == "Ada"
    assert behind.contact_list.page(ORGANIZER).total == 0


def test_a_dropped_event_is_passed_over(contacts: Contacts, clock: Clock) -> None:
    """As it is everywhere."""
    ada = contacts.handle(a_contact(email=ADA)).id
    with failing_at(2), capture_logs():
        contacts.handle(TagContact(**ABOUT, contact_id=ada, tags=("poison",)))
        contacts.handle(TagContact(**ABOUT, contact_id=ada, tags=("later",)))
        contacts.drop_parked("contacts", 2)
    with contacts.as_of(ORGANIZER, clock.now) as then:
        assert then.contact_list.find(ORGANIZER, ADA).tags == ["later"]
        assert then.parked == 0


def test_what_cannot_be_folded_is_missing_and_counted(contacts: Contacts, clock: Clock) -> None:
    """With what hangs on it, as in the read tables; the log says so without any content."""
    ada = contacts.handle(a_contact(email=ADA)).id
    contacts.handle(TagContact(**ABOUT, contact_id=ada, tags=("poison",)))
    contacts.handle(DeactivateContact(**ABOUT, contact_id=ada))
    contacts.handle(a_contact())
    with failing_at(2), capture_logs() as logged, contacts.as_of(ORGANIZER, clock.now) as then:
        assert then.parked == 2
        assert then.contact_list.find(ORGANIZER, ADA).tags == []
        assert then.contact_list.page(ORGANIZER).total == 2
    (line,) = logged
    assert (line["event"], line["position"]) == ("event left out of a look back", 2)
    assert "poison" not in str(line)
    assert contacts.parked() == []


# --- what it costs -----------------------------------------------------------------------------

EVENTS_OF_OTHERS = (
    "INSERT INTO events (position, stream_id, stream_version, name, schema_version, organizer_id, "
    "recorded_at, state) WITH RECURSIVE numbers (n) AS (SELECT 4000 UNION ALL SELECT n + 1 FROM "
    "numbers WHERE n < 60000) SELECT n, {id}, 1, 'contact.deactivated', 1, 'globex', {time}, "
    "{state} FROM numbers"
)
GENERATED = {
    "sqlite": {"id": "lower(hex(randomblob(16)))", "time": "'2026-11-20'", "state": "x'7b7d'"},
    "postgresql": {"id": "gen_random_uuid()", "time": "now()", "state": "'{}'::bytea"},
}
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
PLAN = {
    "sqlite": "ix_events_organizer (organizer_id=? AND position>?)",
    "postgresql": 'Index Cond: ((ROW(organizer_id, "position") > ROW(',
}


def test_the_events_of_others_are_not_walked_through(contacts: Contacts, database: str) -> None:
    """Also for somebody who was busy once and has been quiet since: every batch is read from the
    index by organizer and position, in its order, from where the last one ended."""
    contacts.handle_all([a_contact() for _ in range(3_000)])
    engine = contacts.engine.database.engine
    kind = engine.dialect.name
    raw_database.change(database, EVENTS_OF_OTHERS.format(**GENERATED[kind]), "ANALYZE")
    read: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if ".state" in statement:
            read.append((statement, values))

    event.listen(engine, "before_cursor_execute", remember)
    with contacts.as_of(ORGANIZER, datetime.now(UTC)) as then:
        assert then.contact_list.page(ORGANIZER).total == 3_000
    event.remove(engine, "before_cursor_execute", remember)
    assert len(read) == 4
    for statement, values in read:
        with contacts.engine.database.reading() as connection:
            rows = connection.exec_driver_sql(EXPLAIN[kind] + statement, values)
            plan = "\n".join(str(row[-1]) for row in rows)
        assert PLAN[kind] in plan, plan
        assert "Sort" not in plan, plan
        assert "B-TREE" not in plan, plan


# --- nothing is written ------------------------------------------------------------------------


def test_a_writer_that_holds_all_locks_is_not_waited_for(
    contacts: Contacts, reopen: Callable[..., Contacts], ada: Any
) -> None:
    """Looking back takes none: it only reads."""
    other = reopen()
    with other.engine.database.writing() as connection:
        other.engine.log.locked_head(connection)
        assert name_at(contacts, NOW) == "Ada"


def test_the_right_to_read_is_enough(empty_postgres: str) -> None:
    """For somebody who may change nothing."""
    with open_contacts(empty_postgres) as contacts:
        contacts.handle(a_contact(email=ADA))
    with a_guest(empty_postgres) as url:
        raw_database.change(
            empty_postgres,
            f"GRANT USAGE ON SCHEMA contacts TO {make_url(url).username}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA contacts TO {make_url(url).username}",
        )
        with open_contacts(url, catch_up=False) as contacts:
            assert name_at(contacts, datetime.now(UTC)) == "Ada"


def test_one_connection_is_enough(contacts: Contacts, database: str, ada: Any) -> None:
    """Of a host whose pool has no more."""
    engine = create_engine(database, pool_size=1, max_overflow=0, pool_timeout=5)
    with open_contacts(engine, catch_up=False) as of_a_host:
        assert name_at(of_a_host, NOW) == "Ada"
    engine.dispose()
