"""No spreadsheet takes a cell made safe for a formula (CWE-1236), and no character is lost."""

import pytest
from hypothesis import example, given

from adapters.exchange.spreadsheet_safety import made_safe, restored
from tests.adapters.strategies import ANY_TEXT

FORMULA_STARTS = tuple("=+-@\t\r")


@given(ANY_TEXT)
@example("'=1")
@example("''''+")
@example("'")
def test_a_cell_made_safe_is_restored_exactly(text: str) -> None:
    """Identity for every text, apostrophes in front included."""
    assert restored(made_safe(text)) == text


@given(ANY_TEXT)
def test_a_cell_made_safe_starts_no_formula(text: str) -> None:
    """The first character is none of those that spreadsheets run."""
    assert not made_safe(text).startswith(FORMULA_STARTS)


@given(ANY_TEXT.filter(lambda text: not text.lstrip("'").startswith(FORMULA_STARTS)))
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    """Names, prose and apostrophes that stand for themselves get none in front."""
    assert made_safe(text) == text == restored(text)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("+49 30 901820", "'+49 30 901820"),
        ("=1+1", "'=1+1"),
        ("-", "'-"),
        ("@here", "'@here"),
        ("\tx", "'\tx"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
def test_formulas_get_one_apostrophe_in_front(cell: str, safe: str) -> None:
    """As people know it from spreadsheets."""
    assert made_safe(cell) == safe
