"""How much is measured: the full form, the quick one, and what the options make of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Sizes of one repetition each; the peers that are many times slower get fewer events."""

    repetitions: int = 3
    """Counted repetitions, after one that warms up."""
    row_seconds: float = 240
    """After so many seconds a comparison gets no further repetition."""
    commands: int = 1_000
    appended: int = 20_000
    folded: int = 20_000
    """Events that the incremental projection folds."""
    followed: int = 3_000
    """Events that the peers follow, one transaction each."""
    logs: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Events in the log where growth is measured; the last one is rebuilt."""
    window: int = 3_000
    """Events that are appended and folded at each size, once a repetition."""
    rows: int = 100_000
    """Rows of the CSV file."""
    taken_in: int = 20_000
    """Booking messages that a consumer takes in."""
    handled: int = 2_000
    """Booking messages that the peer handles, one transaction each."""
    messages: tuple[int, ...] = (100_000, 1_000_000)
    """Booking messages that a consumer takes in while its memory is looked at."""
    steady: int = 3_000
    """Booking messages that are sent at a steady rate."""
    contacts: int = 1_000_000
    """Contacts in the read tables, every tenth of one organizer."""
    queries: int = 200
    """Queries of each kind."""


FULL = Sizes()
QUICK = Sizes(
    repetitions=1,
    row_seconds=20,
    commands=100,
    appended=3_000,
    folded=3_000,
    followed=500,
    logs=(1_000, 5_000),
    window=1_000,
    rows=2_000,
    taken_in=2_000,
    handled=500,
    messages=(1_000, 5_000),
    steady=200,
    contacts=20_000,
    queries=20,
)
"""Under three minutes: shows the form of the results, and great changes."""
TINY = Sizes(
    repetitions=1,
    row_seconds=5,
    commands=8,
    appended=1_000,
    folded=1_000,
    followed=40,
    logs=(1_000, 2_000),
    window=1_000,
    rows=60,
    taken_in=1_000,
    handled=100,
    messages=(500,),
    steady=20,
    contacts=3_000,
    queries=8,
)
"""Shows that everything works; its figures mean nothing."""
