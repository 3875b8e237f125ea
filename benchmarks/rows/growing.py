"""How figures grow with the log: append, projection, rebuild and queries at each size."""

import random
from statistics import median

from adapters import Contacts, open_contacts
from benchmarks.bench import Bench, Log
from benchmarks.databases import settle
from benchmarks.people import details
from benchmarks.processes import alone
from benchmarks.repeating import seconds
from benchmarks.results import Growth, Kind
from benchmarks.rows.folding import fold, rebuild
from benchmarks.rows.reading import cursor_at, term_of
from tests.a_million_contacts import BIG

Points = dict[str, dict[str, float]]


def growing(bench: Bench, kind: Kind) -> None:
    """At every size: rebuild, append a window, fold it in batches of 500, and ask."""
    log = bench.log(kind)
    per_event: Points = {"append": {}, "projection": {}, "rebuild": {}}
    memory: dict[str, float] = {}
    asked: Points = {}
    for size in bench.sizes.logs:
        bench.tell(f"growing to {size:,} events, {kind}")
        log.grow_to(size)
        settle(log.url)
        at = f"{size:,}"
        rebuilt = alone(rebuild, log.url)
        memory[at] = rebuilt.peak_mib
        per_event["rebuild"][at] = rebuilt.seconds / log.events * 1e6
        settle(log.url)
        appended, folded = _window(bench, log)
        per_event["append"][at] = appended
        per_event["projection"][at] = folded
        for query, figure in _queries(bench, log.url).items():
            asked.setdefault(query, {})[at] = figure
    for work, points in per_event.items():
        bench.grew(Growth("growth", work, kind, "µs per event", points))
    for work, points in asked.items():
        bench.grew(Growth("growth", work, kind, "ms", points))
    bench.grew(Growth("growth", "peak memory of a rebuild", kind, "MiB", memory))


def _window(bench: Bench, log: Log) -> tuple[float, float]:
    """Microseconds per event of appending a window and of folding it; medians of some windows."""
    events = bench.sizes.window
    taken = [
        (log.grow_to(log.events + events), fold(log.url)) for _ in range(bench.sizes.repetitions)
    ]
    appended, folded = (median(each) / events * 1e6 for each in zip(*taken, strict=True))
    return appended, folded


def _queries(bench: Bench, url: str) -> dict[str, float]:
    """The median milliseconds of every query, of the organizer with a tenth of all contacts."""
    with open_contacts(url, catch_up=False) as contacts:
        total = contacts.contact_list.page(BIG, limit=1).total or 0
        deep = cursor_at(contacts, total * 9 // 10)
        terms = random.Random(1)
        queries = {
            "list page, first": lambda: contacts.contact_list.page(BIG),
            "list page, nine tenths down": lambda: contacts.contact_list.page(BIG, cursor=deep),
            "search page": lambda: contacts.contact_list.page(BIG, search=term_of(terms)),
            "statistics": lambda: contacts.statistics.of(BIG),
            "one contact": lambda: _somebody(contacts),
        }
        return {
            name: median(seconds(query) * 1_000 for _ in range(bench.sizes.queries))
            for name, query in queries.items()
        }


def _somebody(contacts: Contacts) -> object:
    return contacts.contact_list.find(BIG, details(0)["email"])
