"""The port through which units of work reach the event store; `adapters.event_store` implements
it on SQLAlchemy."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from contacts_domain.claims import Claim
from contacts_domain.intake import NOTHING_TAKEN_IN, Intake


class ClaimHolder(NamedTuple):
    """Who holds a claim (a stream id, or a receipt for kind `command`) and since which position."""

    holder: str
    position: int


@dataclass(frozen=True, slots=True)
class TakenClaim:
    """A claim to insert; `event_index` is the place in the unit of the event that takes it."""

    claim: Claim
    holder: str
    event_index: int


@dataclass(frozen=True, slots=True)
class ClaimWrites:
    """What a unit of work does to the claims: deletes first, then inserts, each sorted."""

    released: Sequence[Claim] = ()
    taken: Sequence[TakenClaim] = ()

    def __bool__(self) -> bool:
        return bool(self.released or self.taken)


NO_CLAIMS = ClaimWrites()


class EventRecorder(ApplicationRecorder):
    """Records units of work, and reads streams and claims set-wise."""

    @abstractmethod
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        claims: ClaimWrites = NO_CLAIMS,
        intake: Intake = NOTHING_TAKEN_IN,
        **kwargs: Any,
    ) -> Sequence[int] | None:
        """Write one unit of work in one transaction and return the events' positions.

        Raises eventsourcing's IntegrityError when a stream version or a claim is taken already,
        PositionMoved when an input log's position is not at `read_from`, ParkedMessageNotFound
        when a message to be released is parked no longer, CommitUncertain when the connection
        broke while committing.
        """

    @abstractmethod
    def select_streams(self, stream_ids: Collection[UUID]) -> Sequence[StoredEvent]:
        """All events of these streams, each stream in the order of its versions."""

    @abstractmethod
    def select_claims(self, claims: Collection[Claim]) -> Mapping[Claim, ClaimHolder]:
        """Those of `claims` that are held, with their holders."""

    @abstractmethod
    def position_of(self, stream_id: UUID, stream_version: int) -> int | None:
        """The position of one event, or None if there is none."""
