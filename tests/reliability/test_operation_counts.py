"""How many statements everything takes, exactly: a loop of queries where one would do shows here,
on any machine, however fast.

When the code gets better the numbers change, and the test fails: it prints the statements of what
changed, and the whole new table, to be put in the place of the old one. When they get worse, think
first.
"""

import re
import shutil
from pathlib import Path

import pytest

from contacts_domain.contact_filter import Criteria
from tests.reliability.counting import Count, Sent
from tests.reliability.operations import FILTERS, performed

Counts = tuple[tuple[int, int, int], tuple[int, int, int]]

# fmt: off
COUNTS: dict[str, Counts] = {
    # (statements, rows written, rows read) on SQLite, the same on PostgreSQL
    "import 1 rows": ((58, 27, 26), (57, 26, 26)),
    "import 10 rows": ((58, 81, 28), (57, 71, 28)),
    "import 1000 rows": ((86, 6031, 38), (80, 3028, 38)),
    "import 10 known rows, skip": ((44, 18, 45), (44, 18, 45)),
    "import 10 known rows, update": ((62, 60, 79), (60, 40, 79)),
    "import 10 known rows, merge": ((14, 2, 35), (14, 2, 35)),
    "create a group": ((11, 6, 2), (11, 6, 2)),
    "change a group": ((9, 5, 4), (9, 5, 4)),
    "create a contact": ((15, 9, 3), (14, 8, 3)),
    "create a contact with tags and groups": ((22, 16, 6), (21, 15, 6)),
    "create a contact that exists": ((2, 0, 2), (2, 0, 2)),
    "create a contact with a command id": ((15, 10, 3), (14, 9, 3)),
    "the same command id again": ((3, 0, 4), (3, 0, 4)),
    "edit a contact": ((13, 8, 5), (11, 6, 5)),
    "edit nothing": ((2, 0, 3), (2, 0, 3)),
    "edit an e-mail": ((14, 9, 5), (12, 7, 5)),
    "tag a contact": ((12, 9, 8), (12, 9, 8)),
    "untag a contact": ((12, 7, 8), (12, 7, 8)),
    "group a contact": ((12, 7, 11), (12, 7, 11)),
    "ungroup a contact": ((12, 7, 12), (12, 7, 12)),
    "log an interaction": ((11, 6, 9), (11, 6, 9)),
    "correct an interaction": ((9, 5, 11), (9, 5, 11)),
    "remove an interaction": ((11, 6, 13), (11, 6, 13)),
    "deactivate a contact": ((15, 9, 15), (13, 7, 15)),
    "reactivate a contact": ((15, 9, 16), (13, 7, 16)),
    "delete a contact": ((19, 12, 18), (17, 10, 18)),
    "restore a contact": ((20, 12, 19), (18, 10, 19)),
    "change settings": ((9, 5, 2), (9, 5, 2)),
    "save a search": ((9, 5, 3), (9, 5, 3)),
    "delete a search": ((9, 5, 5), (9, 5, 5)),
    "record a booking of a contact": ((22, 13, 22), (22, 13, 22)),
    "record a booking of somebody new": ((23, 15, 7), (22, 14, 7)),
    "record a booking again": ((3, 0, 23), (3, 0, 23)),
    "a booking is rescheduled": ((18, 8, 26), (18, 8, 26)),
    "a booking is completed": ((21, 10, 28), (21, 10, 28)),
    "a booking is cancelled": ((21, 10, 29), (21, 10, 29)),
    "create 1 at once": ((15, 9, 6), (14, 8, 6)),
    "create a group of 1": ((16, 10, 7), (16, 10, 7)),
    "tag 1 at once": ((12, 9, 8), (12, 9, 8)),
    "group_remove 1 at once": ((12, 7, 11), (12, 7, 11)),
    "group_add 1 at once": ((12, 7, 11), (12, 7, 11)),
    "deactivate 1 at once": ((13, 8, 12), (11, 6, 12)),
    "delete 1 at once": ((20, 15, 16), (18, 13, 16)),
    "delete a group of 1": ((10, 6, 7), (10, 6, 7)),
    "create 10 at once": ((15, 54, 6), (14, 44, 6)),
    "create a group of 10": ((16, 37, 25), (16, 37, 25)),
    "tag 10 at once": ((12, 45, 35), (12, 45, 35)),
    "group_remove 10 at once": ((12, 34, 47), (12, 34, 47)),
    "group_add 10 at once": ((12, 34, 56), (12, 34, 56)),
    "deactivate 10 at once": ((13, 44, 66), (11, 24, 66)),
    "delete 10 at once": ((20, 87, 79), (18, 67, 79)),
    "delete a group of 10": ((10, 6, 7), (10, 6, 7)),
    "create 500 at once": ((15, 2504, 6), (12, 1004, 6)),
    "create a group of 500": ((16, 1507, 1005), (15, 1006, 1005)),
    "tag 500 at once": ((12, 2005, 1505), (11, 1505, 1505)),
    "group_remove 500 at once": ((12, 1504, 2007), (11, 1004, 2007)),
    "group_add 500 at once": ((12, 1504, 2506), (11, 1004, 2506)),
    "deactivate 500 at once": ((13, 2004, 3006), (10, 504, 3006)),
    "delete 500 at once": ((20, 4007, 3509), (17, 2507, 3509)),
    "delete a group of 500": ((10, 6, 7), (10, 6, 7)),
    "replay 1 bookings": ((23, 15, 7), (22, 14, 7)),
    "replay 1 bookings again": ((3, 0, 9), (3, 0, 9)),
    "replay 10 bookings": ((23, 105, 7), (22, 95, 7)),
    "replay 10 bookings again": ((3, 0, 54), (3, 0, 54)),
    "replay 500 bookings": ((25, 5005, 8), (22, 2005, 8)),
    "replay 500 bookings again": ((5, 0, 2505), (5, 0, 2505)),
    "fold 1 new contacts": ((20, 6, 14), (19, 5, 14)),
    "fold 1 tagged contacts": ((19, 5, 14), (19, 5, 14)),
    "fold 1 bookings": ((28, 9, 16), (27, 8, 16)),
    "fold 10 new contacts": ((20, 33, 23), (19, 23, 23)),
    "fold 10 tagged contacts": ((19, 23, 33), (19, 23, 33)),
    "fold 10 bookings": ((28, 54, 34), (27, 44, 34)),
    "fold 500 new contacts": ((20, 1503, 513), (19, 1003, 513)),
    "fold 500 tagged contacts": ((19, 1003, 1013), (19, 1003, 1013)),
    "fold 500 bookings": ((28, 2504, 1014), (27, 2004, 1014)),
    "list by name": ((6, 0, 102), (6, 0, 102)),
    "list by name, deep": ((5, 0, 582), (5, 0, 582)),
    "list by -last_booking_date": ((5, 0, 105), (5, 0, 105)),
    "list by -last_booking_date, deep": ((5, 0, 1005), (5, 0, 1005)),
    "list, filter search": ((7, 0, 1103), (6, 0, 102)),
    "list, filter tags": ((9, 0, 9), (9, 0, 9)),
    "list, filter any_tags": ((7, 0, 57), (7, 0, 57)),
    "list, filter group": ((8, 0, 8), (8, 0, 8)),
    "list, filter is_active": ((6, 0, 102), (6, 0, 102)),
    "list, filter company": ((6, 0, 105), (6, 0, 56)),
    "list, filter has_bookings": ((5, 0, 104), (6, 0, 105)),
    "list, filter min_bookings": ((5, 0, 104), (6, 0, 105)),
    "list, filter max_bookings": ((6, 0, 102), (7, 0, 103)),
    "list, filter last_booking_after": ((5, 0, 105), (6, 0, 106)),
    "list, filter last_booking_before": ((5, 0, 105), (6, 0, 106)),
    "list, filter created_after": ((6, 0, 102), (6, 0, 102)),
    "list, filter created_before": ((6, 0, 102), (6, 0, 102)),
    "list, all filters": ((9, 0, 1009), (11, 0, 11)),
    "search a frequent word": ((7, 0, 1057), (6, 0, 56)),
    "search a rare word": ((6, 0, 7), (6, 0, 7)),
    "search two letters": ((7, 0, 1103), (6, 0, 102)),
    "search nothing there": ((2, 0, 2), (2, 0, 3)),
    "find by e-mail": ((5, 0, 5), (5, 0, 5)),
    "find by id": ((5, 0, 5), (5, 0, 5)),
    "export everybody": ((36, 5, 3597), (36, 5, 3597)),
    "statistics": ((5, 0, 7), (5, 0, 7)),
    "timeline of a contact": ((5, 0, 8), (5, 0, 8)),
    "timeline of all": ((2, 0, 53), (2, 0, 53)),
    "timeline of all, deep": ((2, 0, 503), (2, 0, 503)),
    "groups": ((2, 0, 3), (2, 0, 3)),
    "a group": ((2, 0, 3), (2, 0, 3)),
    "tags": ((2, 0, 5), (2, 0, 5)),
    "settings": ((2, 0, 3), (2, 0, 3)),
    "saved searches": ((2, 0, 2), (2, 0, 2)),
    "history of a contact": ((5, 0, 23), (5, 0, 23)),
    "take in 1 messages": ((24, 16, 7), (23, 15, 7)),
    "take in again 1 messages": ((5, 2, 9), (5, 2, 9)),
    "park 1 messages": ((4, 3, 1), (4, 3, 1)),
    "take in 10 messages": ((24, 106, 7), (23, 96, 7)),
    "take in again 10 messages": ((5, 2, 54), (5, 2, 54)),
    "park 10 messages": ((4, 12, 1), (4, 12, 1)),
    "take in 500 messages": ((25, 5006, 7), (22, 2006, 7)),
    "take in again 500 messages": ((6, 2, 2504), (6, 2, 2504)),
    "park 500 messages": ((4, 502, 1), (4, 502, 1)),
}
# fmt: on

