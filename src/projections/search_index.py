"""The index behind the search of the contact list.

On SQLite it is an FTS5 table with trigrams over the column `search_text`, kept by triggers, whose
row ids are the positions at which the contacts were created. Elsewhere the column itself is
searched.
"""

from sqlalchemy import ColumnElement, Connection, Table, column, event, func, select
from sqlalchemy import table as sql_table

from projections.planning import MANY
from projections.search_text import belongs_to, escaped_for_like, needle


def add_search_index(contacts: Table, generation: int) -> None:
    """Make and drop the index with the table of contacts, where the database needs one."""
    index = _index_name(generation)

    def create(_table: Table, connection: Connection, **_options: object) -> None:
        if connection.dialect.name == "sqlite":
            for statement in _creation(contacts.name, index):
                connection.exec_driver_sql(statement)

    def drop(_table: Table, connection: Connection, **_options: object) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {index}")

    event.listen(contacts, "after_create", create)
    event.listen(contacts, "before_drop", drop)


def _creation(table: str, index: str) -> list[str]:
    """The index has no text of its own; triggers tell it what to add and what to forget."""
    add = f"INSERT INTO {index}(rowid, search_text) VALUES (new.created_position, new.search_text)"  # noqa: S608
    forget = (
        f"INSERT INTO {index}({index}, rowid, search_text) "  # noqa: S608
        "VALUES ('delete', old.created_position, old.search_text)"
    )
    on_update = f"AFTER UPDATE OF search_text ON {table} WHEN old.search_text != new.search_text"
    options = f"content='{table}', content_rowid='created_position'"
    tokens = "tokenize='trigram case_sensitive 1'"
    return [
        f"CREATE VIRTUAL TABLE {index} USING fts5(search_text, {options}, {tokens})",
        f"CREATE TRIGGER {index}_i AFTER INSERT ON {table} BEGIN {add}; END",
        f"CREATE TRIGGER {index}_d AFTER DELETE ON {table} BEGIN {forget}; END",
        f"CREATE TRIGGER {index}_u {on_update} BEGIN {forget}; {add}; END",
    ]


def matching_positions(
    connection: Connection,
    contacts: Table,
    organizer_id: str,
    term: str,
    *,
    is_active: bool | None,
) -> list[int] | None:
    """Where the contacts that a search finds were created; None for more than `MANY`, and where
    there is no such index."""
    if connection.dialect.name != "sqlite":
        return None
    index = sql_table(_index_of(contacts), column("rowid"))
    phrase = _phrases(organizer_id, needle(term), is_active)
    found = select(index.c.rowid).where(column(index.name).op("MATCH")(phrase)).limit(MANY + 1)
    positions = list(connection.execute(found).scalars())
    return None if len(positions) > MANY else positions


def contains(contacts: Table, term: str) -> ColumnElement[bool]:
    """What the rows fulfil that a search for `term` finds."""
    return contacts.c.search_text.like(f"%{escaped_for_like(needle(term))}%", escape="\\")


def count_matches(
    connection: Connection,
    contacts: Table,
    organizer_id: str,
    term: str,
    *,
    is_active: bool | None,
) -> int | None:
    """How many contacts a search for `term` alone finds, if the index can tell."""
    if connection.dialect.name != "sqlite":
        return None
    index = sql_table(_index_of(contacts))
    phrase = _phrases(organizer_id, needle(term), is_active)
    query = select(func.count()).select_from(index).where(column(index.name).op("MATCH")(phrase))
    return int(connection.execute(query).scalar_one())


def _phrases(organizer_id: str, wanted: str, is_active: bool | None) -> str:
    """Both strings as quoted phrases of FTS5: nothing in them has a meaning of its own."""
    mark = belongs_to(organizer_id, is_active=is_active)
    return " AND ".join(f'"{text}"' for text in (mark, wanted.replace('"', '""')))


def _index_of(contacts: Table) -> str:
    return _index_name(int(contacts.name.rpartition("_")[2]))


def _index_name(generation: int) -> str:
    return f"contact_search_{generation}"
