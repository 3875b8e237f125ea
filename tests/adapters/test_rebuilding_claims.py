"""`rebuild_claims`: afterwards claims are what the events say, whoever wrote meanwhile."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import Contacts
from adapters.claims import rebuilding, recomputation, verifying
from adapters.claims.rebuilding import ClaimsRebuilt
from contacts_domain.commands import Command, DeleteContact, TagContact
from contacts_domain.contact_book import ContactBook
from contacts_domain.errors import (
    CommandIdReused,
    CorruptDatabase,
    EmailAlreadyUsed,
    Refused,
    UnwritableFile,
)
from contacts_domain.outcomes import Receipt
from tests.adapters import raw_database
from tests.adapters.claimed import (
    KINDS,
    StoredClaim,
    a_whole_address_book,
    hand_over,
    invent,
    lose,
    one_of,
    somebody,
    stored_claims,
    stored_positions,
)
from tests.builders import ORGANIZER, a_contact
from tests.history import History, Step
from tests.strategies import histories


def counts(rebuilt: ClaimsRebuilt) -> tuple[int, int, int, int]:
    """Added, removed, changed, contested."""
    return rebuilt.added, rebuilt.removed, rebuilt.changed, rebuilt.contested


def test_an_undamaged_address_book_stays_as_it_is(contacts: Contacts, database: str) -> None:
    """Receipts of commands that changed nothing stay, too, though no event tells of them."""
    a_whole_address_book(contacts)
    before = stored_claims(database), stored_positions(database)
    assert any(" 0 " in each.holder for each in before[0])
    assert contacts.rebuild_claims() == ClaimsRebuilt(raw_database.head(database))
    assert (stored_claims(database), stored_positions(database)) == before


@pytest.mark.parametrize("kind", KINDS)
def test_every_damage_is_healed(contacts: Contacts, database: str, kind: str) -> None:
    """Missing, superfluous, another holder: added, removed, changed; a second run does nothing."""
    a_whole_address_book(contacts)
    before, positions = stored_claims(database), stored_positions(database)
    hand_over(database, one_of(database, kind), somebody(kind))
    invent(database, StoredClaim(ORGANIZER, kind, "never heard of", somebody(kind)))
    assert counts(contacts.rebuild_claims()) == (0, 1, 1, 0)
    assert without_digests(stored_claims(database)) == without_digests(before)
    lose(database, one_of(database, kind))
    assert counts(contacts.rebuild_claims()) == (1, 0, 0, 0)
    assert without_digests(stored_claims(database)) == without_digests(before)
    assert stored_positions(database) == positions
    assert contacts.verify_claims().problems == {}
    assert counts(contacts.rebuild_claims()) == (0, 0, 0, 0)


def without_digests(claims: set[StoredClaim]) -> set[StoredClaim]:
    """The claims without what only the table knows."""
    return {
        each._replace(holder=" ".join(each.holder.split(" ")[:2]))
        if each.kind == "command"
        else each
        for each in claims
    }


def test_all_claims_are_made_anew(contacts: Contacts, database: str) -> None:
    """All but the receipts of commands that changed nothing."""
    a_whole_address_book(contacts)
    before = stored_claims(database)
    own_records = {each for each in before if each.kind == "command" and " 0 " in each.holder}
    raw_database.change(database, "DELETE FROM claims")
    assert counts(contacts.rebuild_claims()) == (len(before) - len(own_records), 0, 0, 0)
    assert without_digests(stored_claims(database)) == without_digests(before - own_records)


@settings(max_examples=20)
@given(steps=histories, data=st.data())
def test_any_damage_after_any_history_is_healed(
    contacts: Contacts, database: str, steps: list[Step], data: st.DataObject
) -> None:
    """Claims lost, handed over and invented at random."""
    History(contacts, f"org {random.random()}").play(steps)
    before = stored_claims(database)
    for claim in (
        data.draw(st.lists(st.sampled_from(sorted(before)), unique=True)) if before else ()
    ):
        if data.draw(st.booleans()):
            lose(database, claim)
        else:
            hand_over(database, claim, somebody(claim.kind))
        invent(database, claim._replace(key=f"{claim.key} too", holder=somebody(claim.kind)))
    contacts.rebuild_claims()
    assert stored_claims(database) == before


def test_a_command_whose_claim_was_lost_is_still_not_done_twice(
    contacts: Contacts, database: str
) -> None:
    """Its repetition gets the first receipt; other commands with another id are not affected."""
    contact_id = contacts.handle(a_contact()).id
    tag = TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=("x",), command_id="1")
    first = contacts.handle(tag)
    lose(database, one_of(database, "command"))
    contacts.rebuild_claims()
    again = contacts.handle(tag)
    assert (again.id, again.position, again.events) == (first.id, first.position, 1)
    assert again.repeated
    contacts.handle(tag.model_copy(update={"command_id": "2"}))
    with pytest.raises(CommandIdReused):
        contacts.handle(tag.model_copy(update={"command_id": "2", "tags": ("y",)}))


def test_a_damaged_receipt_is_refused_until_it_is_mended(contacts: Contacts, database: str) -> None:
    """Nobody guesses what a command came to."""
    command = a_contact(command_id="1")
    first = contacts.handle(command)
    hand_over(database, one_of(database, "command"), "no receipt")
    with pytest.raises(CorruptDatabase, match="claims rebuild"):
        contacts.handle(command)
    assert counts(contacts.rebuild_claims()) == (0, 0, 1, 0)
    assert contacts.handle(command).id == first.id


def test_a_full_disk_changes_nothing(
    contacts: Contacts, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room for what is recomputed, that is said."""
    tables = recomputation._TABLES
    monkeypatch.setattr(recomputation, "_TABLES", f"{tables}PRAGMA max_page_count = 10;")
    contacts.handle_all([a_contact() for _ in range(500)])
    lose(database, one_of(database, "email"))
    before = stored_claims(database)
    for work in (contacts.verify_claims, contacts.rebuild_claims):
        with pytest.raises(UnwritableFile, match="SQLITE_TMPDIR"):
            work()
    assert stored_claims(database) == before


