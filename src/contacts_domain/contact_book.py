"""The application: takes commands, has them decided, and records what was decided as one unit.

command -> HANDLERS -> decision -> unit of work -> event store. Units are optimistic: they decide
without a lock, and a conflict on a stream's version or on a claim makes them decide anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from copy import copy
from datetime import UTC, datetime
from hashlib import sha256
from random import random
from threading import Lock
from time import sleep
from typing import Any, Literal, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    Mapper,
    Recording,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType

from contacts_domain.claims import Claim, command_claim
from contacts_domain.command_receipts import CommandReceipt
from contacts_domain.commands import Command, content_of
from contacts_domain.errors import (
    CommandIdReused,
    CommitUncertain,
    ConcurrentModification,
    DatabaseUnavailable,
    Refused,
)
from contacts_domain.event_schema import EventMapper, RecordedEvent
from contacts_domain.garbage import little_garbage_collected
from contacts_domain.handlers import HANDLERS
from contacts_domain.imports import Import
from contacts_domain.intake import NOTHING_TAKEN_IN, Intake
from contacts_domain.outcomes import (
    Decided,
    Joined,
    Outcome,
    Receipt,
    Recorded,
    Refusal,
    Repeated,
    Waiter,
    refused,
)
from contacts_domain.recording import (
    ClaimHolder,
    ClaimWrites,
    EventRecorder,
)
from contacts_domain.streams import Aggregate, project
from contacts_domain.unit_of_work import UnitOfWork

MAX_PAUSE_SECONDS = 0.2
"""How long a unit waits at most before it decides anew."""
MAX_ATTEMPTS = 20
"""How often a unit decides anew before it gives up with ConcurrentModification."""
REMEMBERED_IMPORTS = 16
"""Imports whose state is kept, so that only what is new of their streams is read."""
MANY = 50
"""Units of so many commands or more are spared the search for garbage."""


Conclude = Callable[[Sequence[Decided]], Command]
"""Makes the last command of a unit of work of what the others were decided to come to."""


class ContactBook(Application[UUID]):
    """The address books of all organizers, on one event store."""

    name = "ContactBook"

    def __init__(
        self,
        factory: InfrastructureFactory[TrackingRecorder],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        default_region: str | None = None,
        waiter: Waiter | None = None,
    ) -> None:
        """`factory` makes an `EventRecorder`; `clock` tells the time in UTC; `default_region` is
        the ISO 3166-1 alpha-2 code that national phone numbers are read with; `waiter` serves
        `Receipt.wait`."""
        self._given_factory = factory
        self._clock = clock
        self.default_region = default_region
        self._waiter = waiter
        self._imports: OrderedDict[UUID, Import] = OrderedDict()
        self._imports_lock = Lock()
        super().__init__()

    # --- commands ------------------------------------------------------------------------------

    def handle(self, command: Command) -> Receipt:
        """Carry out one command in one transaction.

        Raises the `Refused` that its handler documents, with nothing recorded, and
        ConcurrentModification after `MAX_ATTEMPTS` lost races.
        """
        (outcome,) = self.handle_all([command])
        return cast("Receipt", outcome)

    def handle_all(
        self,
        commands: Iterable[Command],
        on_refusal: Literal["abort", "report"] = "abort",
        intake: Intake = NOTHING_TAKEN_IN,
        conclude: Conclude | None = None,
    ) -> list[Outcome]:
        """Carry out commands in their order, in one transaction.

        With `abort` the first refusal is raised and nothing is recorded; with `report` refused
        commands answer a `Refusal` and all others are recorded. What `intake` says of the log that
        the commands came by is recorded in the same transaction (PositionMoved if another consumer
        was there first, ParkedMessageNotFound if a parked message is so no longer).

        `conclude` makes one command more of what the others came to; its refusal is raised, and
        nothing is recorded.
        """
        commands = tuple(commands)
        with little_garbage_collected() if len(commands) >= MANY else nullcontext():
            return self._handle_all(commands, on_refusal, intake, conclude)

    def _handle_all(
        self,
        commands: Sequence[Command],
        on_refusal: str,
        intake: Intake,
        conclude: Conclude | None,
    ) -> list[Outcome]:
        for attempt in range(MAX_ATTEMPTS):
            _let_others_finish(attempt)
            unit = UnitOfWork(self, self._clock, self.default_region)
            decided = self._decide_all(commands, unit, on_refusal)
            if conclude is not None:
                decided.append(self._decide(conclude(decided), unit))
            try:
                recorded = self._record_unit(unit, intake.decided(refused(decided)))
            except IntegrityError:
                continue  # a stream or a claim changed hands meanwhile: decide anew
            return [recorded.outcome(each) for each in decided]
        raise ConcurrentModification(MAX_ATTEMPTS)

    def _decide_all(
        self, commands: Sequence[Command], unit: UnitOfWork, on_refusal: str
    ) -> list[Decided]:
        unit.prefetch(commands)
        decided: list[Decided] = []
        for command in commands:
            try:
                decided.append(self._decide(command, unit))
            except Refused as error:
                if on_refusal == "abort":
                    raise
                decided.append(Refusal(command, error))
        return decided

    def _decide(self, command: Command, unit: UnitOfWork) -> Decided:
        if command.command_id is None:
            return _joined(command, unit)
        claim = command_claim(command.organizer_id, command.command_id)
        digest = sha256(content_of(command)).hexdigest()
        recorded = unit.recorded_receipt(claim)
        if recorded is None:
            joined = _joined(command, unit)
            count = len(joined.decision.events)
            receipt = CommandReceipt(joined.decision.stream_id, count, digest)
            unit.join_receipt(claim, receipt.holder)
            return joined
        first = CommandReceipt.of_holder(recorded.holder)
        if not first.is_of(digest):
            raise CommandIdReused(command.command_id)
        return Repeated(first.stream_id, first.events, recorded)

    def _record_unit(self, unit: UnitOfWork, intake: Intake) -> Recorded:
        claims = unit.claim_writes()
        if not (unit.events or claims or intake):
            return Recorded(self._head(), (), self._waiter)
        try:
            recordings = self.events.put(unit.events, claims=claims, intake=intake)
        except CommitUncertain as error:
            first = self._find_recorded(unit, claims)
            if first is None:
                raise DatabaseUnavailable(
                    "The database broke off while committing; nothing was recorded. Try again."
                ) from error
            return Recorded(first - 1, unit.events, self._waiter)
        return Recorded(self._position_before(recordings), unit.events, self._waiter)

    def _position_before(self, recordings: Sequence[Recording[UUID]]) -> int:
        return recordings[0].notification.id - 1 if recordings else self._head()

    def _head(self) -> int:
        return self.recorder.max_notification_id() or 0

    def _find_recorded(self, unit: UnitOfWork, claims: ClaimWrites) -> int | None:
        """Where a unit of uncertain fate was recorded: every unit has ids of its own to look up."""
        if unit.events:
            mine = unit.events[0]
            version = mine.originator_version
            for found in self.events.get(mine.originator_id, gt=version - 1, lte=version):
                if cast("RecordedEvent", found).provenance == mine.provenance:
                    return self.event_recorder.position_of(mine.originator_id, version)
            return None
        held = self.claim_holders([taken.claim for taken in claims.taken])
        is_mine = claims.taken and all(
            held.get(taken.claim) and held[taken.claim].holder == taken.holder
            for taken in claims.taken
        )
        return self._head() + 1 if is_mine else None

    # --- what units of work read ---------------------------------------------------------------

    def aggregates(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Aggregate]:
        """Those of the streams that exist, rebuilt from their events, in one read."""
        if len(stream_ids) == 1:
            found = self._aggregate(stream_ids[0])
            return {} if found is None else {stream_ids[0]: found}
        return {
            stream_id: aggregate
            for stream_id, recorded in self.streams(stream_ids).items()
            if (aggregate := project(None, recorded)) is not None
        }

    def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[RecordedEvent]]:
        """The events of those of the streams that exist, in their order, in one read."""
        streams: dict[UUID, list[RecordedEvent]] = {}
        for stored in self.event_recorder.select_streams(stream_ids):
            event = self.mapper.to_domain_event(stored)
            streams.setdefault(event.originator_id, []).append(cast("RecordedEvent", event))
        return streams

    def _aggregate(self, stream_id: UUID) -> Aggregate | None:
        known = self._imports.get(stream_id)
        if known is not None:
            newer = self.events.get(stream_id, gt=known.version)
            found = project(copy(known), cast("Iterable[RecordedEvent]", newer))
        else:
            try:
                found = cast("Aggregate", self.repository.get(stream_id, projector_func=_project))
            except AggregateNotFoundError:
                return None
        if isinstance(found, Import):
            self._remember(found)
        return found

    def _remember(self, import_: Import) -> None:
        """An import's stream is read with each of its units, and has an event for each of them."""
        with self._imports_lock:
            self._imports[import_.id] = copy(import_)
            self._imports.move_to_end(import_.id)
            if len(self._imports) > REMEMBERED_IMPORTS:
                self._imports.popitem(last=False)

    def claim_holders(self, claims: Sequence[Claim]) -> Mapping[Claim, ClaimHolder]:
        """Those of the claims that are held."""
        return self.event_recorder.select_claims(claims)

    @property
    def event_recorder(self) -> EventRecorder:
        """The port to the event store."""
        return cast("EventRecorder", self.recorder)

    # --- construction --------------------------------------------------------------------------

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """An environment of its own: `os.environ` is never read."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> InfrastructureFactory[TrackingRecorder]:  # noqa: ARG002
        """The factory that was given."""
        return self._given_factory

    def construct_mapper(self) -> Mapper[UUID]:
        """The registry of event schemas."""
        return EventMapper()


def _let_others_finish(attempt: int) -> None:
    """Pause before a further attempt, longer each time, so that competing units do not go on
    defeating each other."""
    if attempt:
        sleep(min(MAX_PAUSE_SECONDS, 2**attempt / 1_000) * random())  # noqa: S311 - no secret


def _joined(command: Command, unit: UnitOfWork) -> Joined:
    decision = HANDLERS[type(command)](command, unit)
    first_index = len(unit.events)
    unit.join(command, decision)
    return Joined(decision, first_index)


def _project(aggregate: Any, recorded: Iterable[Any]) -> Any:
    """`project`, as loosely typed as the repository's projector functions are."""
    return project(aggregate, recorded)
