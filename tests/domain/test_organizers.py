"""Settings and saved searches: what an organizer decides about its address book."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters import Contacts
from contacts_domain import commands, events
from contacts_domain.commands import Command
from tests.builders import ORGANIZER, a_contact, a_row
from tests.domain.refusals import refused_fields
from tests.scenario import Scenario

NATIONAL = "020 7946 0958"
IN_BRITAIN = "+442079460958"


def settings(**fields: Any) -> commands.ChangeSettings:
    """Settings to change."""
    return commands.ChangeSettings(**({"organizer_id": ORGANIZER} | fields))


def a_search(**fields: Any) -> commands.SaveSearch:
    """A search to save."""
    defaults = {"organizer_id": ORGANIZER, "name": "Regulars", "criteria": {"min_bookings": 3}}
    return commands.SaveSearch(**(defaults | fields))


def the_end_of(name: str) -> commands.DeleteSearch:
    """A search to delete."""
    return commands.DeleteSearch(organizer_id=ORGANIZER, name=name)


def e164_of(contacts: Contacts, command: Command) -> str | None:
    """The phone in E.164 of the contact that a command is about."""
    contact_id = contacts.handle(command).id
    return contacts.contact_list.find(command.organizer_id, contact_id).phone_e164


@pytest.mark.parametrize("make", [a_contact, a_row], ids=["by hand", "in an import"])
def test_the_region_of_an_organizer_reads_its_national_numbers(
    reopen: Callable[..., Contacts], make: Callable[..., Command]
) -> None:
    """Before the installation's default, and for this organizer only."""
    contacts = reopen(default_region="DE")
    assert e164_of(contacts, make(phone=NATIONAL)) != IN_BRITAIN
    contacts.handle(settings(default_region="gb"))
    assert e164_of(contacts, make(phone=NATIONAL)) == IN_BRITAIN
    assert e164_of(contacts, make(organizer_id="other", phone=NATIONAL)) != IN_BRITAIN
    assert e164_of(reopen(default_region="DE"), make(phone=NATIONAL)) == IN_BRITAIN


def test_an_edited_phone_is_read_by_the_region_too(scenario: Scenario) -> None:
    """Numbers entered before keep what they were."""
    contact_id = scenario.given(a_contact(phone=NATIONAL))
    scenario.given(settings(default_region="GB"))
    find = scenario.contacts.contact_list.find
    assert find(ORGANIZER, contact_id).phone_e164 is None
    scenario.given(
        commands.EditContact(organizer_id=ORGANIZER, contact_id=contact_id, phone="020 79460958")
    )
    assert find(ORGANIZER, contact_id).phone_e164 == IN_BRITAIN


def test_a_blank_region_goes_back_to_that_of_the_installation(
    reopen: Callable[..., Contacts],
) -> None:
    """It is no region of its own."""
    contacts = reopen(default_region="GB")
    contacts.handle(settings(default_region="DE"))
    assert e164_of(contacts, a_contact(phone=NATIONAL)) != IN_BRITAIN
    contacts.handle(settings(default_region=""))
    assert contacts.organizers.settings(ORGANIZER).default_region is None
    assert e164_of(contacts, a_contact(phone=NATIONAL)) == IN_BRITAIN


@pytest.mark.parametrize("region", ["XX", "Germany", "D", "001", "+44"])
def test_an_unknown_region_is_refused(region: str) -> None:
    """By name of the field."""
    assert refused_fields(lambda: settings(default_region=region)) == ["default_region"]


@pytest.mark.parametrize("fields", [{"default_region": None}, {"name_order": None}], ids=str)
def test_settings_cannot_be_null(fields: dict[str, None]) -> None:
    """An omitted setting stays, a null is refused."""
    assert refused_fields(lambda: settings(**fields)) == list(fields)


def test_an_unknown_order_of_names_is_refused() -> None:
    """There are two."""
    assert refused_fields(lambda: settings(name_order="middle_first")) == ["name_order"]


def test_only_what_changes_is_recorded(scenario: Scenario) -> None:
    """The other setting stays, and what is so already is no event."""
    scenario.when(settings(default_region="GB")).then_emitted(
        events.OrganizerSettingsChanged(default_region="GB")
    )
    scenario.when(settings(default_region="GB", name_order="last_first")).then_emitted(
        events.OrganizerSettingsChanged(name_order="last_first")
    )
    scenario.when(settings(default_region="gb")).then_nothing_happened()
    scenario.when(settings()).then_nothing_happened()


@pytest.mark.parametrize(
    "command",
    [settings(default_region=""), settings(name_order="first_last"), settings()],
    ids=["region", "order", "nothing"],
)
def test_the_defaults_of_a_new_organizer_are_no_event(scenario: Scenario, command: Command) -> None:
    """Nothing is recorded for an organizer who says what holds anyway."""
    scenario.when(command).then_nothing_happened()


def test_saving_a_search_again_is_no_event(scenario: Scenario) -> None:
    """The order of keys in the filter does not matter, other content and spelling do."""
    saved = events.OrganizerSearchSaved
    first = a_search(criteria={"min_bookings": 3, "company": "Acme"})
    again = a_search(criteria={"company": "Acme", "min_bookings": 3})
    text = '{"company":"Acme","min_bookings":3}'
    scenario.when(first).then_emitted(saved(search_name="Regulars", criteria=text))
    scenario.when(again).then_nothing_happened()
    scenario.when(a_search(name="REGULARS", criteria={})).then_emitted(
        saved(search_name="REGULARS", criteria="{}")
    )


def test_a_deleted_search_is_named_as_it_was_written(scenario: Scenario) -> None:
    """Found without case; the second time there is nothing to find."""
    scenario.given(a_search(name="Regulars"))
    scenario.when(the_end_of("rEGULARS")).then_emitted(
        events.OrganizerSearchDeleted(search_name="Regulars")
    )
    scenario.when(the_end_of("Regulars")).then_refused("search_not_found")


def test_a_search_of_nobody_is_not_found(scenario: Scenario) -> None:
    """Neither one that never was nor one of somebody else."""
    scenario.given(a_search(organizer_id="other"))
    scenario.when(the_end_of("Regulars")).then_refused("search_not_found")


@pytest.mark.parametrize("name", ["", "  ", "a" * 101])
def test_a_search_has_a_name_of_one_to_a_hundred_characters(name: str) -> None:
    """Others are refused."""
    assert refused_fields(lambda: a_search(name=name)) == ["name"]


@pytest.mark.parametrize("criteria", [[], "[]", "no JSON", None, 5])
def test_a_filter_is_an_object(criteria: object) -> None:
    """In JSON or as a mapping."""
    assert refused_fields(lambda: a_search(criteria=criteria)) == ["criteria"]


@pytest.mark.parametrize(
    "criteria",
    [
        {"bogus": 1},
        {"sort": "email"},
        {"tags": "vip"},
        {"min_bookings": 1e40},
        {"min_bookings": 2**63},
        {"created_after": "soon"},
        {"search": "a\0b"},
    ],
    ids=str,
)
def test_a_filter_that_could_not_be_used_is_refused(criteria: object) -> None:
    """When it is saved, not when somebody needs it."""
    assert refused_fields(lambda: a_search(criteria=criteria)) == ["criteria"]
