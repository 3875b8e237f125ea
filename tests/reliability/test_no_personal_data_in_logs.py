"""Canaries in every personal field: none of them is ever logged or shown to operators."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from adapters import Contacts, open_contacts
from adapters.metrics import Metrics
from adapters.probes import Probes
from contacts_domain.commands import EditContact
from contacts_domain.errors import ContactsError, DatabaseUnavailable, ProjectorFailed, Refused
from contacts_domain.events import ContactCreated
from projections import folding
from projections.contact_list import CONTACTS
from tests.acceptance.program import CommandLine
from tests.adapters.workers import a_worker
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, an_interaction
from tests.servers.postgres import a_free_port

Reopen = Callable[..., Contacts]

CANARY = "kanarienvogel"
PHONE = "2079460958"
PASSWORD = f"{CANARY}-password"


def canary(of: str) -> str:
    """A value that is not to be seen again."""
    return f"{CANARY}-{of}"


def email(of: str) -> str:
    """An address that is not to be seen again."""
    return f"{canary(of)}@example.org"


@pytest.fixture
def command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> CommandLine:
    """The program within this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsysbinary)


class Ear(logging.Handler):
    """Hears everything that is logged in any way, with tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Write it down."""
        self.heard.append(logging.Formatter("%(name)s %(message)s").format(record))


@contextmanager
def listening() -> Iterator[Ear]:
    """Everything that structlog and the loggers of this library and its drivers say; SQLAlchemy's
    statements too, but not the rows that it shows a debugger."""
    ear, written = Ear(), io.StringIO()
    levels = {"": logging.DEBUG, "sqlalchemy": logging.INFO, "sqlalchemy.engine": logging.INFO}
    before = {name: logging.getLogger(name).level for name in levels}
    configuration = structlog.get_config()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger().addHandler(ear)
    structlog.configure(
        processors=[structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(written),
    )
    try:
        yield ear
    finally:
        structlog.configure(**configuration)
        logging.getLogger().removeHandler(ear)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
        ear.heard += written.getvalue().splitlines()


def assert_nothing_personal(told: str) -> None:
    """No canary sings, in whatever case or spacing."""
    folded = told.casefold()
    assert CANARY not in folded, told[max(0, folded.find(CANARY) - 500) :][:1_000]
    assert PHONE not in "".join(c for c in folded if c.isalnum())


@contextmanager
def projectors_that_tell_all() -> Iterator[None]:
    """All projectors fail, with errors that quote the events."""

    def fold(part: Any, touches: Any, changes: Any) -> None:
        quoted = "; ".join(repr(each.event) for _, each in touches)
        assert part is not None
        try:
            raise KeyError(quoted)
        except KeyError as error:
            raise ValueError(quoted) from error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "fold_events", fold)
        yield


def write_canaries(contacts: Contacts) -> None:
    """Canaries in every personal field, and commands that are refused."""
    about: dict[str, Any] = {"actor": canary("actor")}
    group = contacts.handle(
        a_group(name=canary("group"), description=canary("about group"), **about)
    ).id
    ada = contacts.handle(
        a_contact(
            email=email("ada"),
            first_name=canary("first"),
            last_name=canary("last"),
            phone="+44 20 7946 0958",
            company=canary("company"),
            job_title=canary("job"),
            notes=canary("notes"),
            tags=(canary("tag"),),
            group_ids=(group,),
            **about,
        )
    ).id
    contacts.handle(an_interaction(ada, description=canary("description"), **about))
    contacts.handle(
        a_booking(
            event_type=canary("event type"),
            invitee_name=canary("invitee"),
            invitee_email=email("guest"),
            **about,
        )
    )
    change: dict[str, Any] = {"organizer_id": ORGANIZER, "contact_id": ada, **about}
    contacts.handle(EditContact(**change, email=email("new"), notes=canary("more notes")))
    with pytest.raises(Refused):
        contacts.handle(a_contact(email=email("new"), **about))


