"""Verify: compare the claims with those that follow from the whole log, at one moment."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters.claims.claims_table import ClaimsTable
from adapters.claims.differences import ClaimDifference, Problem
from adapters.claims.recomputation import Recomputation
from adapters.event_store.database import Database
from adapters.event_store.log import SqlEventLog
from adapters.event_store.tables import store_tables
from contacts_domain.errors import ClaimsDiffer

EVENTS_AT_ONCE = 1_000
MAX_DIFFERENCES = 1_000
"""How many are told one by one, unless somebody asks for more."""

OnProgress = Callable[[int, int], None]
"""Told how many events have been read and how many there are."""


@dataclass(frozen=True, slots=True)
class ClaimsVerified:
    """What a verification found."""

    position: int
    """Where the log ended at that moment."""
    claims: int
    """How many claims were held."""
    problems: Mapping[Problem, int]
    """How many claims have which problem; empty if all is well."""
    differences: Sequence[ClaimDifference]
    """The first of them, by organizer, kind and key."""

    def require_none(self) -> None:
        """Raise ClaimsDiffer if anything is wrong."""
        if self.problems:
            raise ClaimsDiffer({str(each): count for each, count in self.problems.items()})


def verify_claims(
    database: Database,
    log: SqlEventLog,
    *,
    limit: int = MAX_DIFFERENCES,
    on_progress: OnProgress = lambda _done, _total: None,
) -> ClaimsVerified:
    """Recompute all claims from the log and compare; takes no lock and changes nothing.

    Memory does not grow with the log, only with `limit`. Raises UnknownEvent, CorruptEvent and
    CorruptDatabase for what cannot be read.
    """
    problems: Counter[Problem] = Counter()
    told: list[ClaimDifference] = []
    with Recomputation() as recomputation:
        with database.reading() as connection:
            compare(
                connection,
                ClaimsTable(store_tables(database.schema)),
                log,
                recomputation,
                on_progress,
            )
        for suspect in recomputation.suspects():
            difference = suspect.difference
            if difference is not None:
                problems[difference.problem] += 1
                if len(told) < limit:
                    told.append(difference)
        return ClaimsVerified(recomputation.position, recomputation.claims, dict(problems), told)


def compare(
    connection: Connection,
    table: ClaimsTable,
    log: SqlEventLog,
    recomputation: Recomputation,
    on_progress: OnProgress,
) -> None:
    """Fill a recomputation with all events and claims of one moment, and find its suspects."""
    head = log.head(connection)
    while events := log.read(connection, recomputation.position, EVENTS_AT_ONCE):
        recomputation.see(events)
        on_progress(recomputation.position, head)
    recomputation.find(table.every(connection))
    recomputation.suspect_differences()
