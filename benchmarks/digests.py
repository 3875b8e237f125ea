"""Digests of read tables: equal rows, equal digests, whatever way they came about."""

from hashlib import sha256

from adapters import Contacts
from tests.read_tables import all_rows


def digests_of(contacts: Contacts) -> dict[str, str]:
    """Read table (without its generation) -> digest of its rows, without regard to their order."""
    return {
        name: sha256("\n".join(str(sorted(row.items())) for row in rows).encode()).hexdigest()
        for name, rows in all_rows(contacts).items()
    }
