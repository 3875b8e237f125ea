"""What commands come to: a receipt each, or a refusal; and what was decided before their unit was
recorded, when positions were not known yet."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from contacts_domain.commands import Command
from contacts_domain.errors import FieldProblem, Refused
from contacts_domain.event_schema import EVENT_NAMES, RecordedEvent
from contacts_domain.unit_of_work import Decision, RecordedReceipt

Waiter = Callable[[Sequence[int], float], None]
"""Returns when the read models show the events at these positions, within so many seconds."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a command came to."""

    id: UUID
    """The contact or group it was about."""
    position: int
    """Where its last event stands in the log; without events, where the log ended."""
    events: int
    """How many events it caused; 0 when everything was so already."""
    event_names: tuple[str, ...] = ()
    """Their stored names; not known of a repeated `command_id`."""
    warnings: tuple[FieldProblem, ...] = ()
    """What was taken in, but not as given."""
    repeated: bool = False
    """Whether this is the first receipt of a repeated `command_id`."""
    waiter: Waiter | None = field(default=None, repr=False, compare=False)

    def wait(self, timeout: float = 5.0) -> None:
        """Return when the read models show what this command came to, within `timeout` seconds.

        At once where they follow inline. Raises WaitTimedOut, and EventParked if a projector
        failed on it.
        """
        if self.waiter is not None:
            self.waiter(range(self.position - max(self.events, 1) + 1, self.position + 1), timeout)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command of a batch that was refused; its neighbours were not harmed."""

    command: Command
    error: Refused


Outcome = Receipt | Refusal


@dataclass(frozen=True, slots=True)
class Joined:
    """A decision and the place of its first event in the unit."""

    decision: Decision
    first_index: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A command id that was handled before, perhaps earlier in the same unit."""

    stream_id: UUID
    events: int
    on_record: RecordedReceipt


Decided = Joined | Repeated | Refusal


@dataclass(frozen=True, slots=True)
class Recorded:
    """A unit of work after its commit."""

    position_before: int
    events: Sequence[RecordedEvent]
    waiter: Waiter | None

    def outcome(self, decided: Decided) -> Outcome:
        """The receipt of a decision, now that positions are known; a refusal stays one."""
        match decided:
            case Joined(decision, first_index):
                count = len(decision.events)
                return Receipt(
                    id=decision.stream_id,
                    position=self.position_before + first_index + count,
                    events=count,
                    event_names=tuple(EVENT_NAMES[type(event)] for event in decision.events),
                    warnings=decision.warnings,
                    waiter=self.waiter,
                )
            case Repeated(stream_id, events, on_record):
                position = on_record.position
                if position is None:
                    position = self.position_before + on_record.event_index + 1
                return Receipt(stream_id, position, events, repeated=True, waiter=self.waiter)
            case Refusal():
                return decided


def refused(decided: Iterable[Decided]) -> dict[int, Refused]:
    """Which commands were refused, by their index."""
    return {index: each.error for index, each in enumerate(decided) if isinstance(each, Refusal)}
