"""The import: what a file is planned to do to an address book, how far it has come, and whether it
was undone. Rows and contacts are not part of it: units of work take them in beside it."""

from dataclasses import dataclass
from functools import singledispatch
from typing import Literal
from uuid import UUID

from contacts_domain import import_events as events
from contacts_domain.column_mapping import has_email
from contacts_domain.errors import (
    CommandIdReused,
    ContactsAlreadyUndone,
    EmailColumnMissing,
    ImportNotPossible,
    RowsAlreadyTakenIn,
)
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event
from contacts_domain.import_events import ImportPlan

ImportStatus = Literal["started", "running", "completed", "cancelled", "undoing", "undone"]


@dataclass(slots=True)
class Import:
    """A file on its way into one organizer's address book."""

    id: UUID
    organizer_id: str
    started: events.ImportStarted
    version: int = 0
    status: ImportStatus = "started"
    plan: ImportPlan | None = None
    """As confirmed."""
    units_taken_in: int = 0
    undone_through: int = 0
    """Up to where in the log its events have been undone."""

    # --- deciding ------------------------------------------------------------------------------

    def start_again(self, started: events.ImportStarted) -> list[Event]:
        """The same file again changes nothing; another one needs another id."""
        if started != self.started:
            raise CommandIdReused(str(self.id))
        return []

    def confirm(self, plan: ImportPlan | None) -> list[Event]:
        """Rows may be taken in; None is the plan as proposed."""
        plan = self.started.plan if plan is None else plan
        if self.status in ("running", "completed") and plan == self.plan:
            return []
        self._require("confirmed", "started")
        if not has_email(plan.mapping):
            raise EmailColumnMissing(each.header for each in plan.mapping)
        done = [] if self.started.units else [events.ImportCompleted()]
        return [events.ImportConfirmed(plan=plan), *done]

    def take_in(self, taken_in: events.ImportRowsTakenIn) -> list[Event]:
        """The next unit of rows; the last one completes the import."""
        if taken_in.unit < self.units_taken_in:
            raise RowsAlreadyTakenIn(self.id)
        self._require("continued", "running")
        if taken_in.unit > self.units_taken_in:
            raise ImportNotPossible(self.id, self.status, "continued out of order")
        is_last = taken_in.unit + 1 == self.started.units
        return [taken_in, *([events.ImportCompleted()] if is_last else [])]

    def cancel(self) -> list[Event]:
        """Its end before the last row."""
        if self.status == "cancelled":
            return []
        self._require("cancelled", "started", "running")
        return [events.ImportCancelled()]

    def begin_undo(self) -> list[Event]:
        """The beginning of its undoing."""
        if self.status in ("undoing", "undone"):
            return []
        self._require("undone", "completed", "cancelled")
        return [events.ImportUndoStarted()]

    def advance_undo(
        self, after_position: int, undone: events.ImportContactsUndone, *, is_last: bool
    ) -> list[Event]:
        """The next unit of contacts; the last one ends it."""
        if self.status == "undone":
            return []
        self._require("undone", "undoing")
        if self.undone_through not in (0, after_position):
            raise ContactsAlreadyUndone(self.id)
        return [undone, *([events.ImportUndone()] if is_last else [])]

    def _require(self, what: str, *statuses: ImportStatus) -> None:
        if self.status not in statuses:
            raise ImportNotPossible(self.id, self.status, what)

    # --- applying ------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Become what `event` says."""
        _apply(event, self)
        self.version += 1


@singledispatch
def _apply(event: Event, import_: Import) -> None:  # noqa: ARG001
    raise TypeError(f"{type(event).__name__} is no event of an import")


@_apply.register
def _(_event: events.ImportStarted, import_: Import) -> None:
    import_.status = "started"


@_apply.register
def _(event: events.ImportConfirmed, import_: Import) -> None:
    import_.status, import_.plan = "running", event.plan


@_apply.register
def _(event: events.ImportRowsTakenIn, import_: Import) -> None:
    import_.units_taken_in = event.unit + 1


@_apply.register
def _(_event: events.ImportCompleted, import_: Import) -> None:
    import_.status = "completed"


@_apply.register
def _(_event: events.ImportCancelled, import_: Import) -> None:
    import_.status = "cancelled"


@_apply.register
def _(_event: events.ImportUndoStarted, import_: Import) -> None:
    import_.status = "undoing"


@_apply.register
def _(event: events.ImportContactsUndone, import_: Import) -> None:
    import_.undone_through = event.through_position


@_apply.register
def _(_event: events.ImportUndone, import_: Import) -> None:
    import_.status = "undone"


def begin_import(first: RecordedEvent) -> Import:
    """The import whose stream begins with `first`, before it is applied."""
    started = first.event
    assert isinstance(started, events.ImportStarted)  # noqa: S101 - the caller looked
    return Import(id=first.originator_id, organizer_id=first.organizer_id, started=started)
