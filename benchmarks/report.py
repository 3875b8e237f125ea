"""The results on the console."""

from statistics import median

from rich.table import Table

from benchmarks.goals import FLAT
from benchmarks.results import Comparison, Growth, Results


def tables(results: Results) -> list[Table]:
    """Comparisons, growth and profiles, each if there are any."""
    parts = [
        (results.comparisons, _comparisons),
        (results.growth, _growth),
        (results.profiles, _profiles),
    ]
    return [make(results) for figures, make in parts if figures]


def _comparisons(results: Results) -> Table:
    table = Table(
        "What", "Database", "Ours", "Peer's", "Ratio", "Goal", "Met", title="Beside peers"
    )
    for each in results.comparisons:
        table.add_row(
            each.work,
            each.database,
            spread(each.ours, each.unit),
            spread(each.peers, each.unit),
            f"{each.ratio:.2f}",
            str(each.goal or ""),
            verdict(each),
        )
    return table


def _growth(results: Results) -> Table:
    table = Table("What", "Database", "Unit", "By size", "Last / first", "Flat", title="Growth")
    for each in results.growth:
        points = ", ".join(f"{size}: {short(figure)}" for size, figure in each.points.items())
        table.add_row(each.work, each.database, each.unit, points, f"{each.ratio:.2f}", flat(each))
    return table


def _profiles(results: Results) -> Table:
    table = Table("What", "Database", "Where the time goes", title="Profiles")
    for each in results.profiles:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in each.shares.items())
        table.add_row(each.work, each.database, shares)
    return table


def verdict(comparison: Comparison) -> str:
    """Whether the goal is met, in a word; blank without a goal."""
    if comparison.goal is None:
        return ""
    if comparison.goal.is_stretch_met(comparison.ratio):
        return "yes, stretch too"
    return "yes" if comparison.goal.is_met(comparison.ratio) else "no"


def flat(growth: Growth) -> str:
    """Whether the figure stays as it is."""
    return "yes" if growth.ratio <= FLAT else "no"


def spread(figures: list[float], unit: str) -> str:
    """The median, and between what the repetitions were."""
    suffix = "/s" if unit == "per second" else f" {unit}"
    middle = f"{short(median(figures))}{suffix}"
    if min(figures) == max(figures):
        return middle
    return f"{middle} ({short(min(figures))} to {short(max(figures))})"


def short(figure: float) -> str:
    """Three significant digits, thousands set apart."""
    digits = 0 if figure >= 100 else 1 if figure >= 10 else 2
    return f"{figure:,.{digits}f}"
