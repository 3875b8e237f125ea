"""Claims computed anew from events, beside those that were found, in a private SQLite file.

The file lies in the folder for temporary files and vanishes with its connection, so memory stays
small however long the log is. Its text compares byte by byte, whatever the database's collation.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from adapters.claims.differences import (
    ClaimKey,
    Expected,
    Suspect,
    comparable,
    is_without_events,
)
from contacts_domain.claims import claim_changes, command_claim
from contacts_domain.errors import UnwritableFile
from contacts_domain.event_schema import RecordedEvent

CACHE_KIBIBYTES = 32_768

_TABLES = f"""
PRAGMA cache_size = -{CACHE_KIBIBYTES};
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE takers (
    organizer_id TEXT, kind TEXT, key TEXT, taker TEXT, stream_id TEXT, events INTEGER,
    position INTEGER, PRIMARY KEY (organizer_id, kind, key, taker)
) WITHOUT ROWID;
CREATE TABLE found (
    organizer_id TEXT, kind TEXT, key TEXT, holder TEXT, comparable TEXT, is_own_record INTEGER,
    PRIMARY KEY (organizer_id, kind, key)
) WITHOUT ROWID;
CREATE TABLE suspects (
    organizer_id TEXT, kind TEXT, key TEXT, PRIMARY KEY (organizer_id, kind, key)
) WITHOUT ROWID;
"""

_KEY = "organizer_id, kind, key"
_BY_KEY = "WHERE organizer_id = ? AND kind = ? AND key = ?"
_SAME_KEY = "a.organizer_id = b.organizer_id AND a.kind = b.kind AND a.key = b.key"
_HOLDER = "stream_id || coalesce(' ' || events, '')"

_RELEASE = f"DELETE FROM takers {_BY_KEY} AND taker = ?"  # noqa: S608 - constants
_TAKE = """
INSERT INTO takers VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
SET events = events + excluded.events, position = excluded.position WHERE events IS NOT NULL
"""
_SUSPECT = "INSERT OR IGNORE INTO suspects VALUES (?, ?, ?)"
_SUSPECT_DIFFERENCES = f"""
INSERT OR IGNORE INTO suspects
SELECT {_KEY} FROM found AS a WHERE NOT EXISTS (
    SELECT 1 FROM takers AS b WHERE {_SAME_KEY} AND {_HOLDER} = a.comparable
) AND NOT (is_own_record AND NOT EXISTS (SELECT 1 FROM takers AS b WHERE {_SAME_KEY}))
UNION SELECT {_KEY} FROM takers AS a WHERE NOT EXISTS (SELECT 1 FROM found AS b WHERE {_SAME_KEY})
UNION SELECT {_KEY} FROM takers GROUP BY {_KEY} HAVING count(*) > 1
"""  # noqa: S608 - constants
_SUSPECTS = f"""
SELECT {_KEY}, (SELECT holder FROM found AS b WHERE {_SAME_KEY}),
    (SELECT count(*) FROM takers AS b WHERE {_SAME_KEY}),
    (SELECT {_HOLDER} FROM takers AS b WHERE {_SAME_KEY} ORDER BY position LIMIT 1),
    (SELECT min(position) FROM takers AS b WHERE {_SAME_KEY})
FROM suspects AS a ORDER BY {_KEY}
"""  # noqa: S608 - constants


class Recomputation(AbstractContextManager["Recomputation"]):
    """The claims by the events seen so far, and the claims that were found."""

    def __init__(self) -> None:
        self._scratch = sqlite3.connect("", isolation_level=None)
        self._scratch.executescript(_TABLES)
        self.position = 0
        """Of the last event seen."""

    # --- what the events say -------------------------------------------------------------------

    def see(self, events: Sequence[RecordedEvent], *, is_suspicious: bool = False) -> None:
        """Take in events in the order of the log.

        With `is_suspicious`, the claims that they take or release become suspects.
        """
        released: dict[tuple[str, ...], None] = {}
        taken: dict[tuple[str, ...], tuple[str, int | None, int]] = {}
        for each in events:
            stream_id = str(each.originator_id)
            for claim, is_taken in claim_changes(each):
                if is_taken:
                    taken.setdefault((*claim, stream_id), (stream_id, None, each.position))
                else:
                    released[(*claim, stream_id)] = None
                    taken.pop((*claim, stream_id), None)
            command_id, cause = each.provenance.command_id, each.provenance.causation_id
            if command_id is not None:
                taker = (*command_claim(each.organizer_id, command_id), cause or "")
                first, count, _ = taken.get(taker, (stream_id, 0, 0))
                taken[taker] = (first, (count or 0) + 1, each.position)
            self.position = each.position
        self._many(_RELEASE, released)
        self._many(_TAKE, ((*taker, *taking) for taker, taking in taken.items()))
        if is_suspicious:
            self._many(_SUSPECT, (key[:3] for key in (*released, *taken)))

    # --- what was found ------------------------------------------------------------------------

    def find(self, claims: Iterable[Sequence[str]]) -> None:
        """Take in claims of the database: organizer, kind, key, holder."""
        self._many(
            "INSERT INTO found VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    organizer_id,
                    kind,
                    key,
                    holder,
                    comparable(kind, holder),
                    kind == "command" and is_without_events(holder),
                )
                for organizer_id, kind, key, holder in claims
            ),
        )

    def forget_found(self, claims: Iterable[ClaimKey]) -> None:
        """Take out what was found of these."""
        self._many(f"DELETE FROM found {_BY_KEY}", claims)  # noqa: S608 - constants

    # --- where they differ ---------------------------------------------------------------------

    def suspect_differences(self) -> None:
        """Look closely at all claims in which found and expected ones differ."""
        self._scratch.execute(_SUSPECT_DIFFERENCES)

    def suspects(self) -> Iterator[Suspect]:
        """The claims to be looked at closely, in the order of the bytes of their keys."""
        for *key, found, takers, holder, position in self._scratch.execute(_SUSPECTS):
            expected = None if holder is None else Expected(holder, position)
            yield Suspect(ClaimKey(*key), expected, takers, found)

    @property
    def claims(self) -> int:
        """How many were found."""
        return int(self._scratch.execute("SELECT count(*) FROM found").fetchone()[0])

    def _many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._scratch.execute("BEGIN")
        self._scratch.executemany(statement, rows)
        self._scratch.execute("COMMIT")

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scratch.close()
        if isinstance(exc_value, sqlite3.Error):
            raise UnwritableFile(
                f"The file for recomputed claims cannot be written: {exc_value}. Free some space, "
                "or name another folder for temporary files with SQLITE_TMPDIR."
            ) from exc_value
