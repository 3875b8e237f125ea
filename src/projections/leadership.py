"""Which worker leads a projection: one holds a lease, others stand by until it is given up or runs
out. Leases stand in a table, so that they hold on every database and behind connection pools."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from projections.columns import Instant


class Leadership:
    """The table `projection_leaders`."""

    def __init__(self, metadata: MetaData) -> None:
        self.table = Table(
            "projection_leaders",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("holder", Text, nullable=False),
            Column("expires_at", Instant, nullable=False),
        )

    def lead(self, connection: Connection, projection: str, holder: str, lease: timedelta) -> bool:
        """Take or prolong the lease; False while somebody else holds it.

        Locks the lease until the transaction ends, so that nobody takes it over meanwhile.
        """
        table, now = self.table, _now(connection)
        insert: Any = postgresql.insert if _is_postgresql(connection) else sqlite.insert
        statement = insert(table).values(
            projection=projection, holder=holder, expires_at=_later(connection, lease)
        )
        statement = statement.on_conflict_do_update(
            index_elements=[table.c.projection],
            set_={"holder": holder, "expires_at": statement.excluded.expires_at},
            where=(table.c.holder == holder) | (table.c.expires_at <= now),
        ).returning(table.c.holder)
        return connection.execute(statement).first() is not None

    def resign(self, connection: Connection, projection: str, holder: str) -> None:
        """Give the lease up, if it is held."""
        table = self.table
        connection.execute(
            table.delete().where(table.c.projection == projection, table.c.holder == holder)
        )

    def withdraw(self, connection: Connection, projection: str) -> None:
        """Take the lease from whoever holds it; one that is alive may take it again."""
        connection.execute(self.table.delete().where(self.table.c.projection == projection))

    def is_held(self, connection: Connection, projection: str) -> bool:
        """Whether somebody holds the lease now."""
        query = select(self.table.c.holder).where(self.table.c.projection == projection)
        return connection.execute(query.where(self.is_led(connection))).first() is not None

    def leaders(self, connection: Connection) -> dict[str, str]:
        """Who holds each lease that holds now."""
        query = select(self.table.c.projection, self.table.c.holder)
        found = connection.execute(query.where(self.is_led(connection)))
        return {row[0]: row[1] for row in found}

    def is_led(self, connection: Connection) -> ColumnElement[bool]:
        """Whether a row of the table is a lease that holds."""
        return self.table.c.expires_at > _now(connection)


def _now(connection: Connection) -> ColumnElement[datetime]:
    """The time by the clock that all holders of leases share: the server's, or this machine's,
    which is the value `now` of a prepared statement."""
    if _is_postgresql(connection):
        return func.clock_timestamp(type_=Instant())
    return bindparam("now", datetime.now(UTC), Instant())


def _later(connection: Connection, lease: timedelta) -> ColumnElement[datetime]:
    if _is_postgresql(connection):
        return func.clock_timestamp() + literal(lease)
    return literal(datetime.now(UTC) + lease, Instant())


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
