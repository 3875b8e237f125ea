"""What every ratio should be: a ratio to a peer measured in the same run, never a figure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A bound of a ratio, ours by the peer's: of rates at least, of times at most."""

    bound: float
    stretch: float | None = None
    at_least: bool = True

    def is_met(self, ratio: float) -> bool:
        """Whether the ratio keeps the bound."""
        return _keeps(ratio, self.bound, at_least=self.at_least)

    def is_stretch_met(self, ratio: float) -> bool:
        """Whether it keeps the bound that was hoped for."""
        return self.stretch is not None and _keeps(ratio, self.stretch, at_least=self.at_least)

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        hoped = "" if self.stretch is None else f" [{_short(self.stretch)}]"
        return f"{sign} {_short(self.bound)}{hoped}"


def _keeps(ratio: float, bound: float, *, at_least: bool) -> bool:
    return ratio >= bound if at_least else ratio <= bound


def _short(bound: float) -> str:
    return f"{bound:g}"


def _at_most(bound: float) -> Goal:
    return Goal(bound, at_least=False)


COMMAND = "one command, all read models inline"
APPEND = "append new contacts, 1,000 a unit"
PROJECTION = "projection of all read models, 500 a batch"
REBUILD_LIST = "rebuild of the projection `contacts`"
REBUILD_ALL = "rebuild of all projections"
IMPORT = "CSV import, everything visible"
BOOKINGS = "bookings from Kafka, everything visible"
BOOKINGS_OF_TWO = "bookings from Kafka, two processes"
SHOWN_P50 = "a booking shows, p50"
SHOWN_P99 = "a booking shows, p99"
FIRST_PAGE = "list page, first"
DEEP_PAGE = "list page, nine tenths down"
SEARCH_P50 = "search page, p50"
SEARCH_P95 = "search page, p95"
SEARCH_LIMIT = "search page, p95 beside 30 ms"
STATISTICS = "statistics"

GOALS = {
    (COMMAND, "postgresql"): Goal(0.5),
    (COMMAND, "sqlite"): Goal(0.35, 0.5),
    (APPEND, "postgresql"): Goal(1.0),
    (APPEND, "sqlite"): Goal(1.0),
    (PROJECTION, "postgresql"): Goal(8, 16),
    (PROJECTION, "sqlite"): Goal(6, 9),
    (REBUILD_LIST, "postgresql"): Goal(50, 70),
    (REBUILD_LIST, "sqlite"): Goal(50, 70),
    (REBUILD_ALL, "postgresql"): Goal(20, 35),
    (REBUILD_ALL, "sqlite"): Goal(20, 35),
    (IMPORT, "postgresql"): Goal(1, 2),
    (IMPORT, "sqlite"): Goal(2, 3),
    (BOOKINGS, "postgresql"): Goal(8, 16),
    (BOOKINGS, "sqlite"): Goal(8, 16),
    (FIRST_PAGE, "postgresql"): _at_most(0.7),
    (FIRST_PAGE, "sqlite"): _at_most(0.7),
    (DEEP_PAGE, "postgresql"): _at_most(0.05),
    (DEEP_PAGE, "sqlite"): _at_most(0.05),
    (SEARCH_P50, "postgresql"): _at_most(0.5),
    (SEARCH_P95, "postgresql"): _at_most(0.5),
    (SEARCH_LIMIT, "sqlite"): _at_most(1.0),
    (STATISTICS, "postgresql"): _at_most(0.05),
    (STATISTICS, "sqlite"): _at_most(0.05),
}
"""(work, database) -> goal."""

FLAT = 1.25
"""How much a figure may grow from the smallest size to the greatest."""


def goal_of(work: str, database: str) -> Goal | None:
    """The goal of a work, None if there is none."""
    return GOALS.get((work, database))