def test_a_contested_claim_goes_to_who_took_it_first(contacts: Contacts, database: str) -> None:
    """It stays contested until one of the contacts is deleted."""
    first = contacts.handle(a_contact(email="ada@x.org")).id
    lose(database, one_of(database, "email"))
    second = contacts.handle(a_contact(email="ada@x.org")).id
    assert counts(contacts.rebuild_claims()) == (0, 0, 1, 1)
    assert counts(contacts.rebuild_claims()) == (0, 0, 0, 1)
    assert one_of(database, "email").holder == str(first)
    contacts.handle(DeleteContact(organizer_id=ORGANIZER, contact_id=second))
    assert counts(contacts.rebuild_claims()) == (1, 0, 0, 0)
    assert one_of(database, "email").holder == str(first)
    assert contacts.verify_claims().problems == {}


@pytest.mark.parametrize("at_once", [3, 1_000])
def test_what_is_written_during_a_rebuild_is_part_of_it(
    contacts: Contacts, database: str, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Claims taken, freed and moved while the log is read, on top of damaged ones."""
    for module in (verifying, rebuilding):
        monkeypatch.setattr(module, "EVENTS_AT_ONCE", at_once)
    a_whole_address_book(contacts)
    leaving = contacts.handle(a_contact(email="zoe.leaving@x.org")).id
    for kind in KINDS:
        lose(database, one_of(database, kind))
    invent(database, StoredClaim(ORGANIZER, "email", "new0@x.org", somebody("email")))
    written: list[Receipt] = []

    def write(_done: int, _total: int) -> None:
        if not written:
            written.append(
                contacts.handle(DeleteContact(organizer_id=ORGANIZER, contact_id=leaving))
            )
            written.extend(
                contacts.handle(a_contact(email=f"new{n}@x.org", command_id=f"new {n}"))
                for n in range(1, 8)
            )

    rebuilt = contacts.rebuild_claims(on_progress=write)
    assert rebuilt.position == written[-1].position == raw_database.head(database)
    assert counts(rebuilt) == (len(KINDS), 1, 0, 0)
    assert contacts.verify_claims().problems == {}
    assert contacts.handle(a_contact(email="new0@x.org"))


def test_who_decided_before_a_claim_came_back_decides_anew(
    contacts: Contacts, database: str
) -> None:
    """The e-mail looked free when the command was decided, and is not any more when it is done."""
    ada = contacts.handle(a_contact(email="ada@x.org")).id
    lose(database, one_of(database, "email"))
    record: Callable[..., Any] = ContactBook._record_unit
    rebuilt: list[ClaimsRebuilt] = []

    def rebuild_first(self: ContactBook, *arguments: Any) -> Any:
        if not rebuilt:
            rebuilt.append(contacts.rebuild_claims())
        return record(self, *arguments)

    with (
        patch.object(ContactBook, "_record_unit", rebuild_first),
        pytest.raises(EmailAlreadyUsed) as raised,
    ):
        contacts.handle(a_contact(email="ada@x.org"))
    assert raised.value.contact_id == ada
    assert [each.added for each in rebuilt] == [1]


def test_rebuilds_among_writers_let_no_email_in_twice(contacts: Contacts, database: str) -> None:
    """Four threads add and delete the same people while rebuilds follow each other, and superfluous
    and wrong claims turn up."""
    barrier, emails = Barrier(5), [f"person{number}@x.org" for number in range(4)]

    def write(seed: int) -> list[Receipt]:
        chance, made = random.Random(seed), []
        barrier.wait()
        for _ in range(25):
            command: Command = a_contact(email=chance.choice(emails))
            try:
                made.append(contacts.handle(command))
            except EmailAlreadyUsed as refusal:
                delete = DeleteContact(organizer_id=ORGANIZER, contact_id=refusal.contact_id)
                tried(contacts, [delete, a_contact(email=chance.choice(emails))])
        return made

    with ThreadPoolExecutor(4) as threads:
        pending = [threads.submit(write, seed) for seed in range(4)]
        barrier.wait()
        rounds = 0
        while not all(each.done() for each in pending):
            invented = StoredClaim(ORGANIZER, "email", f"{rounds}", somebody("email"))
            invent(database, invented)
            assert contacts.rebuild_claims().contested == 0
            rounds += 1
        assert all(each.result() for each in pending)
    assert rounds > 1
    people = [each.email for each in contacts.contact_list.every(ORGANIZER, is_active=None)]
    assert len(people) == len(set(people))
    assert contacts.verify_claims().problems == {}


def tried(contacts: Contacts, commands: Sequence[Command]) -> None:
    """Carry out commands one by one; refusals are part of life."""
    for command in commands:
        try:
            contacts.handle(command)
        except Refused:
            continue
