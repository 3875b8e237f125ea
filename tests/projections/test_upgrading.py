"""Read tables that another version of the library made are rebuilt when the book is opened."""

from collections.abc import Callable

import pytest

from adapters import Contacts
from projections import catalog
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_contact


def generations(contacts: Contacts) -> dict[str, int]:
    """The generation that readers see, per projection."""
    return {each.projection: each.generation for each in contacts.projection_status()}


def test_nothing_is_rebuilt_while_nothing_changed(reopen: Callable[..., Contacts]) -> None:
    """Opening again leaves the tables alone."""
    reopen().handle(a_contact())
    assert generations(reopen()) == {"contacts": 1, "activity": 1}


def test_a_changed_fold_rebuilds_its_projection(
    reopen: Callable[..., Contacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the projection whose version was raised."""
    reopen().handle(a_contact())
    (contacts,) = (each for each in catalog.PROJECTIONS if each.name == "contacts")
    version = contacts.version
    object.__setattr__(contacts, "version", version + 1)
    try:
        upgraded = reopen()
        assert generations(upgraded) == {"contacts": 2, "activity": 1}
        assert upgraded.contact_list.page(ORGANIZER).total == 1
    finally:
        object.__setattr__(contacts, "version", version)


def test_changed_tables_rebuild_their_projection(
    contacts: Contacts, reopen: Callable[..., Contacts], database: str
) -> None:
    """Tables of another shape, as an earlier version made them, are noticed by themselves."""
    contacts.handle(a_contact())
    raw_database.change(
        database,
        "UPDATE projection_checkpoints SET shape = '1-earlier' WHERE projection = 'activity'",
    )
    assert generations(reopen()) == {"contacts": 1, "activity": 2}
