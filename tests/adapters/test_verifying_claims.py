"""`verify_claims`: every claim that is not what the events say is found, and nothing else."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import Contacts
from adapters.claims import verifying
from adapters.claims.differences import ClaimDifference
from contacts_domain.commands import Command, DeleteContact, EditContact
from contacts_domain.errors import ClaimsDiffer, CorruptDatabase
from tests.adapters import raw_database
from tests.adapters.claimed import (
    FREED,
    KINDS,
    StoredClaim,
    a_whole_address_book,
    hand_over,
    invent,
    lose,
    one_of,
    somebody,
    stored_claims,
)
from tests.builders import ORGANIZER, a_booking, a_contact
from tests.history import History, Step
from tests.strategies import as_commands, booking_feeds, delivered, histories


class WithCommandIds(History):
    """A history whose commands have ids of their own, some of them used again."""

    def command(self, step: Step) -> Command:
        """The command, with an id that similar steps share."""
        _, number, other, _ = step
        return super().command(step).model_copy(update={"command_id": f"{number} {other}"})


@settings(max_examples=25)
@given(steps=histories, repeated=histories)
def test_nothing_differs_after_any_history(
    contacts: Contacts, steps: list[Step], repeated: list[Step]
) -> None:
    """Whatever commands did, with command ids and without, refused ones included."""
    organizer_id = f"org {random.random()}"
    WithCommandIds(contacts, organizer_id).play([*steps, *repeated, *steps])
    History(contacts, f"{organizer_id} without ids").play([*steps, *repeated])
    assert contacts.verify_claims().differences == []


@settings(max_examples=25)
@given(data=st.data())
def test_nothing_differs_after_any_feed(contacts: Contacts, data: st.DataObject) -> None:
    """Bookings in any order, any number of times, in units of any size."""
    organizer_id = f"org {random.random()}"
    messages = data.draw(delivered(data.draw(booking_feeds())))
    contacts.handle_all(as_commands(messages, organizer_id), on_refusal="report")
    assert contacts.verify_claims().differences == []


def test_nothing_differs_where_one_unit_frees_and_takes(contacts: Contacts) -> None:
    """An e-mail that moves to and fro, and from one contact to another, within one unit."""
    ada, bob = (contacts.handle(a_contact(email=f"{name}@x.org")).id for name in ("ada", "bob"))
    about = {"organizer_id": ORGANIZER}
    contacts.handle_all(
        [
            EditContact(**about, contact_id=ada, email="ada2@x.org"),
            EditContact(**about, contact_id=bob, email="ada@x.org"),
            DeleteContact(**about, contact_id=bob),
            EditContact(**about, contact_id=ada, email="ada@x.org"),
            a_contact(email="bob@x.org"),
        ]
    )
    assert contacts.verify_claims().problems == {}


def test_an_undamaged_address_book_is_told_in_numbers(contacts: Contacts, database: str) -> None:
    """How many claims there are, and how far the log goes; of several organizers, any letters."""
    a_whole_address_book(contacts)
    verified = contacts.verify_claims()
    assert verified == verifying.ClaimsVerified(
        raw_database.head(database), len(stored_claims(database)), {}, []
    )
    verified.require_none()
    assert {each.kind for each in stored_claims(database)} == set(KINDS)


def test_an_empty_address_book_has_nothing_that_differs(contacts: Contacts) -> None:
    """Neither events nor claims."""
    assert contacts.verify_claims() == verifying.ClaimsVerified(0, 0, {}, [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_claim_is_found(contacts: Contacts, database: str, kind: str) -> None:
    """Of a command's receipt the events tell how it begins."""
    a_whole_address_book(contacts)
    lost = one_of(database, kind)
    lose(database, lost)
    expected = f"{lost.holder.rpartition(' ')[0]} -" if kind == "command" else lost.holder
    assert found(contacts, database) == [ClaimDifference(*lost[:3], "missing", expected, None)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_superfluous_claim_is_found(contacts: Contacts, database: str, kind: str) -> None:
    """Also one that was freed, and one in an address book that nobody has."""
    a_whole_address_book(contacts)
    invented = [
        StoredClaim(ORGANIZER, kind, "never\nheard of", somebody(kind)),
        *(StoredClaim(ORGANIZER, kind, key, somebody(kind)) for key in FREED.get(kind, ())),
        StoredClaim("nobody", kind, "ß", somebody(kind)),
    ]
    for each in invented:
        invent(database, each)
    assert found(contacts, database) == [
        ClaimDifference(*each[:3], "superfluous", None, each.holder) for each in sorted(invented)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_another_holder_is_found(contacts: Contacts, database: str, kind: str) -> None:
    """What only the claim of a command knows is kept."""
    a_whole_address_book(contacts)
    claim = one_of(database, kind)
    other = somebody(kind)
    hand_over(database, claim, other)
    expected = claim.holder
    if kind == "command":
        expected = f"{claim.holder.rpartition(' ')[0]} {other.rpartition(' ')[2]}"
    assert found(contacts, database) == [
        ClaimDifference(*claim[:3], "other_holder", expected, other)
    ]


@pytest.mark.parametrize("holder", ["", "x", "a b c d", f"{'0' * 32} one -", f"{'0' * 32} 1 xyz"])
def test_a_receipt_that_is_none_is_found(contacts: Contacts, database: str, holder: str) -> None:
    """Where events tell what it must be it is another's, else superfluous."""
    a_whole_address_book(contacts)
    hand_over(database, one_of(database, "command"), holder)
    invent(database, StoredClaim(ORGANIZER, "command", "never given", holder))
    assert [each.problem for each in found(contacts, database)] == ["other_holder", "superfluous"]


def test_a_claim_of_an_unknown_kind_is_superfluous(contacts: Contacts, database: str) -> None:
    """No event takes it."""
    invent(database, StoredClaim(ORGANIZER, "shoe size", "38", "ada"))
    assert [each.problem for each in found(contacts, database)] == ["superfluous"]


def test_a_claim_that_events_give_to_two_is_found(contacts: Contacts, database: str) -> None:
    """A missing claim has let a second contact in; the first one is expected to hold the e-mail,
    until one of them is deleted."""
    first = contacts.handle(a_contact(email="ada@x.org")).id
    lose(database, one_of(database, "email"))
    second = contacts.handle(a_contact(email="Ada@x.org")).id
    (contested,) = found(contacts, database)
    assert contested == ClaimDifference(
        ORGANIZER, "email", "ada@x.org", "contested", str(first), str(second)
    )
    contacts.handle(DeleteContact(organizer_id=ORGANIZER, contact_id=second))
    (missing,) = found(contacts, database)  # for deleting has freed the e-mail
    assert (missing.problem, missing.expected_holder) == ("missing", str(first))


def test_differences_are_counted_beyond_those_told(contacts: Contacts, database: str) -> None:
    """The first ones are told, in the order of their keys' bytes on every database."""
    keys = [
        "Z",
        "a",
        "ä",
        "z",
        "\N{GRINNING FACE}",
        "\N{FULLWIDTH LATIN SMALL LETTER A}",
        "-",
        "_a",
    ]
    for key in keys:
        invent(database, StoredClaim(ORGANIZER, "email", key, somebody("email")))
    verified = contacts.verify_claims(limit=5)
    assert verified.problems == {"superfluous": 8}
    assert [each.key for each in verified.differences] == sorted(keys, key=str.encode)[:5]
    assert contacts.verify_claims(limit=0).differences == []
    with pytest.raises(ClaimsDiffer) as raised:
        verified.require_none()
    assert raised.value.details == {"problems": {"superfluous": 8}}


def test_claims_and_events_are_those_of_one_moment(
    contacts: Contacts, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written while a verification runs is not seen, neither events nor claims."""
    monkeypatch.setattr(verifying, "EVENTS_AT_ONCE", 5)
    a_whole_address_book(contacts)
    head, count = raw_database.head(database), len(stored_claims(database))
    seen: list[tuple[int, int]] = []

    def write(done: int, total: int) -> None:
        seen.append((done, total))
        contacts.handle(a_contact(email=f"meanwhile{done}@x.org"))

    verified = contacts.verify_claims(on_progress=write)
    assert (verified.position, verified.claims, verified.problems) == (head, count, {})
    assert seen == [(min(done, head), head) for done in range(5, head + 5, 5)]


def test_verifying_waits_for_nobody(contacts: Contacts) -> None:
    """Also while a writer holds the lock of the log, which goes on unhindered."""
    a_whole_address_book(contacts)
    with contacts.engine.database.writing() as connection:
        contacts.engine.log.locked_head(connection)
        assert contacts.verify_claims().problems == {}


@pytest.mark.sqlite
def test_a_claim_that_is_no_text_is_refused(contacts: Contacts, database: str) -> None:
    """SQLite stores what it is given."""
    a_whole_address_book(contacts)
    raw_database.change(database, "UPDATE claims SET holder = x'00ff' WHERE kind = 'email'")
    with pytest.raises(CorruptDatabase):
        contacts.verify_claims()


def test_a_worker_or_a_closed_read_side_does_not_matter(
    contacts: Contacts, reopen: Callable[..., Contacts]
) -> None:
    """Claims do not depend on read tables."""
    contacts.handle(a_booking())
    behind = reopen(follow="worker", catch_up=False)
    behind.handle(a_booking("cancelled"))
    assert behind.verify_claims().problems == {}


def found(contacts: Contacts, database: str) -> list[ClaimDifference]:
    """What a verification finds; it leaves everything as it was."""
    before = stored_claims(database), raw_database.head(database)
    verified = contacts.verify_claims()
    assert (stored_claims(database), raw_database.head(database)) == before
    assert sum(verified.problems.values()) == len(verified.differences)
    return list(verified.differences)
