"""The results as pictures (SVG), the same for the same results."""

import sys
from math import ceil, floor, log10
from xml.etree.ElementTree import Element, tostring

import pygal
from pygal import PluginImportFixer
from pygal.style import Style

from benchmarks.goals import FLAT
from benchmarks.results import Comparison, Growth, Kind, Results

# it would warn at every import that follows; nothing here needs plugins of pygal
sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, PluginImportFixer)]

MET, NOT_MET = "#2b8a5f", "#c2572b"
LOOK = Style(
    background="white",
    plot_background="white",
    font_family="sans-serif",
    title_font_size=16,
    label_font_size=13,
    major_label_font_size=13,
    value_font_size=13,
    value_label_font_size=13,
    legend_font_size=13,
    colors=("#2b6a8a", "#c2572b", "#2b8a5f", "#8a2b6a", "#8a7a2b", "#555555"),
)
KINDS: dict[Kind, str] = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
PER_EVENT = "µs per event"


def plots(results: Results) -> dict[str, str]:
    """File name -> picture."""
    found: dict[str, str] = {}
    for kind, name in KINDS.items():
        compared = [each for each in results.comparisons if each.database == kind and each.goal]
        if compared:
            found[f"goals-{kind}.svg"] = _goals(name, compared)
        grown = [each for each in results.growth if each.database == kind]
        for unit, what in ((PER_EVENT, "events"), ("ms", "queries")):
            lines = [each for each in grown if each.row == "growth" and each.unit == unit]
            if lines:
                found[f"growth-of-{what}-{kind}.svg"] = _growth(name, unit, lines)
    return found


def _goals(name: str, compared: list[Comparison]) -> str:
    """How many times better than its goal each ratio is, the bar of 1 being the goal itself."""
    backwards = compared[::-1]  # bars are drawn upwards
    beyond = [_beyond(each) for each in backwards]
    lowest, highest = floor(log10(min(0.1, *beyond))), ceil(log10(max(10, *beyond)))
    powers = [10.0**power for power in range(lowest, highest + 1)]
    chart = pygal.HorizontalBar(
        **_options(f"{name}: how far beyond the goal (1 = goal met)"),
        height=90 + 34 * len(compared),
        show_legend=False,
        print_values=True,
        print_values_position="top",
        logarithmic=True,
        zero=1,
        range=(powers[0], powers[-1]),
        y_labels=powers,
        value_formatter=lambda value: f"{value:.3g}",
    )
    chart.x_labels = [each.work for each in backwards]
    bars = [{"value": each, "color": MET if each >= 1 else NOT_MET} for each in beyond]
    chart.add("", bars)
    return _svg(chart)


def _beyond(comparison: Comparison) -> float:
    goal, ratio = comparison.goal, comparison.ratio
    assert goal is not None
    return round(ratio / goal.bound if goal.at_least else goal.bound / ratio, 4)


def _growth(name: str, unit: str, lines: list[Growth]) -> str:
    """Figures by the size of the log, each divided by that at the smallest size."""
    chart = pygal.Line(
        **_options(f"{name}: {unit}, beside those of the smallest log (goal: up to {FLAT})"),
        height=430,
        range=(0, max(2, *(each.ratio for each in lines))),
        x_title="events in the log",
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
    )
    chart.x_labels = list(lines[0].points)
    for each in lines:
        first, *_ = each.points.values()
        chart.add(each.work, [round(figure / first, 3) for figure in each.points.values()])
    return _svg(chart)


def _options(title: str) -> dict[str, object]:
    return {"title": title, "width": 860, "js": (), "style": LOOK}


def _svg(chart: pygal.graph.graph.Graph) -> str:
    """The picture without scripts, random names and the comment that tells when it was made."""
    chart.uuid = "plot"
    tree = chart.render_tree()
    _remove(tree)
    return tostring(tree, encoding="unicode") + "\n"


def _remove(element: Element) -> None:
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag.endswith("script"):
            element.remove(child)
        else:
            _remove(child)
