"""Every field at its longest, in letters that take most room and cannot be compressed: what one
database takes the other takes, too, and all of it is found, filtered and sorted by."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import pytest

from adapters import Contacts
from contacts_domain import claims
from contacts_domain.commands import BookingCommand, CreateContact, SaveSearch
from contacts_domain.errors import (
    CommandIdReused,
    EmailAlreadyUsed,
    GroupNameAlreadyUsed,
    MessageIdReused,
)
from contacts_domain.outcomes import Receipt, Refusal
from projections.contact_list_query import SORTS
from tests.builders import a_booking, a_contact, a_group, an_interaction
from tests.read_tables import all_rows

FOUR_BYTES = [chr(code) for code in range(0x20000, 0x2A6D0)]
GROWN_WHEN_COMPARED = [chr(code) for code in (*range(0x1F80, 0x1FB0), 0x1FB7, 0x1FC7, 0x1FF7)]
"""Three bytes, five without case."""
GROWN_WHEN_SORTED = [chr(code) for code in (*range(0x3300, 0x3358), *range(0xFDF0, 0xFDFC))]
"""Three bytes that stand for words of up to 33."""

Write = Callable[[int], str]


@pytest.fixture(
    params=[FOUR_BYTES, GROWN_WHEN_COMPARED, GROWN_WHEN_SORTED],
    ids=["four bytes", "grown when compared", "grown when sorted"],
)
def write(request: pytest.FixtureRequest) -> Write:
    """Writes so many letters at random."""
    return writer(request.param)


def writer(letters: Sequence[str], seed: int = 1) -> Write:
    """Writes so many of `letters` at random, the same in every run."""
    random = Random(seed)
    return lambda length: "".join(random.choice(letters) for _ in range(length))


def an_address() -> str:
    """An e-mail as long as RFC 5321 allows, in bytes."""
    write = writer(FOUR_BYTES, seed=len(_addresses))
    _addresses.append(f"{write(45)}@{write(8)}.{write(8)}.com")
    return _addresses[-1]


_addresses: list[str] = []


class Written(NamedTuple):
    """What was written with every field at its longest."""

    group: str
    search: str
    person: CreateContact
    note: str
    booking: BookingCommand


@pytest.fixture
def written(contacts: Contacts, write: Write) -> Written:
    """A group with a contact that has a note, a saved search, and a booking of somebody else."""
    caller: dict[str, Any] = {
        "organizer_id": write(100),
        "actor": write(200),
        "correlation_id": write(500),
    }

    def handle(command: Any) -> Any:
        return contacts.handle(command.model_copy(update=caller | {"command_id": write(200)})).id

    group = a_group(name=write(100), description=write(2_000))
    search = SaveSearch(
        organizer_id="acme", name=write(100), criteria={"search": write(200), "group": write(100)}
    )
    person = a_contact(
        email=an_address(),
        first_name=write(100),
        last_name=write(100),
        company=write(200),
        job_title=write(200),
        notes=write(20_000),
        tags=tuple(write(50) for _ in range(20)),
        group_ids=(handle(group),),
    )
    note = an_interaction(
        handle(person),
        description=write(10_000),
        booking_id=write(200),
        metadata={write(100): write(1_000)},
    )
    booking = a_booking(
        booking_id=write(200),
        message_id=write(200),
        message_source=write(500),
        invitee_email=an_address(),
        **dict.fromkeys(("event_type", "timezone", "invitee_name", "invitee_phone"), write(5_000)),
    ).model_copy(update=caller)
    for command in (search, note):
        handle(command)
    contacts.handle(booking)
    for each in contacts.projection_status():
        assert (each.parked, each.lag_events) == (0, 0)
    return Written(
        group.name, search.name, person.model_copy(update=caller), note.description, booking
    )


def test_the_longest_values_are_filtered_and_found_by(contacts: Contacts, written: Written) -> None:
    """Contacts, groups, tags, saved searches, companies and timelines, each by its key."""
    person, organizer = written.person, written.person.organizer_id
    found = contacts.contact_list.find(organizer, person.email)
    assert (found.last_name, found.notes) == (person.last_name, person.notes)
    filters: list[dict[str, Any]] = [
        {"tags": person.tags},
        {"any_tags": person.tags[-1:]},
        {"group": written.group},
        {"company": person.company},
        {"search": person.company},
        {"search": person.last_name},
    ]
    for wanted in filters:
        (only,) = contacts.contact_list.page(organizer, **wanted).items
        assert only.id == found.id
    assert contacts.groups.find(organizer, written.group).contact_count == 1
    assert contacts.organizers.search(organizer, written.search).name == written.search
    assert {each.tag for each in contacts.tags.list(organizer)} == {*person.tags}
    (top,) = contacts.statistics.of(organizer).top_companies
    assert top.company == person.company
    (entry,) = contacts.timeline.page(organizer, person.email).items
    assert entry.description == written.note
    (booked,) = contacts.timeline.page(organizer, written.booking.invitee_email).items
    assert booked.booking_id == written.booking.booking_id
    assert contacts.history(organizer, found.id)


def test_the_longest_values_are_sorted_by(contacts: Contacts, written: Written) -> None:
    """In pages of one, in both directions."""
    organizer = written.person.organizer_id
    for sort in SORTS:
        pages = [contacts.contact_list.page(organizer, sort=sort, limit=1)]
        while pages[-1].next is not None:
            page = contacts.contact_list.page(organizer, sort=sort, limit=1, cursor=pages[-1].next)
            pages.append(page)
        shown = [each.id for page in pages for each in page.items]
        assert len({*shown}) == 2
        if sort not in ("company", "last_booking_date"):  # one has none: last both ways
            turned = contacts.contact_list.page(organizer, sort=f"-{sort}").items
            assert shown == [each.id for each in reversed(turned)]


def test_the_longest_values_are_unique_where_short_ones_are(
    contacts: Contacts, written: Written
) -> None:
    """E-mail, group name, booking, message and command id: what is hashed is still the same."""
    person, booking = written.person, written.booking
    about: dict[str, Any] = {"organizer_id": person.organizer_id}
    commands = [
        person,
        a_group(**about, name=written.group),
        booking,
        booking.model_copy(update={"timezone": "UTC"}),
        a_group(**about, command_id="x" * 199 + "y"),
        a_group(**about, command_id="x" * 199 + "y"),
    ]
    outcomes = contacts.handle_all(commands, on_refusal="report")
    assert [_said(each) for each in outcomes] == [
        EmailAlreadyUsed,
        GroupNameAlreadyUsed,
        0,
        MessageIdReused,
        1,
        CommandIdReused,
    ]


def _said(outcome: Receipt | Refusal) -> object:
    return type(outcome.error) if isinstance(outcome, Refusal) else outcome.events


def test_a_long_command_id_is_answered_again(contacts: Contacts, write: Write) -> None:
    """With the first receipt."""
    command = a_contact(command_id=write(200))
    first, again = contacts.handle(command), contacts.handle(command)
    assert (again.id, again.position, again.events) == (first.id, first.position, first.events)


def test_a_rebuild_takes_the_longest_values(contacts: Contacts, written: Written) -> None:
    """It ends in the same rows."""
    before = all_rows(contacts)
    contacts.rebuild()
    assert all_rows(contacts) == before


def test_long_keys_of_claims_are_digests(write: Write) -> None:
    """Up to 500 bytes a key is itself, longer ones and those that look like digests are not; no two
    keys become one."""
    keys = ["a" * 500, "a" * 501, "a" * 502, write(200), write(200), write(10)]
    kept = [claims.claim_key(each) == each for each in keys]
    assert kept == [True, False, False, False, False, True]
    keys += [claims.claim_key(each) for each in keys]
    assert len({claims.claim_key(each) for each in keys}) == len({*keys})
    assert all(len(claims.claim_key(each).encode()) <= claims.LONGEST_KEY for each in keys)


def test_names_are_sorted_by_their_beginnings(contacts: Contacts) -> None:
    """A hundred letters of each name decide, so nothing that a person reads."""
    names = ["a" * 99 + letter for letter in "bac"]
    contacts.handle_all([a_contact(last_name=each) for each in names])
    shown = [each.last_name for each in contacts.contact_list.page("acme").items]
    assert all(one <= other for one, other in pairwise(shown))
    assert len(shown) == 3
