"""What undoing an import means for one contact, told from the contact's events alone.

A field whose last writer is the import gets back what it was before the import wrote it; a field
that somebody wrote since stays, and is told. A contact that the import created goes if nobody
touched it since, and stays whole if somebody did. What was undone before counts as never written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from contacts_domain import events
from contacts_domain.contact import Contact, begin_contact
from contacts_domain.errors import FieldProblem
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event
from contacts_domain.learning import name_by_bookings, phone_by_bookings
from contacts_domain.names import PersonName
from contacts_domain.phones import Phone
from contacts_domain.tags import tag_key

CHANGED_SINCE: Final = "changed since the import"
TOUCHED_SINCE: Final = "touched since the import created it"
DELETED_SINCE: Final = "deleted since the import"

PLAIN = ("company", "job_title", "notes")
TAG = "tag:"


@dataclass(frozen=True, slots=True)
class _Name:
    name: PersonName
    is_placeholder: bool
    is_entered: bool


@dataclass(frozen=True, slots=True)
class _Phone:
    phone: Phone
    is_entered: bool


class _Write(NamedTuple):
    """Somebody wrote a field."""

    writer: str
    """The id of an import; blank for anybody else."""
    before: Any
    """What the field was before this writer began."""


_Trail = list[_Write]
"""Who wrote a field, the last one at the end; nobody twice in a row."""


@dataclass
class UndoneContact:
    """What there is to do, and what is left alone."""

    events: list[Event] = field(default_factory=list)
    kept: list[FieldProblem] = field(default_factory=list)


def undone(
    recorded: Sequence[RecordedEvent], import_id: UUID, default_region: str | None
) -> UndoneContact:
    """How the contact whose stream this is gets rid of what the import did to it."""
    mine = str(import_id)
    writers = [_import_behind(each) for each in recorded]
    contact, trails = _trails(recorded, writers)
    if writers[0] == mine:
        if set(writers) == {mine}:
            return UndoneContact(events=contact.delete())
        kept = [] if contact.is_deleted else [FieldProblem("", TOUCHED_SINCE, "")]
        return UndoneContact(kept=kept)
    written = {n: trail for n, trail in trails.items() if any(w.writer == mine for w in trail)}
    if contact.is_deleted:
        return UndoneContact(kept=[FieldProblem("", DELETED_SINCE, "")] if written else [])
    to_restore = {n: trail[-1].before for n, trail in written.items() if trail[-1].writer == mine}
    kept_names = {_shown_name(name) for name in written.keys() - to_restore.keys()}
    return UndoneContact(
        events=[*_restored(contact, to_restore, default_region)],
        kept=[FieldProblem(name, CHANGED_SINCE, "") for name in sorted(kept_names)],
    )


def _import_behind(recorded: RecordedEvent) -> str:
    """The import whose row caused the event; blank if none did."""
    provenance = recorded.provenance
    return (provenance.correlation_id or "") if provenance.source == "import" else ""


def _trails(
    recorded: Sequence[RecordedEvent], writers: Sequence[str]
) -> tuple[Contact, Mapping[str, _Trail]]:
    contact = begin_contact(recorded[0])
    trails: dict[str, _Trail] = {}
    before: dict[str, Any] = {}
    for each, writer in zip(recorded, writers, strict=True):
        contact.apply(each.event)
        after = _fields(contact)
        undoes = "" if writer else each.provenance.correlation_id
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name):
                _note(trails.setdefault(name, []), writer, undoes, before.get(name))
        before = after
    return contact, trails


def _note(trail: _Trail, writer: str, undoes: str | None, before: Any) -> None:
    """Add a writer, or take away the last one if this undoes what it wrote."""
    last = trail[-1].writer if trail else None
    if undoes and undoes == last:
        trail.pop()
    elif writer != last:
        trail.append(_Write(writer, before))


def _shown_name(name: str) -> str:
    return "tags" if name.startswith(TAG) else name


def _fields(contact: Contact) -> dict[str, Any]:
    """What an import can write; a tag is a field of its own."""
    return {
        "name": _Name(
            PersonName(contact.first_name, contact.last_name),
            contact.name_is_placeholder,
            "name" in contact.entered,
        ),
        "phone": _Phone(contact.phone, "phone" in contact.entered),
        **{name: getattr(contact, name) for name in PLAIN},
        **{TAG + tag_key(tag): tag for tag in contact.tags},
    }


def _restored(
    contact: Contact, values: Mapping[str, Any], default_region: str | None
) -> Iterator[Event]:
    now = _fields(contact)
    differing = {name: value for name, value in values.items() if value != now.get(name)}
    tags = {name: tag for name, tag in differing.items() if name.startswith(TAG)}
    details: dict[str, Any] = {n: differing[n] for n in PLAIN if n in differing}
    no_longer: list[Literal["name", "phone"]] = []
    name, phone = differing.get("name"), differing.get("phone")
    if isinstance(name, _Name):
        learned = None if name.is_entered else name_by_bookings(contact.bookings)
        first, last = learned or name.name
        details |= {"first_name": first, "last_name": last}
        details |= {"name_is_placeholder": name.is_placeholder and learned is None}
        no_longer += [] if name.is_entered else ["name"]
    if isinstance(phone, _Phone):
        learned_phone = (
            None if phone.is_entered else phone_by_bookings(contact.bookings, default_region)
        )
        value = learned_phone or phone.phone
        details |= {"phone": value.typed, "phone_e164": value.e164}
        no_longer += [] if phone.is_entered else ["phone"]
    if details:
        yield events.ContactDetailsChanged(**details)
    if no_longer:
        yield events.ContactEntryUndone(fields=tuple(no_longer))
    yield from contact.untag(now[name] for name, tag in tags.items() if tag is None)
    yield from contact.tag(tag for tag in tags.values() if tag is not None)
