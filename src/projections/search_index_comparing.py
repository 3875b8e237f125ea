"""Whether the search index of an SQLite database belongs to its contacts.

An FTS5 index has no text of its own, so its terms are compared with those of an index made anew:
first how often each occurs, with a digest of where; then, where that differs, one by one. It is
read through `fts5vocab`, a virtual table of the connection's own, because FTS5's integrity check
would need the lock of a writer. PostgreSQL keeps its indexes in order itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from projections.comparing import ROWS_AT_A_TIME, Stored, side_by_side
from projections.search_index import index_name_of

_VOCABULARY = "search_vocabulary"
_MIXED = "((doc * 8191 + offset) % 2147483647)"
_DIGESTS = (
    f"SELECT term, count(*), sum({_MIXED} * {_MIXED} % 4294967291) "  # noqa: S608
    f"FROM temp.{_VOCABULARY} GROUP BY term ORDER BY term"
)
_PLACES = f"SELECT doc, offset FROM temp.{_VOCABULARY} WHERE term = ? ORDER BY doc, offset"  # noqa: S608
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE name = ?"
_FOUND = "CREATE TEMP TABLE search_differences (doc INTEGER PRIMARY KEY, missing, superfluous)"
_COUNT = (
    "INSERT INTO search_differences VALUES (?, ?, ?) ON CONFLICT (doc) DO UPDATE SET "
    "missing = missing + excluded.missing, superfluous = superfluous + excluded.superfluous"
)


@dataclass(frozen=True, slots=True)
class DifferingEntry:
    """A contact that the index knows by other text than its row has."""

    organizer_id: str | None
    key: dict[str, Any]
    """The contact's id, or the place in the index if there is no such contact."""
    missing: int
    """Trigrams that are not in the index."""
    superfluous: int
    """Trigrams that are in the index and not in the text."""


def differing_entries(
    anew: Connection, made: Table, real: Connection, contacts: Table
) -> Iterator[DifferingEntry]:
    """What differs between the index of `made`, in a scratch database, and that of `contacts`."""
    if real.dialect.name != "sqlite":
        return
    with _vocabulary(anew, index_name_of(made)), _vocabulary(real, index_name_of(contacts)):
        anew.exec_driver_sql(_FOUND)
        terms = side_by_side(_rows(anew, _DIGESTS), _rows(real, _DIGESTS), 1)
        for expected, found in terms:
            if expected != found:
                _collect(anew, real, str((expected or found or ("",))[0]))
        for doc, missing, superfluous in anew.exec_driver_sql(
            "SELECT doc, missing, superfluous FROM search_differences ORDER BY doc"
        ):
            yield DifferingEntry(*_contact_at(anew, made, doc), missing, superfluous)
        anew.exec_driver_sql("DROP TABLE search_differences")


@contextmanager
def _vocabulary(connection: Connection, index: str) -> Iterator[None]:
    """A view of an index for this connection alone; it writes nothing to the database."""
    form = "TABLE {} (term TEXT, doc INTEGER, offset INTEGER)"
    if connection.exec_driver_sql(_IS_THERE, (index,)).first():
        form = f"VIRTUAL TABLE {{}} USING fts5vocab('main', '{index}', 'instance')"
    connection.exec_driver_sql(f"CREATE {form.format(f'temp.{_VOCABULARY}')}")
    yield  # after an error the transaction is rolled back, and with it the table
    connection.exec_driver_sql(f"DROP TABLE temp.{_VOCABULARY}")


def _rows(connection: Connection, query: str, *parameters: Any) -> Iterator[Stored]:
    options = {"yield_per": ROWS_AT_A_TIME}
    found = connection.exec_driver_sql(query, parameters, execution_options=options)
    return (tuple(row) for row in found)


def _collect(anew: Connection, real: Connection, term: str) -> None:
    """Count, for each contact, the places where only one index has the term."""
    places = side_by_side(_rows(anew, _PLACES, term), _rows(real, _PLACES, term), 2)
    for expected, found in places:
        if expected is None and found is not None:
            anew.exec_driver_sql(_COUNT, (found[0], 0, 1))
        elif found is None and expected is not None:
            anew.exec_driver_sql(_COUNT, (expected[0], 1, 0))


def _contact_at(anew: Connection, made: Table, position: int) -> tuple[str | None, dict[str, Any]]:
    query = select(made.c.organizer_id, made.c.contact_id)
    row = anew.execute(query.where(made.c.created_position == position)).one_or_none()
    if row is None:
        return None, {"created_position": position}
    return row.organizer_id, {"contact_id": str(row.contact_id)}
