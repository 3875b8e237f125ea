"""Given, when, then: tests as sentences about commands, events and refusals."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters import Contacts
from contacts_domain.commands import Command
from contacts_domain.errors import Refused
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event
from contacts_domain.outcomes import Receipt

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        """Move on by a `timedelta`."""
        self.now += timedelta(**delta)


class Scenario:
    """One story on one real database."""

    def __init__(self, contacts: Contacts, clock: Clock) -> None:
        self.contacts = contacts
        self.clock = clock
        self.receipt: Receipt | None = None
        self.refusal: Refused | None = None
        self._head_before = 0

    def given(self, *commands: Command) -> UUID:
        """These commands were carried out; the id that the last of them was about."""
        receipts = [self.contacts.handle(command) for command in commands]
        return receipts[-1].id

    def when(self, command: Command | Callable[[], Command]) -> "Scenario":
        """This command is tried; a callable may also be refused while the command is made."""
        self.receipt = self.refusal = None
        self._head_before = head(self.contacts)
        try:
            self.receipt = self.contacts.handle(command() if callable(command) else command)
        except Refused as error:
            self.refusal = error
        return self

    def then_emitted(self, *expected: Event) -> "Scenario":
        """Exactly these events were recorded, in this order."""
        assert self.refusal is None, self.refusal
        emitted = [each.event for each in recorded_events(self.contacts, self._head_before)]
        assert emitted == list(expected)
        assert self.receipt is not None
        assert self.receipt.events == len(expected)
        return self

    def then_nothing_happened(self) -> "Scenario":
        """The command was accepted and changed nothing."""
        return self.then_emitted()

    def then_refused(self, code: str) -> Refused:
        """The command was refused with this code, and nothing was recorded."""
        assert self.receipt is None, self.receipt
        assert self.refusal is not None
        assert self.refusal.code == code
        assert recorded_events(self.contacts, self._head_before) == []
        return self.refusal


def head(contacts: Contacts) -> int:
    """Where the log ends."""
    return contacts.book.recorder.max_notification_id() or 0


def recorded_events(contacts: Contacts, after: int = 0) -> list[RecordedEvent]:
    """The events after a position, as the projections read them."""
    with contacts.engine.database.reading() as connection:
        return list(contacts.engine.log.read(connection, after, 1_000_000))
