"""The outside: event store, booking feeds, import and export, command line, and the wiring.

from adapters import open_contacts
"""

from adapters.address_book import Contacts
from adapters.event_store.migrating import Migrated
from adapters.wiring import migrate, open_contacts

__all__ = ["Contacts", "Migrated", "migrate", "open_contacts"]
