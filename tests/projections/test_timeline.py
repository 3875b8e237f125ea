"""The timeline of one contact and of all: order, pages, filters."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contacts_domain import commands
from contacts_domain.errors import ContactNotFound, InvalidCursor, InvalidQuery
from tests.builders import ORGANIZER, a_booking, a_contact, an_interaction
from tests.scenario import NOW, Scenario


def test_the_timeline_is_newest_first_and_tells_bookings_by_their_message_time(
    scenario: Scenario,
) -> None:
    """Entries of one moment are ordered by what outranks what."""
    contact_id = scenario.given(a_contact(email="ada@example.org"))
    scenario.given(
        an_interaction(contact_id, type="note_added", occurred_at=NOW - timedelta(days=2)),
        a_booking("cancelled", occurred_at=NOW - timedelta(days=1)),
        a_booking("created", occurred_at=NOW - timedelta(days=3)),
        a_booking("rescheduled", occurred_at=NOW - timedelta(days=1)),
    )
    entries = scenario.contacts.timeline.page(ORGANIZER, contact_id).items
    assert [each.type for each in entries] == [
        "booking_cancelled", "booking_rescheduled", "note_added", "booking_created",
    ]  # fmt: skip
    assert entries[0].booking_id == "bk-1"
    assert entries[0].metadata["timezone"] == "Europe/Berlin"
    assert entries[0].source == "bookings"


def test_timeline_pages_follow_each_other(scenario: Scenario) -> None:
    """Cursors lead through all entries once and belong to their contact."""
    contact_id, other = scenario.given(a_contact()), scenario.given(a_contact())
    for number in range(7):
        scenario.given(
            an_interaction(
                contact_id, description=str(number), occurred_at=NOW - timedelta(hours=number // 2)
            )
        )
    page = scenario.contacts.timeline.page(ORGANIZER, contact_id, limit=3)
    seen = [each.description for each in page.items]
    with pytest.raises(InvalidCursor):
        scenario.contacts.timeline.page(ORGANIZER, other, cursor=page.next)
    while page.next:
        page = scenario.contacts.timeline.page(ORGANIZER, contact_id, limit=3, cursor=page.next)
        seen += [each.description for each in page.items]
    assert sorted(seen) == list("0123456")


def test_corrected_and_removed_interactions_show_so(scenario: Scenario) -> None:
    """The timeline has the entry as it stands now."""
    contact_id = scenario.given(a_contact())
    kept, gone = an_interaction(contact_id), an_interaction(contact_id)
    scenario.given(
        kept,
        gone,
        commands.CorrectInteraction(
            organizer_id=ORGANIZER,
            contact_id=contact_id,
            interaction_id=kept.interaction_id,
            description="Wrote back",
            metadata={"channel": "letter"},
        ),
        commands.RemoveInteraction(
            organizer_id=ORGANIZER, contact_id=contact_id, interaction_id=gone.interaction_id
        ),
    )
    (entry,) = scenario.contacts.timeline.page(ORGANIZER, contact_id).items
    assert (entry.id, entry.description) == (kept.interaction_id, "Wrote back")
    assert entry.metadata == {"channel": "letter"}


def test_the_timeline_of_a_deleted_contact_is_hidden(scenario: Scenario) -> None:
    """As of a contact that never was."""
    contact_id = scenario.given(a_contact())
    scenario.given(
        an_interaction(contact_id),
        commands.DeleteContact(organizer_id=ORGANIZER, contact_id=contact_id),
    )
    with pytest.raises(ContactNotFound):
        scenario.contacts.timeline.page(ORGANIZER, contact_id)
    assert scenario.contacts.statistics.of(ORGANIZER).interactions_last_30_days == 0


def ago(days: int) -> datetime:
    """A time before NOW."""
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({}, "booking_cancelled note_added booking_created email_sent"),
        ({"types": ["note_added", "email_sent"]}, "note_added email_sent"),
        ({"types": ("booking_cancelled",)}, "booking_cancelled"),
        ({"types": ["manual_entry"]}, ""),
        ({"after": ago(3)}, "booking_cancelled note_added booking_created"),
        ({"before": ago(3)}, "email_sent"),
        ({"after": ago(3), "before": ago(1)}, "note_added booking_created"),
        ({"types": ["note_added"], "after": ago(1)}, ""),
        ({"before": "2026-11-17T13:00:00+01:00"}, "email_sent"),
    ],
    ids=str,
)
def test_a_timeline_is_narrowed_down_by_type_and_time(
    scenario: Scenario, criteria: dict[str, Any], expected: str
) -> None:
    """From `after` on, until before `before`; of one contact as of all."""
    contact_id = scenario.given(a_contact(email="ada@example.org"))
    scenario.given(
        an_interaction(contact_id, type="note_added", occurred_at=ago(2)),
        an_interaction(contact_id, type="email_sent", occurred_at=ago(4)),
        a_booking("created", occurred_at=ago(3)),
        a_booking("cancelled", occurred_at=ago(1)),
    )
    timeline = scenario.contacts.timeline
    for page in (timeline.page(ORGANIZER, contact_id, **criteria),
                 timeline.all(ORGANIZER, **criteria)):  # fmt: skip
        assert " ".join(each.type for each in page.items) == expected
        assert {each.contact_id for each in page.items} <= {contact_id}


@pytest.mark.parametrize(
    ("criteria", "named"),
    [
        ({"types": ["sent"]}, "sent"),
        ({"types": "note_added"}, "type"),
        ({"types": 5}, "types"),
        ({"types": [5]}, "types"),
        ({"types": [["note_added"]]}, "types"),
        ({"after": "yesterday"}, "after"),
        ({"after": NOW.replace(tzinfo=None)}, "after"),
        ({"before": NOW.replace(tzinfo=None)}, "before"),
        ({"since": NOW}, "since"),
    ],
    ids=str,
)
def test_a_timeline_filter_of_another_kind_is_refused(
    scenario: Scenario, criteria: dict[str, Any], named: str
) -> None:
    """Unknown types, times without an offset, and what is no filter."""
    with pytest.raises(InvalidQuery, match=named):
        scenario.contacts.timeline.all(ORGANIZER, **criteria)


def test_the_timeline_of_all_leads_through_every_contact(scenario: Scenario) -> None:
    """Newest first; cursors belong to the filter, the organizer and the timeline of all."""
    ids = [scenario.given(a_contact()) for _ in range(3)]
    for number in range(9):
        scenario.given(
            an_interaction(ids[number % 3], description=f"{number}", occurred_at=ago(number // 2))
        )
    foreign = scenario.given(a_contact(organizer_id="other"))
    scenario.given(an_interaction(foreign, organizer_id="other"))
    timeline = scenario.contacts.timeline
    page = timeline.all(ORGANIZER, limit=2)
    seen, cursor = list(page.items), page.next
    for call in (
        lambda: timeline.all("other", cursor=cursor),
        lambda: timeline.all(ORGANIZER, cursor=cursor, types=["manual_entry"]),
        lambda: timeline.page(ORGANIZER, ids[0], cursor=cursor),
    ):
        with pytest.raises(InvalidCursor):
            call()
    while page.next:
        page = timeline.all(ORGANIZER, limit=2, cursor=page.next)
        seen += page.items
    times = [each.occurred_at for each in seen]
    assert times == sorted(times, reverse=True)
    assert sorted(each.description for each in seen) == list("012345678")
    assert all(each.contact_id == ids[int(each.description) % 3] for each in seen)


def test_the_timeline_of_all_hides_deleted_contacts(scenario: Scenario) -> None:
    """Until they are restored; inactive ones stay."""
    gone, idle = scenario.given(a_contact()), scenario.given(a_contact())
    scenario.given(an_interaction(gone, description="gone"), an_interaction(idle))
    scenario.given(
        commands.DeactivateContact(organizer_id=ORGANIZER, contact_id=idle),
        commands.DeleteContact(organizer_id=ORGANIZER, contact_id=gone),
    )
    timeline = scenario.contacts.timeline
    assert [each.contact_id for each in timeline.all(ORGANIZER).items] == [idle]
    scenario.given(commands.RestoreContact(organizer_id=ORGANIZER, contact_id=gone))
    assert {each.contact_id for each in timeline.all(ORGANIZER).items} == {gone, idle}
    assert timeline.all("nobody").items == []
