"""Replays a booking feed from a file: one message a line, 500 lines a unit of work."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.address_book import Contacts
from adapters.bookings.messages import MAX_MESSAGE_BYTES, command_of
from adapters.files import opened_for_reading
from contacts_domain.commands import BookingCommand
from contacts_domain.errors import BrokenFeed, NotJson, Refused
from contacts_domain.outcomes import Refusal

LINES_PER_UNIT = 500

OnProgress = Callable[[int, int], None]
"""Told how much is done and how much there is, in bytes for a feed and in rows for a table."""


@dataclass(frozen=True)
class LineError:
    """A line that was refused, with a stable code."""

    line: int
    code: str
    reason: str


@dataclass
class ReplayReport:
    """What became of the lines; `lines` = applied + duplicates + refused."""

    lines: int = 0
    applied: int = 0
    duplicates: int = 0
    refused: int = 0
    errors: list[LineError] = field(default_factory=list)

    def refuse(self, line: int, error: Refused) -> None:
        """Count a refused line."""
        self.refused += 1
        self.errors.append(LineError(line, error.code, error.message))

    def require_unbroken(self) -> None:
        """Raise BrokenFeed if lines were no JSON at all."""
        broken = [error.line for error in self.errors if error.code == NotJson.code]
        if broken:
            raise BrokenFeed(
                f"Lines that are not JSON: {len(broken)}, the first is line {broken[0]}. All other "
                "lines were taken in; mend these and replay the file again.",
                lines=broken[:100],
            )


def replay(
    contacts: Contacts,
    path: Path,
    *,
    organizer_id: str | None = None,
    actor: str = "",
    on_progress: OnProgress = lambda _done, _total: None,
) -> ReplayReport:
    """Take in every message of the file; replaying it again changes nothing.

    The organizer is the message's; with `organizer_id` the messages of others are passed over and
    not counted, while lines that are no messages are reported, whoever's they may be. Blank lines
    are not lines. Raises UnreadableFile.
    """
    report = ReplayReport()
    unit: list[tuple[int, BookingCommand]] = []
    done = total = 0
    for number, line, done, total in _lines(path):
        report.lines += 1
        try:
            command = command_of(line, actor)
        except Refused as error:
            report.refuse(number, error)
            continue
        if organizer_id is not None and command.organizer_id != organizer_id:
            report.lines -= 1
            continue
        unit.append((number, command))
        if len(unit) == LINES_PER_UNIT:
            _take_in(contacts, unit, report)
            on_progress(done, total)
            unit = []
    _take_in(contacts, unit, report)
    on_progress(done, total)
    report.errors.sort(key=lambda error: error.line)
    return report


def _take_in(
    contacts: Contacts, unit: list[tuple[int, BookingCommand]], report: ReplayReport
) -> None:
    outcomes = contacts.handle_all([command for _, command in unit], on_refusal="report")
    for (number, _), outcome in zip(unit, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            report.refuse(number, outcome.error)
        elif outcome.events:
            report.applied += 1
        else:
            report.duplicates += 1


def _lines(path: Path) -> Iterator[tuple[int, bytes, int, int]]:
    """Line number, line, bytes read so far and bytes in all; too long lines are cut."""
    with opened_for_reading(path) as file:
        total, done, number = path.stat().st_size, 0, 0
        while line := file.readline(MAX_MESSAGE_BYTES + 2):
            number += 1
            done += len(line)
            kept = line
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_MESSAGE_BYTES)
                done += len(line)
            if kept.strip() or len(kept) > MAX_MESSAGE_BYTES:
                yield number, kept.rstrip(b"\r\n"), done, total
