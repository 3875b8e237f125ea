"""Parked events are folded in their order once the projector is mended, or dropped for ever."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import Contacts
from contacts_domain.commands import AddContactToGroup, ChangeGroup, TagContact
from contacts_domain.errors import ParkedEventNotFound, ProjectorFailed, UnknownProjection
from projections import folding
from tests import strategies
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact, a_group, an_interaction
from tests.history import History, Step
from tests.read_tables import all_rows
from tests.scenario import Clock

_organizers = (f"organizer-{number}" for number in count())
_healthy = folding.fold_events


@contextmanager
def failing_on(modulus: int, remainder: int = 0) -> Iterator[None]:
    """All projectors fail on the events at some positions."""

    def fold(part: Any, touches: Sequence[Any], changes: Any) -> None:
        if any(each.position % modulus == remainder for _, each in touches):
            raise ZeroDivisionError
        _healthy(part, touches, changes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "fold_events", fold)
        yield


@contextmanager
def failing_at(position: int) -> Iterator[None]:
    """All projectors fail on one event."""
    with failing_on(10**9, position):
        yield


def waiting(contacts: Contacts, name: str = "contacts") -> list[tuple[int, str]]:
    """Position and reason of what is parked."""
    return [(each.position, each.reason) for each in contacts.parked(name)]


@given(
    steps=strategies.histories,
    modulus=st.integers(2, 9),
    batch_size=strategies.batch_sizes,
    one_by_one=st.booleans(),
)
@settings(max_examples=30)
def test_a_bug_that_was_mended_leaves_no_trace(
    contacts: Contacts, steps: list[Step], modulus: int, batch_size: int, one_by_one: bool
) -> None:
    """Retried, all rows of all tables are what they would be had the projector never failed."""
    contacts.engine.batch_size = batch_size
    with failing_on(modulus):
        History(contacts, next(_organizers)).play(steps)
    for name in contacts.engine.projections:
        while one_by_one and (parked := contacts.parked(name)):
            contacts.retry_parked(name, parked[-1].position)
        contacts.retry_parked(name)
    assert contacts.parked() == []
    assert {each.parked for each in contacts.projection_status()} == {0}
    retried = all_rows(contacts)
    contacts.engine.batch_size = 1_000
    contacts.rebuild()
    assert all_rows(contacts) == retried


def test_what_an_event_names_waits_with_it(contacts: Contacts) -> None:
    """A contact that joins a group holds the group's events, and so the contacts that join it."""
    ada, bob, cleo = (contacts.handle(a_contact()).id for _ in range(3))
    group = contacts.handle(a_group()).id
    about = {"organizer_id": ORGANIZER}
    with failing_at(5):
        contacts.handle(AddContactToGroup(**about, contact_id=ada, group_id=group))
    contacts.handle(ChangeGroup(**about, group_id=group, name="Renamed"))
    contacts.handle(AddContactToGroup(**about, contact_id=bob, group_id=group))
    contacts.handle(TagContact(**about, contact_id=bob, tags=("later",)))
    contacts.handle(TagContact(**about, contact_id=cleo, tags=("free",)))
    queued = [(position, "queued") for position in (6, 7, 8)]
    assert waiting(contacts) == [(5, "ZeroDivisionError"), *queued]
    assert [each.tag for each in contacts.tags.list(ORGANIZER)] == ["free"]
    retried = contacts.retry_parked("contacts")
    assert (retried.folded, retried.parked) == (4, 0)
    assert contacts.groups.find(ORGANIZER, "Renamed").contact_count == 2


def test_a_retry_of_one_event_takes_what_hangs_together_with_it(contacts: Contacts) -> None:
    """Other sequences stay parked."""
    ada, bob = (contacts.handle(a_contact()).id for _ in range(2))
    with failing_on(1):
        for each in (ada, bob, ada):
            contacts.handle(TagContact(organizer_id=ORGANIZER, contact_id=each, tags=("vip",)))
            contacts.handle(TagContact(organizer_id=ORGANIZER, contact_id=each, tags=("new",)))
    assert len(waiting(contacts)) == 4
    retried = contacts.retry_parked("contact_list", 4)
    assert (retried.projection, retried.folded, retried.parked) == ("contacts", 2, 0)
    assert [position for position, _ in waiting(contacts)] == [5, 6]
    assert contacts.contact_list.find(ORGANIZER, ada).tags == ["vip", "new"]
    assert contacts.contact_list.find(ORGANIZER, bob).tags == []


