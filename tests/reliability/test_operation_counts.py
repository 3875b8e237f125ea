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
    "import 1 rows": ((24, 12, 3), (23, 11, 5)),
    "import 10 rows": ((24, 66, 5), (23, 56, 7)),
    "import 1000 rows": ((48, 6012, 10), (46, 5012, 14)),
    "import 10 known rows, skip": ((6, 0, 21), (6, 0, 24)),
    "import 10 known rows, update": ((19, 45, 33), (17, 25, 35)),
    "import 10 known rows, merge": ((6, 0, 31), (6, 0, 34)),
    "create a group": ((15, 6, 2), (15, 6, 4)),
    "change a group": ((12, 5, 4), (12, 5, 5)),
    "create a contact": ((19, 9, 3), (18, 8, 5)),
    "create a contact with tags and groups": ((26, 16, 6), (25, 15, 8)),
    "create a contact that exists": ((4, 0, 2), (4, 0, 4)),
    "create a contact with a command id": ((19, 10, 3), (18, 9, 5)),
    "the same command id again": ((6, 0, 4), (6, 0, 7)),
    "edit a contact": ((16, 8, 5), (14, 6, 6)),
    "edit nothing": ((4, 0, 3), (4, 0, 5)),
    "edit an e-mail": ((18, 9, 5), (16, 7, 7)),
    "tag a contact": ((15, 9, 8), (15, 9, 9)),
    "untag a contact": ((15, 7, 8), (15, 7, 9)),
    "group a contact": ((15, 7, 11), (15, 7, 12)),
    "ungroup a contact": ((15, 7, 12), (15, 7, 13)),
    "log an interaction": ((14, 6, 9), (14, 6, 10)),
    "correct an interaction": ((12, 5, 11), (12, 5, 12)),
    "remove an interaction": ((14, 6, 13), (14, 6, 14)),
    "deactivate a contact": ((18, 9, 15), (16, 7, 16)),
    "reactivate a contact": ((18, 9, 16), (16, 7, 17)),
    "delete a contact": ((22, 12, 18), (20, 10, 19)),
    "restore a contact": ((24, 12, 19), (22, 10, 21)),
    "change settings": ((12, 5, 2), (12, 5, 3)),
    "save a search": ((12, 5, 3), (12, 5, 4)),
    "delete a search": ((12, 5, 5), (12, 5, 6)),
    "record a booking of a contact": ((26, 13, 22), (26, 13, 24)),
    "record a booking of somebody new": ((27, 15, 7), (26, 14, 9)),
    "record a booking again": ((6, 0, 23), (6, 0, 26)),
    "a booking is rescheduled": ((22, 8, 26), (22, 8, 28)),
    "a booking is completed": ((25, 10, 28), (25, 10, 30)),
    "a booking is cancelled": ((25, 10, 29), (25, 10, 31)),
    "create 1 at once": ((19, 9, 6), (18, 8, 8)),
    "create a group of 1": ((20, 10, 7), (20, 10, 9)),
    "tag 1 at once": ((15, 9, 8), (15, 9, 9)),
    "group_remove 1 at once": ((15, 7, 11), (15, 7, 12)),
    "group_add 1 at once": ((15, 7, 11), (15, 7, 12)),
    "deactivate 1 at once": ((16, 8, 12), (14, 6, 13)),
    "delete 1 at once": ((23, 15, 16), (21, 13, 17)),
    "delete a group of 1": ((13, 6, 7), (13, 6, 8)),
    "create 10 at once": ((19, 54, 6), (18, 44, 8)),
    "create a group of 10": ((20, 37, 25), (20, 37, 27)),
    "tag 10 at once": ((15, 45, 35), (15, 45, 36)),
    "group_remove 10 at once": ((15, 34, 47), (15, 34, 48)),
    "group_add 10 at once": ((15, 34, 56), (15, 34, 57)),
    "deactivate 10 at once": ((16, 44, 66), (14, 24, 67)),
    "delete 10 at once": ((23, 87, 79), (21, 67, 80)),
    "delete a group of 10": ((13, 6, 7), (13, 6, 8)),
    "create 500 at once": ((19, 2504, 6), (18, 2004, 8)),
    "create a group of 500": ((20, 1507, 1005), (20, 1507, 1007)),
    "tag 500 at once": ((15, 2005, 1505), (15, 2005, 1506)),
    "group_remove 500 at once": ((15, 1504, 2007), (15, 1504, 2008)),
    "group_add 500 at once": ((15, 1504, 2506), (15, 1504, 2507)),
    "deactivate 500 at once": ((16, 2004, 3006), (14, 1004, 3007)),
    "delete 500 at once": ((23, 4007, 3509), (21, 3007, 3510)),
    "delete a group of 500": ((13, 6, 7), (13, 6, 8)),
    "replay 1 bookings": ((27, 15, 7), (26, 14, 9)),
    "replay 1 bookings again": ((6, 0, 9), (6, 0, 12)),
    "replay 10 bookings": ((27, 105, 7), (26, 95, 9)),
    "replay 10 bookings again": ((6, 0, 54), (6, 0, 57)),
    "replay 500 bookings": ((30, 5005, 8), (29, 4505, 11)),
    "replay 500 bookings again": ((9, 0, 2505), (9, 0, 2509)),
    "fold 1 new contacts": ((24, 6, 12), (23, 5, 16)),
    "fold 1 tagged contacts": ((23, 5, 12), (23, 5, 16)),
    "fold 1 bookings": ((32, 9, 14), (31, 8, 18)),
    "fold 10 new contacts": ((24, 33, 21), (23, 23, 25)),
    "fold 10 tagged contacts": ((23, 23, 31), (23, 23, 35)),
    "fold 10 bookings": ((32, 54, 32), (31, 44, 36)),
    "fold 500 new contacts": ((24, 1503, 511), (23, 1003, 515)),
    "fold 500 tagged contacts": ((23, 1003, 1011), (23, 1003, 1015)),
    "fold 500 bookings": ((32, 2504, 1012), (31, 2004, 1016)),
    "list by name": ((7, 0, 102), (7, 0, 103)),
    "list by name, deep": ((6, 0, 582), (6, 0, 583)),
    "list by -last_booking_date": ((6, 0, 105), (6, 0, 106)),
    "list by -last_booking_date, deep": ((6, 0, 1005), (6, 0, 1006)),
    "list, filter search": ((8, 0, 1103), (8, 0, 1104)),
    "list, filter tags": ((9, 0, 8), (9, 0, 9)),
    "list, filter any_tags": ((8, 0, 57), (8, 0, 58)),
    "list, filter group": ((8, 0, 7), (8, 0, 8)),
    "list, filter is_active": ((7, 0, 102), (7, 0, 103)),
    "list, filter company": ((6, 0, 55), (7, 0, 57)),
    "list, filter has_bookings": ((6, 0, 104), (7, 0, 106)),
    "list, filter min_bookings": ((6, 0, 104), (7, 0, 106)),
    "list, filter max_bookings": ((7, 0, 102), (8, 0, 104)),
    "list, filter last_booking_after": ((6, 0, 105), (7, 0, 107)),
    "list, filter last_booking_before": ((6, 0, 105), (7, 0, 107)),
    "list, filter created_after": ((7, 0, 102), (7, 0, 103)),
    "list, filter created_before": ((7, 0, 102), (7, 0, 103)),
    "list, all filters": ((10, 0, 1009), (12, 0, 1012)),
    "search a frequent word": ((8, 0, 1057), (8, 0, 1058)),
    "search a rare word": ((6, 0, 6), (6, 0, 7)),
    "search two letters": ((8, 0, 1103), (8, 0, 1104)),
    "search nothing there": ((5, 0, 3), (5, 0, 4)),
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
    "history of a contact": ((7, 0, 23), (7, 0, 25)),
}
# fmt: on

SLICES = {
    "import 1000 rows": ("import 10 rows", 2.0),
    "replay 500 bookings": ("replay 10 bookings", 1.2),
    "replay 500 bookings again": ("replay 10 bookings again", 1.5),
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
