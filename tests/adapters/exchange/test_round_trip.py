"""What was exported comes back the same, in both forms, whatever text is in the cells."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters import Contacts
from contacts_domain.commands import CreateContact
from contacts_domain.free_text import cut
from tests.adapters.exchange.exchanging import contact_events, export_file, import_file
from tests.adapters.strategies import LINES, NAUGHTY, NAUGHTY_PARAGRAPHS, PARAGRAPHS, TAGS

_organizers = count(1)

FORMS = pytest.mark.parametrize("is_lossless", [False, True], ids=["safe", "lossless"])
SUFFIXES = pytest.mark.parametrize("suffix", ["csv", "xlsx"])
KEPT = ("first_name", "last_name", "email", "phone", "phone_e164", "company", "job_title", "notes")


@dataclass(frozen=True)
class Cells:
    """What a person may have typed about a contact."""

    first_name: str = "Ada"
    last_name: str = ""
    company: str = ""
    job_title: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    phone: str = ""
    email: str = "ada@example.org"

    def command(self, organizer_id: str) -> CreateContact:
        """The command that adds the contact."""
        return CreateContact(organizer_id=organizer_id, **asdict(self))


PHONES = st.sampled_from(["", "+49 30 901820", "+442079460958", "030 901820", "(020) 7946-0958"])
LOCAL_PARTS = st.sampled_from(["ada", "+ada", "=1+1", "-ada", "'=ada", "'ada", "ada+tag"])
CELLS = st.builds(
    Cells,
    first_name=LINES.filter(lambda text: bool(cut(text, 100))),
    last_name=LINES,
    company=LINES,
    job_title=LINES,
    notes=PARAGRAPHS,
    tags=st.lists(TAGS, max_size=3).map(tuple),
    phone=PHONES,
    email=LOCAL_PARTS.map("{}@example.org".format),
)


def kept(contacts: Contacts, organizer_id: str) -> list[dict[str, Any]]:
    """What an export has to keep, of everybody."""
    return [
        {name: getattr(item, name) for name in KEPT} | {"tags": item.tags}
        for item in contacts.contact_list.every(organizer_id, is_active=None, sort="email")
    ]


def round_trip(
    contacts: Contacts, path: Path, everybody: Sequence[Cells], *, is_lossless: bool
) -> None:
    """Export one organizer's contacts, import them into another's, compare."""
    here, there = f"here-{next(_organizers)}", f"there-{next(_organizers)}"
    contacts.handle_all(cells.command(here) for cells in everybody)
    export_file(contacts, path, here, is_lossless=is_lossless)
    report = import_file(contacts, path, there)
    assert (report.errors, report.warnings) == ([], [])
    assert report.created == len(everybody)
    assert kept(contacts, there) == kept(contacts, here)


@FORMS
@SUFFIXES
@settings(max_examples=25)
@given(cells=CELLS)
@example(cells=Cells(notes="'=1"))
@example(cells=Cells(notes="=1\r\n+2"))
def test_an_export_imports_to_the_same_contact(
    suffix: str, is_lossless: bool, cells: Cells, contacts: Contacts, tmp_path: Path
) -> None:
    """Phones, formulas, quotes, line breaks, emoji, right-to-left text, apostrophes."""
    round_trip(contacts, tmp_path / f"out.{suffix}", [cells], is_lossless=is_lossless)


@FORMS
@SUFFIXES
def test_naughty_texts_in_every_cell_come_back(
    suffix: str, is_lossless: bool, contacts: Contacts, tmp_path: Path
) -> None:
    """Each known troublemaker in each column at once, one contact for each."""
    everybody = [
        Cells(
            first_name=text.strip() or "x",
            last_name=text,
            company=text,
            job_title=text,
            notes=text,
            tags=(text,) if "," not in text else (),
            email=f"ada{number}@example.org",
        )
        for number, text in enumerate(NAUGHTY)
    ]
    everybody += [
        Cells(notes=text, email=f"bob{number}@example.org")
        for number, text in enumerate(NAUGHTY_PARAGRAPHS)
    ]
    round_trip(contacts, tmp_path / f"out.{suffix}", everybody, is_lossless=is_lossless)


@FORMS
@SUFFIXES
@pytest.mark.parametrize("mode", ["skip", "update", "merge"])
def test_importing_an_export_over_itself_changes_nothing(
    mode: Any, suffix: str, is_lossless: bool, contacts: Contacts, tmp_path: Path
) -> None:
    """The same organizer's contacts meet themselves: all skipped, no event."""
    organizer_id, path = "acme", tmp_path / f"out.{suffix}"
    contacts.handle_all(
        Cells(notes=text, company="=1+1", email=f"ada{number}@example.org").command(organizer_id)
        for number, text in enumerate(NAUGHTY_PARAGRAPHS)
    )
    export_file(contacts, path, organizer_id, is_lossless=is_lossless)
    before = contact_events(contacts)
    report = import_file(contacts, path, organizer_id, on_duplicate=mode)
    assert (report.skipped, report.errors) == (len(NAUGHTY_PARAGRAPHS), [])
    assert contact_events(contacts) == before
