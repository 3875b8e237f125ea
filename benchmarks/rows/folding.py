"""Rows of the projections: following in batches, and rebuilding from the whole log."""

from functools import partial

from adapters import open_contacts
from benchmarks.bench import Bench, Log
from benchmarks.digests import digests_of
from benchmarks.goals import PROJECTION, REBUILD_ALL, REBUILD_LIST
from benchmarks.peers import followed_names
from benchmarks.people import STRETCH_EVENTS, check_lived, live
from benchmarks.processes import alone
from benchmarks.repeating import in_turn, rate, seconds
from benchmarks.results import Kind

BATCH = 500
LIST = "contacts"
"""The projection of the contact list, tags, groups and statistics."""


def fold(url: str) -> float:
    """Bring all read models to the head, 500 events a batch; the seconds."""
    with open_contacts(url, follow="worker", catch_up=False) as contacts:
        contacts.engine.batch_size = BATCH
        return seconds(contacts.catch_up)


def rebuild(url: str, *names: str) -> tuple[float, int]:
    """Rebuild projections; the seconds and the position they came to."""
    with open_contacts(url, follow="worker", catch_up=False) as contacts:
        rebuilt: list[int] = []
        taken = seconds(lambda: rebuilt.extend(each.position for each in contacts.rebuild(*names)))
        return taken, min(rebuilt)


def check_folds(bench: Bench, kind: Kind) -> None:
    """The same rows come about inline, in batches and in a rebuild; looked at once a run."""
    if kind in bench.checked:
        return
    bench.checked.add(kind)
    with bench.databases.empty(kind) as url:
        with open_contacts(url) as contacts:
            live(contacts, range(1))
        with open_contacts(url, follow="worker") as contacts:
            live(contacts, range(1, 2))
        fold(url)
        with open_contacts(url) as contacts:
            check_lived(contacts, 2)
            followed = digests_of(contacts)
            contacts.rebuild()
            assert digests_of(contacts) == followed


def peer_follows(bench: Bench, kind: Kind) -> float:
    """Events a second of the peer of this database."""
    count = bench.sizes.followed
    with bench.databases.empty(kind) as empty, followed_names.people_to_follow(empty, count) as url:
        if kind == "postgresql":
            return followed_names.followed_by_runner(url, count)
        return followed_names.followed_by_loop(url, count)


def projection(bench: Bench, kind: Kind) -> None:
    """All read models, 500 events a transaction, beside one table and one transaction an event."""
    check_folds(bench, kind)
    stretches = bench.sizes.folded // STRETCH_EVENTS
    with bench.databases.empty(kind) as url:
        with open_contacts(url, follow="worker") as contacts:
            live(contacts, range(stretches))

        def ours() -> float:
            with bench.databases.copy(url) as copied:
                figure = rate(stretches * STRETCH_EVENTS, lambda: fold(copied))
                with open_contacts(copied, catch_up=False) as contacts:
                    check_lived(contacts, stretches)
                return figure

        figures = in_turn(ours, lambda: peer_follows(bench, kind), bench.sizes)
    peer = followed_names.RUNNER if kind == "postgresql" else followed_names.LOOP
    size = f"{bench.sizes.folded:,} events; the peer {bench.sizes.followed:,}"
    bench.compared("projection", PROJECTION, kind, size, peer, "per second", figures)


def rebuilding(bench: Bench, kind: Kind) -> None:
    """From the log at its greatest size, every rebuild in a process of its own.

    The peer is what one would have on PostgreSQL: it cannot run on SQLite.
    """
    check_folds(bench, kind)
    log = bench.log(kind)
    log.grow_to(bench.sizes.logs[-1])
    size = f"{log.events:,} events; the peer {bench.sizes.followed:,}"
    for work, names in ((REBUILD_LIST, [LIST]), (REBUILD_ALL, [])):
        figures = in_turn(
            partial(_rebuilt_a_second, log, *names),
            partial(peer_follows, bench, "postgresql"),
            bench.sizes,
            warm_up=False,
        )
        bench.compared("rebuild", work, kind, size, followed_names.RUNNER, "per second", figures)
    with open_contacts(log.url, catch_up=False) as contacts:
        check_lived(contacts, log.stretches)


def _rebuilt_a_second(log: Log, *names: str) -> float:
    rebuilt = alone(rebuild, log.url, *names)
    assert rebuilt.result == log.events
    return log.events / rebuilt.seconds
