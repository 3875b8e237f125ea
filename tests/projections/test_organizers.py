"""Organizers as readers see them: settings, saved searches, and the names of contacts."""

from typing import Any

import pytest

from adapters import Contacts
from contacts_domain import commands
from contacts_domain.errors import SearchNotFound
from projections.organizers import SavedSearch, SettingsView
from tests.builders import ORGANIZER, a_contact
from tests.scenario import Scenario


def settings(**fields: Any) -> commands.ChangeSettings:
    """Settings to change."""
    return commands.ChangeSettings(**({"organizer_id": ORGANIZER} | fields))


def a_search(name: str, organizer_id: str = ORGANIZER, **criteria: Any) -> commands.SaveSearch:
    """A search to save."""
    return commands.SaveSearch(organizer_id=organizer_id, name=name, criteria=criteria)


def shown_names(contacts: Contacts, organizer_id: str = ORGANIZER) -> list[str]:
    """Full names as the list shows them."""
    return [each.full_name for each in contacts.contact_list.page(organizer_id).items]


def test_an_organizer_who_set_nothing_has_the_defaults(contacts: Contacts) -> None:
    """As has one whom nobody knows."""
    assert contacts.organizers.settings("nobody") == SettingsView(None, "first_last")
    assert contacts.organizers.searches("nobody") == []


def test_settings_are_shown_as_they_are_now(scenario: Scenario) -> None:
    """Each one alone, and again after a rebuild; others keep their own."""
    organizers = scenario.contacts.organizers
    scenario.given(settings(default_region="de"))
    assert organizers.settings(ORGANIZER) == SettingsView("DE", "first_last")
    scenario.given(settings(name_order="last_first"))
    for _ in range(2):
        assert organizers.settings(ORGANIZER) == SettingsView("DE", "last_first")
        assert organizers.settings("other") == SettingsView(None, "first_last")
        scenario.contacts.rebuild()
    scenario.given(settings(default_region=""))
    assert organizers.settings(ORGANIZER) == SettingsView(None, "last_first")


def test_the_order_of_names_is_seen_at_once(scenario: Scenario) -> None:
    """In the list, in a search and in one contact, of this organizer only."""
    for organizer_id in (ORGANIZER, "other"):
        scenario.given(a_contact(organizer_id=organizer_id, email="ada@example.org"))
    contacts = scenario.contacts
    assert shown_names(contacts) == ["Ada Lovelace"]
    scenario.given(settings(name_order="last_first"))
    assert shown_names(contacts) == ["Lovelace Ada"]
    assert contacts.contact_list.find(ORGANIZER, "ada@example.org").full_name == "Lovelace Ada"
    assert shown_names(contacts, "other") == ["Ada Lovelace"]
    assert contacts.contact_list.page(ORGANIZER, search="ada lovelace").total == 1
    scenario.given(settings(name_order="first_last"))
    assert shown_names(contacts) == ["Ada Lovelace"]


def test_a_saved_search_is_found_without_case(scenario: Scenario) -> None:
    """And shown as written, the filter as it was given."""
    scenario.given(a_search("Straße", tags=["vip"], min_bookings=3))
    expected = SavedSearch("Straße", {"tags": ["vip"], "min_bookings": 3})
    for name in ("Straße", "STRASSE", " straße "):
        assert scenario.contacts.organizers.search(ORGANIZER, name) == expected


def test_a_saved_search_filters_the_list(scenario: Scenario) -> None:
    """Its criteria are those of a page, also the ones JSON has no kind for."""
    scenario.given(a_contact(tags=("vip",)), a_contact())
    scenario.given(
        a_search("VIPs", tags=["VIP"], created_after="2026-01-01T00:00:00Z", is_active=None)
    )
    criteria = scenario.contacts.organizers.search(ORGANIZER, "vips").criteria
    assert scenario.contacts.contact_list.page(ORGANIZER, **criteria).total == 1


def test_a_name_in_use_gets_the_new_filter(scenario: Scenario) -> None:
    """And the new spelling; the others stay, by name."""
    scenario.given(a_search("vips", tags=["vip"]), a_search("Regulars"), a_search("VIPs"))
    assert scenario.contacts.organizers.searches(ORGANIZER) == [
        SavedSearch("Regulars", {}),
        SavedSearch("VIPs", {}),
    ]


def test_a_deleted_search_is_gone(scenario: Scenario) -> None:
    """Until somebody saves another one of that name."""
    scenario.given(a_search("VIPs"), commands.DeleteSearch(organizer_id=ORGANIZER, name="vips"))
    for _ in range(2):
        with pytest.raises(SearchNotFound):
            scenario.contacts.organizers.search(ORGANIZER, "VIPs")
        assert scenario.contacts.organizers.searches(ORGANIZER) == []
        scenario.contacts.rebuild()
    scenario.given(a_search("vips"))
    assert scenario.contacts.organizers.search(ORGANIZER, "VIPs").name == "vips"


def test_searches_survive_a_rebuild_and_belong_to_their_organizer(scenario: Scenario) -> None:
    """The same name may stand for something else elsewhere."""
    scenario.given(a_search("VIPs", tags=["vip"]), a_search("VIPs", "other", company="Acme"))
    organizers = scenario.contacts.organizers
    for _ in range(2):
        assert organizers.searches(ORGANIZER) == [SavedSearch("VIPs", {"tags": ["vip"]})]
        assert organizers.searches("other") == [SavedSearch("VIPs", {"company": "Acme"})]
        with pytest.raises(SearchNotFound):
            organizers.search("third", "VIPs")
        scenario.contacts.rebuild()
