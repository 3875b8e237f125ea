"""Tags: short labels, equal without case, in the order and the spelling they came in."""

from collections.abc import Callable, Sequence

import pytest

from contacts_domain.commands import Command, TagContact, UntagContact
from contacts_domain.events import ContactTagged, ContactUntagged
from contacts_domain.tags import checked_tag, distinct
from tests.builders import ORGANIZER, a_contact, a_row
from tests.domain.refusals import refusal_of
from tests.scenario import Scenario


@pytest.mark.parametrize(
    ("held", "given", "expected"),
    [
        ([], ["vip"], ["vip"]),
        ([], ["b", "a", "B", "A"], ["b", "a"]),
        (["vip"], ["lead", "VIP", "press"], ["lead", "press"]),
        ([], ["  Two words "], ["Two words"]),
        ([], ["Straße", "STRASSE"], ["Straße"]),
        ([], ["Caf\u00e9", "cafe\u0301"], ["Caf\u00e9"]),
        ([], ["#1", "🎉", "a;b"], ["#1", "🎉", "a;b"]),
    ],
)
def test_tags_that_are_missing_are_put_on(
    scenario: Scenario, held: Sequence[str], given: Sequence[str], expected: Sequence[str]
) -> None:
    """In their order, each once, in its first spelling."""
    contact_id = scenario.given(a_contact(tags=held))
    scenario.when(
        TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=given)
    ).then_emitted(ContactTagged(tags=expected))


@pytest.mark.parametrize("same", ["vip", "VIP", " Vip "])
def test_a_tag_that_differs_by_case_only_is_the_same_tag(scenario: Scenario, same: str) -> None:
    """Putting it on again changes nothing; the first spelling wins."""
    contact_id = scenario.given(a_contact(tags=["Vip"]))
    scenario.when(
        TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=[same])
    ).then_nothing_happened()


@pytest.mark.parametrize(
    ("given", "expected"),
    [(["b"], ["B"]), (["c", "a"], ["a", "c"]), (["B", "b", "unknown"], ["B"])],
)
def test_tags_are_taken_off_in_the_spelling_they_have(
    scenario: Scenario, given: Sequence[str], expected: Sequence[str]
) -> None:
    """The event names them as the contact does, so that whoever reads it finds them."""
    contact_id = scenario.given(a_contact(tags=["a", "B", "c"]))
    scenario.when(
        UntagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=given)
    ).then_emitted(ContactUntagged(tags=expected))


@pytest.mark.parametrize("tags", [[], ["unknown"]])
def test_taking_off_what_is_not_there_changes_nothing(
    scenario: Scenario, tags: Sequence[str]
) -> None:
    """It is accepted all the same."""
    contact_id = scenario.given(a_contact(tags=["vip"]))
    scenario.when(
        UntagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=tags)
    ).then_nothing_happened()


def test_a_tag_taken_off_can_be_put_on_in_another_spelling(scenario: Scenario) -> None:
    """The first spelling wins only as long as the tag is there."""
    contact_id = scenario.given(a_contact(tags=["vip"]))
    about = {"organizer_id": ORGANIZER, "contact_id": contact_id}
    scenario.given(UntagContact(**about, tags=["vip"]))
    scenario.when(TagContact(**about, tags=["VIP"])).then_emitted(ContactTagged(tags=("VIP",)))


@pytest.mark.parametrize(
    "bad",
    ["", "   ", "a,b", "a\nb", "a\rb", "a\u2028b", "a\x0bb", "x" * 51, "a\0b", "a\ud800b"],
    ids=ascii,
)
@pytest.mark.parametrize("make", [a_contact, a_row], ids=["by hand", "in an import"])
def test_a_tag_that_cannot_be_one_is_refused(make: Callable[..., Command], bad: str) -> None:
    """Blank, longer than 50, with a comma or a line break, or not storable."""
    refusal = refusal_of(lambda: make(tags=["fine", bad]))
    assert refusal.code == "invalid_tag"
    assert [each.field for each in refusal.errors] == ["tags"]


def test_a_tag_has_at_most_50_characters() -> None:
    """The bound itself is allowed."""
    assert checked_tag("x" * 50) == "x" * 50


def test_the_length_of_a_tag_is_that_of_the_trimmed_tag() -> None:
    """White space around a tag is not part of it, so it does not count."""
    assert checked_tag(f"  {'x' * 50}  ") == "x" * 50


def test_a_tag_is_kept_in_nfc() -> None:
    """Composed and decomposed letters are stored alike."""
    assert checked_tag("cafe\u0301") == "caf\u00e9"


def test_distinct_tags_keep_their_order_and_first_spelling() -> None:
    """What a list of tags comes to."""
    assert distinct(["b", "A", "B", "a", "c"]) == ("b", "A", "c")
