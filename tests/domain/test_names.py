"""Full names: split only where no word is lost, cut to what a contact can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts_domain.names import PersonName, full_name, split_full_name


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Ada", "Ada", ""),
        ("  Ada \t Lovelace\n", "Ada", "Lovelace"),
        ("Lovelace, Ada", "Ada", "Lovelace"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Juan de la Vega", "Juan", "de la Vega"),
        ("Martin Luther King Jr.", "Martin Luther", "King Jr."),
        ("Dr. Grace Brewster Hopper", "Dr. Grace Brewster", "Hopper"),
        ("Anne-Marie O'Neill", "Anne-Marie", "O'Neill"),
        ("Ada (Countess) Lovelace", "Ada (Countess) Lovelace", ""),
        ('Grace "Amazing" Hopper', 'Grace "Amazing" Hopper', ""),
        ("李小龍", "李小龍", ""),
        ("", "", ""),
    ],
)
def test_a_full_name_is_split(text: str, first: str, last: str) -> None:
    """Titles, middle names, particles and suffixes stay; what would be lost is not split."""
    assert split_full_name(text) == PersonName(first, last)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_word_is_ever_lost(text: str) -> None:
    """First and last name together hold exactly the words of the input."""
    words = sorted(text.replace(",", " ").split())
    assert sorted(" ".join(split_full_name(text)).replace(",", " ").split()) == words


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_a_split_name_fits_a_contact(text: str) -> None:
    """At most 100 characters each, and a first name whenever there is any text."""
    name = split_full_name(text)
    assert max(map(len, name)) <= 100
    assert bool(name.first) == bool(text.strip())


@pytest.mark.parametrize("text", ["x" * 5000, "x " * 5000, "(" * 5000, "Dr. " * 5000, "a," * 5000])
def test_a_very_long_name_is_cut(text: str) -> None:
    """However it is built, what remains is the beginning of it."""
    name = split_full_name(text)
    assert 0 < len(name.first) <= 100
    assert text.startswith(name.first)


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [("Ada", "Lovelace", "Ada Lovelace"), ("Ada", "", "Ada"), ("", "Lovelace", "Lovelace")],
)
def test_the_full_name_has_both(first: str, last: str, both: str) -> None:
    """In the order first, last, without stray blanks."""
    assert full_name(first, last) == both
