"""`contacts projections status|rebuild|cancel|drop-old`: rebuilds that are watched and ended."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from adapters import open_contacts
from adapters.cli.output import Output
from adapters.cli.rebuild_bars import rebuild_bars
from projections import retiring
from projections.rebuilding import RebuildProgress
from tests.acceptance.program import CommandLine
from tests.builders import a_contact


def leave_half_way(database: Path) -> None:
    """A rebuild of `contacts` that was interrupted at position 2 of 4."""

    def stop(_progress: RebuildProgress) -> None:
        raise KeyboardInterrupt

    with open_contacts(database) as contacts:
        for _ in range(4):
            contacts.handle(a_contact())
        contacts.engine.rebuild_batch_size = 2
        with pytest.raises(KeyboardInterrupt):
            contacts.rebuild("contacts", on_progress=stop)


def test_status_shows_rebuilds(command_line: CommandLine) -> None:
    """How far they are, and whether anybody is at it."""
    leave_half_way(command_line.folder / "contacts.db")
    assert command_line.json("projections", "status")["rebuilds"] == [
        {
            "projection": "contacts",
            "generation": 2,
            "position": 2,
            "head": 4,
            "is_running": False,
        }
    ]
    text = command_line("projections", "status").text
    assert "interrupted" in text
    assert "50%" in text


def test_what_was_interrupted_is_cancelled_or_gone_on_with(command_line: CommandLine) -> None:
    """Cancelling says what it ended, and when there is nothing to end."""
    nothing = "No rebuild is under way, and none was interrupted."
    assert nothing in command_line("projections", "cancel").text
    leave_half_way(command_line.folder / "contacts.db")
    assert nothing in command_line("projections", "cancel", "timeline").text
    assert command_line.json("projections", "cancel", "contact_list") == {
        "items": [{"projection": "contacts", "generation": 2, "position": 2}]
    }
    assert command_line.json("projections", "status")["rebuilds"] == []
    assert command_line.json("projections", "cancel") == {"items": []}


def test_old_generations_are_dropped(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When readers had time to leave them."""
    monkeypatch.setattr(retiring, "RETIREMENT", retiring.DROP_PATIENCE * 0)
    assert "There are no old generations." in command_line("projections", "drop-old").text
    command_line.json("projections", "rebuild", "--all")
    (dropped,) = command_line.json("projections", "drop-old", "timeline")["items"]
    assert (dropped["projection"], dropped["generation"]) == ("activity", 1)
    assert dropped["is_dropped"]
    assert "dropped" in command_line("projections", "drop-old").text


@pytest.mark.parametrize(
    ("rate", "left"), [(100.0, "0:01 left"), (0.02, "2:05:00 left"), (0.0, "0 events/s")]
)
def test_a_terminal_shows_how_fast_and_how_long(rate: float, left: str) -> None:
    """Events done and in total, events per second, and the time that is left."""
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with rebuild_bars(Output(is_json=False, error_console=console)) as show:
        show(RebuildProgress("contacts", done=50, total=200, rate=rate))
    assert "contacts" in screen.getvalue()
    assert "50/200" in screen.getvalue()
    assert left in screen.getvalue()


@pytest.mark.parametrize("command", ["rebuild", "cancel", "drop-old"])
def test_unknown_names_are_refused(command_line: CommandLine, command: str) -> None:
    """With the names that exist."""
    ran = command_line("projections", command, "shoes", "--json")
    assert ran.refusal == (1, "unknown_projection")
