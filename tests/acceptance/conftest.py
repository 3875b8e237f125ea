"""Fixtures: the program in an empty folder, as a process and within this one."""

import os
from pathlib import Path

import pytest

from tests.acceptance.program import CommandLine, Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program, as a process that starts in an empty folder."""
    return Program(tmp_path)


@pytest.fixture
def command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> CommandLine:
    """The program within this process, in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("CONTACTS_"):
            monkeypatch.delenv(name)
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(tmp_path, capsysbinary)
