"""The row of CSV imports, validated, with every read model up to date, beside Django's bulk path.
Each import runs in a process of its own, so that its memory can be told."""

from pathlib import Path
from typing import Any

from adapters import open_contacts
from benchmarks.bench import Bench
from benchmarks.goals import IMPORT
from benchmarks.peers.django_crm import PEER, django_on, make_tables
from benchmarks.peers.django_crm.importing import imported
from benchmarks.people import repeated_rows, write_csv, wrong_rows
from benchmarks.processes import alone
from benchmarks.repeating import in_turn, seconds
from benchmarks.results import Growth, Kind

ORGANIZER = "acme"


def imported_by_us(url: str, path: Path) -> tuple[float, dict[str, int]]:
    """The seconds, and what became of the rows: `rows`, `failed` and `contacts` in the list."""
    with open_contacts(url) as contacts:
        reports: list[Any] = []
        taken = seconds(lambda: reports.append(contacts.imports.import_file(ORGANIZER, path)))
        report = reports[0].report
        total = contacts.contact_list.page(ORGANIZER).total or 0
        assert contacts.statistics.of(ORGANIZER).total_contacts == total
        return taken, {"rows": report.rows, "failed": report.failed, "contacts": total}


def importing(bench: Bench, kind: Kind) -> None:
    """Rows a second, and how much memory more rows need."""
    count = bench.sizes.rows
    path = bench.databases.folder / "people.csv"
    small = bench.databases.folder / "few people.csv"
    write_csv(path, count)
    write_csv(small, count // 10)
    peaks: dict[str, float] = {}

    def ours(file: Path, rows: int) -> float:
        with bench.databases.empty(kind) as url:
            open_contacts(url).close()
            done = alone(imported_by_us, url, file)
        _check(done.result, rows)
        peaks[f"{rows:,}"] = done.peak_mib
        return rows / done.seconds

    def peer(file: Path, rows: int) -> float:
        with bench.databases.empty("postgresql") as url:
            with django_on(url):
                make_tables()
            done = alone(imported, url, file, ORGANIZER)
        _check(done.result, rows)
        return rows / done.seconds

    peer(small, count // 10)
    ours(small, count // 10)
    figures = in_turn(
        lambda: ours(path, count), lambda: peer(path, count), bench.sizes, warm_up=False
    )
    size = f"{count:,} rows into an empty address book"
    bench.compared(
        "import", IMPORT, kind, size, f"{PEER}: bulk_create in 1,000s", "per second", figures
    )
    bench.grew(Growth("import", "peak memory of an import", kind, "MiB", peaks))


def _check(became: dict[str, int], rows: int) -> None:
    wrong, repeated = wrong_rows(rows), repeated_rows(rows)
    assert became == {"rows": rows, "failed": wrong, "contacts": rows - wrong - repeated}, became