def test_what_fails_again_is_parked_again(contacts: Contacts) -> None:
    """In its order, with the reason of the last failure."""
    ada = contacts.handle(a_contact()).id
    with failing_at(2):
        for text in ("one", "two"):
            contacts.handle(an_interaction(ada, description=text))
        retried = contacts.retry_parked("activity")
        assert (retried.folded, retried.parked) == (0, 2)
    expected = [(2, "ZeroDivisionError"), (3, "queued")]
    assert waiting(contacts, "activity") == expected
    (culprit, _) = contacts.parked("activity")
    assert culprit.where.startswith("test_retrying.py:")
    assert contacts.retry_parked("activity", 2).folded == 2


def test_a_dropped_event_is_passed_over_for_ever(contacts: Contacts) -> None:
    """What waited behind it is folded; rebuilds and catching up honour the drop."""
    ada = contacts.handle(a_contact()).id
    with failing_at(2):
        for text in ("poison", "later"):
            contacts.handle(an_interaction(ada, description=text))
        with pytest.raises(ProjectorFailed) as failure:
            contacts.rebuild("activity")
        assert failure.value.details["position"] == 2
        assert "ZeroDivisionError" in failure.value.message
        dropped = contacts.drop_parked("activity", 2, actor="operator")
        assert (dropped.folded, dropped.parked) == (1, 0)
        assert waiting(contacts, "activity") == []
        assert shown(contacts, ada) == ["later"]
        contacts.rebuild("activity")
        assert shown(contacts, ada) == ["later"]
    contacts.rebuild()
    assert shown(contacts, ada) == ["later"]
    assert len(contacts.history(ORGANIZER, ada)) == 3


def shown(contacts: Contacts, contact_id: Any) -> list[str]:
    """What the entries of a timeline say."""
    return [each.description for each in contacts.timeline.page(ORGANIZER, contact_id).items]


def test_what_is_not_parked_is_not_found(contacts: Contacts) -> None:
    """Neither to show, nor to retry, nor to drop."""
    contacts.handle(a_contact())
    for attempt in (contacts.parked_event, contacts.retry_parked, contacts.drop_parked):
        with pytest.raises(ParkedEventNotFound):
            attempt("contacts", 1)
        with pytest.raises(UnknownProjection):
            attempt("nothing", 1)


def an_older_log_restored(contacts: Contacts, database: str, clock: Clock, head: int) -> None:
    """The log ends at `head` again, beside the rows that recorded what was dropped."""
    raw_database.change(
        database,
        f"DELETE FROM events WHERE position > {head}",
        f"UPDATE log_head SET position = {head}",
    )
    contacts.rebuild()
    clock.forward(seconds=1)


def test_an_event_at_the_position_of_a_dropped_one_is_another_one(
    contacts: Contacts, database: str, clock: Clock
) -> None:
    """In a log restored from an older backup, also when it is of the same contact."""
    ada = contacts.handle(a_contact()).id
    with failing_at(2):
        contacts.handle(an_interaction(ada, description="poison"))
    contacts.drop_parked("activity", 2)
    an_older_log_restored(contacts, database, clock, head=1)
    contacts.handle(an_interaction(ada, description="healthy"))
    assert shown(contacts, ada) == ["healthy"]
    contacts.rebuild()
    assert shown(contacts, ada) == ["healthy"]
    assert [each.differences for each in contacts.verify().projections] == [0, 0]
    with contacts.as_of(ORGANIZER, clock.now) as past:
        assert [e.description for e in past.timeline.page(ORGANIZER, ada).items] == ["healthy"]


@pytest.mark.parametrize("is_the_same_contact", [True, False])
def test_an_event_at_the_position_of_a_dropped_one_can_be_dropped(
    is_the_same_contact: bool, contacts: Contacts, database: str, clock: Clock
) -> None:
    """The one that is in the log is passed over from then on."""
    ada, bob = (contacts.handle(a_contact()).id for _ in range(2))
    with failing_at(3):
        contacts.handle(an_interaction(ada, description="poison"))
        contacts.drop_parked("activity", 3)
        an_older_log_restored(contacts, database, clock, head=2)
        whose = ada if is_the_same_contact else bob
        contacts.handle(an_interaction(whose, description="also poison"))
        assert contacts.drop_parked("activity", 3, actor="operator").parked == 0
        contacts.rebuild()
    assert shown(contacts, whose) == []
    names = "SELECT dropped_by FROM dropped_events"
    assert raw_database.column(database, names) == ["operator"]
