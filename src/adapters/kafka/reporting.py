"""What a consumer tells probes, metrics and the log."""

import structlog

from adapters.kafka.health import ConsumerHealth
from adapters.kafka.taking_in import Tally
from contacts_domain.errors import ContactsError

log = structlog.get_logger("contacts.consumer")


class Observer:
    """Told what a consumer does; this one tells nobody, metrics do."""

    def took_in(self, tally: Tally, seconds: float) -> None:
        """A unit was committed."""

    def failed(self, reason: str) -> None:
        """Something will be tried again; `reason` is the error's code."""


class Reporting:
    """Tells probes, metrics and the log what happens to a consumer."""

    def __init__(self, health: ConsumerHealth, observer: Observer) -> None:
        self.health = health
        self._observer = observer

    def failed(self, error: ContactsError) -> None:
        """Something will be tried again; the log is told once."""
        if self.health.failed(error):
            log.warning("trying again", reason=error.code, why=error.message)
        self._observer.failed(error.code)

    def recovered(self) -> None:
        """All is reached."""
        if self.health.recovered():
            log.info("all is reached again")

    def took_in(self, tally: Tally, seconds: float) -> None:
        """A unit was committed."""
        self.health.taken_in.add(tally)
        self._observer.took_in(tally, seconds)
        if tally.parked:
            log.warning("messages parked", count=tally.parked)
