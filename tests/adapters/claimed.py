"""An address book with claims of every kind, and ways to damage them behind the library's back."""

from typing import Any, NamedTuple
from uuid import uuid4

from adapters import Contacts
from contacts_domain.commands import (
    ChangeGroup,
    DeleteContact,
    DeleteGroup,
    EditContact,
    RestoreContact,
    TagContact,
)
from tests.adapters import raw_database
from tests.builders import ORGANIZER, a_booking, a_contact, a_group

KINDS = ("email", "group_name", "booking", "message", "command")
DIGEST = "0123456789abcdef" * 4

FREED = {"email": ("old@example.org", "gone@example.org"), "group_name": ("before", "gone")}
"""Keys that were taken once and are free again."""


class StoredClaim(NamedTuple):
    """A row of the table, without its position."""

    organizer_id: str
    kind: str
    key: str
    holder: str


def a_whole_address_book(contacts: Contacts) -> None:
    """Contacts and groups that were added, renamed, deleted, restored; bookings; command ids."""
    about: dict[str, Any] = {"organizer_id": ORGANIZER}
    moved = contacts.handle(a_contact(email="old@example.org", command_id="add moved")).id
    contacts.handle(EditContact(**about, contact_id=moved, email="Straße@Example.org"))
    gone, restored = (
        contacts.handle(a_contact(email=f"{name}@example.org")).id for name in ("gone", "restored")
    )
    contacts.handle(DeleteContact(**about, contact_id=gone, command_id="delete"))
    contacts.handle(DeleteContact(**about, contact_id=restored))
    contacts.handle(RestoreContact(**about, contact_id=restored))
    for number in range(3):
        tag = TagContact(**about, contact_id=moved, tags=("x",), command_id=f"tag {number}")
        contacts.handle(tag)  # from the second on they change nothing
    named, without = (contacts.handle(a_group(name=name)).id for name in ("before", "gone"))
    contacts.handle(ChangeGroup(**about, group_id=named, name="Äöü"))
    contacts.handle(DeleteGroup(**about, group_id=without))
    contacts.handle(a_group(name="zebra", contact_ids=(moved, restored), command_id="group"))
    for status in ("created", "completed"):
        contacts.handle(a_booking(status, invitee_email="new@example.org", command_id=status))
    contacts.handle(a_booking(organizer_id="other", invitee_email="straße@example.org"))


def stored_claims(database: str) -> set[StoredClaim]:
    """All claims, as they lie in the table."""
    found = raw_database.rows(database, "SELECT organizer_id, kind, key, holder FROM claims")
    return {StoredClaim(*row) for row in found}


def stored_positions(database: str) -> dict[tuple[str, ...], int]:
    """Since which position each claim is held."""
    found = raw_database.rows(database, "SELECT organizer_id, kind, key, position FROM claims")
    return {tuple(row[:3]): row[3] for row in found}


def one_of(database: str, kind: str) -> StoredClaim:
    """A claim of this kind; of a command, one that caused events."""
    claims = sorted(each for each in stored_claims(database) if each.kind == kind)
    return next(each for each in claims if " 0 " not in each.holder)


def somebody(kind: str) -> str:
    """A holder that nobody is."""
    return f"{uuid4()} 1 {DIGEST}" if kind == "command" else str(uuid4())


def lose(database: str, claim: StoredClaim) -> None:
    """Delete a claim."""
    _change(database, "DELETE FROM claims", claim)


def hand_over(database: str, claim: StoredClaim, holder: str) -> None:
    """Give a claim to somebody else."""
    _change(database, "UPDATE claims SET holder = :holder", claim._replace(holder=holder))


def invent(database: str, claim: StoredClaim) -> None:
    """Insert a claim."""
    statement = "INSERT INTO claims (organizer_id, kind, key, holder, position) VALUES "
    values = "(:organizer_id, :kind, :key, :holder, 1)"
    raw_database.change_with(database, statement + values, **claim._asdict())


def _change(database: str, statement: str, claim: StoredClaim) -> None:
    this = "WHERE organizer_id = :organizer_id AND kind = :kind AND key = :key"
    parameters = {name: value for name, value in claim._asdict().items() if name != "holder"}
    if ":holder" in statement:
        parameters["holder"] = claim.holder
    raw_database.change_with(database, f"{statement} {this}", **parameters)