SLICES = {
    "import 1000 rows": ("import 10 rows", 2.0),
    "replay 500 bookings": ("replay 10 bookings", 1.2),
    "replay 500 bookings again": ("replay 10 bookings again", 1.7),
    "take in 500 messages": ("take in 10 messages", 1.1),
    "take in again 500 messages": ("take in again 10 messages", 1.2),
}
"""Where more takes more statements: 500 rows of a file are a unit of work, and a unit looks up a
thousand claims or streams at a time. Beside it something smaller, and how many times that it takes
at most."""


def test_everything_takes_as_many_statements_as_the_table_says(
    tmp_path: Path, sqlite_template: Path, postgres_copy: str
) -> None:
    """Exactly, on both databases."""
    shutil.copyfile(sqlite_template, tmp_path / "contacts.db")
    sent = []
    for database in (f"sqlite:///{tmp_path / 'contacts.db'}", postgres_copy):
        folder = tmp_path / database.partition(":")[0]
        folder.mkdir()
        sent.append(performed(database, folder))
    on_sqlite, on_postgresql = sent
    found = {name: (one.count, on_postgresql[name].count) for name, one in on_sqlite.items()}
    if found != COUNTS:
        pytest.fail(told(found, on_sqlite, on_postgresql), pytrace=False)


