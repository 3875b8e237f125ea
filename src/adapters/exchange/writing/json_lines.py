"""Writes contacts as JSON lines: one object a line, with the names that `show` uses."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

import orjson

from projections.contact_list_query import ContactView


def write_json_lines(people: Iterable[ContactView], file: BinaryIO, fields: Sequence[str]) -> None:
    """Write an object for each, in their order; times in UTC with `Z`."""
    for contact in people:
        chosen = {field: getattr(contact, field) for field in fields}
        file.write(orjson.dumps(chosen, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))
