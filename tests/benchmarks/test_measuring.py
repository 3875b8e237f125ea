"""Repetitions, sizes and processes of the benchmarks."""

from dataclasses import replace

from benchmarks.__main__ import sizes_of
from benchmarks.processes import alone
from benchmarks.repeating import Figures, in_turn, percentile
from benchmarks.sizes import FULL, QUICK, TINY

MIB = 2**20


def fill_memory(mebibytes: int) -> tuple[float, int]:
    """Work for another process."""
    return 1.0, len(bytes(range(256)) * (mebibytes * MIB // 256))


def test_ours_and_the_peer_take_turns_after_a_warm_up() -> None:
    """The first of each is not counted."""
    seen: list[str] = []

    def ours() -> float:
        seen.append("ours")
        return float(len(seen))

    def peer() -> float:
        seen.append("peer")
        return float(len(seen))

    figures = in_turn(ours, peer, replace(TINY, repetitions=2))
    assert seen == ["peer", "ours"] * 3
    assert figures == Figures([4.0, 6.0], [3.0, 5.0])


def test_a_row_that_takes_too_long_gets_no_further_repetition() -> None:
    """But at least one."""
    figures = in_turn(lambda: 1.0, lambda: 1.0, replace(FULL, row_seconds=0))
    assert figures == Figures([1.0], [1.0])


def test_a_percentile_is_not_exceeded_by_so_many_values() -> None:
    """The median and the 95th of a hundred and one."""
    values = [float(value) for value in range(101)]
    assert (percentile(values, 50), percentile(values, 95)) == (50.0, 95.0)


def test_the_memory_of_a_process_is_its_own() -> None:
    """Neither that of this process, which is larger, nor that of the one before."""
    held = bytearray(150 * MIB)
    much, little = alone(fill_memory, 50), alone(fill_memory, 1)
    assert much.result == 50 * MIB
    assert 30 < much.peak_mib - little.peak_mib < 150
    assert little.peak_mib < len(held) / MIB


def test_options_change_the_sizes() -> None:
    """The quick form, and a log that ends earlier."""
    assert sizes_of([]) == FULL
    assert sizes_of(["--quick"]) == QUICK
    assert sizes_of(["--events", "50000"]).logs == (10_000, 50_000)
    assert sizes_of(["--bookings", "5000"]).messages == (5_000,)
    assert sizes_of(["--quick", "--rows", "7", "--repetitions", "2"]) == replace(
        QUICK, rows=7, repetitions=2
    )
