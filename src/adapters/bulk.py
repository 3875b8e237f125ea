"""The same command for many contacts: 500 a unit of work, one report per contact.

Every operation may be repeated without harm, so a run that was killed is resumed by starting it
again: what was done answers `unchanged`. A filter is evaluated once, at the beginning.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from adapters.address_book import Contacts
from contacts_domain.commands import (
    AddContactToGroup,
    Command,
    DeactivateContact,
    DeleteContact,
    ReactivateContact,
    RemoveContactFromGroup,
    TagContact,
    UntagContact,
)
from contacts_domain.contact_filter import Criteria
from contacts_domain.errors import ContactNotFound, InvalidQuery
from contacts_domain.outcomes import Outcome, Refusal
from contacts_domain.outcomes import Receipt as CommandReceipt
from contacts_domain.tags import tag_key

CONTACTS_PER_UNIT = 500

OnProgress = Callable[[int, int], None]
"""Told how many contacts are done and how many there are."""

Make = Callable[..., Command]
"""Makes the command for one contact; given `contact_id`, `organizer_id` and the provenance."""


@dataclass(frozen=True)
class BulkRecord:
    """What became of one contact."""

    id: UUID | None
    """None for an e-mail that nobody has."""
    outcome: Literal["changed", "unchanged", "refused"]
    code: str | None = None
    reason: str | None = None
    email: str | None = None
    """The e-mail that was given and that nobody has."""


@dataclass
class BulkReport:
    """What became of all; `contacts` = changed + unchanged + refused."""

    contacts: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    records: list[BulkRecord] = field(default_factory=list)

    def add(self, contact_id: UUID, outcomes: Iterable[Outcome]) -> None:
        """Count a contact by what its commands came to."""
        self._count(_record(contact_id, list(outcomes)))

    def add_unknown(self, email: str) -> None:
        """Count an e-mail that nobody has as refused."""
        error = ContactNotFound(email)
        self._count(BulkRecord(None, "refused", error.code, error.message, email))

    def _count(self, record: BulkRecord) -> None:
        self.contacts += 1
        match record.outcome:
            case "changed":
                self.changed += 1
            case "unchanged":
                self.unchanged += 1
            case "refused":
                self.refused += 1
        self.records.append(record)


def _record(contact_id: UUID, outcomes: list[Outcome]) -> BulkRecord:
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            return BulkRecord(contact_id, "refused", outcome.error.code, outcome.error.message)
    is_changed = any(isinstance(each, CommandReceipt) and each.events for each in outcomes)
    return BulkRecord(contact_id, "changed" if is_changed else "unchanged")


OPERATIONS: Mapping[str, Make] = {
    "tag": TagContact,
    "untag": UntagContact,
    "group_add": AddContactToGroup,
    "group_remove": RemoveContactFromGroup,
    "deactivate": DeactivateContact,
    "reactivate": ReactivateContact,
    "delete": DeleteContact,
}


def select_ids(contacts: Contacts, organizer_id: str, criteria: Criteria) -> list[UUID]:
    """The contacts that a filter matches now, by the time they were added."""
    matching = contacts.contact_list.every(organizer_id, sort="created_at", **criteria)
    return [each.id for each in matching]


def resolve_ids(contacts: Contacts, organizer_id: str, references: Iterable[str]) -> list[UUID]:
    """The contacts of these ids or e-mails, each once; ids that nobody has stay as they are.

    Raises ContactNotFound for an e-mail that nobody has.
    """
    return list(dict.fromkeys(_resolved(contacts, organizer_id, each) for each in references))


def resolve_known(
    contacts: Contacts, organizer_id: str, references: Iterable[str]
) -> tuple[list[UUID], list[str]]:
    """As `resolve_ids`, but with the e-mails that nobody has beside, instead of an error."""
    ids: dict[UUID, None] = {}
    unknown: dict[str, None] = {}
    for reference in references:
        try:
            ids[_resolved(contacts, organizer_id, reference)] = None
        except ContactNotFound:
            unknown[reference] = None
    return list(ids), list(unknown)


def _resolved(contacts: Contacts, organizer_id: str, reference: str) -> UUID:
    try:
        return UUID(reference)
    except ValueError:
        return contacts.contact_list.find(organizer_id, reference).id


def run_bulk(
    contacts: Contacts,
    organizer_id: str,
    operation: str,
    contact_ids: Iterable[UUID],
    *,
    on_progress: OnProgress = lambda _done, _total: None,
    **fields: Any,
) -> BulkReport:
    """Carry out an operation of `OPERATIONS` for every contact; `fields` are the command's.

    A refusal harms no neighbour. Raises InvalidCommand if the fields cannot be accepted, and
    InvalidQuery for an unknown operation.
    """
    if operation not in OPERATIONS:
        known = ", ".join(OPERATIONS)
        raise InvalidQuery(f"There is no bulk operation {operation!r}. Use one of: {known}.")

    def commands(contact_id: UUID) -> list[Command]:
        make = OPERATIONS[operation]
        return [make(organizer_id=organizer_id, contact_id=contact_id, **fields)]

    return _run(contacts, list(dict.fromkeys(contact_ids)), commands, on_progress)


def rename_tag(
    contacts: Contacts,
    organizer_id: str,
    tag: str,
    new_tag: str,
    *,
    on_progress: OnProgress = lambda _done, _total: None,
    **provenance: Any,
) -> BulkReport:
    """Give a tag another name, or another spelling, on every contact that has it."""
    tag, new_tag = tag.strip(), new_tag.strip()
    is_respelled = tag_key(tag) == tag_key(new_tag)

    def commands(contact_id: UUID) -> list[Command]:
        about = {"organizer_id": organizer_id, "contact_id": contact_id, **provenance}
        return [UntagContact(**about, tags=(tag,)), TagContact(**about, tags=(new_tag,))]

    commands(UUID(int=0))  # a name that no tag can have is refused even if nobody has the tag
    holders = [
        each.id
        for each in contacts.contact_list.every(organizer_id, tags=[tag], is_active=None)
        if not (is_respelled and new_tag in each.tags)
    ]
    return _run(contacts, holders, commands, on_progress)


def delete_tag(
    contacts: Contacts,
    organizer_id: str,
    tag: str,
    *,
    on_progress: OnProgress = lambda _done, _total: None,
    **provenance: Any,
) -> BulkReport:
    """Take a tag off every contact that has it."""
    holders = select_ids(contacts, organizer_id, {"tags": [tag], "is_active": None})
    return run_bulk(
        contacts,
        organizer_id,
        "untag",
        holders,
        on_progress=on_progress,
        tags=(tag,),
        **provenance,
    )


def _run(
    contacts: Contacts,
    contact_ids: list[UUID],
    commands: Callable[[UUID], list[Command]],
    on_progress: OnProgress,
) -> BulkReport:
    report = BulkReport()
    for unit in _units(contact_ids):
        made = [(contact_id, commands(contact_id)) for contact_id in unit]
        flat = [command for _, some in made for command in some]
        outcomes = iter(contacts.handle_all(flat, on_refusal="report"))
        for contact_id, some in made:
            report.add(contact_id, islice(outcomes, len(some)))
        on_progress(report.contacts, len(contact_ids))
    return report


def _units(contact_ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(contact_ids)
    while some := list(islice(remaining, CONTACTS_PER_UNIT)):
        yield some
