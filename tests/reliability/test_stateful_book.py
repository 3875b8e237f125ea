"""Two processes on one database answer every command, and show everything, as plain dicts would."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import make_url

from adapters import Contacts
from contacts_domain import commands
from contacts_domain.commands import BookingCommand, Command
from contacts_domain.errors import ContactNotFound, Refused
from contacts_domain.handlers import HANDLERS
from contacts_domain.outcomes import Outcome, Receipt, Refusal
from tests.reliability.naive_book import NaiveBook, NaiveRefusal, email_key
from tests.scenario import NOW, Clock

ORGANIZERS = 3
COMPARED_EVERY = 20
"""After so many steps all reads of the organizers they were about are compared."""
UNKNOWN = UUID("00000000-0000-4000-8000-000000000000")

emails = st.sampled_from(
    (
        "ada@example.org",
        "Ada@Example.org",
        "ADA@EXAMPLE.ORG",
        "grace@example.net",
        "plain@bücher.example",
        "Plain@xn--bcher-kva.example",
    )
)
names = st.sampled_from(("", "Ada", "Lovelace", "ada", "王小明"))
full_names = st.sampled_from(("", "Ada Lovelace", "Plato", "Dr. Grace Hopper"))
phones = st.sampled_from(("", "", "+44 20 7946 0958", "030 901820", "call me"))
companies = st.sampled_from(("", "Acme", "ACME", "Globex"))
texts = st.sampled_from(("", "first", "second"))
tags = st.lists(st.sampled_from(("vip", "VIP", "lead")), max_size=3)
group_names = st.sampled_from(("Leads", "LEADS", "Friends", "Straße", "STRASSE"))
colors = st.sampled_from(("#0066cc", "#ff0000"))
moments = st.sampled_from([NOW - timedelta(hours=hours) for hours in (0, 1, 2, 750)])
starts = st.sampled_from([NOW + timedelta(days=days) for days in (-3, 1, 2, 5)])
interaction_ids = st.sampled_from([UUID(int=number) for number in (1, 2)])
interaction_types = st.sampled_from(("email_sent", "note_added", "manual_entry"))
descriptions = st.sampled_from(("Called", "Wrote"))
metadata = st.sampled_from(({}, {"a": 1}))
references = st.integers(0, 7)
"""Contacts and groups by number: the organizer's own, 6 = somebody else's, 7 = unknown."""

Fields = dict[str, st.SearchStrategy[Any]]
CONTACT: Fields = {"contact_id": references}
DETAILS: Fields = {
    "last_name": names,
    "phone": phones,
    "company": companies,
    "job_title": texts,
    "notes": texts,
}
BOOKING: Fields = {
    "booking_id": st.sampled_from(("bk-1", "bk-2")),
    "event_type": st.sampled_from(("", "Intro call")),
    "starts_at": starts,
    "invitee_name": full_names,
    "invitee_email": emails,
    "invitee_phone": phones,
    "message_id": st.sampled_from([f"evt-{number}" for number in range(12)]),
    "message_source": st.sampled_from(("/bookings", "/other")),
    "occurred_at": moments,
}
search_criteria = st.fixed_dictionaries(
    {}, optional={"search": texts, "tags": tags, "has_bookings": st.booleans()}
)
REQUIRED: dict[type[Command], Fields] = {
    commands.CreateContact: {"email": emails, "first_name": names.filter(bool)},
    commands.EditContact: CONTACT,
    commands.ImportContact: {
        "email": emails,
        "on_duplicate": st.sampled_from(("skip", "update", "merge")),
    },
    commands.TagContact: CONTACT | {"tags": tags},
    commands.UntagContact: CONTACT | {"tags": tags},
    commands.AddContactToGroup: CONTACT | {"group_id": references},
    commands.RemoveContactFromGroup: CONTACT | {"group_id": references},
    commands.DeactivateContact: CONTACT,
    commands.ReactivateContact: CONTACT,
    commands.DeleteContact: CONTACT,
    commands.RestoreContact: CONTACT,
    commands.LogInteraction: CONTACT
    | {"interaction_id": interaction_ids, "description": descriptions},
    commands.CorrectInteraction: CONTACT | {"interaction_id": interaction_ids},
    commands.RemoveInteraction: CONTACT | {"interaction_id": interaction_ids},
    commands.RecordBooking: BOOKING,
    commands.RescheduleBooking: BOOKING,
    commands.CompleteBooking: BOOKING,
    commands.CancelBooking: BOOKING,
    commands.CreateGroup: {"name": group_names},
    commands.ChangeGroup: {"group_id": references},
    commands.DeleteGroup: {"group_id": references},
    commands.ChangeSettings: {},
    commands.SaveSearch: {"name": group_names, "criteria": search_criteria},
    commands.DeleteSearch: {"name": group_names},
}
OPTIONAL: dict[type[Command], Fields] = {
    commands.CreateContact: DETAILS | {"tags": tags, "group_ids": st.lists(references, max_size=2)},
    commands.EditContact: DETAILS | {"email": emails, "first_name": names.filter(bool)},
    commands.ImportContact: DETAILS | {"tags": tags, "first_name": names},
    commands.LogInteraction: {
        "type": interaction_types,
        "occurred_at": moments,
        "metadata": metadata,
        "booking_id": st.just("bk-1"),
    },
    commands.CorrectInteraction: {
        "type": interaction_types,
        "description": descriptions,
        "occurred_at": moments,
        "metadata": metadata,
    },
    **{
        kind: {"ends_at": starts.map(lambda start: start + timedelta(minutes=30))}
        for kind in BookingCommand.__subclasses__()
    },
    commands.CreateGroup: {
        "description": texts,
        "color": colors,
        "contact_ids": st.lists(references, max_size=3),
    },
    commands.ChangeGroup: {"name": group_names, "description": texts, "color": colors},
    commands.ChangeSettings: {
        "default_region": st.sampled_from(("", "DE", "AT")),
        "name_order": st.sampled_from(("first_last", "last_first")),
    },
}
PROVENANCE: Fields = {"command_id": st.sampled_from(("c-1", "c-2", "c-3", "c-4"))}

Request = tuple[type[Command], int, dict[str, Any]]


def _requests(kind: type[Command]) -> st.SearchStrategy[Request]:
    optional = OPTIONAL.get(kind, {}) | PROVENANCE
    fields = st.fixed_dictionaries(REQUIRED[kind], optional=optional)
    return st.tuples(st.just(kind), st.integers(0, ORGANIZERS - 1), fields)


requests = st.sampled_from(
    [*REQUIRED, commands.CreateContact, commands.CreateGroup, commands.ImportContact]
).flatmap(_requests)

_examples = count(1)


class TwoBooks(RuleBasedStateMachine):
    """Commands go to one book or the other; the other one must show what they came to."""

    def __init__(self, books: Sequence[Contacts], clock: Clock) -> None:
        super().__init__()
        self.books, self.clock = books, clock
        clock.now = NOW
        example = next(_examples)  # the database is shared by all examples
        self.organizers = [f"{example}-{number}" for number in range(ORGANIZERS)]
        self.models = {organizer: NaiveBook() for organizer in self.organizers}
        self.sent: list[Command] = []
        self.unchecked: set[str] = set()
        self.steps = 0

    # --- steps ---------------------------------------------------------------------------------

    @initialize(email=emails)
    def somebody_is_there(self, email: str) -> None:
        """All organizers know the same person."""
        fields = {"email": email, "first_name": "Ada"}
        for number in range(ORGANIZERS):
            self._send([self._command((commands.CreateContact, number, fields))], 0)

    @rule(request=requests, writer=st.integers(0, 1))
    def command(self, request: Request, writer: int) -> None:
        """Any command."""
        self._send([self._command(request)], writer)

    @rule(index=st.integers(0, 30), writer=st.integers(0, 1))
    def again(self, index: int, writer: int) -> None:
        """A command that was sent before, perhaps refused then."""
        self._send([self.sent[-1 - index % len(self.sent)]], writer)

    @rule(some=st.lists(requests, min_size=2, max_size=4), writer=st.integers(0, 1))
    def together(self, some: list[Request], writer: int) -> None:
        """Several commands in one unit of work; a refused one harms no other."""
        self._send([self._command(each) for each in some], writer)

    @rule(some=st.lists(requests, min_size=2, max_size=3), writer=st.integers(0, 1))
    def all_or_nothing(self, some: list[Request], writer: int) -> None:
        """Several commands in one unit of work, all of them or none."""
        made = [self._command(each) for each in some]
        try:
            outcomes = self.books[writer].handle_all(made)
        except Refused as error:
            with pytest.raises(NaiveRefusal, match=f"^{error.code}$"):
                self._try_on_a_copy(made)
            self._note(made, 1 - writer)
        else:
            self._compare_answers(made, outcomes)
            self._note(made, 1 - writer)

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        """Bookings begin, interactions grow old."""
        self.clock.forward(hours=hours)

    def teardown(self) -> None:
        """In the end everything is as it should be, whichever book is asked."""
        for number, organizer in enumerate(self.organizers):
            self._compare(self.books[(self.steps + number) % 2], organizer)

    # --- sending -------------------------------------------------------------------------------

    def _command(self, request: Request) -> Command:
        kind, number, fields = request
        organizer = self.organizers[number]
        for name in ("contact_id", "group_id"):
            if name in fields:
                fields = fields | {name: self._id(name, organizer, fields[name])}
        for several, one in (("contact_ids", "contact_id"), ("group_ids", "group_id")):
            if several in fields:
                ids = [self._id(one, organizer, each) for each in fields[several]]
                fields = fields | {several: ids}
        return kind(organizer_id=organizer, actor="tester", **fields)

    def _id(self, name: str, organizer: str, number: int) -> UUID:
        own, others = self._known(name, organizer), self._known(name, *self._others(organizer))
        known = {6: others, 7: []}.get(number, own)
        return known[number % len(known)] if known else UNKNOWN

    def _known(self, name: str, *organizers: str) -> list[UUID]:
        models = [self.models[organizer] for organizer in organizers]
        if name == "contact_id":
            return [each for model in models for each in model.people]
        return [each for model in models for each in [*model.groups, *sorted(model.deleted_groups)]]

    def _others(self, organizer: str) -> list[str]:
        return [each for each in self.organizers if each != organizer]

    def _send(self, made: list[Command], writer: int) -> None:
        outcomes = self.books[writer].handle_all(made, on_refusal="report")
        self._compare_answers(made, outcomes)
        self._note(made, 1 - writer)

    def _try_on_a_copy(self, made: list[Command]) -> None:
        models = deepcopy(self.models)
        for each in made:
            models[each.organizer_id].answer(each, uuid4(), self.clock.now)

    def _compare_answers(self, made: list[Command], outcomes: list[Outcome]) -> None:
        for command, outcome in zip(made, outcomes, strict=True):
            answered = self._answer(command, outcome)
            if isinstance(outcome, Refusal):
                assert answered == outcome.error.code
            else:
                about, changed, repeated = answered
                assert about in (None, outcome.id)
                assert (changed, repeated) == (outcome.events > 0, outcome.repeated)

    def _answer(self, command: Command, outcome: Outcome) -> Any:
        new_id = outcome.id if isinstance(outcome, Receipt) else uuid4()
        model = self.models[command.organizer_id]
        try:
            return model.answer(command, new_id, self.clock.now)
        except NaiveRefusal as refusal:
            return str(refusal)

    def _note(self, made: list[Command], reader: int) -> None:
        self.sent += made
        self.unchecked |= {each.organizer_id for each in made}
        self.steps += 1
        if self.steps % COMPARED_EVERY == 0:
            for organizer in sorted(self.unchecked):
                self._compare(self.books[reader], organizer)
            self.unchecked.clear()

    # --- reading -------------------------------------------------------------------------------

    def _compare(self, reader: Contacts, organizer: str) -> None:
        model, now = self.models[organizer], self.clock.now
        people = model.contacts(now)
        shown = list(reader.contact_list.every(organizer, is_active=None))
        assert [_without_times(each) for each in shown] == people
        active = [each["id"] for each in people if each["is_active"]]
        page = reader.contact_list.page(organizer, limit=500)
        assert [each.id for each in page.items] == active
        assert page.total == len(active)
        assert asdict(reader.statistics.of(organizer)) == model.statistics(now)
        groups = {each.id: asdict(each) for each in reader.groups.list(organizer)}
        assert groups == {
            group_id: {"id": group_id, **group} for group_id, group in model.group_list().items()
        }
        assert [(each.tag, each.contacts) for each in reader.tags.list(organizer)] == (
            model.tag_list()
        )
        _compare_entries(reader.timeline.all(organizer, limit=500).items, model.timeline())
        self._compare_one(reader, organizer)
        _compare_organizer(reader, organizer, model)

    def _compare_one(self, reader: Contacts, organizer: str) -> None:
        """One contact, another one every time."""
        model = self.models[organizer]
        contact_id = list(model.people)[self.steps % len(model.people)]
        person = model.people[contact_id]
        if person.deleted:
            for query in (reader.timeline.page, reader.contact_list.find):
                with pytest.raises(ContactNotFound):
                    query(organizer, contact_id)
        else:
            entries = reader.timeline.page(organizer, person.email.upper(), limit=500).items
            _compare_entries(entries, model.timeline(contact_id))
        history = reader.history(organizer, contact_id)
        spellings = [each.changes["email"].after for each in history if "email" in each.changes]
        assert spellings[-1] == person.email
        assert email_key(spellings[-1]) == email_key(person.email)


def _without_times(contact: Any) -> dict[str, Any]:
    shown = asdict(contact)
    assert shown.pop("created_at") <= shown.pop("updated_at")
    return shown


def _compare_entries(entries: Sequence[Any], expected: list[dict[str, Any]]) -> None:
    times = [entry.occurred_at for entry in entries]
    assert times == sorted(times, reverse=True)
    shown = [asdict(entry) for entry in entries]
    for entry in shown:
        entry.pop("id")
        entry.pop("contact_email")
    assert sorted(shown, key=_key) == sorted(expected, key=_key)


def _key(entry: dict[str, Any]) -> str:
    return repr(sorted(entry.items()))


def _compare_organizer(reader: Contacts, organizer: str, model: NaiveBook) -> None:
    shown = reader.organizers.settings(organizer)
    assert (shown.default_region or "", shown.name_order) == (model.region, model.name_order)
    searches = [each.name for each in reader.organizers.searches(organizer)]
    assert searches == [name for _, (name, _) in sorted(model.searches.items())]


@pytest.fixture
def books(reopen: Callable[..., Contacts]) -> list[Contacts]:
    """The same database, opened twice."""
    return [reopen(), reopen()]


def test_the_machine_sends_every_command() -> None:
    """A new command must be taught to the machine and to the naive book."""
    assert set(REQUIRED) == {each for each in HANDLERS if each.__module__ == commands.__name__}


EXAMPLES = {"sqlite": 500, "postgresql": 50}
"""Of 50 steps, in every run; a server answers more slowly than a file."""


@pytest.mark.chaos
@pytest.mark.begins_first
@pytest.mark.parametrize(
    "number", [1, *(pytest.param(number, marks=pytest.mark.long) for number in range(2, 21))]
)
def test_two_books_on_one_database_behave_like_plain_dicts(
    books: list[Contacts], database: str, clock: Clock, number: int
) -> None:
    """Whatever is sent, in whatever order, by whichever process: same answers, same reads."""

    @seed(number)
    class Machine(TwoBooks):
        def __init__(self) -> None:
            super().__init__(books, clock)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES[make_url(database).get_backend_name()],
            stateful_step_count=50,
            suppress_health_check=list(HealthCheck),
        ),
    )
