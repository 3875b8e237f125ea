"""The row of bookings from Kafka: committed and visible in every read model, beside a handler in
Django; what a second process brings, what more messages cost, and how soon a booking shows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Thread
from time import monotonic, sleep

from adapters import open_contacts
from benchmarks.bench import Bench
from benchmarks.bookings import STRETCH_MESSAGES, messages_of, produce
from benchmarks.consumers import Feed, Taken, poll, take_in
from benchmarks.goals import BOOKINGS, BOOKINGS_OF_TWO, SHOWN_P50, SHOWN_P99
from benchmarks.peers.django_crm import PEER, django_on, make_tables
from benchmarks.peers.django_crm.bookings import handled
from benchmarks.people import check_lived
from benchmarks.processes import Measured, Ready, alone
from benchmarks.repeating import Figures, in_turn, percentile
from benchmarks.results import Growth, Kind

CLIENT = "the client of Kafka, polling"
MESSAGES_A_SECOND = 100


def consuming(bench: Bench, kind: Kind) -> None:
    """Rates, growth and latency of one process; of two on PostgreSQL."""
    _beside_django(bench, kind)
    if kind == "postgresql":  # a file has one writer
        _two_processes(bench, kind)
    _more_messages(bench, kind)
    _latency(bench, kind)


def _beside_django(bench: Bench, kind: Kind) -> None:
    broker, sizes = bench.broker(), bench.sizes
    topic = broker.create_topic()
    stretches = produce(broker, topic, sizes.taken_in)
    messages = stretches * STRETCH_MESSAGES

    def ours() -> float:
        with bench.databases.empty(kind) as url:
            done = _taken_in(bench, url, topic, messages)
            _check(url, stretches)
        return messages / done.seconds

    def peer() -> float:
        with bench.databases.empty("postgresql") as url:
            with django_on(url):
                make_tables()
            done = alone(handled, url, broker.bootstrap_servers, topic, sizes.handled)
        there = done.result
        assert there["interactions"] == sizes.handled, there
        assert there["contacts"] == there["bookings"], there
        return sizes.handled / done.seconds

    figures = in_turn(ours, peer, sizes, warm_up=False)
    broker.delete_topic(topic)
    size = f"{messages:,} messages; the peer {sizes.handled:,}"
    bench.compared("kafka", BOOKINGS, kind, size, f"{PEER}: a handler", "per second", figures)


def _two_processes(bench: Bench, kind: Kind) -> None:
    """Each has one of two partitions; the messages come when both are members."""
    broker = bench.broker()
    numbers = count(1)

    def taken_by(processes: int) -> float:
        topic = broker.create_topic(partitions=2)
        asked = bench.sizes.taken_in // (2 * STRETCH_MESSAGES) * 2 or 2
        messages = asked * STRETCH_MESSAGES
        signs = [Ready(bench.databases.folder / f"ready {next(numbers)}") for _ in range(processes)]
        feed = Feed(broker.bootstrap_servers, topic, messages // processes)
        with bench.databases.empty(kind) as url, ThreadPoolExecutor(processes) as threads:
            open_contacts(url).close()
            if processes == 1:
                produce(broker, topic, messages, partitions=2)
                running = [threads.submit(alone, take_in, url, feed)]
            else:
                running = [threads.submit(alone, take_in, url, feed, sign) for sign in signs]
                for sign in signs:
                    sign.wait()
                produce(broker, topic, messages, partitions=2)
            taken: list[Taken] = [each.result().result for each in running]
            _check(url, asked)
        broker.delete_topic(topic)
        begun = min(each.begun for each in taken)
        return messages / (max(each.shown[-1][1] for each in taken) - begun)

    figures = in_turn(lambda: taken_by(2), lambda: taken_by(1), bench.sizes, warm_up=False)
    size = f"{bench.sizes.taken_in:,} messages on two partitions"
    bench.compared("kafka", BOOKINGS_OF_TWO, kind, size, "one process", "per second", figures)


def _more_messages(bench: Bench, kind: Kind) -> None:
    """One process takes in few messages, another one many: its memory, and the time of each."""
    broker = bench.broker()
    peaks: dict[str, float] = {}
    times: dict[str, float] = {}
    for asked in bench.sizes.messages:
        topic = broker.create_topic()
        stretches = produce(broker, topic, asked)
        messages = stretches * STRETCH_MESSAGES
        with bench.databases.empty(kind) as url:
            done = _taken_in(bench, url, topic, messages)
            _check(url, stretches)
        broker.delete_topic(topic)
        peaks[f"{messages:,}"] = done.peak_mib
        times[f"{messages:,}"] = _last_tenth(done.result) * 1e6
    bench.grew(Growth("kafka", "peak memory of a consumer", kind, "MiB", peaks))
    bench.grew(Growth("kafka", "the last tenth of the messages", kind, "µs per message", times))


def _last_tenth(taken: Taken) -> float:
    """Seconds a message of the last tenth, when the tables are fullest."""
    last, end = taken.shown[-1]
    before, since = next(each for each in taken.shown if each[0] >= last * 0.9)
    if before == last:  # one unit held all of them
        before, since = 0, taken.begun
    return (end - since) / (last - before)


def _latency(bench: Bench, kind: Kind) -> None:
    """From handing a message to the producer until it shows, at a steady rate."""
    with bench.databases.empty(kind) as url:
        ours = _delays(bench, lambda feed, sign: alone(take_in, url, feed, sign))
    peers = _delays(bench, lambda feed, sign: alone(poll, feed, sign))
    size = f"{bench.sizes.steady:,} messages, {MESSAGES_A_SECOND} a second"
    for work, percent in ((SHOWN_P50, 50), (SHOWN_P99, 99)):
        figures = Figures([percentile(ours, percent)], [percentile(peers, percent)])
        bench.compared("kafka", work, kind, size, CLIENT, "ms", figures)


def _delays(bench: Bench, run: Callable[[Feed, Ready], Measured]) -> list[float]:
    """Milliseconds of each message."""
    broker = bench.broker()
    topic = broker.create_topic()
    messages = bench.sizes.steady
    sign = Ready(bench.databases.folder / f"{topic} is read")
    found: list[Measured] = []
    feed = Feed(broker.bootstrap_servers, topic, messages)
    reading = Thread(target=lambda: found.append(run(feed, sign)))
    reading.start()
    sign.wait()
    sent = _sent_steadily(bench, topic, messages)
    reading.join()
    broker.delete_topic(topic)
    delays: list[float] = []
    for seen, since in found[0].result.shown:
        delays += [(since - at) * 1e3 for at in sent[len(delays) : seen]]
    return delays


def _sent_steadily(bench: Bench, topic: str, messages: int) -> list[float]:
    """When each message was handed to the producer."""
    sent: list[float] = []
    stretches = range(-(-messages // STRETCH_MESSAGES))
    told = [each for stretch in stretches for each in messages_of(stretch)][:messages]
    with bench.broker().a_producer() as producer:
        begun = monotonic()
        for number, (key, value) in enumerate(told):
            sleep(max(0.0, begun + number / MESSAGES_A_SECOND - monotonic()))
            sent.append(monotonic())
            producer.send(topic, key=key, value=value, partition=0)
    return sent


def _taken_in(bench: Bench, url: str, topic: str, messages: int) -> Measured:
    open_contacts(url).close()
    return alone(take_in, url, Feed(bench.broker().bootstrap_servers, topic, messages))


def _check(url: str, stretches: int) -> None:
    with open_contacts(url, catch_up=False) as contacts:
        check_lived(contacts, stretches)
