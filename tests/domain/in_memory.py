"""Units of work over an empty store: deciding and applying without a database."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from contacts_domain.claims import Claim
from contacts_domain.commands import Command
from contacts_domain.event_schema import RecordedEvent
from contacts_domain.handlers import HANDLERS
from contacts_domain.recording import ClaimHolder
from contacts_domain.streams import Aggregate
from contacts_domain.unit_of_work import Decision, UnitOfWork
from tests.scenario import NOW


class EmptyStore:
    """Nothing was ever recorded in it; all there is lies in the unit of work."""

    def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[RecordedEvent]]:  # noqa: ARG002
        """None."""
        return {}

    def aggregates(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Aggregate]:  # noqa: ARG002
        """None."""
        return {}

    def claim_holders(self, claims: Sequence[Claim]) -> Mapping[Claim, ClaimHolder]:  # noqa: ARG002
        """None."""
        return {}


def a_unit_of_work() -> UnitOfWork:
    """A unit of work in which nothing happened yet."""
    return UnitOfWork(EmptyStore(), lambda: NOW)


def decided(unit: UnitOfWork, command: Command) -> Decision:
    """Decide a command and take its events in; raises what its handler refuses."""
    decision = HANDLERS[type(command)](command, unit)
    unit.join(command, decision)
    return decision
