"""Looking back: one organizer's address book as it was at an earlier time, computed from the log.

The organizer's events that were recorded until then are folded into a scratch database, and the
same queries read it. The cost is proportional to the number of these events.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from contacts_domain.errors import InvalidQuery
from contacts_domain.event_schema import RecordedEvent
from projections.advancing import Notice
from projections.engine import ProjectionEngine
from projections.queries import ReadModels
from projections.refolding import Refolding
from projections.storage import Database

BEGINNING = datetime(1, 2, 1, tzinfo=UTC)
"""No book is older, so that queries can look back a month from any of them."""


class PastBook(ReadModels):
    """The address book of one organizer as it was; those of others are empty here.

    Queries hang off the same names as in the present, and mean the same: upcoming bookings, for
    instance, are those that were upcoming then. Close to the present it may know more than readers
    did, because it waits for no worker and has nothing parked that can be folded by now.
    """

    def __init__(self, refolding: Refolding, time: datetime) -> None:
        super().__init__(refolding.engine, lambda: time)
        self.time = time
        """What time it was, UTC."""
        self.parked = refolding.parked
        """How many events could not be folded and are missing, with those that hang on them."""


def look_back(
    engine: ProjectionEngine,
    scratch: Database,
    organizer_id: str,
    time: datetime,
    now: datetime,
    on_parked: Notice,
) -> PastBook:
    """The organizer's address book at `time`, which is `now` at the latest.

    `scratch` is an empty database. What was dropped is passed over. Raises InvalidQuery for a time
    without an offset.
    """
    until = _in_utc(time)
    refolding = Refolding(scratch, engine, engine.projections, on_parked)
    with engine.database.reading() as connection:
        position = 0
        for events in _recorded_until(engine, connection, organizer_id, until):
            position = events[-1].position
            for name in engine.projections:
                kept = engine.parking.without_dropped(connection, name, events)
                refolding.fold(name, kept, position)
    return PastBook(refolding, max(min(until, now), BEGINNING))


def _recorded_until(
    engine: ProjectionEngine, connection: Connection, organizer_id: str, until: datetime
) -> Iterator[Sequence[RecordedEvent]]:
    """The organizer's events in batches; times of recording never decrease along the log."""
    position = 0
    while events := engine.log.read_of_organizer(
        connection, organizer_id, position, engine.batch_size
    ):
        position = events[-1].position
        wanted = [each for each in events if each.recorded_at and each.recorded_at <= until]
        if wanted:
            yield wanted
        if len(wanted) < len(events):
            return


def _in_utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise InvalidQuery("Say in which time zone the time is meant, for instance UTC.")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise InvalidQuery(f"The time {time.isoformat()} is out of range in UTC.") from None
