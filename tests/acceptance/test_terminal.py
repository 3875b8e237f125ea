"""The command line among hostile names, closed pipes, full disks and impatient people."""

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.acceptance.messages import a_message
from tests.acceptance.program import LONGEST_RUN, PROGRAM, CommandLine, Program, clean_environment

HOSTILE = "\x1b[31mA\x1b]0;owned\x07d\x9b2Ja\u202e\r[red]!"
"""Colours, a window title, a screen wipe, right-to-left, an overwritten line, rich markup."""

FORGED = "ada\ncontacts: All is well."


def test_names_cannot_steer_the_terminal(command_line: CommandLine) -> None:
    """Control characters of a name are shown as what they are; markup is just text."""
    feed = command_line.write(
        "feed.jsonl",
        a_message(organizer_id="default", invitee_name=HOSTILE, event_type=HOSTILE),
        a_message(HOSTILE, organizer_id="default"),
    )
    people = command_line.write("people.csv", "email,phone", f'grace@example.org,"{HOSTILE}"')
    runs = [
        command_line("bookings", "replay", feed),
        command_line("import", people),
        command_line("list"),
        command_line("show", "ada@example.org"),
        command_line("timeline", "ada@example.org"),
        command_line("show", HOSTILE),
        command_line("list", "--group", HOSTILE),
        command_line("list", "--sort", HOSTILE),
        command_line(HOSTILE),
        command_line("--database", HOSTILE + "/a.db", "list"),
        command_line("import", HOSTILE),
    ]
    for ran in runs:
        printed = ran.out + ran.err
        assert "[red]!" in printed
        assert all(character.isprintable() or character == "\n" for character in printed), ran


def test_a_refusal_stays_one_line_whatever_it_quotes(command_line: CommandLine) -> None:
    """Nobody can make the program say a second line in its own voice."""
    for arguments in (["show", FORGED], ["list", "--group", FORGED], ["import", FORGED], [FORGED]):
        assert command_line(*arguments).sentence


def test_arguments_that_are_no_text_are_refused(program: Program) -> None:
    """Bytes that are not UTF-8 are answered like any other wrong value."""
    for arguments in (
        (b"show", b"\xff"),
        (b"import", b"\xff.csv"),
        (b"add", b"ada@example.org", b"--first-name", b"\xff"),
        (b"list", b"--search", b"\xff"),
    ):
        assert program(*arguments, "--json").refusal[0] in (1, 2), arguments


def test_a_terminal_without_letters_gets_substitutes(program: Program) -> None:
    """An output that cannot show a letter shows something else; the command was carried out."""
    ran = program("add", "zoe@example.org", "--first-name", "Zoë", PYTHONIOENCODING="ascii")
    assert "zoe@example.org" in ran.text
    assert "Zo" in program("list", PYTHONIOENCODING="ascii").text


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_a_reader_that_goes_away_is_no_failure_to_talk_about(
    program: Program, form: list[str]
) -> None:
    """`contacts list | head -1` ends silently, as by SIGPIPE."""
    process = program.start("list", *form)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as stderr:
        assert stderr.read() == b""
    assert process.wait(LONGEST_RUN) == 128 + signal.SIGPIPE


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_an_output_that_cannot_be_written_is_a_failure(program: Program, form: list[str]) -> None:
    """On a full disk the program says so, in one line or one document, and exits with 1."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, "stats", *form],
            cwd=program.folder,
            env=clean_environment(program.folder),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


def test_on_a_real_terminal_names_are_just_as_harmless(program: Program) -> None:
    """With colours and a progress bar, the only control sequences are the program's own."""
    rows = ["email,company", f'ada@example.org,"{HOSTILE[:-7]}"', f'grace@example.org,"{HOSTILE}"']
    (program.folder / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    for arguments in (["import", "people.csv"], ["list"], ["show", "ada@example.org"]):
        exit_code, printed = program.on_a_terminal(*arguments)
        assert exit_code == 0, printed
        assert "\\x1b[31mA" in printed
        for foreign in ("\x1b]", "\x07", "\x9b", "\u202e", "\x1b[31mA", "Traceback"):
            assert foreign not in printed


def test_ctrl_c_ends_a_replay_between_two_units_of_work(program: Program) -> None:
    """What was reported to the log stays, nothing is half-done, and nothing is complained about."""
    feed = program.folder / "feed"
    os.mkfifo(feed)
    process = program.start("bookings", "replay", "feed")
    with process, _opened_after(process, feed) as lines:
        for number in range(500):
            lines.write(a_message(booking_id=f"bk-{number}") + b"\n")
        lines.write(b'{"specversion"')
        lines.flush()
        _wait_for_a_unit(program.folder / "contacts.db")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONGEST_RUN)
    assert (out, err) == (b"", b"")
    assert process.returncode == 128 + signal.SIGINT
    assert program("stats", "--organizer", "acme", "--json").document["total_bookings"] == 500


def _opened_after(process: "subprocess.Popen[bytes]", pipe: Path) -> BinaryIO:
    """The writing end of a named pipe, as soon as the process has opened the other one."""
    while process.poll() is None:
        try:
            descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            time.sleep(0.05)
        else:
            os.set_blocking(descriptor, True)
            return os.fdopen(descriptor, "wb")
    raise AssertionError(process.communicate())


def _wait_for_a_unit(database: Path) -> None:
    deadline = time.monotonic() + LONGEST_RUN
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        while connection.execute("SELECT position FROM log_head").fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        connection.close()


@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("y", 0)])
def test_undoing_an_import_asks_first(program: Program, answer: str, left: int) -> None:
    """The question can be read: no progress bar is drawn over it."""
    (program.folder / "people.csv").write_text("email\ngrace@example.org\n", encoding="utf-8")
    imported = program("import", "people.csv", "--json").document
    exit_code, seen = program.on_a_terminal("imports", "undo", imported["id"], answer=answer)
    assert (exit_code == 0) == (answer == "y")
    assert "Undo the import of people.csv? [y/N]" in seen
    assert program("list", "--json").document["total"] == left
