"""A projector that fails parks the event and its stream, never the command and never the rest."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from adapters import Contacts
from contacts_domain import events
from projections.timeline import TIMELINE
from tests.builders import ORGANIZER, a_contact, an_interaction

POISON = "poison"


@pytest.fixture
def failing_timeline(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The timeline's projector fails on interactions that say `poison`."""
    healthy = TIMELINE.changes[events.ContactInteractionLogged]

    def fold(row: Any, recorded: Any) -> Any:
        if recorded.event.description == POISON:
            raise ZeroDivisionError
        return healthy(row, recorded)

    monkeypatch.setitem(TIMELINE.changes, events.ContactInteractionLogged, fold)  # type: ignore[arg-type]
    return monkeypatch


def parked(contacts: Contacts) -> dict[str, int]:
    """How many events each projection has parked."""
    return {each.projection: each.parked for each in contacts.projection_status()}


def test_a_failing_projector_never_fails_the_command(
    contacts: Contacts, failing_timeline: pytest.MonkeyPatch
) -> None:
    """The event is recorded, the other projection has it, this one says that one is parked."""
    contact_id = contacts.handle(a_contact()).id
    receipt = contacts.handle(an_interaction(contact_id, description=POISON))
    assert receipt.events == 1
    assert parked(contacts) == {"activity": 1, "contacts": 0}
    assert {each.lag_events for each in contacts.projection_status()} == {0}


def test_later_events_of_the_same_stream_queue_behind_it(
    contacts: Contacts, failing_timeline: pytest.MonkeyPatch
) -> None:
    """What came after the poison would be out of order; other contacts go on."""
    one, other = contacts.handle(a_contact()).id, contacts.handle(a_contact()).id
    contacts.handle(an_interaction(one, description=POISON))
    contacts.handle(an_interaction(one, description="later"))
    contacts.handle(an_interaction(other, description="elsewhere"))
    assert parked(contacts)["activity"] == 2
    assert contacts.timeline.page(ORGANIZER, one).items == []
    assert [e.description for e in contacts.timeline.page(ORGANIZER, other).items] == ["elsewhere"]


def test_a_batch_is_bisected_to_the_culprit(
    contacts: Contacts, failing_timeline: pytest.MonkeyPatch
) -> None:
    """Everything but the poison and what follows it on its stream is folded."""
    ids = [contacts.handle(a_contact()).id for _ in range(8)]
    unit = [an_interaction(each, description="before") for each in ids]
    unit += [an_interaction(ids[3], description=POISON)]
    unit += [an_interaction(each, description="after") for each in ids]
    contacts.handle_all(unit)
    shown = {each: len(contacts.timeline.page(ORGANIZER, each).items) for each in ids}
    assert shown == {each: 1 if each == ids[3] else 2 for each in ids}
    assert parked(contacts)["activity"] == 2


def test_catching_up_parks_as_following_inline_does(
    reopen: Callable[..., Contacts], failing_timeline: pytest.MonkeyPatch
) -> None:
    """An address book with a poisonous event opens, and shows all the rest."""
    late = reopen(follow="worker")
    one, other = late.handle(a_contact()).id, late.handle(a_contact()).id
    late.handle(an_interaction(one, description=POISON))
    late.handle(an_interaction(other))
    contacts = reopen()
    assert parked(contacts) == {"activity": 1, "contacts": 0}
    assert len(contacts.timeline.page(ORGANIZER, other).items) == 1


def test_a_rebuild_after_the_fix_shows_everything(
    contacts: Contacts, failing_timeline: pytest.MonkeyPatch
) -> None:
    """Once the projector is mended, a rebuild folds what was parked; nothing is parked any more."""
    contact_id = contacts.handle(a_contact()).id
    contacts.handle(an_interaction(contact_id, description=POISON))
    failing_timeline.undo()
    contacts.rebuild("activity")
    assert parked(contacts)["activity"] == 0
    assert len(contacts.timeline.page(ORGANIZER, contact_id).items) == 1


def test_operators_are_told_without_personal_data(
    contacts: Contacts, failing_timeline: pytest.MonkeyPatch
) -> None:
    """The log line names projection, position and reason, and nothing that was written."""
    with structlog.testing.capture_logs() as lines:
        contact_id = contacts.handle(a_contact(first_name="Canaria")).id
        contacts.handle(an_interaction(contact_id, description=POISON, actor="canary"))
    (line,) = lines
    assert line["projection"] == "activity"
    assert line["reason"] == "ZeroDivisionError"
    assert line["log_level"] == logging.getLevelName(logging.ERROR).lower()
    assert "canar" not in str(line).lower()
    assert POISON not in str(line)
