"""How a process that goes on for ever is doing: whether its loop turns, and what it fails on."""

from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from contacts_domain.errors import ContactsError

ALIVE_PATIENCE = timedelta(minutes=2)
"""How long a turn of the loop may take; nothing that is waited for takes longer."""
READY_PATIENCE = timedelta(seconds=10)
"""How old the last moment may be at which nothing was left to do."""


@dataclass
class ProcessHealth:
    """Written by the process, read by probes on other threads."""

    failing: str | None = None
    """The code of the error that the last turn failed with."""
    why: str | None = None
    """Its sentence."""
    _turned: float = field(default_factory=monotonic, repr=False)
    _arrived: float | None = field(default=None, repr=False)

    @property
    def alive_patience(self) -> timedelta:
        """How long a turn may take just now."""
        return ALIVE_PATIENCE

    def is_alive(self, patience: timedelta | None = None) -> bool:
        """Whether the process still tries, or has just begun; what it needs may be away."""
        return _is_within(self._turned, patience or self.alive_patience)

    def is_ready(self, patience: timedelta = READY_PATIENCE) -> bool:
        """Whether all is reached, and all is done that is to be done here."""
        return (
            self.failing is None
            and self._arrived is not None
            and _is_within(self._arrived, patience)
        )

    @property
    def has_arrived(self) -> bool:
        """Whether there was ever nothing left to do."""
        return self._arrived is not None

    @property
    def status(self) -> str:
        """One word: ok, stuck, failing, starting or behind."""
        if not self.is_alive():
            return "stuck"
        if self.failing is not None:
            return "failing"
        if self.is_ready():
            return "ok"
        return "behind" if self.has_arrived else "starting"

    def document(self) -> dict[str, Any]:
        """What probes answer."""
        return {"status": self.status, "failing": self.failing, "why": self.why}

    def turned(self) -> None:
        """The loop has come round once more."""
        self._turned = monotonic()

    def arrived(self) -> None:
        """Nothing is left to do."""
        self._arrived = monotonic()

    def failed(self, error: ContactsError) -> bool:
        """A turn could not be done; whether that is news."""
        is_news = (self.failing, self.why) != (error.code, error.message)
        self.failing, self.why = error.code, error.message
        return is_news

    def recovered(self) -> bool:
        """All is reached; whether that is news."""
        is_news = self.failing is not None
        self.failing = self.why = None
        return is_news


def _is_within(moment: float, patience: timedelta) -> bool:
    return monotonic() - moment <= patience.total_seconds()
