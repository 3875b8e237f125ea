"""Organizers cannot tell each other's data from nothing: the same answers, no trace, no change."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import Contacts
from adapters import bulk as bulk_module
from adapters.bulk import (
    OPERATIONS,
    delete_tag,
    rename_tag,
    resolve_ids,
    resolve_known,
    run_bulk,
    select_ids,
)
from contacts_domain import commands
from contacts_domain.commands import BookingCommand, Command, ContactCommand, GroupCommand
from contacts_domain.contact_filter import Criteria
from contacts_domain.errors import ContactsError
from contacts_domain.handlers import HANDLERS
from contacts_domain.import_commands import ImportCommand, SaveMapping
from contacts_domain.outcomes import Receipt
from projections import queries
from projections.contact_list_query import SORTS
from tests.builders import a_booking, a_contact, a_group, a_plan, an_interaction
from tests.read_tables import address_book
from tests.scenario import NOW, Clock, head

OURS, THEIRS = "acme", "globex"
CANARY = "kanarienvogel"
SHARED = "shared@example.org"

ID_FIELDS = ("contact_id", "group_id", "interaction_id", "import_id", "group_ids", "contact_ids")
OWN_IDS = {"request_id"}
"""Ids that the caller makes up; what has them follows from the organizer, too."""
FIELDS: dict[str, Any] = {
    "email": "new@example.org",
    "first_name": "Ada",
    "name": "Name",
    "tags": ("vip",),
    "description": "Called back",
    "criteria": {},
    "booking_id": "bk-theirs",
    "starts_at": NOW + timedelta(days=1),
    "invitee_email": "theirs@example.org",
    "message_id": "evt-theirs",
    "message_source": "/scheduling/bookings",
    "occurred_at": NOW,
    "group_ids": (),
    "contact_ids": (),
    "file_name": "people.csv",
    "format": "csv",
    "size_bytes": 1,
    "sha256": "0",
    "rows": 1,
    "units": 1,
    "plan": a_plan(),
    "unit": 0,
    "last_row": 2,
    "after_position": 0,
    "through_position": 1,
    "columns": (),
    "fields": ("email",),
    "contacts": 1,
}
"""A valid value for every field that some command requires."""


@dataclass(frozen=True)
class Theirs:
    """What the other organizer has, every text of it with the canary."""

    contact_id: UUID
    deleted_id: UUID
    group_id: UUID
    deleted_group_id: UUID
    interaction_id: UUID
    import_id: UUID
    email: str
    cursors: dict[str, str]


def _fill(contacts: Contacts) -> Theirs:
    """Ours and theirs, with one e-mail, booking, message and tag in common."""
    theirs: dict[str, Any] = {"organizer_id": THEIRS, "actor": f"{CANARY}-actor"}
    for organizer in (OURS, THEIRS):
        contacts.handle(a_contact(organizer_id=organizer, email=SHARED, tags=["common"]))
        contacts.handle(a_group(organizer_id=organizer, name="Common"))
        booking = {"booking_id": "bk-common", "message_id": "evt-common"}
        contacts.handle(a_booking(organizer_id=organizer, invitee_email=SHARED, **booking))
    group_id = contacts.handle(a_group(**theirs, name=f"{CANARY}-group", description=CANARY)).id
    gone_group = contacts.handle(a_group(**theirs, name=f"{CANARY}-gone")).id
    contacts.handle(commands.DeleteGroup(**theirs, group_id=gone_group))
    ids = [_their_contact(contacts, theirs, number, group_id) for number in range(3)]
    contacts.handle(commands.DeleteContact(**theirs, contact_id=ids[1]))
    contacts.handle(commands.DeactivateContact(**theirs, contact_id=ids[2]))
    entry = an_interaction(ids[0], **theirs, description=CANARY, metadata={CANARY: CANARY})
    contacts.handle(entry)
    _book_at_theirs(contacts, theirs)
    criteria = {"search": CANARY}
    contacts.handle(commands.SaveSearch(**theirs, name=f"{CANARY}-search", criteria=criteria))
    settings = {"default_region": "DE", "name_order": "last_first"}
    contacts.handle(commands.ChangeSettings(**theirs, **settings))
    email = f"{CANARY}0@example.org"
    cursors = _cursors(contacts, ids[0])
    import_id = _import_at_theirs(contacts, theirs)
    return Theirs(
        ids[0], ids[1], group_id, gone_group, entry.interaction_id, import_id, email, cursors
    )


def _import_at_theirs(contacts: Contacts, theirs: dict[str, Any]) -> UUID:
    """An import, an export and a saved mapping."""
    file = BytesIO(f"{CANARY},email\n{CANARY},{CANARY}3@example.org\n".encode())
    started = contacts.imports.start(THEIRS, file, file_name=f"{CANARY}.csv", actor=theirs["actor"])
    contacts.imports.confirm(THEIRS, started.id)
    contacts.imports.run(THEIRS, started.id)
    contacts.exports.write(THEIRS, BytesIO(), search=CANARY)
    column = {"header": CANARY, "field": "email"}
    contacts.handle(SaveMapping(**theirs, name=f"{CANARY}-mapping", columns=[column]))
    return started.id


def _their_contact(contacts: Contacts, theirs: dict[str, Any], number: int, group_id: UUID) -> UUID:
    texts = ("first_name", "last_name", "company", "job_title", "notes")
    made = a_contact(
        **theirs,
        **{name: f"{CANARY}-{name}" for name in texts},
        email=f"{CANARY}{number}@example.org",
        tags=[f"{CANARY}-tag"],
        group_ids=[group_id],
        command_id=f"c-{number}",
    )
    return contacts.handle(made).id


def _book_at_theirs(contacts: Contacts, theirs: dict[str, Any]) -> None:
    for number in range(2):
        booking = a_booking(
            **theirs,
            booking_id="bk-theirs",
            message_id=f"evt-theirs{number or ''}",
            event_type=CANARY,
            invitee_email=f"{CANARY}0@example.org",
            invitee_name=CANARY,
        )
        contacts.handle(booking)


def _cursors(contacts: Contacts, contact_id: UUID) -> dict[str, str]:
    pages = {sort: contacts.contact_list.page(THEIRS, sort=sort, limit=1) for sort in SORTS}
    cursors = {sort: page.next for sort, page in pages.items()}
    cursors["timeline"] = contacts.timeline.all(THEIRS, limit=1).next
    cursors["entries"] = contacts.timeline.page(THEIRS, contact_id, limit=1).next
    assert all(cursors.values())
    return {name: cursor for name, cursor in cursors.items() if cursor}


def everything(contacts: Contacts, organizer: str) -> list[Any]:
    """All that an organizer can read."""
    everybody = list(contacts.contact_list.every(organizer, is_active=None))
    return [
        address_book(contacts, organizer),
        everybody,
        [contacts.timeline.page(organizer, each.id, limit=500) for each in everybody],
        [contacts.history(organizer, each.id) for each in everybody],
        contacts.timeline.all(organizer, limit=500),
        contacts.statistics.of(organizer),
        contacts.groups.list(organizer),
        contacts.tags.list(organizer),
        contacts.organizers.settings(organizer),
        contacts.organizers.searches(organizer),
        contacts.organizers.mappings(organizer),
        contacts.imports.page(organizer),
        contacts.exports.page(organizer),
    ]


Answer = tuple[str, Any]


def answer_of(ask: Callable[[], Any]) -> Answer:
    """What came of asking: values, or the whole error."""
    try:
        value = ask()
        return "answered", list(value) if isinstance(value, Iterator) else value
    except ContactsError as error:
        return "refused", (error.code, error.message, error.details)


def told(answer: Answer, *references: object) -> str:
    """An answer as text, apart from what was asked for and from ids that were just made."""
    text = repr(answer)
    for reference in sorted(map(str, references), key=len, reverse=True):
        text = text.replace(reference, "<asked>")
    return text


@pytest.fixture
def theirs(contacts: Contacts) -> Theirs:
    """A database with our address book and theirs."""
    return _fill(contacts)


# --- commands ----------------------------------------------------------------------------------


def _concrete_commands() -> list[type[Command]]:
    def below(kind: type[Command]) -> Iterator[type[Command]]:
        yield kind
        for each in kind.__subclasses__():
            yield from below(each)

    abstract = (Command, ContactCommand, GroupCommand, BookingCommand, ImportCommand)
    return [kind for kind in below(Command) if kind not in abstract]


def _with_ids() -> list[type[Command]]:
    return [kind for kind in _concrete_commands() if set(ID_FIELDS) & kind.model_fields.keys()]


def _valid(kind: type[Command], **given: Any) -> Command:
    required = [name for name, field in kind.model_fields.items() if field.is_required()]
    fields = {name: FIELDS[name] for name in required if name in FIELDS}
    return kind(**{"organizer_id": OURS, **fields, **given})


def _with(kind: type[Command], ids: dict[str, UUID]) -> Command:
    return _valid(kind, **_ids_of(kind, **ids))


def _ids_of(kind: type[Command], **ids: UUID) -> dict[str, Any]:
    fields: dict[str, Any] = {name: ids[name] for name in ids if name in kind.model_fields}
    for several, one in (("group_ids", "group_id"), ("contact_ids", "contact_id")):
        if several in kind.model_fields:
            fields[several] = (ids[one],)
    return fields


def test_all_commands_are_known_here() -> None:
    """A new command must have its handler, and ids under the names that this module tries."""
    assert set(_concrete_commands()) == set(HANDLERS)
    for kind in _concrete_commands():
        uuids = {
            name
            for name, field in kind.model_fields.items()
            if UUID in (field.annotation, *get_args(field.annotation))
        }
        assert uuids <= {*ID_FIELDS, *OWN_IDS}, kind
        required = {name for name, field in kind.model_fields.items() if field.is_required()}
        assert required <= {"organizer_id", *ID_FIELDS, *FIELDS}, kind


@pytest.mark.parametrize("kind", _with_ids(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", ["present", "deleted"])
def test_a_foreign_id_is_refused_like_an_unknown_one(
    contacts: Contacts, theirs: Theirs, kind: type[Command], state: str
) -> None:
    """Same code, message and details but for the id; nothing is recorded."""
    present = state == "present"
    ids = {
        "contact_id": theirs.contact_id if present else theirs.deleted_id,
        "group_id": theirs.group_id if present else theirs.deleted_group_id,
        "interaction_id": theirs.interaction_id,
        "import_id": theirs.import_id,
    }
    unknown = {name: uuid4() for name in ids}
    before, position = everything(contacts, THEIRS), head(contacts)
    answers = [
        told(answer_of(lambda some=some: contacts.handle(_with(kind, some))), *some.values())
        for some in (ids, unknown)
    ]
    assert answers[0] == answers[1]
    assert answers[0].startswith("('refused'")
    assert CANARY not in answers[0]
    assert head(contacts) == position
    assert everything(contacts, THEIRS) == before


@pytest.mark.parametrize(
    "kind",
    [kind for kind in _with_ids() if len(set(ID_FIELDS) & kind.model_fields.keys()) > 1],
    ids=lambda kind: kind.__name__,
)
def test_a_foreign_id_beside_an_own_one_is_refused_like_an_unknown_one(
    contacts: Contacts, theirs: Theirs, kind: type[Command]
) -> None:
    """Our contact with their group or interaction is no way in."""
    own = contacts.contact_list.find(OURS, SHARED).id
    answers = []
    for ids in (
        {
            "group_id": theirs.group_id,
            "interaction_id": theirs.interaction_id,
            "import_id": theirs.import_id,
        },
        {"group_id": uuid4(), "interaction_id": uuid4(), "import_id": uuid4()},
    ):
        command = _valid(kind, **_ids_of(kind, contact_id=own, **ids))
        answer = answer_of(lambda command=command: contacts.handle(command))
        is_new = kind is commands.LogInteraction  # its id is the caller's to choose
        assert answer[0] == ("answered" if is_new else "refused")
        answers.append(answer[1].events if is_new else told(answer, *ids.values()))
    assert answers[0] == answers[1]
    entry = contacts.timeline.page(THEIRS, theirs.contact_id, types=["manual_entry"]).items[0]
    assert (entry.id, entry.description) == (theirs.interaction_id, CANARY)


their_words = st.sampled_from(
    [
        SHARED,
        f"{CANARY}0@example.org",
        f"{CANARY.upper()}1@example.org",
        f"{CANARY}-group",
        f"{CANARY}-search",
        f"{CANARY}-tag",
        "Common",
        "bk-theirs",
        "bk-common",
        "evt-theirs",
        "evt-common",
        "c-0",
    ]
)


@st.composite
def _our_commands(draw: st.DrawFn) -> Command:
    """A command of ours that does not name ids but uses words of theirs wherever it can."""
    ids = {"contact_id", "group_id", "import_id"}
    kinds = [kind for kind in _concrete_commands() if not ids & kind.model_fields.keys()]
    kind = draw(st.sampled_from(kinds))
    given: dict[str, Any] = {"command_id": draw(st.none() | st.sampled_from(("c-0", "c-1")))}
    for name in ("email", "invitee_email"):
        if name in kind.model_fields:
            given[name] = draw(their_words.filter(lambda word: "@" in word))
    for name in ("name", "booking_id", "message_id", "company"):
        if name in kind.model_fields:
            given[name] = draw(their_words)
    if "tags" in kind.model_fields:
        given["tags"] = (draw(their_words),)
    return _valid(kind, **given)


def test_what_we_do_with_their_words_leaves_them_alone(contacts: Contacts, theirs: Theirs) -> None:
    """Same e-mails, names, bookings, messages, command ids: two organizers never meet."""
    before = everything(contacts, THEIRS)

    @settings(max_examples=150)
    @given(some=st.lists(_our_commands(), min_size=1, max_size=4))
    def check(some: list[Command]) -> None:
        for each in some:
            answer = answer_of(lambda each=each: contacts.handle(each))
            if isinstance(answer[1], Receipt):
                assert answer[1].id not in (theirs.contact_id, theirs.deleted_id)
            else:
                assert str(theirs.contact_id) not in repr(answer)
        assert everything(contacts, THEIRS) == before

    check()


# --- queries -----------------------------------------------------------------------------------

Ask = Callable[[Contacts, Any], Any]


def _criteria_asks() -> dict[str, tuple[Ask, Callable[[Theirs], Any], Any]]:
    """Every criterion of the contact list with a value that only they have."""
    values: dict[str, tuple[Callable[[Theirs], Any], Any]] = {
        "search": (lambda _: CANARY, "nobodyever"),
        "tags": (lambda _: [f"{CANARY}-tag"], ["no-such-tag"]),
        "any_tags": (lambda _: [f"{CANARY}-tag"], ["no-such-tag"]),
        "group": (lambda t: t.group_id, uuid4()),
        "company": (lambda _: f"{CANARY}-company", "No Such Company"),
    }
    assert Criteria.__annotations__.keys() - values.keys() == NO_REFERENCES
    return {
        name: (lambda c, v, name=name: c.contact_list.page(OURS, **{name: v}), *pair)
        for name, pair in values.items()
    }


NO_REFERENCES = {
    "is_active",
    "has_bookings",
    "min_bookings",
    "max_bookings",
    "last_booking_after",
    "last_booking_before",
    "created_after",
    "created_before",
}
"""Criteria that name nothing which could be theirs."""


def _past_contact(contacts: Contacts, reference: Any) -> Any:
    with contacts.as_of(OURS, contacts.now()) as then:
        return then.contact_list.find(OURS, reference), then.timeline.page(OURS, reference)


def _past_search(contacts: Contacts, words: str) -> Any:
    with contacts.as_of(OURS, contacts.now()) as then:
        return then.contact_list.page(OURS, search=words), then.timeline.all(OURS)


def _past_group(contacts: Contacts, name: str) -> Any:
    with contacts.as_of(OURS, contacts.now()) as then:
        return then.groups.find(OURS, name)


def _started(contacts: Contacts) -> Any:
    started = contacts.imports.start(OURS, BytesIO(b"email\nnew@example.org\n"))
    return started.rows, started.plan


def _imported(contacts: Contacts) -> Any:
    return contacts.imports.import_file(OURS, BytesIO(b"email\nnew@example.org\n")).report.rows


QUERIES: dict[str, list[tuple[Ask, Callable[[Theirs], Any], Any]]] = {
    "contact_list.page": [
        *_criteria_asks().values(),
        (lambda c, v: c.contact_list.page(OURS, group=v), lambda t: f"{CANARY}-group", "No group"),
        (lambda c, v: c.contact_list.page(OURS, group=v), lambda t: t.deleted_group_id, uuid4()),
        *(
            (
                lambda c, v, sort=sort: c.contact_list.page(OURS, sort=sort, cursor=v),
                lambda t, sort=sort: t.cursors[sort],
                "no-cursor",
            )
            for sort in SORTS
        ),
    ],
    "contact_list.every": [
        (lambda c, v: c.contact_list.every(OURS, search=v), lambda t: CANARY, "nobodyever"),
        (lambda c, v: c.contact_list.every(OURS, search=v), lambda t: CANARY[:2], "qx"),
        (lambda c, v: c.contact_list.every(OURS, group=str(v)), lambda t: t.group_id, uuid4()),
    ],
    "contact_list.find": [
        (lambda c, v: c.contact_list.find(OURS, v), lambda t: t.contact_id, uuid4()),
        (lambda c, v: c.contact_list.find(OURS, v), lambda t: t.deleted_id, uuid4()),
        (lambda c, v: c.contact_list.find(OURS, v), lambda t: t.email, "no@example.org"),
    ],
    "timeline.page": [
        (lambda c, v: c.timeline.page(OURS, v), lambda t: t.contact_id, uuid4()),
        (lambda c, v: c.timeline.page(OURS, v), lambda t: t.deleted_id, uuid4()),
        (lambda c, v: c.timeline.page(OURS, v), lambda t: t.email, "no@example.org"),
        (
            lambda c, v: c.timeline.page(OURS, SHARED, cursor=v),
            lambda t: t.cursors["entries"],
            "no-cursor",
        ),
    ],
    "timeline.all": [
        (lambda c, v: c.timeline.all(OURS, cursor=v), lambda t: t.cursors["timeline"], "no-cursor")
    ],
    "statistics.of": [(lambda c, v: c.statistics.of(OURS), lambda t: None, None)],
    "groups.list": [(lambda c, v: c.groups.list(OURS), lambda t: None, None)],
    "groups.find": [
        (lambda c, v: c.groups.find(OURS, v), lambda t: t.group_id, uuid4()),
        (lambda c, v: c.groups.find(OURS, v), lambda t: t.deleted_group_id, uuid4()),
        (lambda c, v: c.groups.find(OURS, v), lambda t: f"{CANARY}-group", "No group"),
    ],
    "tags.list": [
        (lambda c, v: c.tags.list(OURS), lambda t: None, None),
        (lambda c, v: c.tags.list(OURS, prefix=v), lambda t: CANARY[:3], "qqq"),
    ],
    "organizers.settings": [(lambda c, v: c.organizers.settings(OURS), lambda t: None, None)],
    "organizers.searches": [(lambda c, v: c.organizers.searches(OURS), lambda t: None, None)],
    "organizers.search": [
        (lambda c, v: c.organizers.search(OURS, v), lambda t: f"{CANARY}-search", "No search")
    ],
    "organizers.mappings": [(lambda c, v: c.organizers.mappings(OURS), lambda t: None, None)],
    "organizers.mapping": [
        (lambda c, v: c.organizers.mapping(OURS, v), lambda t: f"{CANARY}-mapping", "No mapping")
    ],
    "exports.page": [(lambda c, v: c.exports.page(OURS), lambda t: None, None)],
    "exports.write": [
        (
            lambda c, v: c.exports.write(OURS, BytesIO(), references=[v]),
            lambda t: t.contact_id,
            uuid4(),
        )
    ],
    "imports.page": [(lambda c, v: c.imports.page(OURS), lambda t: None, None)],
    **{
        f"imports.{name}": [
            (
                lambda c, v, name=name: getattr(c.imports, name)(OURS, v),
                lambda t: t.import_id,
                uuid4(),
            )
        ]
        for name in (
            "find",
            "plan",
            "preview",
            "confirm",
            "run",
            "submit",
            "cancel",
            "begin_undo",
            "undo",
            "report",
            "undo_report",
        )
    },
    "imports.write_errors": [
        (
            lambda c, v: c.imports.write_errors(OURS, v, Path("/nowhere/errors.csv")),
            lambda t: t.import_id,
            uuid4(),
        )
    ],
    "imports.start": [(lambda c, v: _started(c), lambda t: None, None)],
    "imports.import_file": [(lambda c, v: _imported(c), lambda t: None, None)],
    "as_of": [
        (_past_contact, lambda t: t.contact_id, uuid4()),
        (_past_contact, lambda t: t.email, "no@example.org"),
        (_past_search, lambda t: CANARY, "nobodyever"),
        (_past_group, lambda t: f"{CANARY}-group", "No group"),
    ],
    "history": [
        (lambda c, v: c.history(OURS, v), lambda t: t.contact_id, uuid4()),
        (lambda c, v: c.history(OURS, v), lambda t: t.deleted_id, uuid4()),
        (lambda c, v: c.history(OURS, v), lambda t: t.group_id, uuid4()),
        (lambda c, v: c.history(OURS, v), lambda t: t.email, "no@example.org"),
    ],
    "select_ids": [
        (lambda c, v: select_ids(c, OURS, {"search": v}), lambda t: CANARY, "nobodyever")
    ],
    "resolve_ids": [
        (lambda c, v: resolve_ids(c, OURS, [v]), lambda t: t.email, "no@example.org"),
        (lambda c, v: resolve_ids(c, OURS, [v]), lambda t: str(t.contact_id), str(uuid4())),
    ],
    "resolve_known": [
        (lambda c, v: resolve_known(c, OURS, [v]), lambda t: t.email, "no@example.org"),
        (lambda c, v: resolve_known(c, OURS, [v]), lambda t: str(t.contact_id), str(uuid4())),
    ],
    "run_bulk": [
        (
            lambda c, v, name=name, fields=fields: run_bulk(c, OURS, name, [v], **fields),
            lambda t: t.contact_id,
            uuid4(),
        )
        for name in OPERATIONS
        for fields in [
            {"tags": ("x",)}
            if name in ("tag", "untag")
            else {"group_id": uuid4()}
            if name.startswith("group")
            else {}
        ]
    ],
    "rename_tag": [
        (lambda c, v: rename_tag(c, OURS, v, "new"), lambda t: f"{CANARY}-tag", "no-such-tag")
    ],
    "delete_tag": [(lambda c, v: delete_tag(c, OURS, v), lambda t: f"{CANARY}-tag", "no-such-tag")],
}
"""Query -> how we ask it, what of theirs we ask for, and what nobody has."""


def _public_queries(contacts: Contacts) -> set[str]:
    readers = {
        name: reader
        for name, reader in vars(contacts).items()
        if isinstance(reader, queries.ReadSide)
    }
    found = {
        f"{name}.{method}"
        for name, reader in readers.items()
        for method, _ in inspect.getmembers(reader, inspect.ismethod)
        if not method.startswith("_") and method not in ("moment", "close")
    }
    asked_for = {
        name
        for name, method in inspect.getmembers(contacts, inspect.ismethod)
        if not name.startswith("_") and "organizer_id" in inspect.signature(method).parameters
    }
    return found | asked_for | _functions_about_organizers(bulk_module)


def _functions_about_organizers(module: ModuleType) -> set[str]:
    return {
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and "organizer_id" in inspect.signature(function).parameters
    }


def test_all_queries_are_known_here(contacts: Contacts) -> None:
    """A new query, read model or function over one organizer's contacts must be tried here."""
    assert _public_queries(contacts) == set(QUERIES)
    readers = {
        kind
        for _, kind in inspect.getmembers(queries, inspect.isclass)
        if issubclass(kind, queries.ReadSide) and kind is not queries.ReadSide
    }
    served = {base for each in vars(contacts).values() for base in type(each).__mro__}
    assert readers <= served


