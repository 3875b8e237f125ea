"""Phone numbers: as typed and in E.164, judged by the numbering plans, refused only from people."""

from collections.abc import Callable

import pytest

from adapters import Contacts
from contacts_domain.commands import EditContact
from contacts_domain.errors import InvalidPhone, SettingsError
from contacts_domain.phones import e164, is_region
from tests.builders import ORGANIZER, a_contact, a_row
from tests.scenario import Scenario


@pytest.mark.parametrize(
    ("typed", "region", "expected"),
    [
        ("+44 20 7946 0958", None, "+442079460958"),
        ("+44 (0)20 7946-0958", None, "+442079460958"),
        ("+1 (415) 555-2671", "DE", "+14155552671"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("030/901820", "DE", "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("\uff0b44 20 7946 0958", None, "+442079460958"),
        ("tel:+44-20-7946-0958", None, "+442079460958"),
        ("020 7946 0958", None, None),
        ("+44 1", None, None),
        ("1", "DE", None),
        ("call me", "DE", None),
        ("", "DE", None),
    ],
)
def test_the_e164_form_is_told_where_it_can_be(
    typed: str, region: str | None, expected: str | None
) -> None:
    """By the default region for national numbers, else not at all."""
    assert e164(typed, region) == expected


@pytest.mark.parametrize(
    "phone", ["call me", "+1", "+999 1", "12", "+" * 30, "1" * 40, "+44 20 7946 0958 0958 0958 09"]
)
@pytest.mark.parametrize("how", ["add", "edit"])
def test_an_impossible_phone_is_refused_from_people(
    scenario: Scenario, phone: str, how: str
) -> None:
    """They can correct it at once; the answer says how to write one."""
    contact_id = scenario.given(a_contact())
    refusal = scenario.when(
        a_contact(phone=phone)
        if how == "add"
        else EditContact(organizer_id=ORGANIZER, contact_id=contact_id, phone=phone)
    ).then_refused("invalid_phone")
    assert isinstance(refusal, InvalidPhone)
    assert [(each.field, each.value) for each in refusal.errors] == [("phone", phone)]
    assert "+44" in refusal.message


@pytest.mark.parametrize("phone", ["020 7946 0958", "030/901820", "110"])
def test_a_national_number_without_a_region_is_kept_as_typed(
    scenario: Scenario, phone: str
) -> None:
    """It cannot be judged, so it is not refused."""
    contact_id = scenario.given(a_contact(phone=phone))
    view = scenario.contacts.contact_list.find(ORGANIZER, contact_id)
    assert (view.phone, view.phone_e164) == (phone, None)


@pytest.mark.parametrize("make", [a_contact, a_row], ids=["by hand", "in an import"])
def test_the_default_region_reads_national_numbers(
    reopen: Callable[..., Contacts], make: Callable[..., object]
) -> None:
    """The number is kept as typed beside its E.164 form."""
    contacts = reopen(default_region="GB")
    contact_id = contacts.handle(make(phone="020 7946 0958")).id
    view = contacts.contact_list.find(ORGANIZER, contact_id)
    assert (view.phone, view.phone_e164) == ("020 7946 0958", "+442079460958")


def test_a_number_impossible_in_the_default_region_is_refused(
    reopen: Callable[..., Contacts],
) -> None:
    """With a region a national number can be judged."""
    with pytest.raises(InvalidPhone):
        reopen(default_region="GB").handle(a_contact(phone="020 7946 0958 0958"))


@pytest.mark.parametrize("region", ["XX", "de", "Germany", "", "049"])
def test_a_default_region_is_an_iso_code(reopen: Callable[..., Contacts], region: str) -> None:
    """Anything else would silently read no number at all."""
    assert not is_region(region)
    with pytest.raises(SettingsError):
        reopen(default_region=region)


def test_a_phone_has_at_most_40_characters(scenario: Scenario) -> None:
    """The bound itself is allowed, spaces inside are squeezed."""
    typed = "+44 20 7946 0958 ext. 1234567"
    contact_id = scenario.given(a_contact(phone=typed.replace(" ", "  ")))
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).phone == typed
    scenario.when(lambda: a_contact(phone="1" * 41)).then_refused("invalid_command")
