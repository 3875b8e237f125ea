"""What cuts a follower's pauses short."""

import sys
from collections.abc import Callable
from threading import Thread
from time import monotonic
from types import FrameType
from typing import Any

import pytest

from adapters.event_store.waking import Pausing, Stop, channel_of

LONG_SECONDS = 60.0
PATIENCE_SECONDS = 10.0


@pytest.mark.parametrize("kind", [Stop, Pausing])
def test_a_signal_at_any_moment_ends_a_wait(kind: type[Stop | Pausing]) -> None:
    """Stopped by the thread that waits, in between any two lines of the wait: it ends at once."""
    line, was_interrupted = 0, True
    while was_interrupted:
        line += 1
        was_interrupted = _waits_and_is_interrupted(kind(), at=line)
    assert line > 2


def _waits_and_is_interrupted(waiting: Stop | Pausing, at: int) -> bool:
    """Wait, and stop when the so-many-th line is begun, as a signal handler does; if there is."""
    stop: Callable[[], None] = waiting.set if isinstance(waiting, Stop) else waiting.stop
    begun = 0

    def interrupt(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal begun
        begun += event == "line"
        if event == "line" and begun == at:
            stop()
        return interrupt

    def wait() -> None:
        sys.settrace(interrupt)
        try:
            waiting.wait(0.05)
        finally:
            sys.settrace(None)

    thread = Thread(target=wait, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive(), f"it hangs when interrupted at line {at} of the wait"
    return begun >= at


def test_a_stop_ends_later_waits_too() -> None:
    """Whoever comes late does not wait at all."""
    stop = Stop()
    stop.wait(0.01)
    assert not stop.is_set()
    stop.set()
    begun = monotonic()
    for _ in range(3):
        stop.wait(LONG_SECONDS)
    assert stop.is_set()
    assert monotonic() - begun < PATIENCE_SECONDS


def test_a_channel_fits_into_a_name_of_postgresql() -> None:
    """However long the schema's name is, and whatever letters it has."""
    assert channel_of(None) == "contacts:"
    assert channel_of("mine") == "contacts:mine"
    assert len(channel_of("ß" * 63).encode()) <= 63
