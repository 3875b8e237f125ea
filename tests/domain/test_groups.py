"""Groups: names unique without case, colours in one form, and memberships of contacts."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contacts_domain.commands import (
    AddContactToGroup,
    ChangeGroup,
    DeleteGroup,
    RemoveContactFromGroup,
)
from contacts_domain.events import (
    ContactGrouped,
    ContactUngrouped,
    GroupChanged,
    GroupCreated,
    GroupDeleted,
)
from tests.builders import ORGANIZER, a_contact, a_group
from tests.domain.refusals import refusal_of, refused_fields
from tests.scenario import Scenario, recorded_events


@pytest.fixture
def group_id(scenario: Scenario) -> UUID:
    """A group with everything filled in."""
    return scenario.given(a_group(name="Clients", description="Who pay", color="#ff0000"))


def changed(group_id: UUID, **fields: Any) -> ChangeGroup:
    """The command that changes these fields."""
    return ChangeGroup(organizer_id=ORGANIZER, group_id=group_id, **fields)


def test_a_group_can_begin_with_members(scenario: Scenario) -> None:
    """Each joins once, in the same unit of work; one receipt tells of all."""
    ada, bob = (scenario.given(a_contact()) for _ in range(2))
    receipt = scenario.contacts.handle(a_group(contact_ids=(ada, bob, ada)))
    assert receipt.event_names == ("group.created", "contact.grouped", "contact.grouped")
    assert (receipt.events, receipt.position) == (3, 5)
    recorded = recorded_events(scenario.contacts, 3)
    assert [each.originator_id for each in recorded] == [ada, bob]
    assert [each.event for each in recorded] == [ContactGrouped(group_id=receipt.id)] * 2


def test_a_group_with_an_unknown_member_is_not_made(scenario: Scenario) -> None:
    """All or nothing."""
    ada = scenario.given(a_contact())
    scenario.when(a_group(name="Clients", contact_ids=(ada, uuid4()))).then_refused(
        "contact_not_found"
    )
    scenario.given(a_group(name="Clients"))


def test_a_group_needs_only_a_name(scenario: Scenario) -> None:
    """It gets the default colour and a blank description."""
    scenario.when(a_group(name="  Clients ")).then_emitted(
        GroupCreated(group_name="Clients", description="", color="#0066cc")
    )


def test_a_group_is_made_with_everything_given(scenario: Scenario) -> None:
    """The description may have several lines."""
    scenario.when(a_group(name="Clients", description="Who\npay", color="#F0A")).then_emitted(
        GroupCreated(group_name="Clients", description="Who\npay", color="#ff00aa")
    )


@pytest.mark.parametrize(
    ("color", "kept"),
    [("#0066CC", "#0066cc"), (" #abc ", "#aabbcc"), ("#000000", "#000000"), ("#AbC", "#aabbcc")],
)
def test_colours_are_kept_in_one_form(color: str, kept: str) -> None:
    """Six lower-case digits after the hash."""
    assert a_group(color=color).color == kept


@pytest.mark.parametrize(
    "color", ["", "red", "0066cc", "#12", "#1234", "#12345", "#1234567", "#ggg", "##abc", "# abc"]
)
def test_a_colour_that_is_no_hex_code_is_refused(color: str) -> None:
    """Nothing else may end up in a style sheet."""
    refusal = refusal_of(lambda: a_group(color=color))
    assert refusal.code == "invalid_color"
    assert [(each.field, each.value) for each in refusal.errors] == [("color", color)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 101),
        ("name", "a\nb"),
        ("description", "x" * 2001),
    ],
)
def test_names_and_descriptions_have_bounds(field: str, value: str) -> None:
    """They hold for new groups and for changed ones."""
    assert refused_fields(lambda: a_group(**{field: value})) == [field]
    assert refused_fields(lambda: changed(uuid4(), **{field: value})) == [field]


@pytest.mark.parametrize(
    ("taken", "same"),
    [
        ("Clients", "Clients"),
        ("Clients", "cLIENTS"),
        ("Straße", "STRASSE"),
        ("Caf\u00e9", "CAFE\u0301"),
        ("Clients", " clients "),
    ],
)
def test_a_group_name_in_use_is_refused_with_its_group(
    scenario: Scenario, taken: str, same: str
) -> None:
    """Names are compared without case; the answer names the group that has it."""
    holder = scenario.given(a_group(name=taken))
    refusal = scenario.when(a_group(name=same)).then_refused("group_name_already_used")
    assert refusal.details["group_id"] == str(holder)


def test_a_group_name_is_free_for_another_organizer(scenario: Scenario, group_id: UUID) -> None:
    """Names are unique per organizer."""
    scenario.when(a_group(name="Clients", organizer_id="globex"))
    assert scenario.refusal is None


def test_the_name_of_a_deleted_group_is_free(scenario: Scenario, group_id: UUID) -> None:
    """A new group of that name is another group."""
    scenario.given(DeleteGroup(organizer_id=ORGANIZER, group_id=group_id))
    assert scenario.given(a_group(name="clients")) != group_id


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "Payers"}, {"group_name": "Payers", "previous_name": "Clients"}),
        ({"name": "CLIENTS"}, {"group_name": "CLIENTS", "previous_name": "Clients"}),
        ({"description": ""}, {"description": ""}),
        ({"color": "#00F"}, {"color": "#0000ff"}),
        ({"name": "Clients", "color": "#0f0"}, {"color": "#00ff00"}),
    ],
)
def test_only_what_differs_changes(
    scenario: Scenario, group_id: UUID, fields: dict[str, str], expected: dict[str, str]
) -> None:
    """A new name comes with the previous one; its own name in another case is no conflict."""
    scenario.when(changed(group_id, **fields)).then_emitted(GroupChanged(**expected))


@pytest.mark.parametrize("fields", [{}, {"name": "Clients", "color": "#F00"}])
def test_a_change_without_a_difference_records_nothing(
    scenario: Scenario, group_id: UUID, fields: dict[str, str]
) -> None:
    """Colours are compared in their one form."""
    scenario.when(changed(group_id, **fields)).then_nothing_happened()


@pytest.mark.parametrize("field", ["name", "description", "color"])
def test_null_is_refused(field: str) -> None:
    """As for contacts."""
    assert refused_fields(lambda: changed(uuid4(), **{field: None})) == [field]


def test_a_group_cannot_take_the_name_of_another(scenario: Scenario, group_id: UUID) -> None:
    """Renaming refuses as making does."""
    scenario.given(a_group(name="Leads"))
    refusal = scenario.when(changed(group_id, name="leads")).then_refused("group_name_already_used")
    assert refusal.details["name"] == "leads"


def test_a_renamed_group_frees_its_previous_name(scenario: Scenario, group_id: UUID) -> None:
    """Somebody may use it at once."""
    scenario.given(changed(group_id, name="Payers"))
    scenario.when(a_group(name="Clients"))
    assert scenario.refusal is None


def test_deleting_a_group_is_one_event_and_leaves_its_members(
    scenario: Scenario, group_id: UUID
) -> None:
    """Memberships are not touched: a group of 100,000 goes as fast as an empty one."""
    contact_id = scenario.given(a_contact(group_ids=[group_id]))
    scenario.when(DeleteGroup(organizer_id=ORGANIZER, group_id=group_id)).then_emitted(
        GroupDeleted(group_name="Clients")
    )
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).groups == []


def test_a_contact_joins_and_leaves_a_group(scenario: Scenario, group_id: UUID) -> None:
    """Both are events of the contact; what is so already records nothing."""
    about = {"organizer_id": ORGANIZER, "contact_id": scenario.given(a_contact())}
    join = AddContactToGroup(**about, group_id=group_id)
    leave = RemoveContactFromGroup(**about, group_id=group_id)
    scenario.when(leave).then_nothing_happened()
    scenario.when(join).then_emitted(ContactGrouped(group_id=group_id))
    scenario.when(join).then_nothing_happened()
    scenario.when(leave).then_emitted(ContactUngrouped(group_id=group_id))
    scenario.when(leave).then_nothing_happened()
