"""`python -m benchmarks.page`: writes `docs/explanation/performance.md` and its pictures from the
stored results. With `--check` nothing is written; the exit code is 1 if a file differs."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.goals import FLAT
from benchmarks.plots import KINDS, plots
from benchmarks.prose import GROWING, HOW, INTRODUCTION, LIMITS, READING, WORKS
from benchmarks.report import flat, short, spread, verdict
from benchmarks.results import STORED, Comparison, Results
from benchmarks.sizes import FULL

DOCS = Path(__file__).resolve().parent.parent / "docs" / "explanation"
PAGE, PICTURES = "performance.md", "performance"
COMMAND = "python -m benchmarks.page"
GENERATED = f"<!-- Generated from benchmarks/results.json by `{COMMAND}`. Do not edit. -->"
NOT_FULL = (
    "> These figures are of small sizes or few repetitions: they show what is measured, not how "
    "fast it is. `make bench` measures all of it."
)


def files(results: Results) -> dict[str, str]:
    """Path below `docs/explanation` -> what it should hold."""
    pictures = {f"{PICTURES}/{name}": svg for name, svg in plots(results).items()}
    return {PAGE: _page(results, list(pictures))} | pictures


def differing(folder: Path = DOCS, stored: Path = STORED) -> list[str]:
    """The files that are not what the stored results say, and pictures that nobody made."""
    wanted = files(Results.read(stored)) if stored.exists() else {}
    there = [folder / PAGE, *(folder / PICTURES).glob("*")]
    found = {str(file.relative_to(folder)) for file in there if file.exists()}
    return sorted(
        name
        for name in found | set(wanted)
        if name not in wanted or name not in found or _text(folder / name) != wanted[name]
    )


def write(folder: Path = DOCS, stored: Path = STORED) -> None:
    """Write the page and its pictures anew, and remove pictures that are none any more."""
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    for picture in (folder / PICTURES).glob("*.svg"):
        picture.unlink()
    for name, text in files(Results.read(stored)).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it; the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    if parser.parse_args(arguments).check:
        differ = differing()
        for name in differ:
            print(f"docs/explanation/{name} is not what the stored results say; run {COMMAND}")
        return 1 if differ else 0
    write()
    return 0


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


# --- the page ----------------------------------------------------------------------------------


def _page(results: Results, pictures: Sequence[str]) -> str:
    parts = [
        GENERATED,
        "# Performance",
        INTRODUCTION,
        "" if _is_full(results) else NOT_FULL,
        *_compared(results, pictures),
        *_grown(results, pictures),
        *_limited(results),
        *_measured(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _is_full(results: Results) -> bool:
    return (
        int(results.sizes.get("repetitions", 0)) >= FULL.repetitions
        and int(results.sizes.get("contacts", 0)) >= FULL.contacts
    )


def _compared(results: Results, pictures: Sequence[str]) -> list[str]:
    parts = ["## Beside what one would have instead", READING]
    for kind, name in KINDS.items():
        rows = [_row(each) for each in results.comparisons if each.database == kind]
        if rows:
            headers = ("work", "ours", "peer's", "peer", "ratio", "goal", "met")
            parts += [f"### {name}", _table(headers, rows), *_shown(pictures, f"goals-{kind}")]
    return parts


def _row(each: Comparison) -> tuple[str, ...]:
    return (
        each.work,
        spread(each.ours, each.unit),
        spread(each.peers, each.unit),
        each.peer,
        f"**{short(each.ratio)}**",
        str(each.goal or "none"),
        verdict(each),
    )


def _grown(results: Results, pictures: Sequence[str]) -> list[str]:
    if not results.growth:
        return []
    parts = ["## How it grows", GROWING]
    for kind, name in KINDS.items():
        rows: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for each in (each for each in results.growth if each.database == kind):
            figures = [short(figure) for figure in each.points.values()]
            row = (each.work, each.unit, *figures, f"**{short(each.ratio)}**", flat(each))
            rows.setdefault(tuple(each.points), []).append(row)
        if rows:
            parts.append(f"### {name}: growth")
        for sizes, some in rows.items():
            headers = ("what", "unit", *sizes, "last / first", f"≤ {FLAT}")
            parts.append(_table(headers, some))
        parts += _shown(pictures, f"growth-of-events-{kind}", f"growth-of-queries-{kind}")
    return parts


def _limited(results: Results) -> list[str]:
    parts = ["## What limits each row"] if results.profiles else []
    for row, limit in LIMITS.items():
        profiles = [each for each in results.profiles if each.row == row]
        if profiles:
            parts.append(f"**{profiles[0].work[:1].upper()}{profiles[0].work[1:]}.** {limit}")
            parts.append(
                _table(
                    ("database", "where the time goes, under a profiler"),
                    [(KINDS[each.database], _shares(each.shares)) for each in profiles],
                )
            )
    return parts


def _shares(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())


def _measured(results: Results) -> list[str]:
    sizes = {each.row: each.size for each in results.comparisons}
    works = [
        (f"`{row}`", text, sizes.get(row, ""))
        for row, text in WORKS.items()
        if row in _rows(results)
    ]
    minutes = f"{results.seconds / 60:.0f} minutes"
    return [
        "## How it is measured",
        HOW,
        _table(("row", "what both sides do", "one repetition"), works),
        f"### The machine\n\nThe whole run took {minutes}.",
        _table(("what", "which"), results.machine.items()),
    ]


def _rows(results: Results) -> set[str]:
    return {each.row for each in [*results.comparisons, *results.growth]}


def _shown(pictures: Sequence[str], *names: str) -> list[str]:
    wanted = [f"{PICTURES}/{name}.svg" for name in names]
    return [f"![{_caption(each)}]({each})" for each in wanted if each in pictures]


def _caption(picture: str) -> str:
    words = Path(picture).stem.rpartition("-")
    kinds: dict[str, str] = {str(kind): name for kind, name in KINDS.items()}
    return f"{words[0].replace('-', ' ').capitalize()}, {kinds[words[2]]}"


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(headers)} |", "|---" * len(headers) + "|", *lines])


if __name__ == "__main__":
    sys.exit(main())
