"""`contacts projections run` and `contacts bookings consume` as processes of their own, and what
they tell their operators."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.client import HTTPConnection
from threading import Thread
from typing import Any

from tests.adapters.workers import PATIENCE_SECONDS, until
from tests.servers.kafka import KafkaBroker

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PROBES = ("--probes", "127.0.0.1:0")


class LongRunningProcess:
    """A process that the test watches, asks and ends."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.lines: list[str] = []
        """What it logged so far."""
        self._reading = Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line.decode().rstrip("\n"))

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The log lines that say this."""
        documents = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [each for each in documents if each.get("event") == event]

    def get(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body of what its probes answer."""
        until(lambda: self.logged("probes are answered") or self._process.poll() is not None)
        (line,) = self.logged("probes are answered")
        connection = HTTPConnection("127.0.0.1", line["port"], timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", ""), answer.read()
        finally:
            connection.close()

    def health(self) -> dict[str, Any]:
        """What GET /health says."""
        return dict(json.loads(self.get("/health")[2]))

    def tell(self, what: signal.Signals) -> None:
        """Send the signal."""
        self._process.send_signal(what)

    def end(self, how: signal.Signals) -> int:
        """Send the signal; the exit code. Whatever can be heeded is sent when it is: a process
        heeds signals before it logs anything."""
        if how != signal.SIGKILL:
            until(lambda: self.lines or self._process.poll() is not None)
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_SECONDS)

    def wait(self) -> int:
        """Wait for it to end by itself; the exit code."""
        return self._process.wait(PATIENCE_SECONDS)

    @property
    def output(self) -> str:
        """What it printed; ask when it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.read().decode()

    def close(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reading.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def _ignore_only(ignored: signal.Signals | None) -> None:
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN if each == ignored else signal.SIG_DFL)


def a_worker_process(
    database: str, *options: str, ignored: signal.Signals | None = None, **settings: str
) -> AbstractContextManager[LongRunningProcess]:
    """A worker of this database, killed at the end of the `with`.

    It ignores that one signal from its start on, whatever the tests themselves ignore.
    """
    return _a_process("projections", "run", database, options, ignored, settings)


def a_consumer_process(
    database: str, broker: KafkaBroker, topic: str, *options: str, **settings: str
) -> AbstractContextManager[LongRunningProcess]:
    """A consumer of this topic, killed at the end of the `with`."""
    where = ("--bootstrap-servers", broker.bootstrap_servers, "--topic", topic, "--group", topic)
    short = {"CONTACTS_KAFKA_SESSION_TIMEOUT_MS": "2000", **settings}
    given = ("--from", "earliest", *where, *options)
    return _a_process("bookings", "consume", database, given, None, short)


@contextmanager
def _a_process(
    group: str,
    command: str,
    database: str,
    options: Sequence[str],
    ignored: signal.Signals | None,
    settings: Mapping[str, str],
) -> Iterator[LongRunningProcess]:
    process = subprocess.Popen(
        [sys.executable, "-m", "adapters.cli", group, command, *options, "--database", database],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=partial(_ignore_only, ignored),  # noqa: PLW1509 - it calls `signal` and no more
    )
    running = LongRunningProcess(process)
    try:
        yield running
    finally:
        running.close()
