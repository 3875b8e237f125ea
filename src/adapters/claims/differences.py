"""A claim as the events have it, beside the same claim as it was found, and what is wrong."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from contacts_domain.command_receipts import UNKNOWN_CONTENT

Problem = Literal["missing", "superfluous", "other_holder", "contested"]
"""What is wrong: events take a claim that is not held; no event takes one that is; somebody else
holds it; or the events themselves give it to more than one, which only a command can mend."""

_RECEIPT = re.compile(r"(\S+ [0-9]+) ([0-9a-f]{64}|-)")


@dataclass(frozen=True, slots=True)
class ClaimDifference:
    """One claim that is not what the events say."""

    organizer_id: str
    kind: str
    key: str
    """As in the table: parts of keys that have several stand on lines of their own."""
    problem: Problem
    expected_holder: str | None
    """Who must hold it; of a contested claim, who took it first. None if nobody must."""
    found_holder: str | None


class ClaimKey(NamedTuple):
    """Which claim is meant, as the table has it, of whatever kind."""

    organizer_id: str
    kind: str
    key: str


class Expected(NamedTuple):
    """Who must hold a claim by the events, and since which position."""

    holder: str
    """A stream id; for the claim of a command, how its receipt begins."""
    position: int


class Suspect(NamedTuple):
    """A claim to be looked at closely."""

    claim: ClaimKey
    expected: Expected | None
    takers: int
    """How many hold it at once by the events: one at most, in an undamaged address book."""
    found_holder: str | None

    @property
    def expected_holder(self) -> str | None:
        """The whole text that must stand in the claim.

        Events do not tell the content of a command, so what is found of that is kept.
        """
        if self.expected is None:
            return self.found_holder if self._is_own_record else None
        if self.claim.kind != "command":
            return self.expected.holder
        receipt = _RECEIPT.fullmatch(self.found_holder or "")
        return f"{self.expected.holder} {receipt[2] if receipt else UNKNOWN_CONTENT}"

    @property
    def _is_own_record(self) -> bool:
        return self.claim.kind == "command" and is_without_events(self.found_holder or "")

    @property
    def difference(self) -> ClaimDifference | None:
        """What is wrong, if anything."""
        problem = self._problem
        if problem is None:
            return None
        return ClaimDifference(*self.claim, problem, self.expected_holder, self.found_holder)

    @property
    def _problem(self) -> Problem | None:
        if self.takers > 1:
            return "contested"
        if self.expected_holder == self.found_holder:
            return None
        if self.found_holder is None:
            return "missing"
        return "superfluous" if self.expected_holder is None else "other_holder"


def comparable(kind: str, holder: str) -> str:
    """What of a found holder the events tell, too: of a command's receipt, how it begins."""
    receipt = _RECEIPT.fullmatch(holder) if kind == "command" else None
    return receipt[1] if receipt else holder


def is_without_events(holder: str) -> bool:
    """Whether this is the receipt of a command that changed nothing: no event tells of it."""
    receipt = _RECEIPT.fullmatch(holder)
    return receipt is not None and receipt[1].endswith(" 0")
