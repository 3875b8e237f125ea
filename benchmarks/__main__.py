"""`python -m benchmarks [--events N] [--repetitions N] [--only REPORT]`: append, replay and rebuild
on SQLite, then list pages, search and statistics at 10,000 and 100,000 contacts.

Every repetition runs on a fresh file, ours and the peer's in turn, both with `synchronous=FULL`;
the first is a warm-up and not counted. Results are checked before they are timed.
"""

import argparse
import platform
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy
from rich.console import Console
from rich.table import Table

from benchmarks import reading
from benchmarks.measures import MEASURES, PEERS, Measure


def main() -> None:
    """Print the reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="events per repetition")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", choices=("writing", "reading"), help="one report")
    options = parser.parse_args()
    console = Console()
    if options.only != "reading":
        console.print(_writing(options.events, options.repetitions))
    if options.only != "writing":
        console.print(reading.report())


def _writing(events: int, repetitions: int) -> Table:
    """Medians, spread and ratios of all measures."""
    table = Table("What", "Peer", "Per second (median)", "min", "max", "Peer's", "Ratio")
    for measure in MEASURES:
        ours, peers = _measured(measure, events, repetitions)
        peer_median = statistics.median(peers)
        median = statistics.median(ours)
        table.add_row(
            measure.name,
            measure.peer,
            *(f"{value:,.0f}" for value in (median, min(ours), max(ours), peer_median)),
            f"{median / peer_median:.2f}",
        )
    table.title = (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"SQLAlchemy {sqlalchemy.__version__}; {events:,} events, {repetitions} repetitions"
    )
    return table


def _measured(measure: Measure, events: int, repetitions: int) -> tuple[list[float], list[float]]:
    """Rates of ours and of the peer, alternating, without the warm-up."""
    ours, peers = [], []
    for repetition in range(repetitions + 1):
        rates = [_once(run, events) for run in (measure.run, PEERS[measure.peer])]
        if repetition:
            ours.append(rates[0])
            peers.append(rates[1])
    return ours, peers


def _once(run: Callable[[Path, int], float], events: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), events)


main()
