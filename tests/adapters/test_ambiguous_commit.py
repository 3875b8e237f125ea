"""The connection breaks while committing: the unit is looked up, never blindly repeated. There is
one effect or none, never two, and no refusal that the unit itself has caused."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID

import pytest

from adapters import Contacts, open_contacts
from contacts_domain.commands import (
    Command,
    DeactivateContact,
    DeleteContact,
    EditContact,
    TagContact,
)
from contacts_domain.errors import DatabaseUnavailable, EmailAlreadyUsed, StorageError
from contacts_domain.intake import Intake, LogPosition
from contacts_domain.outcomes import Receipt, Refusal
from tests.adapters import raw_database
from tests.adapters.breaking_line import Line, Moment
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, a_row, an_interaction
from tests.scenario import Clock, recorded_events
from tests.servers.breaking_proxy import BreakingProxy, a_breaking_proxy
from tests.servers.postgres import PostgresServer

MOMENTS: list[Moment] = ["before the commit", "after the commit"]

CALL_SITES: dict[str, Callable[[UUID], Command]] = {
    "create": lambda _contact: a_contact(email="new@example.org"),
    "edit": lambda contact: EditContact(
        organizer_id=ORGANIZER, contact_id=contact, email="other@example.org"
    ),
    "tag": lambda contact: TagContact(organizer_id=ORGANIZER, contact_id=contact, tags=("vip",)),
    "deactivate": lambda contact: DeactivateContact(organizer_id=ORGANIZER, contact_id=contact),
    "delete": lambda contact: DeleteContact(organizer_id=ORGANIZER, contact_id=contact),
    "log": an_interaction,
    "import": lambda _contact: a_row(email="new@example.org"),
    "book anew": lambda _contact: a_booking(invitee_email="new@example.org"),
    "book again": lambda _contact: a_booking(invitee_email="known@example.org"),
    "group": lambda _contact: a_group(name="Friends"),
}


AnyLine = Line | BreakingProxy


@pytest.fixture
def line(database: str, request: pytest.FixtureRequest) -> Iterator[AnyLine]:
    """A line to the database that can be broken."""
    if database.startswith("sqlite"):
        yield Line()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with a_breaking_proxy(server.url) as proxy:
        yield proxy


@pytest.fixture
def contacts(line: AnyLine, database: str, clock: Clock) -> Iterator[Contacts]:
    """An address book at the other end of that line."""
    engine = line.engine(database)
    with open_contacts(engine, clock=clock) as contacts:
        yield contacts
    engine.dispose()


@pytest.fixture
def known(contacts: Contacts) -> UUID:
    """A contact that is there already."""
    return contacts.handle(a_contact(email="known@example.org")).id


@pytest.mark.parametrize("command", CALL_SITES.values(), ids=CALL_SITES)
def test_a_recorded_command_answers_the_receipt_of_its_one_effect(
    command: Callable[[UUID], Command],
    contacts: Contacts,
    line: AnyLine,
    known: UUID,
    database: str,
) -> None:
    """The COMMIT worked, its answer was lost: the receipt is as if nothing had happened."""
    line.breaks = "after the commit"
    receipt = contacts.handle(command(known))
    assert line.broken == 1
    recorded = recorded_events(contacts, after=1)
    assert receipt.events == len(recorded) >= 1
    assert receipt.position == recorded[-1].position == raw_database.head(database)
    assert receipt.id == recorded[-1].originator_id
    assert not receipt.repeated


@pytest.mark.parametrize("command", CALL_SITES.values(), ids=CALL_SITES)
def test_a_command_that_was_not_recorded_fails_clearly_or_is_done_once(
    command: Callable[[UUID], Command], contacts: Contacts, line: AnyLine, known: UUID
) -> None:
    """The COMMIT never arrived: a storage error of ours or one effect; trying again is safe."""
    wanted, receipt = command(known), None
    line.breaks = "before the commit"
    with suppress(StorageError):
        receipt = contacts.handle(wanted)
    assert line.broken == 1
    if receipt is None:
        assert recorded_events(contacts, after=1) == []
        receipt = contacts.handle(wanted)
    assert len(recorded_events(contacts, after=1)) == receipt.events


def test_a_connection_that_is_cut_for_good_is_replaced(
    contacts: Contacts, line: AnyLine, known: UUID
) -> None:
    """The unit is looked up on a new connection when the old one is of no use any more."""
    line.breaks, line.is_cut_for_good = "after the commit", True
    receipt = contacts.handle(a_contact())
    assert line.broken == 1
    assert (receipt.position, receipt.events) == (2, 1)


def test_no_false_conflict_comes_from_ones_own_effect(contacts: Contacts, line: AnyLine) -> None:
    """Only a later, second attempt is told that the e-mail is in use, by the first one."""
    line.breaks = "after the commit"
    receipt = contacts.handle(a_contact(email="ada@example.org"))
    with pytest.raises(EmailAlreadyUsed) as refusal:
        contacts.handle(a_contact(email="ada@example.org"))
    assert refusal.value.contact_id == receipt.id
    assert contacts.statistics.of(ORGANIZER).total_contacts == 1


def test_a_recorded_batch_answers_all_its_receipts(
    contacts: Contacts, line: AnyLine, known: UUID, database: str
) -> None:
    """Receipts, refusals, duplicates and the input position are those of the one unit."""
    raw_database.change(database, "INSERT INTO consumer_positions VALUES ('feed', 't', 0, 10)")
    position = LogPosition("feed", "t", partition=0, read_from=10, next_offset=14)
    batch = [
        a_booking(invitee_email="new@example.org"),
        a_contact(email="known@example.org"),
        TagContact(organizer_id=ORGANIZER, contact_id=known, tags=("vip",)),
        a_contact(email="third@example.org"),
    ]
    line.breaks = "after the commit"
    outcomes = contacts.handle_all(batch, on_refusal="report", intake=Intake(positions=[position]))
    assert [type(outcome) for outcome in outcomes] == [Receipt, Refusal, Receipt, Receipt]
    receipts = [outcome for outcome in outcomes if isinstance(outcome, Receipt)]
    assert [(receipt.position, receipt.events) for receipt in receipts] == [(3, 2), (4, 1), (5, 1)]
    assert raw_database.positions(database) == [1, 2, 3, 4, 5]
    assert raw_database.column(database, "SELECT next_offset FROM consumer_positions") == [14]


def test_a_batch_that_was_not_recorded_is_done_once_in_the_end(
    contacts: Contacts, line: AnyLine, database: str
) -> None:
    """All of it is missing, or all of it is there."""
    batch = [a_contact(), a_group(), a_booking()]
    line.breaks = "before the commit"
    with suppress(StorageError):
        contacts.handle_all(batch)
    if not raw_database.positions(database):
        contacts.handle_all(batch)
    assert raw_database.positions(database) == [1, 2, 3, 4]


def test_a_command_without_events_keeps_its_command_id(
    contacts: Contacts, line: AnyLine, known: UUID, database: str
) -> None:
    """The claim on the id is found again; it is the whole effect."""
    contacts.handle(DeactivateContact(organizer_id=ORGANIZER, contact_id=known))
    command = DeactivateContact(organizer_id=ORGANIZER, contact_id=known, command_id="again")
    line.breaks = "after the commit"
    receipt = contacts.handle(command)
    assert line.broken == 1
    assert (receipt.id, receipt.position, receipt.events) == (known, 2, 0)
    repeated = contacts.handle(command)
    assert repeated.repeated
    assert (repeated.id, repeated.position, repeated.events) == (known, 2, 0)
    assert raw_database.positions(database) == [1, 2]


def test_a_recorded_command_with_an_id_is_answered_again(contacts: Contacts, line: AnyLine) -> None:
    """The caller may repeat it as often as it likes."""
    command = a_contact(command_id="add-ada")
    line.breaks = "after the commit"
    first = contacts.handle(command)
    second = contacts.handle(command)
    assert (second.id, second.position, second.events) == (first.id, first.position, 1)
    assert second.repeated


def test_an_input_position_alone_fails_clearly_or_has_moved(
    contacts: Contacts, line: AnyLine, database: str
) -> None:
    """A batch of nothing but duplicates: the position moved once, or an error of ours says so."""
    booking = a_booking()
    contacts.handle(booking)
    raw_database.change(database, "INSERT INTO consumer_positions VALUES ('feed', 't', 0, 10)")
    line.breaks = "after the commit"
    with suppress(StorageError):
        contacts.handle_all(
            [booking], intake=Intake(positions=[LogPosition("feed", "t", 0, 10, 11)])
        )
    assert line.broken == 1
    assert raw_database.column(database, "SELECT next_offset FROM consumer_positions") == [11]


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_read_models_are_right_after_a_break(
    moment: Moment, contacts: Contacts, line: AnyLine
) -> None:
    """Rows and checkpoints went with the unit: a rebuild finds nothing to mend."""
    contacts.handle(a_contact(email="first@example.org"))
    line.breaks = moment
    with suppress(StorageError):
        contacts.handle(a_contact(email="second@example.org"))
    before = contacts.contact_list.page(ORGANIZER)
    assert before.total == len(recorded_events(contacts))
    contacts.rebuild()
    assert contacts.contact_list.page(ORGANIZER) == before


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    "attempt", [Contacts.catch_up, Contacts.rebuild], ids=["catch up", "rebuild"]
)
def test_the_read_side_breaks_off_clearly_and_goes_on(
    attempt: Callable[[Contacts], object],
    moment: Moment,
    contacts: Contacts,
    line: AnyLine,
    database: str,
) -> None:
    """Following the log is repeatable: an error of ours or none, then everything is there."""
    contacts.handle(a_contact())
    raw_database.change(
        database,
        "UPDATE projection_checkpoints SET position = 0 WHERE projection = 'activity'",
    )
    line.breaks = moment
    with suppress(StorageError):
        attempt(contacts)
    assert line.broken == 1
    attempt(contacts)
    assert {status.position for status in contacts.projection_status()} == {1}


@pytest.mark.parametrize("moment", MOMENTS)
def test_making_a_database_breaks_off_clearly_and_can_be_repeated(
    moment: Moment, line: AnyLine, new_database: str
) -> None:
    """A new database is either made or not; opening it again works."""
    engine = line.engine(new_database)
    line.breaks = moment
    with suppress(StorageError):
        open_contacts(engine).close()
    assert line.broken == 1
    with open_contacts(engine) as contacts:
        assert contacts.handle(a_contact()).position == 1
    engine.dispose()


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[BreakingProxy]:
    """A way to the PostgreSQL server that can be broken."""
    with a_breaking_proxy(postgres.url) as proxy:
        yield proxy


@pytest.fixture
def distant(proxy: BreakingProxy, postgres_copy: str, clock: Clock) -> Iterator[Contacts]:
    """An address book on an engine of ours at the other end of it."""
    with open_contacts(proxy.url(postgres_copy), clock=clock) as contacts:
        yield contacts


def test_a_commit_that_arrives_late_is_waited_for(distant: Contacts, proxy: BreakingProxy) -> None:
    """The client lost its connection before the server got the COMMIT: looking the unit up waits
    until its transaction has ended, so that it is not taken for lost and done twice."""
    proxy.breaks = "before the commit arrives"
    receipt = distant.handle(a_contact(email="ada@example.org"))
    assert proxy.broken == 1
    assert (receipt.position, receipt.events) == (1, 1)
    assert [each.originator_id for each in recorded_events(distant)] == [receipt.id]


def test_a_fate_that_cannot_be_learned_is_told(distant: Contacts, proxy: BreakingProxy) -> None:
    """The server is not to be reached after the break: nobody is told that nothing happened."""
    proxy.breaks, proxy.is_out_of_reach = "after the commit", True
    with pytest.raises(DatabaseUnavailable, match="look before you repeat"):
        distant.handle(a_contact(email="ada@example.org"))
    proxy.is_out_of_reach = False
    with pytest.raises(EmailAlreadyUsed):
        distant.handle(a_contact(email="ada@example.org"))
    assert len(recorded_events(distant)) == 1
