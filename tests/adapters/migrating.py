"""Empty databases, a release that is yet to come, and the form of tables as the database tells."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect

from adapters.event_store import migrating

LATER = "later"
OF_A_GENERATION = re.compile(r"_\d+(_|$)")
"""In the names of read tables: they are made by rebuilding, never migrated."""

ADD_A_COLUMN = """
    op.add_column("claims", sa.Column("remark", sa.Text()), schema=schema)
"""

FAIL_HALFWAY = (
    ADD_A_COLUMN
    + """
    op.drop_table("nowhere", schema=schema)
"""
)


def release_later(
    monkeypatch: pytest.MonkeyPatch, folder: Path, upgrade: str = ADD_A_COLUMN
) -> None:
    """From now on the library is one whose tables have one more revision."""
    scripts = copytree(migrating.SCRIPTS, folder / "migrations")
    (scripts / "versions" / "later.py").write_text(
        "import sqlalchemy as sa\n"
        f"revision, down_revision = {LATER!r}, {migrating.REVISIONS[-1]!r}\n"
        f"def upgrade(op, schema):{upgrade}"
    )
    monkeypatch.setattr(migrating, "SCRIPTS", scripts)
    monkeypatch.setattr(migrating, "REVISIONS", (*migrating.REVISIONS, LATER))


@contextmanager
def connected(database: str, schema: str = "contacts") -> Iterator[Connection]:
    """A transaction on the test's database, where our tables need no prefix."""
    is_sqlite = database.startswith("sqlite")
    options = {} if is_sqlite else {"options": f"-csearch_path={schema}"}
    engine = create_engine(database, connect_args=options)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def change(database: str, *statements: str) -> None:
    """Carry out statements behind the library's back."""
    with connected(database) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def stored(database: str, query: str) -> Sequence[tuple[Any, ...]]:
    """What a query answers."""
    with connected(database) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def revisions(database: str) -> list[str]:
    """What the tables are stamped with."""
    return [row[0] for row in stored(database, "SELECT version_num FROM contacts_migrations")]


def form_of_tables(database: str) -> Mapping[str, Any]:
    """Every table that is not a read table, with all that the database tells about it."""
    with connected(database) as connection:
        inspector = inspect(connection)
        schema = None if database.startswith("sqlite") else "contacts"
        return {
            name: {
                "columns": [
                    {**column, "type": column["type"].compile(connection.dialect)}
                    for column in inspector.get_columns(name, schema)
                ],
                "primary key": inspector.get_pk_constraint(name, schema),
                "unique": _by_name(inspector.get_unique_constraints(name, schema)),
                "indexes": _by_name(inspector.get_indexes(name, schema)),
                "foreign keys": _by_name(inspector.get_foreign_keys(name, schema)),
                "checks": _by_name(inspector.get_check_constraints(name, schema)),
            }
            for name in inspector.get_table_names(schema)
            if not OF_A_GENERATION.search(name)
        }


def _by_name(items: Sequence[Any]) -> list[Any]:
    return sorted(items, key=lambda each: str(each["name"]))
