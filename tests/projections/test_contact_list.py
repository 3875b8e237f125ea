"""The contact list: filters, search, sorts, keyset pages, totals, one contact."""

from datetime import timedelta
from typing import Any

import pytest

from adapters import Contacts
from contacts_domain import commands
from contacts_domain.errors import ContactNotFound, InvalidCursor, InvalidQuery
from projections.contact_list_query import SORTS
from tests.builders import ORGANIZER, a_booking, a_contact, a_group
from tests.scenario import NOW, Clock, Scenario


def names(contacts: Contacts, **filters: Any) -> list[str]:
    """Full names of a page."""
    return [each.full_name for each in contacts.contact_list.page(ORGANIZER, **filters).items]


@pytest.fixture
def people(scenario: Scenario) -> Contacts:
    """Four people of different names, tags and companies."""
    scenario.given(
        a_contact(first_name="Ada", last_name="Lovelace", company="Analytical Engines",
                  tags=("VIP", "press"), email="ada@engines.example"),
        a_contact(first_name="José", last_name="Ñandú", company="100% natural_foods",
                  tags=("vip",), email="jose@foods.example"),
        a_contact(first_name="Zoë", last_name="", company="", email="zoe@solo.example"),
        a_contact(first_name="Grace", last_name="Hopper", company="analytical engines",
                  tags=("press",), email="grace@navy.example"),
    )  # fmt: skip
    return scenario.contacts


def test_a_contact_shows_everything_that_was_entered(scenario: Scenario, clock: Clock) -> None:
    """All fields of the view, as typed, with times in UTC."""
    contact_id = scenario.given(
        a_contact(
            email="Ada@Example.org",
            phone="+44 (0)20 7946 0958",
            company="Engines",
            job_title="Countess",
            notes="Likes looms\nand cards",
            tags=("VIP", "press"),
        )
    )
    shown = scenario.contacts.contact_list.find(ORGANIZER, "ADA@example.ORG")
    assert shown.id == contact_id
    assert (shown.full_name, shown.email) == ("Ada Lovelace", "Ada@Example.org")
    assert (shown.phone, shown.phone_e164) == ("+44 (0)20 7946 0958", "+442079460958")
    assert (shown.company, shown.job_title) == ("Engines", "Countess")
    assert (shown.notes, shown.tags, shown.groups) == (
        "Likes looms\nand cards",
        ["VIP", "press"],
        [],
    )
    assert (shown.is_active, shown.created_at, shown.updated_at) == (True, clock.now, clock.now)
    assert (shown.total_bookings, shown.upcoming_bookings, shown.last_booking_date) == (0, 0, None)


def test_updated_at_moves_with_details_and_not_with_bookings(
    scenario: Scenario, clock: Clock
) -> None:
    """A booking leaves the time of the last edit alone."""
    contact_id = scenario.given(a_contact(email="ada@example.org"))
    clock.forward(hours=1)
    scenario.given(a_booking(invitee_email="ada@example.org", invitee_phone=""))
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).updated_at == NOW
    scenario.given(
        commands.TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=("vip",))
    )
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).updated_at == clock.now


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("ada", ["Ada Lovelace"]),
        ("LOVE", ["Ada Lovelace"]),
        ("ada love", ["Ada Lovelace"]),
        ("nandu", ["José Ñandú"]),
        ("jose", ["José Ñandú"]),
        ("ANALYTICAL", ["Grace Hopper", "Ada Lovelace"]),
        ("@navy", ["Grace Hopper"]),
        ("100%", ["José Ñandú"]),
        ("%", []),
        ("_", []),
        ("l_f", ["José Ñandú"]),
        ("'; DROP TABLE", []),
        ('"', []),
        ("\\", []),
        ("e", ["Grace Hopper", "Ada Lovelace", "José Ñandú", "Zoë"]),
        ("lo", ["Ada Lovelace"]),
        ("ov", []),
        ("ñ", ["Grace Hopper", "José Ñandú"]),
        ("NA", ["Grace Hopper", "José Ñandú"]),
        ("en", ["Grace Hopper", "Ada Lovelace"]),
        ("lovelace ada", ["Ada Lovelace"]),
        ("ace ada", ["Ada Lovelace"]),
        ("  ", ["Grace Hopper", "Ada Lovelace", "José Ñandú", "Zoë"]),
    ],
)
def test_search_finds_parts_of_name_email_and_company(
    people: Contacts, term: str, found: list[str]
) -> None:
    """Case and accents do not matter; wildcards and quotes are literals."""
    page = people.contact_list.page(ORGANIZER, search=term)
    assert [each.full_name for each in page.items] == found
    assert page.total == len(found)


def test_tag_filters_are_all_of_or_any_of(people: Contacts) -> None:
    """Tags compare without case."""
    assert names(people, tags=["vip"]) == ["Ada Lovelace", "José Ñandú"]
    assert names(people, tags=["Vip", "PRESS"]) == ["Ada Lovelace"]
    assert names(people, any_tags=["vip", "press"]) == [
        "Grace Hopper", "Ada Lovelace", "José Ñandú",
    ]  # fmt: skip
    assert names(people, tags=["nothing"]) == []


