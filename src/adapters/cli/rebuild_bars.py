"""The progress of a rebuild on a terminal: a bar for each projection, rate and remaining time."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from adapters.cli.output import Output
from projections.rebuilding import OnProgress, RebuildProgress

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TextColumn("{task.fields[rate]:,.0f} events/s"),
    TextColumn("{task.fields[left]}"),
)


@contextmanager
def rebuild_bars(output: Output) -> Iterator[OnProgress]:
    """What to tell the progress; off a terminal nothing is shown."""
    is_shown = not output.is_json and output.error_console.is_terminal
    with Progress(
        *COLUMNS, console=output.error_console, disable=not is_shown, transient=True
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def show(progress: RebuildProgress) -> None:
            name = progress.projection
            if name not in tasks:
                tasks[name] = bars.add_task(name, rate=0.0, left="")
            bars.update(
                tasks[name],
                completed=progress.done,
                total=progress.total,
                rate=progress.rate,
                left=_left(progress),
            )

        yield show


def _left(progress: RebuildProgress) -> str:
    """The remaining time in words."""
    if progress.eta is None:
        return ""
    seconds = int(progress.eta.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    clock = f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
    return f"{clock} left"
