"""A process that dies before its n-th SQL statement, as if the power went: run by the crash tests.

Usage: python -m tests.reliability.dying DATABASE STATEMENT
"""

import os
import sys
from itertools import count

from sqlalchemy import event

from adapters import open_contacts
from tests.builders import a_booking, a_contact
from tests.scenario import Clock

KILLED = 9


def main(path: str, last_statement: int) -> None:
    """Open the address book, then carry out one unit of work, dying on the way."""
    with open_contacts(path, clock=Clock()) as contacts:
        numbers = count(1)

        def die(*_: object) -> None:
            if next(numbers) == last_statement:
                os._exit(KILLED)

        event.listen(contacts.engine.database.engine, "before_cursor_execute", die)  # type: ignore[attr-defined]
        contacts.handle_all(
            [
                a_contact(email="new@example.org", tags=("vip",)),
                a_booking(invitee_email="guest@example.org", message_id="evt-1"),
                a_booking("cancelled", invitee_email="guest@example.org", message_id="evt-2"),
            ]
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
