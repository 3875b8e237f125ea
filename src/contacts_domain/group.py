"""The group: a named, coloured set of contacts. Membership belongs to the contacts, so a group
of 100,000 stays small and deleting it is one event."""

from dataclasses import dataclass
from functools import singledispatch
from uuid import UUID

from contacts_domain import events
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event


@dataclass(slots=True)
class Group:
    """A group of one organizer's contacts."""

    id: UUID
    organizer_id: str
    version: int = 0
    name: str = ""
    description: str = ""
    color: str = ""
    is_deleted: bool = False

    def change(self, name: str | None, description: str | None, color: str | None) -> list[Event]:
        """New values; None leaves one alone. The caller made sure that the name is free."""
        renamed = name is not None and name != self.name
        changed = events.GroupChanged(
            group_name=name if renamed else None,
            previous_name=self.name if renamed else None,
            description=description if description != self.description else None,
            color=color if color != self.color else None,
        )
        return [] if changed == events.GroupChanged() else [changed]

    def delete(self) -> list[Event]:
        """The end of the group."""
        return [] if self.is_deleted else [events.GroupDeleted(group_name=self.name)]

    def apply(self, event: Event) -> None:
        """Become what `event` says."""
        _apply(event, self)
        self.version += 1


@singledispatch
def _apply(event: Event, group: Group) -> None:  # noqa: ARG001
    raise TypeError(f"{type(event).__name__} is no event of a group")


@_apply.register
def _(event: events.GroupCreated, group: Group) -> None:
    group.name, group.description, group.color = event.group_name, event.description, event.color


@_apply.register
def _(event: events.GroupChanged, group: Group) -> None:
    group.name = group.name if event.group_name is None else event.group_name
    group.description = group.description if event.description is None else event.description
    group.color = group.color if event.color is None else event.color


@_apply.register
def _(_event: events.GroupDeleted, group: Group) -> None:
    group.is_deleted = True


def begin_group(first: RecordedEvent) -> Group:
    """The group whose stream begins with `first`, before it is applied."""
    return Group(id=first.originator_id, organizer_id=first.organizer_id)
