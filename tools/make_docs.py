"""Write the reference from the code: pages, schema and AsyncAPI document in ``docs/reference``.

Run ``python -m tools.make_docs``. With ``--check`` nothing is written; the exit code is 1 if a
page differs from what would be written, and those pages are named.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.reference.asyncapi import SCHEMA_FILE
from tools.reference.command_line import command_line_page
from tools.reference.commands import commands_page
from tools.reference.error_codes import errors_page
from tools.reference.events import events_page
from tools.reference.machine_readable import asyncapi_file, schema_file
from tools.reference.markdown import COMMAND
from tools.reference.settings import settings_page

CHECKOUT = Path(__file__).resolve().parent.parent
REFERENCE = CHECKOUT / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "events.md": events_page,
    "errors.md": errors_page,
    "settings.md": settings_page,
    "command-line.md": command_line_page,
    SCHEMA_FILE: schema_file,
    "asyncapi.json": asyncapi_file,
}


def differing() -> list[str]:
    """The pages that are not what the code says, by name."""
    return [name for name, make in PAGES.items() if _written(REFERENCE / name) != make()]


def _written(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    if parser.parse_args(arguments).check:
        differ = differing()
        for name in differ:
            print(f"docs/reference/{name} is not what the code says; run {COMMAND}")
        return 1 if differ else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
