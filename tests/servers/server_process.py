"""The process of a server: its output is kept, and it is gone afterwards."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

TAIL = 4_000
"""Characters of the output that an error shows."""


class ServerProcess:
    """One command, run any number of times one after the other; stopped by its process id."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        start_seconds: float,
        grace_seconds: float,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`folder` is where it runs and where the file with its output is."""
        self.command, self.folder = list(command), folder
        self._start_seconds, self._grace_seconds = start_seconds, grace_seconds
        self._environment = {**os.environ, **(environment or {})}
        self._output = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def id(self) -> int:
        """The process id of the one that runs."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it runs, even if it is paused."""
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """The end of what it has written so far."""
        return self._output.read_text(errors="replace")[-TAIL:] if self._output.exists() else ""

    def start(self, answers: Callable[[], bool]) -> None:
        """Run the command and wait until the server answers."""
        if self.is_running:
            return
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = monotonic() + self._start_seconds
        while not answers():
            if not self.is_running or monotonic() > deadline:
                self.stop(signal.SIGKILL)
                raise RuntimeError(f"{self.command[0]} did not start:\n{self.output}")
            sleep(0.05)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Have it stand still to the end of the `with`."""
        os.kill(self.id, signal.SIGSTOP)
        os.waitpid(self.id, os.WUNTRACED)  # some of its threads may still be at it until then
        try:
            yield
        finally:
            os.kill(self.id, signal.SIGCONT)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process, by SIGKILL when the grace period has passed."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=self._grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
