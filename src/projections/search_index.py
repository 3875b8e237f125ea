"""The index behind the search of the contact list.

On SQLite it is an FTS5 table with trigrams over the column `search_text`, written with the rows,
whose row ids are the positions at which the contacts were created. On PostgreSQL it is a GIN index
of trigrams over the column, behind the organizer; it needs extensions, and without them the column
itself is searched.
"""

import logging
from collections.abc import Iterable
from typing import Any

import sqlalchemy.exc
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    column,
    event,
    func,
    select,
    text,
)
from sqlalchemy import table as sql_table

from projections.driver_sql import send_many
from projections.emptying import HELD_ROWS, HeldRows
from projections.fold import Difference, Row
from projections.generations import LATE_INDEX
from projections.planning import MANY
from projections.row_store import WRITTEN_ALONG
from projections.search_text import belongs_to, escaped_for_like, needle

log = logging.getLogger("contacts")

TRIGRAMS, ORGANIZERS = "pg_trgm", "btree_gin"
_OPERATOR_CLASSES = {TRIGRAMS: "gin_trgm_ops", ORGANIZERS: "text_ops"}
"""What the index needs of each extension of PostgreSQL, in whatever schema it lies."""
_USABLE = text(
    "SELECT quote_ident(nspname) || '.' || quote_ident(opcname) "
    "FROM pg_catalog.pg_opclass "
    "JOIN pg_catalog.pg_namespace AS schemas ON schemas.oid = opcnamespace "
    "JOIN pg_catalog.pg_am AS methods ON methods.oid = opcmethod "
    "WHERE amname = 'gin' AND opcname = :name "
    "AND opcintype = 'pg_catalog.text'::pg_catalog.regtype "
    "AND pg_catalog.has_schema_privilege(nspname, 'USAGE') ORDER BY nspname LIMIT 1"
)


def add_search_index(contacts: Table, generation: int) -> None:
    """Make and drop the index with the table of contacts."""
    index = _index_name(generation)

    def create(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_creation(contacts.name, index))
        else:
            _create_trigram_index(connection, contacts, index)

    def drop(_table: Table, connection: Connection, **_options: object) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {index}")

    contacts.info[LATE_INDEX] = create
    contacts.info[HELD_ROWS] = HeldRows(f"{index}_data", "id > 10")  # up to 10: its structure
    event.listen(contacts, "before_drop", drop)
    contacts.info[WRITTEN_ALONG] = TrigramWriter(index)


def _creation(table: str, index: str) -> str:
    """The index has no text of its own: it is told what to add and what to forget."""
    options = f"content='{table}', content_rowid='created_position', columnsize=0"
    tokens = "tokenize='trigram case_sensitive 1'"
    return f"CREATE VIRTUAL TABLE {index} USING fts5(search_text, {options}, {tokens})"


class TrigramWriter:
    """Writes the index of SQLite along with the rows, many at once.

    Triggers would do so row by row, and FTS5 closes a segment of its index for each of them.
    """

    def __init__(self, index: str) -> None:
        self._add = f"INSERT INTO {index}(rowid, search_text) VALUES (?, ?)"  # noqa: S608
        self._forget = f"INSERT INTO {index}({index}, rowid, search_text) VALUES ('delete', ?, ?)"  # noqa: S608

    def write(self, connection: Connection, differences: Iterable[Difference]) -> None:
        """Bring the index from the rows before to those after; PostgreSQL does so by itself."""
        if connection.dialect.name != "sqlite":
            return
        entries = [(_entry(before), _entry(after)) for before, after in differences]
        changed = [(before, after) for before, after in entries if before != after]
        for statement, some in (
            (self._forget, [before for before, _ in changed if before is not None]),
            (self._add, [after for _, after in changed if after is not None]),
        ):
            if some:
                send_many(connection, statement, some)


def _entry(row: Row | None) -> tuple[int, str] | None:
    return None if row is None else (row["created_position"], row["search_text"])


# --- PostgreSQL --------------------------------------------------------------------------------


