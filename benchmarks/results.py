"""What was measured, as it is stored in JSON and read back for the page."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal, TypeVar

from benchmarks.goals import Goal, goal_of

Kind = Literal["sqlite", "postgresql"]
Unit = Literal["per second", "ms"]

STORED = Path(__file__).with_name("results.json")
PAGE_OF_FIGURES = 1
"""The form of the stored figures; raised when it changes."""


@dataclass(frozen=True)
class Comparison:
    """One line of the goals table: figures of ours and of the peer, one a repetition."""

    row: str
    """The key of `rows.ROWS` by which `--only` measures it."""
    work: str
    database: Kind
    size: str
    """What one repetition did."""
    peer: str
    unit: Unit
    ours: list[float]
    peers: list[float]

    @property
    def ratio(self) -> float:
        """The median of ours by the median of the peer."""
        return median(self.ours) / median(self.peers)

    @property
    def goal(self) -> Goal | None:
        """What the ratio should be; None for figures that only inform."""
        return goal_of(self.work, self.database)


@dataclass(frozen=True)
class Growth:
    """One figure at growing sizes, smallest first, which should stay as it is."""

    row: str
    work: str
    database: Kind
    unit: Literal["µs per event", "µs per message", "ms", "MiB"]
    points: dict[str, float]
    """Size (events in the log, or rows) -> median figure."""

    @property
    def ratio(self) -> float:
        """The figure at the greatest size by that at the smallest."""
        figures = list(self.points.values())
        return figures[-1] / figures[0]


@dataclass(frozen=True)
class Profile:
    """Where the time of one work goes, by package, while a profiler looks on."""

    row: str
    work: str
    database: Kind
    shares: dict[str, float]
    """Package -> share of the time, greatest first."""


T = TypeVar("T", Comparison, Growth, Profile)


@dataclass
class Results:
    """Everything of one run."""

    machine: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    """How long the run took."""
    comparisons: list[Comparison] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Store the figures with four significant digits, so that a diff can be read."""
        document = {"form": PAGE_OF_FIGURES} | _rounded(asdict(self))
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> "Results":
        """The figures of a file that `write` made."""
        document = json.loads(path.read_text("utf-8"))
        if document.pop("form") != PAGE_OF_FIGURES:
            raise ValueError(f"{path} was written by another version; run the benchmarks again")
        return cls(
            **document
            | {
                "comparisons": [Comparison(**each) for each in document["comparisons"]],
                "growth": [Growth(**each) for each in document["growth"]],
                "profiles": [Profile(**each) for each in document["profiles"]],
            }
        )


def updated(stored: Results, measured: Results, rows: Sequence[str]) -> Results:
    """Stored results in which what was measured again, of the same machine and sizes, is new; in
    the order of `rows`."""
    if (stored.machine, stored.sizes) != (measured.machine, _as_stored(measured.sizes)):
        raise ValueError("the stored results are of another machine or of other sizes")
    again = {(each.row, each.database) for each in [*measured.comparisons, *measured.growth]}

    def merged(old: list[T], new: list[T]) -> list[T]:
        kept = [each for each in old if (each.row, each.database) not in again]
        return sorted([*kept, *new], key=lambda each: rows.index(each.row))

    return Results(
        machine=stored.machine,
        sizes=stored.sizes,
        seconds=stored.seconds + measured.seconds,
        comparisons=merged(stored.comparisons, measured.comparisons),
        growth=merged(stored.growth, measured.growth),
        profiles=merged(stored.profiles, measured.profiles),
    )


def _as_stored(sizes: dict[str, Any]) -> Any:
    return json.loads(json.dumps(sizes))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return value
