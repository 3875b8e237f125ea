"""Cells that no spreadsheet takes for a formula (CWE-1236), without losing a character.

A cell that would start a formula gets an apostrophe in front; reading takes off exactly that one,
so the round trip is the identity for every text.
"""

import re

_STARTS_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WAS_MADE_SAFE = re.compile(r"'+[=+\-@\t\r]")


def made_safe(cell: str) -> str:
    """The cell as a spreadsheet may see it."""
    return f"'{cell}" if _STARTS_A_FORMULA.match(cell) else cell


def kept_apart(cell: str) -> str:
    """The cell as it is, unless reading would take it for one made safe."""
    return f"'{cell}" if _WAS_MADE_SAFE.match(cell) else cell


def restored(cell: str) -> str:
    """The reverse of `made_safe` and of `kept_apart`."""
    return cell[1:] if cell[:1] == "'" and _WAS_MADE_SAFE.match(cell) else cell
