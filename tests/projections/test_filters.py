"""Filters of the contact list: each criterion alone, together, and against a naive filter."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import Contacts
from contacts_domain import commands
from contacts_domain.errors import (
    ContactNotFound,
    GroupNotFound,
    InvalidQuery,
    SearchNotFound,
)
from projections.contact_list_query import ContactView
from projections.paging import Page
from tests.builders import ORGANIZER, a_booking, a_contact, a_group
from tests.scenario import NOW, Clock, Scenario
from tests.strategies import CRITERIA, PEOPLE, Person

DAY = timedelta(days=1)


def populate(contacts: Contacts, clock: Clock, people: list[Person], organizer_id: str) -> None:
    """Add people, one a day from NOW on, with their tags, groups, bookings and activity."""
    group = contacts.handle(a_group(organizer_id=organizer_id, name="Friends")).id
    for number, person in enumerate(people):
        clock.now = NOW + number * DAY
        email = f"person{number}@example.org"
        about: dict[str, Any] = {"organizer_id": organizer_id}
        added = a_contact(
            **about,
            email=email,
            first_name=person.name,
            last_name="",
            company=person.company,
            tags=person.tags,
            group_ids=[group] if person.is_friend else [],
        )
        contact_id = contacts.handle(added).id
        messages = [
            a_booking(
                "cancelled" if is_cancelled else "created",
                **about,
                booking_id=f"bk-{which}",
                invitee_email=email,
                invitee_name="",
                invitee_phone="",
                starts_at=NOW + day * DAY,
            )
            for which, (day, is_cancelled) in enumerate(person.bookings)
        ]
        contacts.handle_all(messages)
        if not person.is_active:
            contacts.handle(commands.DeactivateContact(**about, contact_id=contact_id))


@pytest.fixture
def people(scenario: Scenario) -> Contacts:
    """Four people who differ in everything."""
    populate(
        scenario.contacts,
        scenario.clock,
        [
            Person("Ada", "Acme", ("vip",), True, ((1, False), (5, True)), True),
            Person("Bob", "ACME", ("press",), False, ((2, False), (3, False), (4, False)), True),
            Person("Cleo", "", ("vip", "press"), True, (), True),
            Person("Dan", "Acme Sons", (), False, ((9, True),), False),
        ],
        ORGANIZER,
    )
    return scenario.contacts


def day(number: int) -> datetime:
    """A day counted from NOW."""
    return NOW + number * DAY


ALL = {"is_active": None}


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"company": " acme "}, "Ada Bob"),
        ({"company": "Acm"}, ""),
        ({"has_bookings": True, **ALL}, "Ada Bob Dan"),
        ({"has_bookings": False, **ALL}, "Cleo"),
        ({"min_bookings": 2}, "Ada Bob"),
        ({"max_bookings": 2, **ALL}, "Ada Cleo Dan"),
        ({"min_bookings": 1, "max_bookings": 2}, "Ada"),
        ({"min_bookings": 3, "max_bookings": 2}, ""),
        ({"last_booking_after": day(4)}, "Bob"),
        ({"last_booking_after": day(1), **ALL}, "Ada Bob"),
        ({"last_booking_before": day(4), **ALL}, "Ada"),
        ({"last_booking_after": day(1), "last_booking_before": day(4)}, "Ada"),
        ({"created_after": day(1)}, "Bob Cleo"),
        ({"created_before": day(1)}, "Ada"),
        ({"created_after": day(1), "created_before": day(2)}, "Bob"),
        ({"search": "ad", "company": "acme"}, "Ada"),
        ({"tags": ["press"], "has_bookings": False}, "Cleo"),
        ({"any_tags": ["vip", "press"], "min_bookings": 1}, "Ada Bob"),
        ({"group": "friends", "max_bookings": 0}, "Cleo"),
        ({"is_active": False, "has_bookings": True}, "Dan"),
        ({"search": "acme", "created_after": day(1), **ALL}, "Bob Dan"),
        ({"company": None, "has_bookings": None, "min_bookings": None}, "Ada Bob Cleo"),
    ],
    ids=str,
)
def test_a_filter_finds_who_fulfils_all_of_it(
    people: Contacts, criteria: dict[str, Any], expected: str
) -> None:
    """In pages as in the whole list, with the right total."""
    page = people.contact_list.page(ORGANIZER, **criteria)
    assert " ".join(each.first_name for each in page.items) == expected
    assert page.total == len(page.items)
    assert [each.id for each in people.contact_list.every(ORGANIZER, **criteria)] == [
        each.id for each in page.items
    ]


def test_a_group_filters_by_id_or_name(scenario: Scenario) -> None:
    """Names compare without case; unknown groups are refused."""
    contact_id, group_id = scenario.given(a_contact()), scenario.given(a_group(name="Friends"))
    scenario.given(
        commands.AddContactToGroup(
            organizer_id=ORGANIZER, contact_id=contact_id, group_id=group_id
        ),
        a_contact(),
    )
    page = scenario.contacts.contact_list.page
    assert page(ORGANIZER, group="FRIENDS").total == 1
    assert page(ORGANIZER, group=str(group_id)).items[0].groups[0].name == "Friends"
    with pytest.raises(GroupNotFound):
        page(ORGANIZER, group="Foes")
    scenario.given(commands.DeleteGroup(organizer_id=ORGANIZER, group_id=group_id))
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).groups == []
    with pytest.raises(GroupNotFound):
        page(ORGANIZER, group="Friends")


def test_inactive_contacts_are_shown_on_request(scenario: Scenario) -> None:
    """Active ones by default, inactive ones alone, or all; totals follow."""
    contact_id = scenario.given(a_contact())
    scenario.given(
        a_contact(), commands.DeactivateContact(organizer_id=ORGANIZER, contact_id=contact_id)
    )
    page = scenario.contacts.contact_list.page
    totals = [page(ORGANIZER, is_active=state).total for state in (True, False, None)]
    counts = [len(page(ORGANIZER, is_active=state).items) for state in (True, False, None)]
    assert totals == counts == [1, 1, 2]
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).is_active is False


def test_filters_may_be_as_json_has_them(people: Contacts) -> None:
    """Times as text with an offset, lists for tuples."""
    criteria: dict[str, Any] = {"created_after": "2026-11-21T13:00:00+01:00", "tags": ["PRESS"]}
    assert people.contact_list.page(ORGANIZER, **criteria).total == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age", 5),
        ("Company", "Acme"),
        ("company", 5),
        ("search", None),
        ("tags", "vip"),
        ("tags", [5]),
        ("any_tags", 5),
        ("group", 5),
        ("is_active", "perhaps"),
        ("has_bookings", "maybe"),
        ("min_bookings", "many"),
        ("max_bookings", 1.5),
        ("created_after", "yesterday"),
        *((f"{what}_{side}", NOW.replace(tzinfo=None))
          for what in ("created", "last_booking") for side in ("after", "before")),
        ("created_before", "2026-11-20T12:00:00"),
    ],
    ids=str,
)  # fmt: skip
def test_a_filter_of_another_kind_is_refused_by_name(
    contacts: Contacts, name: str, value: object
) -> None:
    """Unknown criteria, wrong values and times without an offset."""
    criteria: dict[str, Any] = {name: value}
    with pytest.raises(InvalidQuery, match=repr(name)) as caught:
        contacts.contact_list.page(ORGANIZER, **criteria)
    assert caught.value.details == {"filter": name}
    with pytest.raises(InvalidQuery):
        list(contacts.contact_list.every(ORGANIZER, **criteria))


Test = Callable[[ContactView, Any], bool]

NAIVE: Mapping[str, Test] = {
    "search": lambda c, term: any(
        text.casefold().startswith(term) if len(term) < 3 else term in text.casefold()
        for field in (c.first_name, c.email, c.company)
        for text in (
            [field] if len(term) > 2 else field.replace("@", " ").replace(".", " ").split()
        )
    ),
    "tags": lambda c, tags: set(tags) <= {tag.casefold() for tag in c.tags},
    "any_tags": lambda c, tags: not tags or bool(set(tags) & {t.casefold() for t in c.tags}),
    "group": lambda c, name: name in [group.name for group in c.groups],
    "is_active": lambda c, state: state is None or c.is_active is state,
    "company": lambda c, company: c.company.casefold() == company,
    "has_bookings": lambda c, has: (c.total_bookings > 0) is has,
    "min_bookings": lambda c, least: c.total_bookings >= least,
    "max_bookings": lambda c, most: c.total_bookings <= most,
    "last_booking_after": lambda c, t: c.last_booking_date is not None and c.last_booking_date >= t,
    "last_booking_before": lambda c, t: c.last_booking_date is not None and c.last_booking_date < t,
    "created_after": lambda c, t: c.created_at >= t,
    "created_before": lambda c, t: c.created_at < t,
}
"""What each criterion means for one contact."""


@settings(max_examples=25)
@given(people=PEOPLE, wanted=st.lists(CRITERIA, min_size=8, max_size=8))
def test_any_filter_finds_what_a_naive_one_finds(
    contacts: Contacts, clock: Clock, people: list[Person], wanted: list[dict[str, Any]]
) -> None:
    """For random contacts and random criteria together; the totals count the same."""
    organizer_id = f"organizer {contacts.book.recorder.max_notification_id()}"
    populate(contacts, clock, people, organizer_id)
    everybody = list(contacts.contact_list.every(organizer_id, is_active=None))
    assert len(everybody) == len(people)
    for criteria in wanted:
        tests = {"is_active": True} | criteria
        expected: list[UUID] = [
            each.id
            for each in everybody
            if all(NAIVE[name](each, value) for name, value in tests.items())
        ]
        page = contacts.contact_list.page(organizer_id, limit=500, **criteria)  # type: ignore[arg-type]
        assert [each.id for each in page.items] == expected, criteria
        assert page.total == len(expected), criteria


def test_a_company_is_the_same_in_every_normal_form(contacts: Contacts) -> None:
    """A name typed with a combining accent is the one typed with a letter."""
    contacts.handle(a_contact(company="Café"))
    for company in ("café", "Cafe\u0301", "CAFÉ "):
        assert contacts.contact_list.page(ORGANIZER, company=company).total == 1


QUERIES: dict[str, Callable[[Contacts, str], object]] = {
    "search": lambda c, text: c.contact_list.page(ORGANIZER, search=text),
    "company": lambda c, text: c.contact_list.page(ORGANIZER, company=text),
    "group": lambda c, text: c.contact_list.page(ORGANIZER, group=text),
    "tags": lambda c, text: c.contact_list.page(ORGANIZER, tags=[text]),
    "an organizer": lambda c, text: c.contact_list.page(text, tags=["vip"]),
    "an organizer's search": lambda c, text: c.contact_list.page(text, search="ada"),
    "a reference": lambda c, text: c.contact_list.find(ORGANIZER, text),
    "a prefix": lambda c, text: c.tags.list(ORGANIZER, prefix=text),
    "a saved search": lambda c, text: c.organizers.search(ORGANIZER, text),
}


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "\0"], ids=ascii)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_text_that_nobody_can_have_finds_nothing_or_is_refused(
    contacts: Contacts, query: Callable[[Contacts, str], object], text: str
) -> None:
    """Never an error of the driver."""
    try:
        found = query(contacts, text)
    except (InvalidQuery, ContactNotFound, GroupNotFound, SearchNotFound):
        return
    assert found == [] or (isinstance(found, Page) and found.items == [])


@pytest.mark.parametrize("number", [10**30, -(10**30)])
def test_numbers_that_no_database_can_compare_are_refused(contacts: Contacts, number: int) -> None:
    """With the name of the filter."""
    for name in ("min_bookings", "max_bookings"):
        with pytest.raises(InvalidQuery, match=name):
            contacts.contact_list.page(ORGANIZER, **{name: number})