@pytest.mark.parametrize("follow", ["inline", "worker"])
def test_logs_and_probes_hold_no_personal_data(follow: str, reopen: Reopen) -> None:
    """Commands, projectors whose errors quote the events, parked events, a worker, metrics and
    health: an operator sees that something failed and where, never about whom."""
    with listening() as ear, projectors_that_tell_all():
        contacts = reopen(follow=follow)
        metrics = Metrics(contacts.projection_status, contacts.rebuild_status)
        told: list[object] = []
        with a_worker(reopen(catch_up=False), observer=metrics) as worker:
            write_canaries(contacts)
            for _ in range(200):
                if {each.lag_events for each in contacts.projection_status()} == {0}:
                    break
                worker._waking.wait(0.05)
            with Probes("127.0.0.1:0", worker.health, metrics.text):
                told += [worker.health, metrics.text().decode()]
        told += [contacts.projection_status(), contacts.parked()]
        assert contacts.parked()
        contacts.retry_parked("contacts")
        with pytest.raises(ProjectorFailed) as failed:
            contacts.rebuild()
        told += [failed.value.message, failed.value.details]
    assert any("event parked" in line for line in ear.heard)
    assert_nothing_personal("\n".join([*ear.heard, *map(repr, told)]))


@pytest.mark.sqlite
def test_the_program_shows_operators_no_personal_data(
    database: str, reopen: Reopen, command_line: CommandLine
) -> None:
    """`projections status` and `parked list|show|retry`, for people and as JSON, and a rebuild
    that fails."""
    with listening() as ear, projectors_that_tell_all():
        contacts = reopen()
        write_canaries(contacts)
        parked = contacts.parked()[0]
        one = (parked.projection, str(parked.position))
        told = []
        for words in (
            ("status",),
            ("parked", "list"),
            ("parked", "show", *one),
            ("parked", "retry", *one),
            ("rebuild", "--all"),
        ):
            for form in ((), ("--json",)):
                ran = command_line("projections", *words, "--database", database, *form)
                told += [ran.out, ran.err]
    assert sum(map(bool, told)) == 10
    assert_nothing_personal("\n".join([*ear.heard, *told]))


def test_what_a_database_refuses_is_told_without_values(contacts: Contacts) -> None:
    """SQLAlchemy's errors, which stay behind ours as causes, and its log of statements name no
    parameters."""
    with (
        listening() as ear,
        pytest.raises(ContactsError) as failure,
        contacts.engine.database.writing() as connection,
    ):
        connection.execute(text("SELECT :who FROM no_table"), {"who": canary("who")})
    assert any("SELECT" in line for line in ear.heard)
    assert_nothing_personal("\n".join([*ear.heard, *map(str, _chain(failure.value))]))


def test_a_failed_rebuild_quotes_neither_events_nor_rows(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that logs the traceback, with the causes, of a row that the database refuses
    (PostgreSQL tells the whole row) or of a projector whose error quotes the event."""
    write_canaries(contacts)
    healthy = CONTACTS.changes[ContactCreated]

    def with_a_gap(row: Any, recorded: Any) -> Any:
        return {**(healthy(row, recorded) or {}), "job_title": None}

    with listening() as ear, monkeypatch.context() as patch:
        patch.setitem(CONTACTS.changes, ContactCreated, with_a_gap)  # type: ignore[arg-type]
        with pytest.raises(ProjectorFailed) as refused:
            contacts.rebuild("contacts")
    with projectors_that_tell_all(), pytest.raises(ProjectorFailed) as failed:
        contacts.rebuild("contacts")
    assert refused.value.details["reason"] == "IntegrityError"
    told = [*format_exception(refused.value), *format_exception(failed.value)]
    assert any("IntegrityError" in line for line in told)
    assert_nothing_personal("\n".join([*ear.heard, *told]))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_a_database_out_of_reach_is_told_without_its_password(command_line: CommandLine) -> None:
    """Neither the library's error nor the program's says more than the address."""
    url = f"postgresql://somebody:{PASSWORD}@127.0.0.1:{a_free_port()}/contacts"
    with listening() as ear:
        with pytest.raises(DatabaseUnavailable) as failure:
            open_contacts(url)
        runs = [
            command_line("--database", url, *words, *form)
            for words in (("list",), ("projections", "status"), ("projections", "parked", "list"))
            for form in ((), ("--json",))
        ]
    assert {ran.exit_code for ran in runs} == {1}
    told = [str(each) for each in _chain(failure.value)]
    told += [json.dumps(failure.value.details), *(ran.out + ran.err for ran in runs)]
    assert_nothing_personal("\n".join([*ear.heard, *told]))
