"""What other processes do in these tests, and how they are started at the same moment."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from threading import BrokenBarrierError
from typing import Any

from adapters import migrate, open_contacts
from contacts_domain.commands import CreateContact
from contacts_domain.outcomes import Receipt

PATIENCE_SECONDS = 60
CONTACTS_PER_UNIT = 3

_barrier: Any = None

Together = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], list[Any]]


def _remember(barrier: Any) -> None:
    global _barrier  # noqa: PLW0603 - handed over when the process starts
    _barrier = barrier


def _at_once(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        _barrier.wait(PATIENCE_SECONDS)
    except BrokenBarrierError:
        return "the other processes did not come"
    return work(*arguments)


@contextmanager
def started(count: int) -> Iterator[Together]:
    """So many new processes, and a function that runs a piece of work in each of them at once."""
    context = get_context("spawn")
    with ProcessPoolExecutor(
        count, context, initializer=_remember, initargs=(context.Barrier(count),)
    ) as pool:

        def run(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
            pending = [pool.submit(_at_once, work, each) for each in arguments]
            return [each.result(PATIENCE_SECONDS) for each in pending]

        yield run


def add_units(database: str, prefix: str, units: int) -> list[int]:
    """Append units of contacts; the positions that the receipts tell."""
    told: list[int] = []
    with open_contacts(database) as contacts:
        for unit in range(units):
            outcomes = contacts.handle_all(
                CreateContact(
                    organizer_id="acme",
                    email=f"{prefix}-{unit}-{number}@example.org",
                    first_name=prefix,
                )
                for number in range(CONTACTS_PER_UNIT)
            )
            told += [outcome.position for outcome in outcomes if isinstance(outcome, Receipt)]
    return told


def open_and_add(database: str, email: str, migrates: bool = False) -> str:
    """Open a database that may be new and add one contact; what came of it."""
    try:
        if migrates:
            migrate(database)
        with open_contacts(database) as contacts:
            contacts.handle(CreateContact(organizer_id="acme", email=email, first_name="Ada"))
    except Exception as error:  # whatever it is, the test shall see it
        return f"{type(error).__name__}: {error}"
    return "added"
