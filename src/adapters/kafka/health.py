"""How a consumer is doing: its partitions, what it took in, and what it fails on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.kafka.taking_in import Tally
from adapters.process_health import ProcessHealth
from contacts_domain.errors import ContactsError


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """How far a partition was taken in."""

    position: int
    """Offset of the next message."""
    end: int
    """Offset behind the last message, when it was last asked for."""

    @property
    def lag(self) -> int:
        """How many offsets are still to be taken in."""
        return max(0, self.end - self.position)


@dataclass
class ConsumerHealth(ProcessHealth):
    """Written by a consumer, read by probes on other threads."""

    partitions: dict[int, PartitionHealth] = field(default_factory=dict)
    """Those that this consumer reads."""
    taken_in: Tally = field(default_factory=Tally)
    """Since its start."""
    retries: int = 0
    """How often something had to be tried again."""
    last_error: str | None = None
    """The code of the last failure, also when it is over."""
    last_error_at: datetime | None = None
    """UTC."""

    def failed(self, error: ContactsError) -> bool:
        """A turn could not be done; whether that is news."""
        self.retries += 1
        self.last_error, self.last_error_at = error.code, datetime.now(UTC)
        return super().failed(error)

    def document(self) -> dict[str, Any]:
        """What probes answer."""
        return {
            **super().document(),
            "partitions": {
                str(number): {"position": each.position, "end": each.end, "lag": each.lag}
                for number, each in sorted(self.partitions.copy().items())
            },
            "messages": self.taken_in.messages,
            "applied": self.taken_in.applied,
            "duplicates": self.taken_in.duplicates,
            "parked": self.taken_in.parked,
            "retries": self.retries,
            "last_error": self.last_error,
            "last_error_at": self.last_error_at,
        }
