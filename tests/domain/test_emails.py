"""E-mail addresses: what is one, what makes two the same, and that they are shown as typed."""

from collections.abc import Callable
from itertools import combinations

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts_domain import emails
from contacts_domain.commands import Command
from contacts_domain.emails import email_key
from tests.builders import ORGANIZER, a_booking, a_contact, a_row
from tests.domain.refusals import refusal_of
from tests.scenario import Scenario, recorded_events

SAME = [
    ["ada@example.org", "ADA@example.org", "Ada@Example.ORG", "  ada@example.org\n"],
    ["ada@b\u00fccher.example", "ada@BU\u0308CHER.Example", "ada@xn--bcher-kva.example"],
    ["ren\u00e9e@example.org", "Rene\u0301e@example.org", "REN\u00c9E@example.org"],
    ["stra\u00dfe@example.org", "STRASSE@example.org"],
    ["ada@stra\u00dfe.example", "ada@STRA\u00dfE.example", "ada@xn--strae-oqa.example"],
    [
        "\u03c3\u03bf\u03c6\u03af\u03b1\u03c2@example.org",
        "\u03a3\u039f\u03a6\u038a\u0391\u03a3@example.org",
    ],
    ["ada@example.test", "ADA@EXAMPLE.TEST"],
    ["ada@b\u00fccher.test", "ada@xn--bcher-kva.test"],
]
PAIRS = [pair for spellings in SAME for pair in combinations(spellings, 2)]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=ascii)
def test_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    """Local part without case, domain in IDNA, both in NFC."""
    keys = [email_key(a_contact(email=each).email) for each in (one, other)]
    assert keys[0] == keys[1]


@pytest.mark.parametrize(("one", "other"), [spellings[:2] for spellings in SAME], ids=ascii)
def test_an_address_in_another_spelling_is_in_use(scenario: Scenario, one: str, other: str) -> None:
    """For people as for bookings and imports."""
    contact_id = scenario.given(a_contact(email=one))
    scenario.when(a_contact(email=other)).then_refused("email_already_used")
    assert scenario.given(a_row(email=other)) == contact_id
    assert scenario.given(a_booking(invitee_email=other)) == contact_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ada@example.com"),
        ("ada@example.org", "ada+list@example.org"),
        ("ada.l@example.org", "adal@example.org"),
        ("ren\u00e9e@example.org", "renee@example.org"),
        ("ada@b\u00fccher.example", "ada@bucher.example"),
        ("\u0430da@example.org", "ada@example.org"),
    ],
    ids=ascii,
)
def test_other_addresses_have_other_keys(one: str, other: str) -> None:
    """Nothing is guessed about what a provider does with dots, plus signs or accents."""
    keys = [email_key(a_contact(email=each).email) for each in (one, other)]
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ada@Example.ORG", "Ada@Example.ORG"),
        ("  ada@example.org\t", "ada@example.org"),
        ("ada@B\u00fccher.example", "ada@B\u00fccher.example"),
        ("rene\u0301e@example.org", "ren\u00e9e@example.org"),
    ],
    ids=ascii,
)
def test_an_address_is_shown_as_typed(scenario: Scenario, typed: str, shown: str) -> None:
    """Trimmed and in NFC, and otherwise left alone."""
    contact_id = scenario.given(a_contact(email=typed))
    assert scenario.contacts.contact_list.find(ORGANIZER, contact_id).email == shown


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.test",
        "ada@example.local",
        "ada@intranet.localhost",
        "ada@example.invalid",
        "ada@example.onion",
        "ada@example.com",
        "o'neil+x@sub.example.org",
        "a@b.cd",
        "\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8",
    ],
    ids=ascii,
)
def test_addresses_of_every_kind_are_accepted(address: str) -> None:
    """Special-use domains too: people test, and run their own networks."""
    assert a_contact(email=address).email == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ada",
        "@",
        "ada@",
        "@example.org",
        "ada@localhost",
        "ada@example",
        "ada@test",
        "ada@@example.org",
        "ada@exa mple.org",
        "a da@example.org",
        "ada@example..org",
        ".ada@example.org",
        "ada.@example.org",
        "ada@-example.org",
        "ada@example.org.",
        '"ada"@example.org',
        "Ada <ada@example.org>",
        "ada@[127.0.0.1]",
        "ada@example.org, grace@example.org",
        "ada@example.org\ngrace@example.org",
        "ada\0@example.org",
        "ada\ud800@example.org",
        "ada@exam\ud800ple.org",
        "ada@xn--.org",
        "ada@example.org" + " " * 2000 + "and more",
    ],
    ids=lambda text: ascii(text)[:40],
)
@pytest.mark.parametrize("make", [a_contact, a_row], ids=["by hand", "in an import"])
def test_what_is_no_address_is_refused(make: Callable[..., Command], text: str) -> None:
    """With the field and a reason."""
    refusal = refusal_of(lambda: make(email=text))
    assert refusal.code == "invalid_email"
    (problem,) = refusal.errors
    assert problem.field == "email"
    assert problem.reason


@given(
    st.from_regex(emails._PLAIN, fullmatch=True)
    | st.from_regex(r"[a-z.'+-]{1,70}@[a-z0-9-]{1,70}(\.[a-z0-9-]{1,70}){1,4}", fullmatch=True)
)
def test_what_needs_no_closer_look_is_what_the_validator_accepts(address: str) -> None:
    """As it is: nothing is passed by that the validator refuses or would change."""
    if emails._is_plain(address):
        checked = email_validator.validate_email(address, check_deliverability=False)
        assert checked.original == address
        assert len(checked.normalized) == len(address)


def test_a_refusal_shows_the_address_as_given() -> None:
    """As far as 200 characters go, so that it is found in a long list."""
    (problem,) = refusal_of(lambda: a_contact(email="Ada at example.org" + "!" * 300)).errors
    assert problem.value == ("Ada at example.org" + "!" * 300)[:200]


@pytest.mark.parametrize("domain_end", [".org", ".test", ".local"])
def test_an_address_has_at_most_254_characters(domain_end: str) -> None:
    """Whatever its domain ends in."""
    domain = ".".join(["b" * 63] * 3) + domain_end
    longest = "a" * (253 - len(domain)) + f"@{domain}"
    assert a_contact(email=longest).email == longest
    assert refusal_of(lambda: a_contact(email=f"a{longest}")).code == "invalid_email"


def test_a_contact_can_be_found_by_any_spelling(scenario: Scenario) -> None:
    """The read models use the same key."""
    contact_id = scenario.given(a_contact(email="Ada@B\u00fccher.example"))
    assert (
        scenario.contacts.contact_list.find(ORGANIZER, "ADA@xn--bcher-kva.example").id == contact_id
    )


def test_events_hold_the_address_as_typed(scenario: Scenario) -> None:
    """Keys are derived, never stored in events."""
    scenario.given(a_contact(email="Ada@Example.ORG"))
    assert recorded_events(scenario.contacts)[0].event.email == "Ada@Example.ORG"
