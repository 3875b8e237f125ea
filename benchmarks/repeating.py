"""Repetitions of ours and of the peer in turn, so that both see the same moods of the machine."""

from collections.abc import Callable
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

from benchmarks.sizes import Sizes

Run = Callable[[], float]
"""Answers the figure of one repetition."""


class Figures(NamedTuple):
    """Of the repetitions that count, in their order."""

    ours: list[float]
    peers: list[float]


def in_turn(ours: Run, peer: Run, sizes: Sizes, *, warm_up: bool = True) -> Figures:
    """Run both until there are enough repetitions, or, with one at least, no time for more."""
    if warm_up:
        peer()
        ours()
    figures = Figures([], [])
    started = perf_counter()
    while len(figures.ours) < sizes.repetitions:
        figures.peers.append(peer())
        figures.ours.append(ours())
        if perf_counter() - started > sizes.row_seconds:
            break
    return figures


def rate(count: int, work: Callable[[], object]) -> float:
    """How many a second, when `work` does `count`."""
    return count / seconds(work)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` per cent of the values do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
