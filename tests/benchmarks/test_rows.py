"""Every row measures ours and its peer, and checks both; the figures of such sizes mean nothing."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import goals
from benchmarks.__main__ import measure
from benchmarks.databases import Databases
from benchmarks.results import Kind, Results
from benchmarks.sizes import TINY
from tests.servers.postgres import PostgresServer

KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


@pytest.fixture
def places(postgres: PostgresServer, tmp_path: Path) -> Databases:
    """A folder, and the server of the tests."""
    return Databases(tmp_path, postgres)


def measured(
    places: Databases, kind: Kind, rows: Sequence[str], *, with_profiles: bool = False
) -> Results:
    """Rows on one database."""
    return measure(
        places,
        TINY,
        rows=rows,
        kinds=[kind],
        console=Console(quiet=True),
        with_profiles=with_profiles,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_write_side_is_measured_beside_bare_aggregates(places: Databases, kind: Kind) -> None:
    """One command at a time, and new contacts in units of a thousand."""
    results = measured(places, kind, ["command", "append"], with_profiles=True)
    assert [each.row for each in results.comparisons] == ["command", "append"]
    assert all(each.ratio > 0 and each.goal for each in results.comparisons)
    assert [each.row for each in results.profiles] == ["command", "append"]
    for profile in results.profiles:
        assert 0.5 < sum(profile.shares.values()) <= 1.001


@pytest.mark.large
@pytest.mark.parametrize("kind", KINDS)
def test_projections_are_measured_beside_one_transaction_an_event(
    places: Databases, kind: Kind
) -> None:
    """In batches, in rebuilds, and at growing sizes of the same log."""
    results = measured(places, kind, ["rebuild", "growth", "projection"])
    rows = [each.row for each in results.comparisons]
    assert rows == ["projection", "rebuild", "rebuild"]
    assert all(len(each.ours) == len(each.peers) == 1 for each in results.comparisons)
    sizes = {tuple(each.points) for each in results.growth}
    assert sizes == {tuple(f"{size:,}" for size in TINY.logs)}
    works = {each.work for each in results.growth}
    assert {"append", "projection", "rebuild", "search page", "statistics"} < works


@pytest.mark.parametrize("kind", KINDS)
def test_imports_are_measured_beside_django(places: Databases, kind: Kind) -> None:
    """Both refuse the same rows and end with the same number of contacts."""
    results = measured(places, kind, ["import"])
    (compared,) = results.comparisons
    assert compared.ratio > 0
    (memory,) = results.growth
    assert list(memory.points) == [f"{TINY.rows // 10:,}", f"{TINY.rows:,}"]


@pytest.mark.parametrize("kind", KINDS)
def test_pages_are_measured_beside_django(places: Databases, kind: Kind) -> None:
    """Both show the same people, at any depth and for any term, and the same statistics."""
    results = measured(places, kind, ["list", "search", "statistics"])
    works = [each.work for each in results.comparisons]
    assert works[:2] == ["list page, first", "list page, nine tenths down"]
    assert works[2:4] == ["search page, p50", "search page, p95"]
    assert works[-1] == "statistics"
    assert ("search page, p95 beside 30 ms" in works) == (kind == "sqlite")


@pytest.mark.large
@pytest.mark.parametrize("kind", KINDS)
def test_bookings_from_kafka_are_measured_beside_a_handler(places: Databases, kind: Kind) -> None:
    """One process, two on PostgreSQL, more messages, and how soon a booking shows."""
    results = measured(places, kind, ["kafka"], with_profiles=True)
    works = [each.work for each in results.comparisons]
    two = [goals.BOOKINGS_OF_TWO] if kind == "postgresql" else []
    assert works == [goals.BOOKINGS, *two, goals.SHOWN_P50, goals.SHOWN_P99]
    assert all(each.ratio > 0 for each in results.comparisons)
    assert [each.unit for each in results.growth] == ["MiB", "µs per message"]
    assert [list(each.points) for each in results.growth] == [["500"]] * 2
    assert [each.row for each in results.profiles] == ["kafka"]
