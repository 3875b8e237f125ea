"""`contacts projections verify`: are the read tables what the log says?"""

from dataclasses import astuple
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import RenderableType
from rich.text import Text

from adapters.cli.output import table
from adapters.cli.session import InSession
from contacts_domain.errors import ReadTablesDiffer
from projections.comparing import Difference
from projections.verifying import LIMIT, Verification, VerificationProgress


def verify(
    *names: str,
    limit: Annotated[int, Parameter(validator=Number(gte=0))] = LIMIT,
    session: InSession,
) -> None:
    """Compute read tables again from the events and compare them; exit code 1 if any row differs.

    Nothing is written and nobody waits. Differences are shown with their values, which are
    personal data.

    Parameters
    ----------
    names
        Projections or read models; all of them by default.
    limit
        How many differences to show; all are counted.
    """
    with session.open(catch_up=False) as contacts, session.output.progress("Verifying") as bar:

        def on_progress(progress: VerificationProgress) -> None:
            bar(progress.done, progress.total)

        verified = contacts.verify(*names, limit=limit, on_progress=on_progress)
    session.output.show(_document(verified), lambda: _tables(verified))
    if verified.total:
        raise _refusal(verified)


def _refusal(verified: Verification) -> ReadTablesDiffer:
    names = [each.projection for each in verified.projections if each.differences]
    return ReadTablesDiffer(
        "The read tables are not what follows from the log; differences: "
        f"{verified.total}. Look for the cause, then run `contacts projections rebuild "
        f"{' '.join(names)}`.",
        projections=names,
        differences=verified.total,
    )


def _document(verified: Verification) -> dict[str, Any]:
    return {
        "items": verified.projections,
        "differences": verified.differences,
        "total": verified.total,
    }


def _tables(verified: Verification) -> list[RenderableType]:
    headers = ("Projection", "Generation", "Position", "Head", "Rows", "Parked", "Dropped")
    rows = [astuple(each) for each in verified.projections]
    parts: list[RenderableType] = [table((*headers, "Differences"), rows)]
    if verified.differences:
        parts.append(_listed(verified.differences))
    hidden = verified.total - len(verified.differences)
    if hidden:
        parts.append(Text(f"{hidden} more differences; --limit shows more."))
    return parts


def _listed(differences: list[Difference]) -> RenderableType:
    headers = ("Projection", "Table", "Organizer", "Key", "Column", "Expected", "Found")
    return table(
        headers,
        [
            (
                each.projection,
                each.table,
                each.organizer_id,
                " ".join(map(str, each.key.values())),
                each.column or f"({each.kind} row)",
                _told(each.expected),
                _told(each.found),
            )
            for each in differences
        ],
    )


def _told(value: Any) -> object:
    match value:
        case None:
            return "(nothing)"
        case dict():
            return ", ".join(f"{name}={_told(each)}" for name, each in value.items())
    return value
