"""`contacts projections run` as a process of its own, and what it tells its operators."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from threading import Thread
from typing import Any

from tests.adapters.workers import PATIENCE_SECONDS, until

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PROBES = ("--probes", "127.0.0.1:0")


class WorkerProcess:
    """A worker that the test watches, asks and ends."""

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
        """Send the signal; the exit code."""
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_SECONDS)

    def wait(self) -> int:
        """Wait for it to end by itself; the exit code."""
        return self._process.wait(PATIENCE_SECONDS)

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


@contextmanager
def a_worker_process(
    database: str, *options: str, ignored: signal.Signals | None = None, **settings: str
) -> Iterator[WorkerProcess]:
    """A worker of this database, killed at the end of the `with`.

    It ignores that one signal from its start on, whatever the tests themselves ignore.
    """
    program = [sys.executable, "-m", "adapters.cli", "projections", "run", *options]
    process = subprocess.Popen(
        [*program, "--database", database],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=partial(_ignore_only, ignored),  # noqa: PLW1509 - it calls `signal` and no more
    )
    worker = WorkerProcess(process)
    try:
        yield worker
    finally:
        worker.close()
