"""Where the time goes: the works of the rows under a profiler, summed up by package.

The profiler makes Python slower and leaves the databases as they are, so the shares tell what to
look at first, not how much could be won.
"""

import cProfile
import pstats
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

from adapters import Contacts, open_contacts
from adapters.kafka.taking_in import Slice, Taker
from benchmarks import goals
from benchmarks.bench import Bench
from benchmarks.bookings import STRETCH_MESSAGES, messages_of
from benchmarks.people import live, new_contact, write_csv
from benchmarks.results import Kind, Profile
from benchmarks.rows.writing import ORGANIZER, PER_CALL, add, one_command

SHOWN = 5
SITE = Path(sysconfig.get_path("purelib"))
SOURCES = Path(__file__).resolve().parent.parent / "src"
LABELS = {
    "psycopg": "psycopg and PostgreSQL",
    "psycopg_binary": "psycopg and PostgreSQL",
    "sqlite3": "SQLite",
    "sqlalchemy": "SQLAlchemy",
    "pydantic_core": "pydantic",
}
COMMANDS, EVENTS, ROWS = 100, 2_000, 1_000

Place = tuple[str, int, str]
"""How the profiler names a function: file, line, name."""


def profiled(bench: Bench, kind: Kind, rows: Sequence[str]) -> Iterator[Profile]:
    """The profiles of those of the rows that write."""
    path = bench.databases.folder / "profiled.csv"
    write_csv(path, ROWS)
    works: dict[str, tuple[str, Callable[[Contacts], Callable[[], object]]]] = {
        "command": (goals.COMMAND, _commands),
        "append": (goals.APPEND, _append),
        "projection": (goals.PROJECTION, _projection),
        "rebuild": (goals.REBUILD_ALL, _rebuild),
        "kafka": (goals.BOOKINGS, _bookings),
        "import": (
            goals.IMPORT,
            lambda contacts: lambda: contacts.imports.import_file(ORGANIZER, path),
        ),
    }
    for row, (work, prepare) in works.items():
        if row in rows:
            follow = "inline" if row in ("command", "kafka", "import") else "worker"
            with (
                bench.databases.empty(kind) as url,
                open_contacts(url, follow=follow) as contacts,  # type: ignore[arg-type]
            ):
                run = prepare(contacts)
                bench.tell(f"profiling {work}, {kind}")
                yield Profile(row, work, kind, shares_of(run))


def _commands(contacts: Contacts) -> Callable[[], object]:
    ids = add(contacts, 50)
    commands = [one_command(n, ids[n % 50]) for n in range(COMMANDS)]
    return lambda: [contacts.handle(each) for each in commands]


def _append(contacts: Contacts) -> Callable[[], object]:
    units = [[new_contact(n + at, ORGANIZER) for n in range(PER_CALL)] for at in (0, PER_CALL)]
    return lambda: [contacts.handle_all(unit) for unit in units]


def _projection(contacts: Contacts) -> Callable[[], object]:
    live(contacts, range(EVENTS // 1_000))
    contacts.engine.batch_size = 500
    return contacts.catch_up


def _rebuild(contacts: Contacts) -> Callable[[], object]:
    live(contacts, range(EVENTS // 1_000))
    return contacts.rebuild


def _bookings(contacts: Contacts) -> Callable[[], object]:
    """As a consumer does, without the broker."""
    taker = Taker(contacts)
    contacts.consumer_positions.begin("bookings", "id", {0: 0})
    slices: list[Slice] = []
    for stretch in range(EVENTS // 1_000):
        at = stretch * STRETCH_MESSAGES
        records = [
            SimpleNamespace(offset=at + n, key=key, value=value, headers=[], timestamp=0)
            for n, (key, value) in enumerate(messages_of(stretch))
        ]
        slices.append(Slice("bookings", "id", 0, at, at + STRETCH_MESSAGES, records))
    return lambda: [taker.take_in([each]) for each in slices]


def shares_of(run: Callable[[], object]) -> dict[str, float]:
    """The packages that the time went to, greatest share first."""
    profiler = cProfile.Profile()
    profiler.runcall(run)
    seconds: Counter[str] = Counter()
    functions = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    for place, (_calls, _primitive, own, _cumulative, callers) in functions.items():
        package = _package(place)
        if package is not None or not callers:
            seconds[package or "Python"] += own
            continue
        for caller, (_c, _p, part, _u) in callers.items():  # built-in: whoever called it
            seconds[_package(caller) or "Python"] += part
    whole = sum(seconds.values())
    return {name: taken / whole for name, taken in seconds.most_common(SHOWN)}


def _package(place: Place) -> str | None:
    """Whose function it is; None for what is built in."""
    file, _line, name = place
    if "sqlite3." in name:
        return LABELS["sqlite3"]
    if file == "~" or file.startswith("<"):
        return None
    for folder in (SITE, SOURCES):
        if Path(file).is_relative_to(folder):
            first = Path(file).relative_to(folder).parts[0].removesuffix(".py")
            return LABELS.get(first, first)
    return LABELS["sqlite3"] if "sqlite3" in Path(file).parts else "Python"
