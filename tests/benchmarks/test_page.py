"""The page on performance is what the stored results say."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from benchmarks import goals, page
from benchmarks.goals import Goal
from benchmarks.report import tables
from benchmarks.results import STORED, Comparison, Growth, Profile, Results, updated
from benchmarks.rows import ROWS


@pytest.fixture
def results() -> Results:
    """Of a run that never was."""
    return Results(
        machine={"Python": "3.11"},
        sizes={"repetitions": 3, "contacts": 1_000_000},
        seconds=120.0,
        comparisons=[
            Comparison(
                "command",
                goals.COMMAND,
                "sqlite",
                "10",
                "eventsourcing",
                "per second",
                [120.0, 80.0, 100.0],
                [200.0, 250.0, 200.0],
            ),
            Comparison(
                "list",
                goals.DEEP_PAGE,
                "postgresql",
                "10",
                "Django",
                "ms",
                [2.0, 2.0],
                [20.0, 20.0],
            ),
        ],
        growth=[
            Growth("growth", "append", "sqlite", "µs per event", {"10": 50.0, "100": 60.0}),
            Growth("growth", "search page", "sqlite", "ms", {"10": 1.0, "100": 4.0}),
        ],
        profiles=[Profile("command", goals.COMMAND, "sqlite", {"SQLite": 0.61, "Python": 0.39})],
    )


@pytest.fixture
def stored(results: Results, tmp_path: Path) -> Path:
    """The same, in a file."""
    path = tmp_path / "results.json"
    results.write(path)
    return path


def test_the_page_is_what_the_stored_results_say() -> None:
    """Whoever measures again writes the page anew."""
    assert STORED.exists()
    assert page.differing() == []


def test_results_are_read_as_they_were_written(results: Results, stored: Path) -> None:
    """With four digits, which these have."""
    assert Results.read(stored) == results


def test_results_of_another_form_are_refused(stored: Path) -> None:
    """Their figures could mean something else."""
    stored.write_text(stored.read_text("utf-8").replace('"form": 1', '"form": 0'), "utf-8")
    with pytest.raises(ValueError, match="run the benchmarks again"):
        Results.read(stored)


def test_a_goal_is_a_bound_of_the_ratio() -> None:
    """Rates are at least so high, times at most."""
    rate, time = Goal(0.35, 0.5), Goal(0.05, at_least=False)
    assert (rate.is_met(0.4), rate.is_stretch_met(0.4), rate.is_met(0.3)) == (True, False, False)
    assert (time.is_met(0.05), time.is_met(0.06), time.is_stretch_met(0.01)) == (True, False, False)
    assert (str(rate), str(time)) == ("≥ 0.35 [0.5]", "≤ 0.05")


def test_every_row_and_every_database_has_its_words_and_goals() -> None:
    """A goal that no row measures, or a row that the page is silent about, is an omission."""
    assert set(page.WORKS) == set(ROWS)
    assert set(page.LIMITS) <= set(ROWS)
    works = {work for work, _database in goals.GOALS}
    assert all((work, "postgresql") in goals.GOALS for work in works - {goals.SEARCH_LIMIT})


def test_the_page_shows_medians_spreads_ratios_and_verdicts(results: Results) -> None:
    """Each row in a line of the table of its database."""
    text = page.files(results)["performance.md"]
    assert (
        "| one command, all read models inline | 100/s (80.0 to 120) | 200/s (200 to 250) "
        "| eventsourcing | **0.50** | ≥ 0.35 [0.5] | yes, stretch too |"
    ) in text
    assert "| 2.00 ms | 20.0 ms | Django | **0.10** | ≤ 0.05 | no |" in text
    assert "| append | µs per event | 50.0 | 60.0 | **1.20** | yes |" in text
    assert "| search page | ms | 1.00 | 4.00 | **4.00** | no |" in text
    assert "| SQLite | SQLite 61%, Python 39% |" in text
    assert page.NOT_FULL not in text


def test_a_page_of_small_sizes_says_so(results: Results) -> None:
    """Nobody takes the quick form for the figures."""
    results.sizes["contacts"] = 20_000
    assert page.NOT_FULL in page.files(results)["performance.md"]


def test_pictures_are_the_same_for_the_same_results(results: Results) -> None:
    """They hold no script, no date and no random name."""
    first, again = page.files(results), page.files(results)
    assert first == again
    pictures = [name for name in first if name.endswith(".svg")]
    assert pictures == [
        "performance/goals-postgresql.svg",
        "performance/goals-sqlite.svg",
        "performance/growth-of-events-sqlite.svg",
        "performance/growth-of-queries-sqlite.svg",
    ]
    for name in pictures:
        tags = {element.tag for element in Xml.fromstring(first[name]).iter()}  # noqa: S314
        assert not any(tag.endswith("script") for tag in tags)
        assert "Generated" not in first[name]


def test_a_file_that_differs_is_named(stored: Path, tmp_path: Path) -> None:
    """Missing, changed, or a picture that nothing makes any more."""
    folder = tmp_path / "explanation"
    page.write(folder, stored)
    assert page.differing(folder, stored) == []
    (folder / "performance.md").write_text("something else", "utf-8")
    (folder / "performance" / "goals-sqlite.svg").unlink()
    (folder / "performance" / "old.svg").write_text("<svg/>", "utf-8")
    named = ["performance.md", "performance/goals-sqlite.svg", "performance/old.svg"]
    assert page.differing(folder, stored) == named
    page.write(folder, stored)
    assert page.differing(folder, stored) == []


def test_the_console_shows_a_table_for_each_kind_of_figure(results: Results) -> None:
    """None for what was not measured."""
    assert [table.title for table in tables(results)] == ["Beside peers", "Growth", "Profiles"]
    assert tables(Results()) == []


def test_a_row_that_is_measured_again_is_renewed(results: Results, stored: Path) -> None:
    """The other rows stay, and so does the order."""
    again = replace(results.comparisons[0], ours=[300.0])
    known = Results.read(stored)
    measured = replace(results, comparisons=[again], growth=[], profiles=[], seconds=30.0)
    found = updated(known, measured, list(ROWS))
    assert found.comparisons == [again, known.comparisons[1]]
    assert (found.growth, found.profiles, found.seconds) == (known.growth, [], 150.0)


def test_figures_of_another_machine_are_not_mixed(results: Results, stored: Path) -> None:
    """Nor those of other sizes."""
    for other in ({"machine": {"Python": "3.99"}}, {"sizes": {"repetitions": 1}}):
        with pytest.raises(ValueError, match="another machine or of other sizes"):
            updated(Results.read(stored), replace(results, **other), list(ROWS))
