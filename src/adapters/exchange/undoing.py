"""Undoes an import: walks the events that it caused and puts their contacts back, a unit of
contacts a unit of work, in whose transaction the import notes how far it has come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from contacts_domain.command_fields import Source
from contacts_domain.commands import Command
from contacts_domain.contact_book import ContactBook
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import ContactDeleted
from contacts_domain.import_commands import NoteContactsUndone, UndoImportOfContact
from contacts_domain.import_events import KeptChange
from contacts_domain.outcomes import Decided, Joined

EVENTS_PER_READ = 2_000
CONTACTS_PER_UNIT = 500


@dataclass(frozen=True)
class Undoer:
    """Undoes one import of an organizer."""

    database: Database
    log: SqlEventLog
    book: ContactBook
    organizer_id: str
    import_id: UUID
    actor: str
    source: Source

    def undo(
        self,
        after: int,
        until: int,
        on_progress: Callable[[int, int], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """Put back the contacts of the import's events at positions in (`after`, `until`].

        Raises ContactsAlreadyUndone.
        """
        begin = after
        while not should_stop():
            through, contact_ids = self._next_contacts(after, until)
            self._put_back(contact_ids, after, through, is_last=through >= until)
            on_progress(through - begin, until - begin)
            if through >= until:
                return
            after = through

    def _next_contacts(self, after: int, until: int) -> tuple[int, list[UUID]]:
        """Up to where these contacts are the ones; `until` if there are no more."""
        found: dict[UUID, None] = {}
        while True:
            with self.database.reading() as connection:
                events = self.log.read_of_organizer(
                    connection, self.organizer_id, after, EVENTS_PER_READ
                )
            for event in events:
                if event.position > until:
                    return until, list(found)
                after = event.position
                if self._is_of_import(event):
                    found[event.originator_id] = None
                    if len(found) == CONTACTS_PER_UNIT:
                        return after, list(found)
            if not events:
                return until, list(found)

    def _is_of_import(self, event: RecordedEvent) -> bool:
        provenance = event.provenance
        is_of_contact = event.originator_id != self.import_id
        is_mine = provenance.correlation_id == str(self.import_id)
        return is_of_contact and is_mine and provenance.source == "import"

    def _put_back(
        self, contact_ids: Sequence[UUID], after: int, through: int, *, is_last: bool
    ) -> None:
        about: dict[str, Any] = {
            "organizer_id": self.organizer_id,
            "actor": self.actor,
            "source": self.source,
            "correlation_id": str(self.import_id),
            "import_id": self.import_id,
        }
        commands = [UndoImportOfContact(**about, contact_id=each) for each in contact_ids]

        def conclude(decided: Sequence[Decided]) -> Command:
            joined = [each for each in decided if isinstance(each, Joined)]
            is_removal = [_removes(each) for each in joined]
            return NoteContactsUndone(
                **about,
                after_position=after,
                through_position=through,
                removed=sum(is_removal),
                restored=sum(
                    bool(each.decision.events) and not removed
                    for each, removed in zip(joined, is_removal, strict=True)
                ),
                kept=tuple(
                    KeptChange(
                        contact_id=each.decision.stream_id,
                        field=kept.field,
                        reason=kept.reason,
                    )
                    for each in joined
                    for kept in each.decision.warnings
                ),
                is_last=is_last,
            )

        self.book.handle_all(commands, on_refusal="report", conclude=conclude)


def _removes(joined: Joined) -> bool:
    return any(isinstance(event, ContactDeleted) for event in joined.decision.events)
