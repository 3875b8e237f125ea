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
    "import 1 rows": ((24, 12, 3), (21, 11, 3)),
    "import 10 rows": ((24, 66, 5), (21, 56, 5)),
    "import 1000 rows": ((48, 6012, 10), (42, 5012, 10)),
    "import 10 known rows, skip": ((6, 0, 21), (3, 0, 21)),
    "import 10 known rows, update": ((19, 45, 33), (15, 25, 33)),
    "import 10 known rows, merge": ((6, 0, 31), (3, 0, 31)),
    "create a group": ((15, 6, 2), (13, 6, 2)),
    "change a group": ((12, 5, 4), (11, 5, 4)),
    "create a contact": ((19, 9, 3), (16, 8, 3)),
    "create a contact with tags and groups": ((26, 16, 6), (23, 15, 6)),
    "create a contact that exists": ((4, 0, 2), (2, 0, 2)),
    "create a contact with a command id": ((19, 10, 3), (16, 9, 3)),
    "the same command id again": ((6, 0, 4), (3, 0, 4)),
    "edit a contact": ((16, 8, 5), (13, 6, 5)),
    "edit nothing": ((4, 0, 3), (2, 0, 3)),
    "edit an e-mail": ((18, 9, 5), (14, 7, 5)),
    "tag a contact": ((15, 9, 8), (14, 9, 8)),
    "untag a contact": ((15, 7, 8), (14, 7, 8)),
    "group a contact": ((15, 7, 11), (14, 7, 11)),
    "ungroup a contact": ((15, 7, 12), (14, 7, 12)),
    "log an interaction": ((14, 6, 9), (13, 6, 9)),
    "correct an interaction": ((12, 5, 11), (11, 5, 11)),
    "remove an interaction": ((14, 6, 13), (13, 6, 13)),
    "deactivate a contact": ((18, 9, 15), (15, 7, 15)),
    "reactivate a contact": ((18, 9, 16), (15, 7, 16)),
    "delete a contact": ((22, 12, 18), (19, 10, 18)),
    "restore a contact": ((24, 12, 19), (20, 10, 19)),
    "change settings": ((12, 5, 2), (11, 5, 2)),
    "save a search": ((12, 5, 3), (11, 5, 3)),
    "delete a search": ((12, 5, 5), (11, 5, 5)),
    "record a booking of a contact": ((26, 13, 22), (24, 13, 22)),
    "record a booking of somebody new": ((27, 15, 7), (24, 14, 7)),
    "record a booking again": ((6, 0, 23), (3, 0, 23)),
    "a booking is rescheduled": ((22, 8, 26), (20, 8, 26)),
    "a booking is completed": ((25, 10, 28), (23, 10, 28)),
    "a booking is cancelled": ((25, 10, 29), (23, 10, 29)),
    "create 1 at once": ((19, 9, 6), (16, 8, 6)),
    "create a group of 1": ((20, 10, 7), (18, 10, 7)),
    "tag 1 at once": ((15, 9, 8), (14, 9, 8)),
    "group_remove 1 at once": ((15, 7, 11), (14, 7, 11)),
    "group_add 1 at once": ((15, 7, 11), (14, 7, 11)),
    "deactivate 1 at once": ((16, 8, 12), (13, 6, 12)),
    "delete 1 at once": ((23, 15, 16), (20, 13, 16)),
    "delete a group of 1": ((13, 6, 7), (12, 6, 7)),
    "create 10 at once": ((19, 54, 6), (16, 44, 6)),
    "create a group of 10": ((20, 37, 25), (18, 37, 25)),
    "tag 10 at once": ((15, 45, 35), (14, 45, 35)),
    "group_remove 10 at once": ((15, 34, 47), (14, 34, 47)),
    "group_add 10 at once": ((15, 34, 56), (14, 34, 56)),
    "deactivate 10 at once": ((16, 44, 66), (13, 24, 66)),
    "delete 10 at once": ((23, 87, 79), (20, 67, 79)),
    "delete a group of 10": ((13, 6, 7), (12, 6, 7)),
    "create 500 at once": ((19, 2504, 6), (16, 2004, 6)),
    "create a group of 500": ((20, 1507, 1005), (18, 1507, 1005)),
    "tag 500 at once": ((15, 2005, 1505), (14, 2005, 1505)),
    "group_remove 500 at once": ((15, 1504, 2007), (14, 1504, 2007)),
    "group_add 500 at once": ((15, 1504, 2506), (14, 1504, 2506)),
    "deactivate 500 at once": ((16, 2004, 3006), (13, 1004, 3006)),
    "delete 500 at once": ((23, 4007, 3509), (20, 3007, 3509)),
    "delete a group of 500": ((13, 6, 7), (12, 6, 7)),
    "replay 1 bookings": ((27, 15, 7), (24, 14, 7)),
    "replay 1 bookings again": ((6, 0, 9), (3, 0, 9)),
    "replay 10 bookings": ((27, 105, 7), (24, 95, 7)),
    "replay 10 bookings again": ((6, 0, 54), (3, 0, 54)),
    "replay 500 bookings": ((30, 5005, 8), (26, 4505, 8)),
    "replay 500 bookings again": ((9, 0, 2505), (5, 0, 2505)),
    "fold 1 new contacts": ((24, 6, 12), (21, 5, 14)),
    "fold 1 tagged contacts": ((23, 5, 12), (21, 5, 14)),
    "fold 1 bookings": ((32, 9, 14), (29, 8, 16)),
    "fold 10 new contacts": ((24, 33, 21), (21, 23, 23)),
    "fold 10 tagged contacts": ((23, 23, 31), (21, 23, 33)),
    "fold 10 bookings": ((32, 54, 32), (29, 44, 34)),
    "fold 500 new contacts": ((24, 1503, 511), (21, 1003, 513)),
    "fold 500 tagged contacts": ((23, 1003, 1011), (21, 1003, 1013)),
    "fold 500 bookings": ((32, 2504, 1012), (29, 2004, 1014)),
    "list by name": ((7, 0, 102), (7, 0, 103)),
    "list by name, deep": ((6, 0, 582), (6, 0, 583)),
    "list by -last_booking_date": ((6, 0, 105), (6, 0, 106)),
    "list by -last_booking_date, deep": ((6, 0, 1005), (6, 0, 1006)),
    "list, filter search": ((8, 0, 1103), (8, 0, 1104)),
    "list, filter tags": ((10, 0, 9), (10, 0, 10)),
    "list, filter any_tags": ((8, 0, 57), (8, 0, 58)),
    "list, filter group": ((9, 0, 8), (9, 0, 9)),
    "list, filter is_active": ((7, 0, 102), (7, 0, 103)),
    "list, filter company": ((7, 0, 105), (7, 0, 57)),
    "list, filter has_bookings": ((6, 0, 104), (7, 0, 106)),
    "list, filter min_bookings": ((6, 0, 104), (7, 0, 106)),
    "list, filter max_bookings": ((7, 0, 102), (8, 0, 104)),
    "list, filter last_booking_after": ((6, 0, 105), (7, 0, 107)),
    "list, filter last_booking_before": ((6, 0, 105), (7, 0, 107)),
    "list, filter created_after": ((7, 0, 102), (7, 0, 103)),
    "list, filter created_before": ((7, 0, 102), (7, 0, 103)),
    "list, all filters": ((11, 0, 1009), (13, 0, 1012)),
    "search a frequent word": ((8, 0, 1057), (8, 0, 1058)),
    "search a rare word": ((7, 0, 7), (7, 0, 8)),
    "search two letters": ((8, 0, 1103), (8, 0, 1104)),
    "search nothing there": ((6, 0, 3), (6, 0, 4)),
    "find by e-mail": ((6, 0, 5), (6, 0, 6)),
    "find by id": ((6, 0, 5), (6, 0, 6)),
    "export everybody": ((21, 0, 3586), (21, 0, 3587)),
    "statistics": ((6, 0, 7), (6, 0, 8)),
    "timeline of a contact": ((6, 0, 8), (6, 0, 9)),
    "timeline of all": ((3, 0, 53), (3, 0, 54)),
    "timeline of all, deep": ((3, 0, 503), (3, 0, 504)),
    "groups": ((3, 0, 3), (3, 0, 4)),
    "a group": ((3, 0, 3), (3, 0, 4)),
    "tags": ((3, 0, 5), (3, 0, 6)),
    "settings": ((3, 0, 3), (3, 0, 4)),
    "saved searches": ((3, 0, 2), (3, 0, 3)),
    "history of a contact": ((7, 0, 23), (6, 0, 24)),
}
# fmt: on

SLICES = {
    "import 1000 rows": ("import 10 rows", 2.0),
    "replay 500 bookings": ("replay 10 bookings", 1.2),
    "replay 500 bookings again": ("replay 10 bookings again", 1.7),
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
