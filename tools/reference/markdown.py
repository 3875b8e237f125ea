"""Parts of pages: tables, blocks, and the comment that warns editors."""

import inspect
import json
from collections.abc import Iterable, Sequence
from typing import Any

COMMAND = "python -m tools.make_docs"
GENERATED = f"<!-- Generated from the code by `{COMMAND}`. Do not edit; edit the code. -->"


def sentences(thing: Any) -> str:
    """The docstring, without its lists of parameters."""
    return inspect.cleandoc(thing.__doc__ or "").partition("\n\nParameters\n---")[0]


def one_line(text: str) -> str:
    """`text` as a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or nothing if it has no rows."""
    lines = [f"| {' | '.join(map(one_line, row))} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(headers)} |", "|---" * len(headers) + "|", *lines])


def json_block(document: object) -> str:
    """A fenced block of indented JSON."""
    return f"```json\n{json.dumps(document, indent=2, ensure_ascii=False)}\n```"


def page(*parts: str) -> str:
    """The parts with blank lines between them, under the comment that warns editors."""
    return "\n\n".join(part for part in (GENERATED, *parts) if part) + "\n"
