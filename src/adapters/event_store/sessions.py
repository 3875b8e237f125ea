"""What connections to PostgreSQL must agree on, whatever roles and servers are set to: text in
UTF-8, and times as psycopg reads them.

Connections of ours are set so. Those of a host are left as they are, and refused if they differ.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event

from contacts_domain.errors import SettingsError

UTF8 = ("UTF8", "UNICODE")
"""How PostgreSQL calls it."""
CONNECTING = {"client_encoding": "UTF8"}
"""libpq's parameters that stand above the settings of roles and databases."""
UTC = ("UTC", "Etc/UTC", "GMT")
"""Time zones in which no time that a contact can have is before the year 1 or after 9999."""

_SETTINGS = (
    "SELECT current_setting('server_encoding'), current_setting('client_encoding'), "
    "current_setting('DateStyle')"
)


def set_up_sessions(engine: Engine) -> None:
    """See to it that new connections of an engine of ours agree."""
    event.listen(engine, "connect", _set_up)


def _set_up(driver: Any, _record: object) -> None:
    """The server has told its settings while connecting, so that mostly nothing need be asked."""
    told = driver.info.parameter_status
    wanted = []
    if not _is_readable(told("DateStyle") or ""):
        wanted.append("SET DateStyle TO 'ISO'")
    if told("TimeZone") not in UTC:
        wanted.append("SET TimeZone TO 'UTC'")
    if wanted:
        driver.execute("; ".join(wanted))
        driver.commit()
    driver.autocommit = True  # transactions are begun by hand


def refuse_unfit(connection: Connection) -> None:
    """Raise SettingsError for a PostgreSQL database, or connections to one, that lose values."""
    server_encoding, client_encoding, date_style = connection.exec_driver_sql(_SETTINGS).one()
    if server_encoding not in UTF8:
        raise SettingsError(
            f"The PostgreSQL database keeps text in {server_encoding}, which does not hold every "
            "name. Use one that is made with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )
    if client_encoding not in UTF8:
        raise SettingsError(
            f"The engine's connections have the client_encoding {client_encoding}, in which not "
            "every name can be sent. Make the engine with connect_args={'client_encoding': 'UTF8'}."
        )
    if not _is_readable(date_style):
        raise SettingsError(
            f"The engine's connections have the DateStyle {date_style}, which psycopg does not "
            "read. Make the engine with connect_args={'options': '-c DateStyle=ISO'}."
        )


def _is_readable(date_style: str) -> bool:
    return date_style.startswith("ISO")
