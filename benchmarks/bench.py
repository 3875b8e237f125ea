"""One run: its databases, its sizes, what was measured so far, and what rows share."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from adapters import open_contacts
from benchmarks.databases import Databases
from benchmarks.million import fill_postgres, fill_sqlite
from benchmarks.people import STRETCH_EVENTS, live
from benchmarks.repeating import Figures
from benchmarks.results import Comparison, Growth, Kind, Results, Unit
from benchmarks.sizes import Sizes
from tests.servers.kafka import KafkaBroker, a_kafka_broker

Tell = Callable[[str], None]


@dataclass
class Log:
    """A database whose log grows; the read models follow only when somebody asks for it."""

    url: str
    stretches: int = 0

    @property
    def events(self) -> int:
        """How many events the log has."""
        return self.stretches * STRETCH_EVENTS

    def grow_to(self, events: int) -> float:
        """Append until there are so many; the seconds of handling."""
        wanted = range(self.stretches, events // STRETCH_EVENTS)
        with open_contacts(self.url, follow="worker", catch_up=False) as contacts:
            taken = live(contacts, wanted)
        self.stretches = max(self.stretches, wanted.stop)
        return taken


@dataclass
class Bench:
    """What a row is given: it measures one kind of database and adds to the results."""

    databases: Databases
    sizes: Sizes
    results: Results
    tell: Tell
    kept: ExitStack
    """Closes what is shared, at the end of the run."""
    checked: set[Kind] = field(default_factory=set)
    """Databases of which is known that all ways of folding end in the same rows."""
    _logs: dict[Kind, Log] = field(default_factory=dict)
    _millions: dict[Kind, str] = field(default_factory=dict)
    _broker: KafkaBroker | None = None

    def compared(
        self, row: str, work: str, kind: Kind, size: str, peer: str, unit: Unit, figures: Figures
    ) -> None:
        """Take down figures of ours and of the peer."""
        comparison = Comparison(row, work, kind, size, peer, unit, *map(list, figures))
        self.results.comparisons.append(comparison)
        self.tell(f"{work}, {kind}: {comparison.ratio:.2f} x {peer}")

    def grew(self, growth: Growth) -> None:
        """Take down how a figure grows."""
        self.results.growth.append(growth)
        self.tell(f"{growth.work}, {growth.database}: {growth.ratio:.2f} x from first to last")

    def log(self, kind: Kind) -> Log:
        """The growing log of this kind, empty at first."""
        if kind not in self._logs:
            self._logs[kind] = Log(self.kept.enter_context(self.databases.empty(kind)))
        return self._logs[kind]

    def million(self, kind: Kind) -> str:
        """The URL of many contacts; PostgreSQL's are in Django's tables, too."""
        if kind not in self._millions:
            url = self.kept.enter_context(self.databases.empty(kind))
            self.tell(f"filling the read tables with {self.sizes.contacts:,} contacts, {kind}")
            if kind == "postgresql":
                fill_postgres(url, self.sizes.contacts)
            else:
                fill_sqlite(url, self.million("postgresql"))
            self._millions[kind] = url
        return self._millions[kind]

    def broker(self) -> KafkaBroker:
        """The broker that the environment asks for, started for the first row that needs one."""
        if self._broker is None:
            self._broker = self.kept.enter_context(a_kafka_broker())
        return self._broker
