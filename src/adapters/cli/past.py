"""`--as-of TIME`: the option of commands that read, and the address book that it asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from adapters.address_book import Contacts
from adapters.cli.filters import in_utc
from adapters.cli.session import Session
from projections.looking_back import PastBook


@contextmanager
def present_or_past(session: Session, as_of: datetime | None) -> Iterator[Contacts | PastBook]:
    """The address book as it is, or as it was at a time, which is UTC without an offset."""
    time = in_utc(as_of)
    if time is None:
        with session.open() as contacts:
            yield contacts
    else:
        with (
            session.open(catch_up=False) as contacts,
            contacts.as_of(session.organizer, time) as it,
        ):
            yield it
