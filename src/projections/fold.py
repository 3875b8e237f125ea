"""What a projector is: a fold, declared as data, without any input or output.

A `RowFold` says which events touch which row and how the row changes. What is derived from rows
(memberships, counters) is a function of the row alone; the engine applies the difference between
a row before and after a batch, so the result cannot depend on where batches begin and end.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import MetaData, Table

from contacts_domain.event_schema import RecordedEvent
from contacts_domain.events import Event

Row = dict[str, Any]
Key = tuple[Hashable, ...]
TableFactory = Callable[[MetaData, int], Table]
"""Makes the table of one generation; names of tables, indexes and constraints end in it."""
ActiveTables = Mapping[TableFactory, Table]
"""The tables that readers see, of all projections."""


@dataclass(frozen=True)
class RowFold:
    """Rows that follow from events; a row may be spread over several tables with the same key."""

    name: str
    tables: tuple[TableFactory, ...]
    key_of: Callable[[RecordedEvent], Key]
    """The primary key of the one row that an event touches."""
    changes: Mapping[type[Event], Callable[[Row | None, RecordedEvent], Row | None]]
    """How an event of this class turns the row before into the row after; None is no row."""


@dataclass(frozen=True)
class Membership:
    """Rows that a row of the fold `of` implies while it is as it is."""

    name: str
    tables: tuple[TableFactory]
    of: RowFold
    rows: Callable[[Row], Iterable[Row]]


@dataclass(frozen=True)
class Counter:
    """Sums over all rows of the fold `of`; rows with nothing but zeros do not exist."""

    name: str
    tables: tuple[TableFactory]
    of: RowFold
    amounts: Callable[[Row], Iterable[tuple[Key, Mapping[str, int]]]]
    """What one row adds, per key."""


@dataclass(frozen=True)
class Projection:
    """The unit of checkpoint and rebuild: read models that are always at the same position."""

    name: str
    read_models: Mapping[str, Sequence[RowFold | Membership | Counter]]
    version: int = 1
    """Raised by whoever changes a fold so that old rows would be other rows now; a change of the
    tables is noticed by itself."""

    @cached_property
    def parts(self) -> list[RowFold | Membership | Counter]:
        """All parts of all read models."""
        return [part for parts in self.read_models.values() for part in parts]

    @cached_property
    def folds(self) -> list[RowFold]:
        """What follows from events."""
        return [part for part in self.parts if isinstance(part, RowFold)]

    @property
    def table_factories(self) -> list[TableFactory]:
        """Every table of the projection."""
        return [table for part in self.parts for table in part.tables]

    def handles(self, event: Event) -> bool:
        """Whether any row follows from events of this class."""
        return type(event) in self._handled

    @cached_property
    def _handled(self) -> frozenset[type[Event]]:
        return frozenset(kind for fold in self.folds for kind in fold.changes)


Difference = tuple[Row | None, Row | None]
"""A row before and after; None is no row."""


@dataclass
class Changes:
    """Rows before and after a batch, for the keys that it touched."""

    before: dict[Key, Row]
    after: dict[Key, Row] = field(init=False)
    """Rows are replaced, never changed, so one that is the same object is the same row."""

    def __post_init__(self) -> None:
        self.after = dict(self.before)

    def put(self, key: Key, row: Row | None) -> None:
        """The row under `key` is now this one, or gone."""
        if row is None:
            self.after.pop(key, None)
        else:
            self.after[key] = row

    def inserted(self) -> list[Row]:
        """Rows that were not there before."""
        return [row for key, row in self.after.items() if key not in self.before]

    def updated(self) -> list[tuple[Row, Row]]:
        """Rows that differ, before and after."""
        return [
            (before, after) for before, after in self.differing() if before and after is not None
        ]

    def deleted(self) -> list[Key]:
        """Keys of rows that are gone."""
        return [key for key in self.before if key not in self.after]

    def without(self, *, inserted: bool, updated: bool) -> "Changes":
        """The same without the rows that are new, or without those that only differ."""
        rest = Changes({})
        for key, row in self.before.items():
            if key not in self.after or not updated:
                rest.before[key] = row
        for key, row in self.after.items():
            if not (updated if key in self.before else inserted):
                rest.after[key] = row
        return rest

    def differing(self) -> Iterator[Difference]:
        """Every row that changed, before and after."""
        for key, before in self.before.items():
            after = self.after.get(key)
            if before is not after and before != after:
                yield before, after
        for key, after in self.after.items():
            if key not in self.before:
                yield None, after


Touch = tuple[Key, RecordedEvent]
"""An event and the row that it touches."""


def touches_of(fold: RowFold, events: Iterable[RecordedEvent]) -> list[Touch]:
    """Which row each event of a batch touches, in the order of the events; others are left out."""
    return [(fold.key_of(each), each) for each in events if type(each.event) in fold.changes]


def fold_events(fold: RowFold, touches: Iterable[Touch], changes: Changes) -> None:
    """Apply a batch to rows in memory."""
    after = changes.after
    for key, each in touches:
        changes.put(key, fold.changes[type(each.event)](after.get(key), each))


def summed_differences(
    counter: Counter, differences: Iterable[Difference]
) -> dict[Key, dict[str, int]]:
    """What the changed rows add to each counter row; keys without a difference are left out."""
    sums: dict[Key, dict[str, int]] = {}
    for before, after in differences:
        for row, sign in ((before, -1), (after, 1)):
            for key, amounts in counter.amounts(row) if row is not None else ():
                sum_of = sums.setdefault(key, {})
                for name, amount in amounts.items():
                    sum_of[name] = sum_of.get(name, 0) + sign * amount
    return {key: amounts for key, amounts in sums.items() if any(amounts.values())}


def membership_changes(
    membership: Membership, key_names: Sequence[str], differences: Iterable[Difference]
) -> Changes:
    """Which rows of a membership the changed rows end and begin."""
    derived = Changes({})
    for before, after in differences:
        derived.before |= _keyed(membership, key_names, before)
        derived.after |= _keyed(membership, key_names, after)
    return derived


def _keyed(membership: Membership, key_names: Sequence[str], row: Row | None) -> dict[Key, Row]:
    rows = () if row is None else membership.rows(row)
    return {tuple(each[name] for name in key_names): each for each in rows}


def add_to_counters(
    key_names: Sequence[str], sums: Mapping[Key, Mapping[str, int]], counted: Changes
) -> None:
    """Add the differences to the counter rows; a row that comes to nothing is gone."""
    for key, amounts in sums.items():
        before = counted.before.get(key) or dict(zip(key_names, key, strict=True))
        row = before | {name: before.get(name, 0) + amount for name, amount in amounts.items()}
        remains = any(row[name] for name in row if name not in key_names)
        counted.put(key, row if remains else None)
