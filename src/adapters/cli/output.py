"""Prints results: tables for people, one JSON document for programs, errors to standard error.

Nothing that a stranger typed into a name reaches the terminal as a control sequence or as markup.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from contacts_domain.errors import ContactsError, NotConfirmed

WIDTH_WITHOUT_TERMINAL = 132

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Part of names in Persian and Indian scripts, and of emoji."""

Render = Callable[[], Sequence[RenderableType]]


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(*, stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    return _Console(stderr=stderr, width=width, highlight=False, emoji=False, markup=False)


@dataclass
class Output:
    """Where and how one run prints."""

    is_json: bool
    console: Console = field(default_factory=_console)
    error_console: Console = field(default_factory=lambda: _console(stderr=True))

    def show(self, document: object, render: Render) -> None:
        """The document as JSON, or what `render` makes of it."""
        if self.is_json:
            sys.stdout.buffer.write(as_json(document) + b"\n")
            sys.stdout.buffer.flush()
        else:
            for part in render():
                self.console.print(part)
            sys.stdout.flush()

    def say(self, sentence: str) -> None:
        """A line for people, on standard output."""
        self.console.print(Text(shown(sentence)))

    def fail(self, code: str, message: str, details: object) -> None:
        """An error, on standard error."""
        if self.is_json:
            error = {"error": {"code": code, "message": message, "details": details}}
            sys.stderr.buffer.write(as_json(error) + b"\n")
            sys.stderr.buffer.flush()
        else:
            self.error_console.print(Text(f"contacts: {shown(message)}"), soft_wrap=True)

    def refuse(self, error: ContactsError) -> None:
        """A refusal or failure of the library."""
        self.fail(error.code, error.message, error.details)

    def confirm(self, question: str) -> None:
        """Ask on a terminal, elsewhere go on; raises NotConfirmed for anything but yes."""
        if sys.stdin.isatty() and self.error_console.is_terminal:
            self.error_console.print(Text(f"{shown(question)} [y/N] "), end="")
            if sys.stdin.readline().strip().lower() not in ("y", "yes"):
                raise NotConfirmed("Nothing was done.")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar on a terminal; elsewhere nothing."""
        is_shown = not self.is_json and self.error_console.is_terminal
        with Progress(console=self.error_console, disable=not is_shown, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def as_json(document: object) -> bytes:
    """One JSON document; times in UTC with `Z`."""
    return orjson.dumps(document, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return dict(value)
    raise TypeError


def shown(text: str) -> str:
    """`text` with everything that could steer a terminal made visible."""
    return "".join(c if c.isprintable() or c in JOINERS else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return (
        character.encode("unicode_escape").decode()
        if ord(character) < 0xD800
        else "\N{REPLACEMENT CHARACTER}"
    )


def cell(value: object) -> Text:
    """A value as one line of a table."""
    if value is None:
        return Text("")
    if isinstance(value, datetime):
        return Text(value.strftime("%Y-%m-%d %H:%M"))
    return Text(" ".join(shown(str(value)).split()))


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    title: str = "",
    unbroken: Sequence[str] = (),
) -> Table:
    """Rows under headers; numbers to the right, `unbroken` columns never on two lines."""
    made = Table(title=Text(title) if title else None, title_justify="left")
    for index, header in enumerate(headers):
        is_number = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        made.add_column(
            header,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=header in unbroken,
        )
    for row in rows:
        made.add_row(*map(cell, row))
    return made


def facts(pairs: Sequence[tuple[str, Any]], title: str = "") -> Table:
    """Names and values, one a line."""
    made = Table(title=Text(title) if title else None, title_justify="left", show_header=False)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(Text(name), cell(value))
    return made
