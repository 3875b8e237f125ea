"""How a projection worker is doing: whether its loop turns, whether it has come to the head, and
why not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.process_health import READY_PATIENCE, ProcessHealth
from contacts_domain.errors import ContactsError

REBUILD_PATIENCE = timedelta(hours=1)
"""How long a step of a rebuild may take; making the indexes of large tables is one."""


@dataclass(frozen=True)
class Rebuilding:
    """A rebuild that is done, or waited for."""

    projection: str
    done: int = 0
    total: int | None = None
    """Events in the log; None before the first batch."""
    by_another: bool = False
    """Whether another process does it."""


@dataclass
class WorkerHealth(ProcessHealth):
    """Written by a worker, read by probes on other threads."""

    last_round: datetime | None = None
    """When the database was last reached with nothing left to fold, UTC."""
    leads: dict[str, bool] = field(default_factory=dict)
    """Per projection, whether this worker leads it or stands by; empty while nobody knows."""
    rebuilding: Rebuilding | None = None
    """The rebuild after an upgrade that comes before anything else."""

    @property
    def alive_patience(self) -> timedelta:
        """Longer while it rebuilds."""
        return super().alive_patience if self.rebuilding is None else REBUILD_PATIENCE

    def is_ready(self, patience: timedelta = READY_PATIENCE) -> bool:
        """Whether the database is reached, and all is folded that is to be folded here."""
        return self.rebuilding is None and super().is_ready(patience)

    @property
    def status(self) -> str:
        """One word: ok, stuck, failing, rebuilding, starting or behind."""
        is_rebuilding = self.is_alive() and self.failing is None and self.rebuilding is not None
        return "rebuilding" if is_rebuilding else super().status

    def document(self) -> dict[str, Any]:
        """What probes answer."""
        return {
            **super().document(),
            "last_round": self.last_round,
            "leads": dict(self.leads),
            "rebuilding": self.rebuilding,
        }

    def arrived(self) -> None:
        """Nothing is left to fold."""
        super().arrived()
        self.last_round = datetime.now(UTC)

    def failed(self, error: ContactsError) -> bool:
        """The database did not let the worker do its round; whether that is news."""
        self.leads.clear()
        return super().failed(error)