@pytest.mark.parametrize("name", QUERIES)
def test_what_is_theirs_is_answered_like_what_nobody_has(
    contacts: Contacts, theirs: Theirs, name: str
) -> None:
    """Ids, e-mails, names and cursors of theirs tell us nothing; nor does a list of ours."""
    before = everything(contacts, THEIRS)
    for ask, theirs_of, unknown in QUERIES[name]:
        foreign = theirs_of(theirs)
        answers = [
            told(answer_of(lambda value=value, ask=ask: ask(contacts, value)), _bare(value))
            for value in (foreign, unknown)
        ]
        assert answers[0] == answers[1]
        assert CANARY not in answers[0].casefold()
        assert str(theirs.contact_id) not in answers[0]
    assert everything(contacts, THEIRS) == before


def _bare(value: Any) -> object:
    return value[0] if isinstance(value, list) else value


def test_lists_of_ours_are_what_they_are_without_the_others(
    contacts: Contacts, theirs: Theirs, tmp_path: Any, clock: Clock
) -> None:
    """Totals, statistics, groups and tags count nobody else's."""
    assert contacts.statistics.of(OURS).total_contacts == 1
    assert contacts.statistics.of(OURS).total_bookings == 1
    assert contacts.statistics.of(OURS).top_companies == []
    assert [each.tag for each in contacts.tags.list(OURS)] == ["common"]
    assert [(each.name, each.contact_count) for each in contacts.groups.list(OURS)] == [
        ("Common", 0)
    ]
    assert contacts.contact_list.page(OURS, is_active=None).total == 1
    assert CANARY not in repr(everything(contacts, OURS)).casefold()
    assert CANARY in repr(everything(contacts, THEIRS)).casefold()


def test_their_words_in_our_errors_are_only_those_we_said(
    contacts: Contacts, theirs: Theirs
) -> None:
    """An e-mail, a group name and a saved search of theirs are free for us."""
    contacts.handle(a_contact(organizer_id=OURS, email=theirs.email))
    contacts.handle(a_group(organizer_id=OURS, name=f"{CANARY}-group"))
    with pytest.raises(ContactsError, match="no saved search"):
        contacts.handle(commands.DeleteSearch(organizer_id=OURS, name=f"{CANARY}-search"))
    assert contacts.contact_list.find(THEIRS, theirs.email).id == theirs.contact_id
