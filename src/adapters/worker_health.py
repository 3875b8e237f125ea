"""How a worker is doing: whether its loop turns, whether it has come to the head, and why not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from contacts_domain.errors import ContactsError

ALIVE_PATIENCE = timedelta(minutes=2)
"""How long a turn of the loop may take; nothing that a worker waits for takes longer."""
REBUILD_PATIENCE = timedelta(hours=1)
"""How long a step of a rebuild may take; making the indexes of large tables is one."""
READY_PATIENCE = timedelta(seconds=10)
"""How old the last round may be."""


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
class WorkerHealth:
    """Written by a worker, read by probes on other threads."""

    last_round: datetime | None = None
    """When the database was last reached with nothing left to fold, UTC."""
    failing: str | None = None
    """The code of the error that the last round failed with."""
    why: str | None = None
    """Its sentence."""
    leads: dict[str, bool] = field(default_factory=dict)
    """Per projection, whether this worker leads it or stands by; empty while nobody knows."""
    rebuilding: Rebuilding | None = None
    """The rebuild after an upgrade that comes before anything else."""
    _turned: float = field(default_factory=monotonic, repr=False)
    _arrived: float | None = field(default=None, repr=False)

    def is_alive(self, patience: timedelta | None = None) -> bool:
        """Whether the worker still tries, or has just begun; the database may be away."""
        default = ALIVE_PATIENCE if self.rebuilding is None else REBUILD_PATIENCE
        return _is_within(self._turned, patience or default)

    def is_ready(self, patience: timedelta = READY_PATIENCE) -> bool:
        """Whether the database is reached, and all is folded that is to be folded here."""
        return (
            self.failing is None
            and self.rebuilding is None
            and self._arrived is not None
            and _is_within(self._arrived, patience)
        )

    @property
    def status(self) -> str:
        """One word: ok, stuck, failing, rebuilding, starting or behind."""
        if not self.is_alive():
            return "stuck"
        if self.failing is not None:
            return "failing"
        if self.rebuilding is not None:
            return "rebuilding"
        if self.is_ready():
            return "ok"
        return "starting" if self._arrived is None else "behind"

    def document(self) -> dict[str, Any]:
        """What probes answer."""
        return {
            "status": self.status,
            "failing": self.failing,
            "why": self.why,
            "last_round": self.last_round,
            "leads": dict(self.leads),
            "rebuilding": self.rebuilding,
        }

    def turned(self) -> None:
        """The worker has come round once more."""
        self._turned = monotonic()

    def arrived(self) -> None:
        """Nothing is left to fold."""
        self._arrived = monotonic()
        self.last_round = datetime.now(UTC)

    def failed(self, error: ContactsError) -> bool:
        """The database did not let the worker do its round; whether that is news."""
        is_news = (self.failing, self.why) != (error.code, error.message)
        self.failing, self.why = error.code, error.message
        self.leads.clear()
        return is_news

    def recovered(self) -> bool:
        """The database is reached; whether that is news."""
        is_news = self.failing is not None
        self.failing = self.why = None
        return is_news


def _is_within(moment: float, patience: timedelta) -> bool:
    return monotonic() - moment <= patience.total_seconds()
