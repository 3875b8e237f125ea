"""Sparing the search for cyclic garbage while much is decided or folded, which makes none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def little_garbage_collected() -> Iterator[None]:
    """In here Python does not look for reference cycles, in no thread; afterwards as before.

    Thousands of rows and events that are all in use would be gone through again and again: it took
    a third of the time of reading the log, and of recording units of a thousand commands.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
