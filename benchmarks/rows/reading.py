"""Rows of the read side: pages and statistics of 100,000 contacts among a million, beside the same
contacts in Django. Both make dictionaries or views in this process; neither speaks HTTP."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

from adapters import Contacts, open_contacts
from benchmarks import goals
from benchmarks.bench import Bench
from benchmarks.million import moment_after
from benchmarks.peers.django_crm import PEER, django_on
from benchmarks.repeating import Figures, percentile, seconds
from benchmarks.results import Kind
from tests.a_million_contacts import BIG, COMPANIES, DOMAINS, FIRST_NAMES, LAST_NAMES

PAGE = 50
LIMIT_MS = 30.0
WARM_UP = 5
Query = Callable[[], Any]


def listing(bench: Bench, kind: Kind) -> None:
    """The first page and the one that nine tenths of the contacts come before."""
    with _both(bench, kind) as (contacts, organizer, pages):
        depth = bench.sizes.contacts // 10 * 9 // 10
        cursor = cursor_at(contacts, depth)
        for work, at, offset, name in (
            (goals.FIRST_PAGE, None, 0, "first page"),
            (goals.DEEP_PAGE, cursor, depth, f"OFFSET {depth:,}"),
        ):
            ours = partial(contacts.contact_list.page, BIG, limit=PAGE, cursor=at)
            peer = partial(pages.list_page, organizer, offset)
            _check_page(ours(), peer())
            figures = _medians(bench, [(ours, peer)] * bench.sizes.queries)
            peer_name = f"{PEER}: {name} with count, matching index"
            bench.compared("list", work, kind, _size(bench), peer_name, "ms", figures)


def searching(bench: Bench, kind: Kind) -> None:
    """Rare, frequent and unknown terms of three letters or more."""
    with _both(bench, kind) as (contacts, organizer, pages):
        chance = random.Random(1)
        pairs = [
            _search(contacts, pages, organizer, term_of(chance)) for _ in range(bench.sizes.queries)
        ]
        for ours, peer in pairs[:20]:
            _check_page(ours(), peer())
        taken = [_times(pairs) for _ in range(bench.sizes.repetitions)]
    peer_name = f"{PEER}: icontains with count, trigram index"
    for work, percent in ((goals.SEARCH_P50, 50), (goals.SEARCH_P95, 95)):
        figures = Figures(
            [percentile(ours, percent) for ours, _ in taken],
            [percentile(peers, percent) for _, peers in taken],
        )
        bench.compared("search", work, kind, _size(bench), peer_name, "ms", figures)
    if kind == "sqlite":
        limit = Figures(figures.ours, [LIMIT_MS] * len(figures.ours))
        bench.compared(
            "search", goals.SEARCH_LIMIT, kind, _size(bench), "a limit of 30 ms", "ms", limit
        )


def counting(bench: Bench, kind: Kind) -> None:
    """The statistics of an organizer."""
    moment = moment_after(bench.sizes.contacts)
    with _both(bench, kind) as (contacts, organizer, pages):
        ours = partial(contacts.statistics.of, BIG)
        peer = partial(pages.statistics, organizer, moment)
        mine, theirs = ours(), peer()
        assert mine.total_contacts == theirs["total_contacts"]
        assert mine.active_contacts == theirs["active_contacts"]
        assert mine.total_bookings == theirs["bookings"]
        assert mine.groups == theirs["groups"]
        assert mine.interactions_last_30_days == theirs["recent_interactions"]
        found = [(each.company, each.contacts) for each in mine.top_companies]
        top = [(each["company"], each["contacts"]) for each in theirs["top_companies"]]
        assert found == top
        figures = _medians(bench, [(ours, peer)] * bench.sizes.queries)
    bench.compared(
        "statistics", goals.STATISTICS, kind, _size(bench), f"{PEER}: aggregates", "ms", figures
    )


# --- what the rows share -----------------------------------------------------------------------


@contextmanager
def _both(bench: Bench, kind: Kind) -> Iterator[tuple[Contacts, Any, Any]]:
    """Our contacts, and Django's organizer and pages of the same people."""
    moment = moment_after(bench.sizes.contacts)
    url, peers_url = bench.million(kind), bench.million("postgresql")
    with open_contacts(url, clock=lambda: moment) as contacts, django_on(peers_url):
        from benchmarks.peers.django_crm import pages
        from benchmarks.peers.django_crm.models import Organizer

        yield contacts, Organizer.objects.get(name=BIG), pages


def cursor_at(contacts: Contacts, depth: int) -> str | None:
    """The cursor of the page after `depth` contacts, found by reading all pages before."""
    limits = [500] * (depth // 500) + ([depth % 500] if depth % 500 else [])
    cursor = None
    for limit in limits:
        cursor = contacts.contact_list.page(BIG, limit=limit, cursor=cursor).next
    return cursor


def term_of(chance: random.Random) -> str:
    """A last name, a first name or a word that many have, or what nobody has, in equal parts."""
    kind = chance.randrange(3)
    if kind == 0:
        return chance.choice(LAST_NAMES)
    if kind == 1:
        return chance.choice((*FIRST_NAMES, *DOMAINS, "gmbh", COMPANIES[0]))
    return f"nobody{chance.randrange(10**6)}"


def _search(contacts: Contacts, pages: Any, organizer: Any, term: str) -> tuple[Query, Query]:
    return (
        partial(contacts.contact_list.page, BIG, limit=PAGE, search=term),
        partial(pages.search_page, organizer, term),
    )


def _check_page(ours: Any, peers: dict[str, Any]) -> None:
    """The same people in the same order, and as many in all."""
    assert [each.id for each in ours.items] == [each["id"] for each in peers["results"]]
    assert ours.total == peers["count"]
    for mine, theirs in zip(ours.items, peers["results"], strict=True):
        assert (mine.email, mine.total_bookings) == (theirs["email"], theirs["total_bookings"])


def _medians(bench: Bench, pairs: list[tuple[Query, Query]]) -> Figures:
    """The median of each repetition, in milliseconds."""
    figures = Figures([], [])
    for _ in range(bench.sizes.repetitions):
        ours, peers = _times(pairs)
        figures.ours.append(median(ours))
        figures.peers.append(median(peers))
    return figures


def _times(pairs: list[tuple[Query, Query]]) -> tuple[list[float], list[float]]:
    """Milliseconds of every query, ours and the peer's in turn, after a few that warm up."""
    for ours, peer in pairs[:WARM_UP]:
        ours()
        peer()
    taken = [(seconds(ours) * 1_000, seconds(peer) * 1_000) for ours, peer in pairs]
    return [each[0] for each in taken], [each[1] for each in taken]


def _size(bench: Bench) -> str:
    contacts = bench.sizes.contacts
    return f"{bench.sizes.queries} queries, {contacts // 10:,} contacts among {contacts:,}"
