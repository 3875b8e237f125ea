"""`contacts claims verify|rebuild`: what must be unique against the events, for operators."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.console import RenderableType
from rich.text import Text

from adapters.claims.verifying import MAX_DIFFERENCES, ClaimsVerified
from adapters.cli.output import facts, table
from adapters.cli.session import InSession

HEADERS = ("Organizer", "Kind", "Key", "Problem", "Expected holder", "Found holder")


def register(app: App) -> None:
    """Add the commands of this module."""
    claims = App(name="claims", help="What must be unique: compare with the events, and mend.")
    claims.command(verify)
    claims.command(rebuild)
    app.command(claims)


def verify(
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=0))] = MAX_DIFFERENCES,
    session: InSession,
) -> None:
    """Compare all claims with those that follow from the events; exit code 1 if any differs.

    Takes no lock and changes nothing. The claims of all organizers are compared.

    Parameters
    ----------
    limit
        How many differences are shown one by one; all are counted.
    """
    with session.open(catch_up=False) as contacts, session.output.progress("Verifying") as bar:
        verified = contacts.verify_claims(limit=limit, on_progress=bar)
    document = asdict(verified)
    document["items"] = document.pop("differences")
    session.output.show(document, lambda: _told(verified))
    verified.require_none()


def rebuild(*, session: InSession) -> None:
    """Make the claims those that follow from the events, while others go on writing.

    Doing it again changes nothing. The claims of all organizers are rebuilt.
    """
    with session.open(catch_up=False) as contacts, session.output.progress("Rebuilding") as bar:
        document = asdict(contacts.rebuild_claims(on_progress=bar))
    session.output.show(document, lambda: [facts([*document.items()])])


def _told(verified: ClaimsVerified) -> Sequence[RenderableType]:
    """Nothing but one line if all is well."""
    seen = f"{verified.claims} claims compared with the events up to {verified.position}"
    if not verified.problems:
        return [Text(f"{seen}: no difference.")]
    different = sum(verified.problems.values())
    rows = [tuple(asdict(each).values()) for each in verified.differences]
    shown = f"{len(rows)} of {different} differences shown."
    return [table(HEADERS, rows, unbroken=("Kind", "Problem")), Text(f"{seen}. {shown}")]
