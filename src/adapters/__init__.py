"""The outside: event store, booking feeds, import and export, command line, and the wiring.

from adapters import open_contacts
"""

from adapters.wiring import Contacts, open_contacts

__all__ = ["Contacts", "open_contacts"]
