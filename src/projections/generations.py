"""The tables of each generation of each projection: made anew by a rebuild, never renamed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, MetaData, Table

from projections.fold import Projection, TableFactory


@dataclass
class GenerationTables:
    """The tables of one generation of one projection."""

    projection: Projection
    generation: int
    schema: str | None
    metadata: MetaData = field(init=False)
    tables: dict[TableFactory, Table] = field(init=False)

    def __post_init__(self) -> None:
        self.metadata = MetaData(schema=self.schema)
        self.tables = {
            factory: factory(self.metadata, self.generation)
            for factory in self.projection.table_factories
        }

    def __getitem__(self, factory: TableFactory) -> Table:
        return self.tables[factory]

    def all_of(self, factories: Sequence[TableFactory]) -> list[Table]:
        """The tables that these factories made."""
        return [self.tables[factory] for factory in factories]

    def create(self, connection: Connection) -> None:
        """Make the tables."""
        self.metadata.create_all(connection, checkfirst=False)

    def drop(self, connection: Connection) -> None:
        """Remove the tables that are there."""
        self.metadata.drop_all(connection)


class ReadTables:
    """Finds the tables that a query reads: those of the active generations."""

    def __init__(self, projections: Sequence[Projection], schema: str | None) -> None:
        self._projections = {projection.name: projection for projection in projections}
        self._schema = schema
        self._known: dict[tuple[str, int], GenerationTables] = {}

    def of(self, projection: str, generation: int) -> GenerationTables:
        """The tables of one generation."""
        key = (projection, generation)
        if key not in self._known:
            described = self._projections[projection]
            self._known[key] = GenerationTables(described, generation, self._schema)
        return self._known[key]


ActiveTables = Mapping[TableFactory, Table]
"""The tables that readers see, of all projections."""
