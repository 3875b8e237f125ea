"""Whose an SQLite file is: a mark in its header, so that files of others are never touched."""

from sqlalchemy import Connection

from contacts_domain.errors import ForeignDatabase

APPLICATION_ID = 0x43544354
"""In the header of our SQLite files ("CTCT"), so that foreign ones are never touched."""

DEMO_APPLICATION_ID = 0x4354444D
"""In the header of the demo's SQLite file ("CTDM"), so that it replaces no other."""


def is_sqlite_file_ours(connection: Connection, application_id: int) -> bool:
    """Whether the file was made by this library, or by a host that gave us its engine."""
    found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    if found == 0:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars()
        return {"log_head", "events", "claims"} <= set(tables)
    return found in (APPLICATION_ID, DEMO_APPLICATION_ID, application_id)


def claim_sqlite_file(connection: Connection, application_id: int) -> bool:
    """Make an empty file ours; whether it was empty. Raises ForeignDatabase for anybody else's."""
    found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if found == 0 and version == 0 and tables == 0:
        connection.exec_driver_sql(f"PRAGMA application_id = {application_id}")
        return True
    if not is_sqlite_file_ours(connection, application_id):
        raise ForeignDatabase(
            "This SQLite file belongs to another program; it was left as it is. Name another file."
        )
    return False