def _create_trigram_index(connection: Connection, contacts: Table, index: str) -> None:
    """Make the index that the extensions allow; say which ones are missing."""
    classes = {name: _operator_class(connection, name) for name in (TRIGRAMS, ORGANIZERS)}
    missing = [name for name, operator_class in classes.items() if operator_class is None]
    if classes[TRIGRAMS] is not None:
        columns = [f"search_text {classes[TRIGRAMS]}"]
        if classes[ORGANIZERS] is not None:
            columns.insert(0, f"organizer_id {classes[ORGANIZERS]}")
        table = connection.dialect.identifier_preparer.format_table(contacts)
        connection.exec_driver_sql(
            f"CREATE INDEX IF NOT EXISTS {index} ON {table} USING gin ({', '.join(columns)})"
        )
    if missing:
        log.warning(
            "Searching is slow without the PostgreSQL extensions %s: let somebody who may create "
            "in this database make them with CREATE EXTENSION, then run `contacts projections "
            "rebuild contact_list`.",
            " and ".join(missing),
            extra={"missing_extensions": missing, "index": index},
        )


def _operator_class(connection: Connection, extension: str) -> str | None:
    """The qualified name of what the index needs of an extension, which is made if it may be."""
    wanted = {"name": _OPERATOR_CLASSES[extension]}
    found = connection.execute(_USABLE, wanted).scalar()
    if found is None:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        except sqlalchemy.exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
        found = connection.execute(_USABLE, wanted).scalar()
    return None if found is None else str(found)


# --- looking up --------------------------------------------------------------------------------


def matching_positions(
    connection: Connection,
    contacts: Table,
    organizer_id: str,
    term: str,
    *,
    is_active: bool | None,
) -> list[int] | None:
    """Where the contacts that a search finds on SQLite were created; None for more than `MANY`."""
    index = sql_table(index_name_of(contacts), column("rowid"))
    phrase = _phrases(organizer_id, needle(term), is_active)
    found = select(index.c.rowid).where(column(index.name).op("MATCH")(phrase)).limit(MANY + 1)
    positions = list(connection.execute(found).scalars())
    return None if len(positions) > MANY else positions


def contains(contacts: Table, term: str) -> ColumnElement[bool]:
    """What the rows fulfil that a search for `term` finds, for queries that use the index."""
    return contacts.c.search_text.like(f"%{escaped_for_like(needle(term))}%", escape="\\")


def seen_to_contain(connection: Connection, contacts: Table, term: str) -> ColumnElement[bool]:
    """The same, for queries that look at one row after the other until a page is full.

    PostgreSQL keeps no statistics of how often a term occurs in one organizer's contacts; with
    `LIKE` it guesses, and may collect and sort all of them.
    """
    if connection.dialect.name == "sqlite":
        return contains(contacts, term)
    return func.strpos(contacts.c.search_text, needle(term)) > 0


def count_matches(
    connection: Connection,
    contacts: Table,
    organizer_id: str,
    term: str,
    *,
    is_active: bool | None,
) -> int:
    """How many contacts a search for `term` alone finds."""
    query: Select[Any]
    if connection.dialect.name == "sqlite":
        index = sql_table(index_name_of(contacts))
        phrase = _phrases(organizer_id, needle(term), is_active)
        query = select(func.count()).select_from(index)
        query = query.where(column(index.name).op("MATCH")(phrase))
    else:
        matches = _matches(contacts, organizer_id, term, is_active)
        query = select(func.count()).select_from(contacts).where(*matches)
    return int(connection.execute(query).scalar_one())


def _matches(
    contacts: Table, organizer_id: str, term: str, is_active: bool | None
) -> list[ColumnElement[bool]]:
    """The text of a deleted contact is empty, so nothing finds it."""
    conditions = [contacts.c.organizer_id == organizer_id, contains(contacts, term)]
    if is_active is not None:
        conditions.append(contacts.c.is_active.is_(is_active))
    return conditions


def _phrases(organizer_id: str, wanted: str, is_active: bool | None) -> str:
    """Both strings as quoted phrases of FTS5: nothing in them has a meaning of its own."""
    mark = belongs_to(organizer_id, is_active=is_active)
    return " AND ".join(f'"{text}"' for text in (mark, wanted.replace('"', '""')))


def index_name_of(contacts: Table) -> str:
    """The FTS5 table that belongs to a table of contacts on SQLite."""
    return _index_name(int(contacts.name.rpartition("_")[2]))


def _index_name(generation: int) -> str:
    return f"contact_search_{generation}"
