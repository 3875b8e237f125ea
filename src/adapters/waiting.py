"""Read-your-writes where a worker follows: waits until the read models show an event."""

from collections.abc import Sequence
from time import monotonic, sleep

from contacts_domain.errors import EventParked, WaitTimedOut
from projections.engine import ProjectionEngine

FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.1


def wait_for(engine: ProjectionEngine, positions: Sequence[int], timeout: float) -> None:
    """Return when every projection has come to the last of `positions`, which are ascending.

    Raises EventParked if any of them waits in some projection, and WaitTimedOut after `timeout`
    seconds.
    """
    deadline, pause = monotonic() + timeout, FIRST_PAUSE_SECONDS
    while True:
        behind = _behind(engine, positions)
        if not behind:
            return
        if monotonic() >= deadline:
            raise WaitTimedOut(
                f"After {timeout:g} seconds {', '.join(behind)} had not come to position "
                f"{positions[-1]}; it is recorded and will show. Does a worker run?",
                position=positions[-1],
                behind=behind,
            )
        sleep(max(0.0, min(pause, deadline - monotonic())))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _behind(engine: ProjectionEngine, positions: Sequence[int]) -> list[str]:
    with engine.database.reading() as connection:
        active = engine.checkpoints.active(connection)
        for name, checkpoint in sorted(active.items()):
            if checkpoint.parked and engine.parking.is_any_parked(
                connection, checkpoint, positions
            ):
                raise EventParked(
                    f"The projection {name!r} could not fold this and has set it aside; it shows "
                    "once an operator has retried it.",
                    projection=name,
                    position=positions[-1],
                )
    return [name for name, each in sorted(active.items()) if each.position < positions[-1]]
