"""Plays a random history of steps (see `strategies`) against an address book."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid5

from adapters import Contacts
from contacts_domain import commands
from contacts_domain.commands import Command
from contacts_domain.errors import Refused
from tests.builders import a_booking
from tests.scenario import NOW

Step = tuple[str, int, int, str]

_INTERACTIONS = UUID("3c5b3b0e-2f5a-4b55-9c06-0f4a3f0f5d11")


class History:
    """Remembers the contacts and groups that its steps made."""

    def __init__(self, contacts: Contacts, organizer_id: str) -> None:
        self.contacts = contacts
        self.organizer_id = organizer_id
        self.contact_ids: list[UUID] = []
        self.group_ids: list[UUID] = []

    def play(self, steps: Sequence[Step]) -> None:
        """Carry out the steps; refusals are part of life."""
        for step in steps:
            with suppress(Refused):
                self._remember(step[0], self.contacts.handle(self.command(step)).id)

    def _remember(self, operation: str, stream_id: UUID) -> None:
        known = self.group_ids if operation == "create_group" else self.contact_ids
        if operation in ("create", "create_group", "import", "book") and stream_id not in known:
            known.append(stream_id)

    def command(self, step: Step) -> Command:
        """The command that a step means here."""
        operation, number, other, text = step
        make: Callable[..., Command] = COMMANDS[operation]
        return make(self, number, other, text)

    def contact(self, number: int) -> UUID:
        """One of the contacts, or an id that nobody has."""
        return _one_of(self.contact_ids, number)

    def group(self, number: int) -> UUID:
        """One of the groups, or an id that nobody has."""
        return _one_of(self.group_ids, number)


def _one_of(ids: Sequence[UUID], number: int) -> UUID:
    return ids[number % len(ids)] if ids else uuid5(_INTERACTIONS, str(number))


def _about(history: History, number: int, **fields: object) -> dict[str, object]:
    return {
        "organizer_id": history.organizer_id,
        "contact_id": history.contact(number),
        **fields,
    }


def _interaction_id(history: History, number: int, other: int) -> UUID:
    return uuid5(history.contact(number), str(other))


COMMANDS: dict[str, Callable[..., Command]] = {
    "create": lambda h, n, o, t: commands.CreateContact(
        organizer_id=h.organizer_id,
        email=f"person{n}@example.org",
        first_name=f"Ada {o}",
        company=t,
        tags=(f"tag{o}", f"TAG{n}"),
    ),
    "edit": lambda h, n, o, t: commands.EditContact(**_about(h, n, company=t, notes=f"{o}")),
    "rename": lambda h, n, o, t: commands.EditContact(**_about(h, n, last_name=f"{t}{o}")),
    "change_email": lambda h, n, o, t: commands.EditContact(
        **_about(h, n, email=f"Person{o}@example.org")
    ),
    "tag": lambda h, n, o, t: commands.TagContact(**_about(h, n, tags=(f"Tag{o}", "vip"))),
    "untag": lambda h, n, o, t: commands.UntagContact(**_about(h, n, tags=(f"tag{o}",))),
    "deactivate": lambda h, n, o, t: commands.DeactivateContact(**_about(h, n)),
    "reactivate": lambda h, n, o, t: commands.ReactivateContact(**_about(h, n)),
    "delete": lambda h, n, o, t: commands.DeleteContact(**_about(h, n)),
    "restore": lambda h, n, o, t: commands.RestoreContact(**_about(h, n)),
    "create_group": lambda h, n, o, t: commands.CreateGroup(
        organizer_id=h.organizer_id, name=f"Group {o}", description=t
    ),
    "change_group": lambda h, n, o, t: commands.ChangeGroup(
        organizer_id=h.organizer_id, group_id=h.group(n), name=f"Group {o}", color="#abc"
    ),
    "delete_group": lambda h, n, o, t: commands.DeleteGroup(
        organizer_id=h.organizer_id, group_id=h.group(n)
    ),
    "join": lambda h, n, o, t: commands.AddContactToGroup(**_about(h, n, group_id=h.group(o))),
    "leave": lambda h, n, o, t: commands.RemoveContactFromGroup(
        **_about(h, n, group_id=h.group(o))
    ),
    "log": lambda h, n, o, t: commands.LogInteraction(
        **_about(
            h,
            n,
            interaction_id=_interaction_id(h, n, o),
            description=f"Met {o}",
            occurred_at=NOW - timedelta(days=n * 10),
        )
    ),
    "correct": lambda h, n, o, t: commands.CorrectInteraction(
        **_about(h, n, interaction_id=_interaction_id(h, n, o), description=f"Called {t}")
    ),
    "remove": lambda h, n, o, t: commands.RemoveInteraction(
        **_about(h, n, interaction_id=_interaction_id(h, n, o))
    ),
    "book": lambda h, n, o, t: a_booking(
        ("created", "rescheduled", "completed", "cancelled")[o % 4],
        organizer_id=h.organizer_id,
        booking_id=f"bk-{n}",
        invitee_email=f"person{(n + o) % 6}@example.org",
        invitee_name=t,
        starts_at=NOW + timedelta(days=o - 2),
        occurred_at=NOW - timedelta(hours=n),
        message_id=f"evt-{n}-{o}",
    ),
    "import": lambda h, n, o, t: commands.ImportContact(
        organizer_id=h.organizer_id,
        email=f"person{n}@example.org",
        last_name=t,
        tags=(f"tag{o}",),
        on_duplicate=("skip", "update", "merge")[o % 3],
    ),
    "settings": lambda h, n, o, t: commands.ChangeSettings(
        organizer_id=h.organizer_id,
        default_region=("", "DE", "GB")[n % 3],
        name_order=("first_last", "last_first")[o % 2],
    ),
    "save_search": lambda h, n, o, t: commands.SaveSearch(
        organizer_id=h.organizer_id, name=f"Search {o}", criteria={"company": t, "min_bookings": n}
    ),
    "delete_search": lambda h, n, o, t: commands.DeleteSearch(
        organizer_id=h.organizer_id, name=f"SEARCH {o}"
    ),
}
