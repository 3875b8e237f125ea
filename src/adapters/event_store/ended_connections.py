"""Connections that the server has ended while they lay in the pool: after a restart, a failover or
an administrator's word.

Asking the server before every transaction would cost as much as a statement. A server that ends a
connection says so on it, and what nobody has read yet shows without asking; one that vanishes
without a word is noticed by libpq's timeouts.
"""

import selectors
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError


def notice_ends(engine: Engine) -> None:
    """Give out no connection of an engine's pool that the server has ended; make new ones."""

    dialect = engine.dialect

    def check(driver: Any, _record: object, _fairy: object) -> None:
        if _has_unread(driver):
            try:
                dialect.do_ping(driver)
            except dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error  # the pool tries again with another one

    event.listen(engine, "checkout", check)


def _has_unread(driver: Any) -> bool:
    """Whether the server has said something that nobody asked for, or has gone."""
    with selectors.DefaultSelector() as selector:
        selector.register(driver, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))