def test_deleted_contacts_are_hidden_until_restored(scenario: Scenario) -> None:
    """Nowhere in lists, not by id, not by e-mail; restored as they were."""
    contact_id = scenario.given(a_contact(email="ada@example.org", tags=("vip",)))
    before = scenario.contacts.contact_list.find(ORGANIZER, contact_id)
    scenario.given(commands.DeleteContact(organizer_id=ORGANIZER, contact_id=contact_id))
    assert scenario.contacts.contact_list.page(ORGANIZER, is_active=None).total == 0
    for reference in (contact_id, "ada@example.org"):
        with pytest.raises(ContactNotFound):
            scenario.contacts.contact_list.find(ORGANIZER, reference)
    scenario.given(commands.RestoreContact(organizer_id=ORGANIZER, contact_id=contact_id))
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id) == before


@pytest.mark.parametrize("reference", ["not an id", "nobody@example.org", "", "%"])
def test_a_reference_that_is_nobody_is_not_found(contacts: Contacts, reference: str) -> None:
    """Ids, e-mails and nonsense answer alike."""
    with pytest.raises(ContactNotFound):
        contacts.contact_list.find(ORGANIZER, reference)


def test_the_default_order_is_last_name_then_first(people: Contacts) -> None:
    """Somebody with one name only stands where that name belongs."""
    assert names(people) == ["Grace Hopper", "Ada Lovelace", "José Ñandú", "Zoë"]
    assert names(people, sort="-name") == ["Zoë", "José Ñandú", "Ada Lovelace", "Grace Hopper"]


@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_of_any_sort_make_the_whole_list(
    scenario: Scenario, clock: Clock, sort: str, direction: str
) -> None:
    """Every sort, followed page by page, shows each contact once, missing values last."""
    for number in range(11):
        scenario.given(a_contact(first_name=f"N{number % 3}", company=("", "a", "B")[number % 3]))
        clock.forward(minutes=1)
    for number in range(6):
        scenario.given(
            a_booking(
                booking_id=f"bk-{number}",
                invitee_email=f"guest{number // 2}@example.org",
                starts_at=NOW + timedelta(days=number),
                status="cancelled" if number == 5 else "created",
            )
        )
    whole = scenario.contacts.contact_list.page(ORGANIZER, sort=direction + sort, limit=500)
    paged, cursor = [], None
    while True:
        page = scenario.contacts.contact_list.page(
            ORGANIZER, sort=direction + sort, limit=3, cursor=cursor
        )
        paged += page.items
        assert page.total == 14
        if (cursor := page.next) is None:
            break
    assert [each.id for each in paged] == [each.id for each in whole.items]
    assert len(paged) == len({each.id for each in paged}) == 14
    values = [_sort_value(each, sort) for each in paged]
    present = [value for value in values if value]
    if sort in ("company", "last_booking_date"):
        assert values[: len(present)] == present
        values = present
    assert values == sorted(values, reverse=bool(direction))


def _sort_value(contact: Any, sort: str) -> Any:
    if sort == "name":
        return (contact.last_name.casefold() or contact.first_name.casefold(), contact.first_name)
    value = getattr(contact, sort)
    return value.casefold() if isinstance(value, str) else value


def test_a_cursor_belongs_to_its_sort_and_filters(people: Contacts) -> None:
    """Used elsewhere, damaged or invented it is refused."""
    cursor = people.contact_list.page(ORGANIZER, limit=1).next
    assert cursor is not None
    page = people.contact_list.page
    with pytest.raises(InvalidCursor):
        page(ORGANIZER, sort="-name", cursor=cursor)
    with pytest.raises(InvalidCursor):
        page(ORGANIZER, search="a", cursor=cursor)
    with pytest.raises(InvalidCursor):
        page("another", cursor=cursor)
    for damaged in ("", "x", cursor[:-4], cursor + "AAAA", "é", "W10", "bnVsbA"):
        with pytest.raises(InvalidCursor):
            page(ORGANIZER, cursor=damaged)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_holds_one_to_five_hundred_items(contacts: Contacts, limit: int) -> None:
    """Other limits are refused."""
    with pytest.raises(InvalidQuery):
        contacts.contact_list.page(ORGANIZER, limit=limit)


def test_an_unknown_sort_is_refused(contacts: Contacts) -> None:
    """The refusal lists the sorts that exist."""
    with pytest.raises(InvalidQuery, match="last_booking_date"):
        contacts.contact_list.page(ORGANIZER, sort="age")


def test_organizers_never_see_each_other(scenario: Scenario) -> None:
    """The same e-mail, group name and tag exist once per organizer."""
    for organizer_id in ("one", "two"):
        scenario.given(
            a_group(organizer_id=organizer_id, name="Friends"),
            a_contact(organizer_id=organizer_id, email="ada@example.org", tags=("vip",)),
        )
    one = scenario.contacts.contact_list.find("one", "ada@example.org")
    assert scenario.contacts.contact_list.page("one").total == 1
    with pytest.raises(ContactNotFound):
        scenario.contacts.contact_list.find("two", one.id)
    assert scenario.contacts.contact_list.page("nobody").total == 0


@pytest.mark.parametrize(
    ("name", "term"),
    [("Søren", "soren"), ("Đoković", "dokovic"), ("Łukasz", "LUKASZ"), ("Æsir", "aes")],
)
def test_letters_with_strokes_are_found_without_them(
    contacts: Contacts, name: str, term: str
) -> None:
    """Unicode does not take them apart; people who type them on another keyboard do."""
    contacts.handle(a_contact(first_name=name))
    for search in (term, name, name.upper()):
        assert contacts.contact_list.page(ORGANIZER, search=search).total == 1
