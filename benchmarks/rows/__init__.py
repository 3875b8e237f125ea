"""What is measured: one function a row, by the name that `--only` takes."""

from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.results import Kind
from benchmarks.rows.consuming import consuming
from benchmarks.rows.folding import projection, rebuilding
from benchmarks.rows.growing import growing
from benchmarks.rows.importing import importing
from benchmarks.rows.reading import counting, listing, searching
from benchmarks.rows.writing import append, command

ROWS: dict[str, Callable[[Bench, Kind], None]] = {
    "command": command,
    "append": append,
    "projection": projection,
    "import": importing,
    "kafka": consuming,
    "list": listing,
    "search": searching,
    "statistics": counting,
    "growth": growing,
    "rebuild": rebuilding,
}
"""In this order: the log that has grown is the one that is rebuilt."""