def told(
    found: dict[str, tuple[Count, Count]],
    on_sqlite: dict[str, Sent],
    on_postgresql: dict[str, Sent],
) -> str:
    """What changed, with the statements, and the new table."""
    lines = [f"no longer done: {name}" for name in COUNTS if name not in found]
    for name, counts in found.items():
        before = COUNTS.get(name, (None, None))
        kinds = zip(("SQLite", "PostgreSQL"), (on_sqlite, on_postgresql), strict=True)
        for (kind, sent), was, now in zip(kinds, before, counts, strict=True):
            if was != now:
                lines += [f"{name}, on {kind}: {was} before, {tuple(now)} now", f"{sent[name]}"]
    rows = [f'    "{name}": {(tuple(a), tuple(b))},' for name, (a, b) in found.items()]
    return "\n".join([*lines, "", "The new table:", "", *rows])


@pytest.mark.parametrize("kind", [0, 1], ids=["sqlite", "postgresql"])
def test_more_at_once_takes_no_more_statements(kind: int) -> None:
    """500 contacts cost as many statements as 10, and these as many as one; except for slices."""
    compared = 0
    for name, counts in COUNTS.items():
        if (size := re.search(r"\b(10|500|1000)\b", name)) is None or "known" in name:
            continue
        smaller = name.replace(size[0], "1" if size[0] == "10" else "10")
        other, factor = SLICES.get(name, (smaller, 1.0))
        assert counts[kind][0] <= COUNTS[other][kind][0] * factor, name
        compared += 1
    assert compared > 2 * len(SLICES)


@pytest.mark.parametrize("kind", [0, 1], ids=["sqlite", "postgresql"])
def test_a_deep_page_takes_no_more_statements_than_the_first(kind: int) -> None:
    """However long the list, and however long the page."""
    deep = [name for name in COUNTS if name.endswith(", deep")]
    assert deep
    for name in deep:
        assert COUNTS[name][kind][0] <= COUNTS[name.removesuffix(", deep")][kind][0], name


def test_every_kind_of_filter_is_counted() -> None:
    """Whoever adds a criterion adds it here."""
    assert FILTERS.keys() == Criteria.__annotations__.keys()
