"""`python -m benchmarks`: everything beside its peers, on SQLite and PostgreSQL.

Without options it takes about 40 minutes on two idle cores. `--json` stores the figures, from
which `python -m benchmarks.page` writes the page of the documentation.
"""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, fields, replace
from pathlib import Path
from time import perf_counter

from rich.console import Console

from benchmarks.bench import Bench
from benchmarks.databases import Databases, databases
from benchmarks.machine import described
from benchmarks.profiling import profiled
from benchmarks.report import tables
from benchmarks.results import Kind, Results, updated
from benchmarks.rows import ROWS
from benchmarks.sizes import FULL, QUICK, Sizes

KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the options name, print it, and store it if asked."""
    options = _options().parse_args(arguments)
    console = Console()
    sizes = _sizes(options)
    with databases() as places:
        results = measure(
            places,
            sizes,
            rows=options.only or list(ROWS),
            kinds=[options.database] if options.database else KINDS,
            console=console,
            with_profiles=not options.no_profiles,
        )
    for table in tables(results):
        console.print(table)
    if options.json:
        results.write(options.json)
    if options.update:
        updated(Results.read(options.update), results, list(ROWS)).write(options.update)


def measure(
    places: Databases,
    sizes: Sizes,
    *,
    rows: Sequence[str],
    kinds: Sequence[Kind],
    console: Console,
    with_profiles: bool = True,
) -> Results:
    """Run rows on databases, one after the other."""
    started = perf_counter()
    server_url = places.server.url.render_as_string(hide_password=False)
    results = Results(machine=described(server_url), sizes=asdict(sizes))

    def tell(text: str) -> None:
        console.print(f"[dim]{perf_counter() - started:6.0f} s[/] {text}", highlight=False)

    with ExitStack() as kept:
        bench = Bench(places, sizes, results, tell, kept)
        for name in (each for each in ROWS if each in rows):
            for kind in kinds:
                ROWS[name](bench, kind)
        if with_profiles:
            results.profiles += [each for kind in kinds for each in profiled(bench, kind, rows)]
    results.seconds = perf_counter() - started
    return results


def sizes_of(arguments: Sequence[str] | None) -> Sizes:
    """How much is measured with these options of the command line."""
    return _sizes(_options().parse_args(arguments))


def _sizes(options: argparse.Namespace) -> Sizes:
    given = {
        field.name: getattr(options, field.name)
        for field in fields(Sizes)
        if getattr(options, field.name, None) is not None
    }
    sizes = replace(QUICK if options.quick else FULL, **given)
    if options.events:
        logs = [size for size in sizes.logs if size < options.events]
        sizes = replace(sizes, logs=(*logs, options.events))
    if options.bookings:
        fewer = [size for size in sizes.messages if size < options.bookings]
        sizes = replace(sizes, messages=(*fewer, options.bookings))
    return sizes


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, under three minutes")
    parser.add_argument("--only", action="append", choices=ROWS, help="one row; may be repeated")
    parser.add_argument("--database", choices=KINDS, help="one database")
    parser.add_argument("--json", type=Path, metavar="FILE", help="store the figures")
    parser.add_argument(
        "--update", type=Path, metavar="FILE", help="renew what is measured among stored figures"
    )
    parser.add_argument("--repetitions", type=int, metavar="N")
    parser.add_argument("--events", type=int, metavar="N", help="greatest size of the log")
    parser.add_argument("--contacts", type=int, metavar="N", help="contacts in the read tables")
    parser.add_argument("--rows", type=int, metavar="N", help="rows of the CSV file")
    parser.add_argument("--bookings", type=int, metavar="N", help="most messages of one topic")
    parser.add_argument("--queries", type=int, metavar="N", help="queries of each kind")
    parser.add_argument("--no-profiles", action="store_true", help="do not profile afterwards")
    return parser


if __name__ == "__main__":
    main()
