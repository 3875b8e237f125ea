"""The program `contacts` as its users have it: a folder of their own and no settings."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.main import run

BIN = Path(sys.executable).parent
PROGRAM = shutil.which("contacts", path=str(BIN)) or "contacts"
LONGEST_RUN = 60
"""Seconds after which a run hangs."""


@dataclass(frozen=True)
class Ran:
    """How a run ended and what it printed."""

    exit_code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document of a run that went well."""
        assert (self.exit_code, self.err) == (0, ""), self
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """What a run that went well printed for people."""
        assert (self.exit_code, self.err) == (0, ""), self
        return self.out

    @property
    def sentence(self) -> str:
        """The one line that a run which failed said, with nothing on standard output."""
        assert (self.out, self.err.count("\n"), self.err[-1:]) == ("", 1, "\n"), self
        assert self.err.startswith("contacts: "), self
        return self.err.removeprefix("contacts: ").rstrip("\n")

    @property
    def error(self) -> dict[str, Any]:
        """The error of a run with --json that failed, with nothing on standard output."""
        assert self.out == "", self
        document = json.loads(self.err)
        assert list(document) == ["error"]
        assert list(document["error"]) == ["code", "message", "details"]
        return dict(document["error"])

    @property
    def refusal(self) -> tuple[int, str]:
        """The exit code and the error code of a run with --json that failed."""
        return self.exit_code, self.error["code"]


def clean_environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of somebody who never set anything."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "USER": "somebody", **settings}


def _heed_interrupts() -> None:
    """Also where the tests run in the background, which shells make deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Program:
    """Runs `contacts` as a process."""

    folder: Path

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """A run that the test steers; its output comes through pipes."""
        return subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=clean_environment(self.folder, **settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 - the tests' processes have no threads here
        )

    def __call__(self, *arguments: str | bytes, **settings: str) -> Ran:
        """Run it to the end."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=clean_environment(self.folder, **settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_RUN,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on_a_terminal(self, *arguments: str, answer: str = "") -> tuple[int, str]:
        """Run it on a terminal on which `answer` is typed; the exit code and what is to be seen."""
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=clean_environment(self.folder, TERM="xterm-256color", COLUMNS="200"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        printed = b""
        with suppress(OSError):  # how Linux says that the other side is closed
            while some := os.read(ours, 65_536):
                printed += some
        os.close(ours)
        return process.wait(LONGEST_RUN), printed.decode()


@dataclass(frozen=True)
class CommandLine:
    """The same in this process, which costs no start."""

    folder: Path
    capture: pytest.CaptureFixture[bytes]

    def __call__(self, *arguments: str) -> Ran:
        """Run it to the end."""
        self.capture.readouterr()
        try:
            exit_code = run(arguments)
        except SystemExit as exit_:
            exit_code = int(exit_.code or 0)
        out, err = self.capture.readouterr()
        return Ran(exit_code, out.decode(), err.decode())

    def json(self, *arguments: str) -> Any:
        """The document of a run with --json that went well."""
        return self(*arguments, "--json").document

    def write(self, name: str, *lines: str | bytes) -> str:
        """Write a file of these lines; its name."""
        encoded: Sequence[bytes] = [x if isinstance(x, bytes) else x.encode() for x in lines]
        (self.folder / name).write_bytes(b"".join(line + b"\n" for line in encoded))
        return name
