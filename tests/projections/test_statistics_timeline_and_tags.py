"""The smaller read models: statistics, groups, tags."""

from datetime import timedelta

import pytest

from adapters import Contacts
from contacts_domain import commands
from contacts_domain.errors import GroupNotFound
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, an_interaction
from tests.scenario import NOW, Clock, Scenario


def test_statistics_of_an_empty_address_book_are_zero(contacts: Contacts) -> None:
    """Nobody, nothing, an average of 0."""
    statistics = contacts.statistics.of("nobody")
    assert statistics.top_companies == []
    assert {value for name, value in vars(statistics).items() if name != "top_companies"} == {0}


def test_statistics_count_contacts_bookings_and_companies(scenario: Scenario) -> None:
    """Inactive contacts count in totals but not for companies; deleted ones nowhere."""
    scenario.given(a_group(), a_contact(company="Acme"), a_contact(company="ACME"))
    inactive = scenario.given(a_contact(company="Acme"))
    deleted = scenario.given(a_contact(company="Acme", email="gone@example.org"))
    scenario.given(
        a_booking(booking_id="a", invitee_email="guest@example.org"),
        a_booking("completed", booking_id="b", invitee_email="guest@example.org"),
        a_booking("cancelled", booking_id="c", invitee_email="guest@example.org"),
        a_booking(booking_id="d", invitee_email="gone@example.org"),
        commands.DeactivateContact(organizer_id=ORGANIZER, contact_id=inactive),
        commands.DeleteContact(organizer_id=ORGANIZER, contact_id=deleted),
        a_contact(company="Wayne"),
    )
    statistics = scenario.contacts.statistics.of(ORGANIZER)
    assert (statistics.total_contacts, statistics.active_contacts) == (5, 4)
    assert (statistics.inactive_contacts, statistics.groups) == (1, 1)
    assert statistics.total_bookings == 3
    assert (statistics.completed_bookings, statistics.cancelled_bookings) == (1, 1)
    assert statistics.average_bookings_per_contact == 0.6
    assert statistics.interactions_last_30_days == 3
    companies = [(each.company, each.contacts) for each in statistics.top_companies]
    assert companies == [("Acme", 2), ("Wayne", 1)]


def test_recent_interactions_are_those_of_thirty_days(scenario: Scenario) -> None:
    """The interval is open at its beginning and closed at now; the future does not count."""
    contact_id = scenario.given(a_contact())
    moments = [timedelta(0), timedelta(days=30), timedelta(days=30, microseconds=-1)]
    moments.append(timedelta(days=-1))
    for moment in moments:
        scenario.given(an_interaction(contact_id, occurred_at=NOW - moment))
    assert scenario.contacts.statistics.of(ORGANIZER).interactions_last_30_days == 2


def test_top_companies_are_ten_by_contacts_then_by_name(scenario: Scenario) -> None:
    """Ties are in the order of the alphabet."""
    for letter in "lkjihgfedcba":
        scenario.given(a_contact(company=f"Company {letter}"))
    scenario.given(a_contact(company="company l"))
    top = scenario.contacts.statistics.of(ORGANIZER).top_companies
    assert [each.company[-1] for each in top] == list("labcdefghi")


def test_upcoming_bookings_depend_on_now(scenario: Scenario, clock: Clock) -> None:
    """A booking is upcoming until it starts, unless completed or cancelled before."""
    scenario.given(
        a_booking(booking_id="a", starts_at=NOW + timedelta(hours=1)),
        a_booking(booking_id="b", starts_at=NOW + timedelta(days=3)),
        a_booking("cancelled", booking_id="c", starts_at=NOW + timedelta(days=4)),
    )

    def upcoming() -> int:
        return scenario.contacts.contact_list.find(ORGANIZER, "ada@example.org").upcoming_bookings

    assert upcoming() == 2
    clock.forward(hours=1)
    assert upcoming() == 1
    clock.forward(days=7)
    assert upcoming() == 0


def test_groups_are_listed_by_name_with_their_contacts(scenario: Scenario) -> None:
    """Deleted contacts do not count, inactive ones do."""
    friends = scenario.given(a_group(name="friends", color="#ABC"))
    scenario.given(a_group(name="Family", description="Kin"))
    one, two, three = (scenario.given(a_contact(group_ids=(friends,))) for _ in range(3))
    scenario.given(
        commands.DeactivateContact(organizer_id=ORGANIZER, contact_id=one),
        commands.DeleteContact(organizer_id=ORGANIZER, contact_id=two),
    )
    groups = scenario.contacts.groups.list(ORGANIZER)
    assert [(each.name, each.contact_count) for each in groups] == [("Family", 0), ("friends", 2)]
    assert (groups[0].description, groups[1].color) == ("Kin", "#aabbcc")
    assert scenario.contacts.groups.find(ORGANIZER, " FRIENDS ").id == friends
    with pytest.raises(GroupNotFound):
        scenario.contacts.groups.find("another", friends)
    assert scenario.contacts.contact_list.find(ORGANIZER, three).groups[0].id == friends


def test_tags_are_counted_without_case(scenario: Scenario) -> None:
    """The spelling shown is that of the contact created first; the most used comes first."""
    scenario.given(
        a_contact(tags=("Lead",)), a_contact(tags=("VIP", "lead")), a_contact(tags=("LEAD",))
    )
    tags = scenario.contacts.tags.list(ORGANIZER)
    assert [(each.tag, each.contacts) for each in tags] == [("Lead", 3), ("VIP", 1)]


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", ["100%", "100x", "a\\b", "a_b", "aXb", "STRASSE"]),
        ("100%", ["100%"]),
        ("A_", ["a_b"]),
        ("a\\", ["a\\b"]),
        ("%", []),
        ("_", []),
        ("b", []),
        ("straß", ["STRASSE"]),
        ("AX", ["aXb"]),
        ("a_b and more", []),
    ],
)
def test_tags_are_found_by_their_beginning(
    scenario: Scenario, prefix: str, expected: list[str]
) -> None:
    """Without case; what is a wildcard elsewhere stands for itself."""
    scenario.given(a_contact(tags=("100%", "100x", "a_b", "aXb", "a\\b", "STRASSE")))
    scenario.given(a_contact(organizer_id="other", tags=("100% others",)))
    tags = scenario.contacts.tags.list(ORGANIZER, prefix=prefix)
    assert sorted(each.tag for each in tags) == sorted(expected)
