"""`docs/reference/errors.md` lists every code that a caller can meet, and no other."""

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from contacts_domain import errors

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.md"
FAMILIES = {errors.Refused}
"""Classes that are only caught, never raised."""

OF_THE_COMMAND_LINE = "wrong_usage"
"""The one code without a class: the command line did not understand the user."""


def subclasses(error: type[errors.ContactsError]) -> Iterator[type[errors.ContactsError]]:
    """All classes below `error`."""
    for each in error.__subclasses__():
        yield each
        yield from subclasses(each)


def listed_codes() -> list[str]:
    """What stands as code in the first cell of the page's table rows."""
    tokens = MarkdownIt("commonmark").enable("table").parse(REFERENCE.read_text(encoding="utf-8"))
    first_cells = [
        tokens[index + 2]
        for index, token in enumerate(tokens)
        if token.type == "tr_open" and tokens[index + 1].type == "td_open"
    ]
    return [
        child.content
        for cell in first_cells
        for child in cell.children or ()
        if child.type == "code_inline"
    ]


def test_every_code_that_can_be_met_is_listed_once() -> None:
    """Whoever adds an error class adds its line to the page."""
    codes = {each.code for each in subclasses(errors.ContactsError) if each not in FAMILIES}
    listed = listed_codes()
    assert sorted(codes | {OF_THE_COMMAND_LINE}) == sorted(listed)


def test_codes_are_unique_and_said_by_the_class() -> None:
    """A code is the class name in snake_case, and the class says in a sentence what it means."""
    classes = {errors.ContactsError, *subclasses(errors.ContactsError)}
    assert len({each.code for each in classes}) == len(classes)
    assert errors.GroupNameAlreadyUsed.code == "group_name_already_used"
    assert [each for each in classes if not (each.__doc__ or "").rstrip().endswith(".")] == []
