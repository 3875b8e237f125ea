"""The tables of each generation of each projection: made anew by a rebuild, never renamed."""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256

from sqlalchemy import Connection, Executable, Index, MetaData, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from projections.fold import Counter, Membership, Projection, RowFold
from projections.row_store import RowStore

LATE_INDEX = "late index"
"""In the info of a table: what makes an index that SQLAlchemy cannot describe."""


class GenerationTables:
    """The tables of one generation of one projection, and how their rows are loaded and written."""

    def __init__(self, projection: Projection, generation: int, schema: str | None) -> None:
        self.projection = projection
        self.metadata = MetaData(schema=schema)
        self.tables = {
            factory: factory(self.metadata, generation) for factory in projection.table_factories
        }
        self._stores = {
            part.name: RowStore([self.tables[factory] for factory in part.tables])
            for part in projection.parts
        }

    @property
    def shape(self) -> str:
        """What tells rows of this code from rows that other tables or folds made."""
        creation = [str(CreateTable(table)) for table in self.tables.values()]
        digest = sha256("\n".join(creation).encode()).hexdigest()[:16]
        return f"{self.projection.version}-{digest}"

    def rows_of(self, part: RowFold | Membership | Counter) -> RowStore:
        """Where the rows of a part of the projection are."""
        return self._stores[part.name]

    def create(self, connection: Connection) -> None:
        """Make the tables and their indexes."""
        self.create_unindexed(connection)
        for make in self._indexes:
            make(connection)

    def create_unindexed(self, connection: Connection) -> None:
        """Make the tables with nothing but their primary keys; `late_indexes` make the rest."""
        for table in self.metadata.sorted_tables:
            connection.execute(CreateTable(table))

    @property
    def late_indexes(self) -> list[Callable[[Connection], object]]:
        """What makes each index that is not there yet, the most expensive ones last, and tells
        PostgreSQL's planner what is in the tables."""
        return [*self._indexes, *(partial(_analyze, each) for each in self.metadata.sorted_tables)]

    @property
    def _indexes(self) -> list[Callable[[Connection], object]]:
        """Always in the same order: where two of them would do, SQLite takes the one made last."""
        tables = self.metadata.sorted_tables
        return [
            *(
                partial(_execute, CreateIndex(index, if_not_exists=True))
                for table in tables
                for index in sorted(table.indexes, key=_rank)
            ),
            *(table.info[LATE_INDEX] for table in tables if LATE_INDEX in table.info),
        ]

    def drop(self, connection: Connection) -> None:
        """Remove the tables that are there."""
        self.metadata.drop_all(connection)


class ReadTables:
    """Finds the tables that a query reads: those of the active generations."""

    def __init__(self, projections: Sequence[Projection], schema: str | None) -> None:
        self._projections = {projection.name: projection for projection in projections}
        self._schema = schema
        self._shapes: dict[str, str] = {}
        self._known: dict[tuple[str, int], GenerationTables] = {}

    def of(self, projection: str, generation: int) -> GenerationTables:
        """The tables of one generation."""
        key = (projection, generation)
        if key not in self._known:
            described = self._projections[projection]
            self._known[key] = GenerationTables(described, generation, self._schema)
        return self._known[key]

    def shape_of(self, projection: str) -> str:
        """The shape that a generation made now would have, whatever its number."""
        if projection not in self._shapes:
            tables = GenerationTables(self._projections[projection], 0, self._schema)
            self._shapes[projection] = tables.shape
        return self._shapes[projection]


def _rank(index: Index) -> tuple[bool, str]:
    """Those of some rows last: whoever could use one of all rows had better use them."""
    is_of_some_rows = index.dialect_options["sqlite"]["where"] is not None
    return is_of_some_rows, str(index.name)


def _execute(statement: Executable, connection: Connection) -> None:
    connection.execute(statement)


def _analyze(table: Table, connection: Connection) -> None:
    name = connection.dialect.identifier_preparer.format_table(table)
    connection.exec_driver_sql(f"ANALYZE {name}")
