"""The table of claims, as verifying and rebuilding read and write it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_

from adapters.claims.differences import ClaimKey, Suspect
from adapters.event_store.tables import StoreTables
from projections.columns import damaged

ROWS_AT_ONCE = 1_000

FoundClaim = tuple[str, str, str, str]
"""Organizer, kind, key, holder."""


class ClaimsTable:
    """The claims of one database."""

    def __init__(self, tables: StoreTables) -> None:
        self._table = table = tables.claims
        self._key = (table.c.organizer_id, table.c.kind, table.c.key)
        self._selection = select(*self._key, table.c.holder)
        self._this = [column == bindparam(f"its_{column.name}") for column in self._key]

    def every(self, connection: Connection) -> Iterator[FoundClaim]:
        """All claims, streamed, in no order."""
        streamed = self._selection.execution_options(yield_per=ROWS_AT_ONCE)
        for row in connection.execute(streamed):
            yield _checked(row)

    def some(self, connection: Connection, claims: Sequence[ClaimKey]) -> Iterator[FoundClaim]:
        """Those of `claims`, at most `ROWS_AT_ONCE`, that are held."""
        for row in connection.execute(self._selection.where(tuple_(*self._key).in_(claims))):
            yield _checked(row)

    def mend(self, connection: Connection, suspects: Sequence[Suspect]) -> None:
        """Write what must stand in these claims."""
        removed = [_its(each) for each in suspects if each.expected_holder is None]
        added = [_its(each) | _values(each) for each in suspects if each.found_holder is None]
        changed = [
            _its(each) | _values(each)
            for each in suspects
            if None not in (each.expected_holder, each.found_holder)
        ]
        table = self._table
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("holder", "position")}
        key: dict[str, Any] = {column.name: bindparam(f"its_{column.name}") for column in self._key}
        for statement, rows in (
            (table.delete().where(*self._this), removed),
            (table.update().where(*self._this).values(values), changed),
            (table.insert().values(key | values), added),
        ):
            if rows:
                connection.execute(statement, rows)


def in_slices(suspects: Iterable[Suspect]) -> Iterator[list[Suspect]]:
    """As many at a time as one statement takes."""
    remaining = iter(suspects)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        yield some


def _its(suspect: Suspect) -> dict[str, Any]:
    return {f"its_{name}": value for name, value in suspect.claim._asdict().items()}


def _values(suspect: Suspect) -> dict[str, Any]:
    position = None if suspect.expected is None else suspect.expected.position
    return {"new_holder": suspect.expected_holder, "new_position": position}


def _checked(row: Sequence[Any]) -> FoundClaim:
    organizer_id, kind, key, holder = row
    if not all(isinstance(each, str) for each in row):
        raise damaged("a claim")  # SQLite stores what it is given
    return organizer_id, kind, key, holder
