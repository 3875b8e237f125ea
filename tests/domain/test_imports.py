"""The life of an import: started, confirmed, taken in unit by unit, completed or cancelled, and
undone."""

from typing import Any

import pytest

from contacts_domain import import_commands as commands
from contacts_domain import import_events as events
from contacts_domain.commands import Command
from tests.builders import ORGANIZER, a_group, a_plan, a_started_import, id_of
from tests.scenario import Scenario


class AnImport:
    """One import, told step by step."""

    def __init__(self, scenario: Scenario, **fields: Any) -> None:
        self.scenario = scenario
        self.start = a_started_import(**fields)
        self.id = id_of(self.start)

    def command(self, command_type: type[Command], **fields: Any) -> Command:
        """A command about it."""
        return command_type(organizer_id=ORGANIZER, import_id=self.id, **fields)

    def given(self, *statuses: str) -> "AnImport":
        """It went through these statuses."""
        steps: dict[str, list[Command]] = {
            "started": [self.start],
            "running": [self.command(commands.ConfirmImport)],
            "completed": [self.rows(0), self.rows(1)],
            "cancelled": [self.command(commands.CancelImport)],
            "undoing": [self.command(commands.UndoImport)],
            "undone": [self.undone(0, 9, is_last=True)],
        }
        for status in statuses:
            self.scenario.given(*steps[status])
        return self

    def rows(self, unit: int, **counts: int) -> Command:
        """A unit of rows was taken in."""
        return self.command(commands.TakeInRows, unit=unit, last_row=unit + 2, **counts)

    def undone(self, after: int, through: int, *, is_last: bool = False) -> Command:
        """A unit of contacts was put back."""
        return self.command(
            commands.NoteContactsUndone,
            after_position=after,
            through_position=through,
            is_last=is_last,
        )


def test_an_import_from_the_first_step_to_the_last(scenario: Scenario) -> None:
    """Every step is an event; the last unit of rows completes it."""
    plan = a_plan(on_duplicate="update")
    imported = AnImport(scenario)
    scenario.when(imported.start).then_emitted(
        events.ImportStarted(
            file_name="people.csv",
            format="csv",
            size_bytes=12_345,
            sha256="0" * 64,
            rows=501,
            units=2,
            plan=a_plan(),
        )
    )
    confirm = imported.command(commands.ConfirmImport, plan=plan)
    scenario.when(confirm).then_emitted(events.ImportConfirmed(plan=plan))
    scenario.when(imported.rows(0, created=500)).then_emitted(
        events.ImportRowsTakenIn(unit=0, last_row=2, created=500)
    )
    scenario.when(imported.rows(1, failed=1)).then_emitted(
        events.ImportRowsTakenIn(unit=1, last_row=3, failed=1), events.ImportCompleted()
    )
    scenario.when(imported.command(commands.UndoImport)).then_emitted(events.ImportUndoStarted())
    scenario.when(imported.undone(0, 5)).then_emitted(
        events.ImportContactsUndone(through_position=5)
    )
    scenario.when(imported.undone(5, 9, is_last=True)).then_emitted(
        events.ImportContactsUndone(through_position=9), events.ImportUndone()
    )


def test_a_file_without_rows_is_completed_when_it_is_confirmed(scenario: Scenario) -> None:
    """There is nothing to wait for."""
    imported = AnImport(scenario, rows=0, units=0).given("started")
    scenario.when(imported.command(commands.ConfirmImport)).then_emitted(
        events.ImportConfirmed(plan=a_plan()), events.ImportCompleted()
    )


def test_of_two_who_run_an_import_one_goes_on(scenario: Scenario) -> None:
    """Whoever comes second with the same rows is told so, also after the last ones."""
    imported = AnImport(scenario).given("started", "running")
    scenario.given(imported.rows(0))
    scenario.when(imported.rows(0)).then_refused("rows_already_taken_in")
    scenario.given(imported.rows(1))
    scenario.when(imported.rows(1)).then_refused("rows_already_taken_in")


def test_units_come_in_their_order(scenario: Scenario) -> None:
    """None is left out."""
    imported = AnImport(scenario).given("started", "running")
    scenario.when(imported.rows(1)).then_refused("import_not_possible")


def test_a_plan_without_an_e_mail_is_refused(scenario: Scenario) -> None:
    """With the columns that there are."""
    imported = AnImport(scenario, plan=a_plan(("Name", "full_name"), ("Fax", None))).given(
        "started"
    )
    refusal = scenario.when(imported.command(commands.ConfirmImport)).then_refused(
        "email_column_missing"
    )
    assert "Name, Fax" in refusal.message


def test_a_confirmed_plan_stays(scenario: Scenario) -> None:
    """Confirming the same again is nothing, another plan is refused."""
    imported = AnImport(scenario).given("started", "running")
    scenario.when(imported.command(commands.ConfirmImport)).then_nothing_happened()
    other = imported.command(commands.ConfirmImport, plan=a_plan(on_duplicate="merge"))
    scenario.when(other).then_refused("import_not_possible")


def test_an_id_in_use_is_another_file(scenario: Scenario) -> None:
    """The same file again is nothing."""
    imported = AnImport(scenario).given("started")
    scenario.when(imported.start).then_nothing_happened()
    other = imported.start.model_copy(update={"sha256": "1" * 64})
    scenario.when(other).then_refused("command_id_reused")


@pytest.mark.parametrize(
    ("statuses", "impossible"),
    [
        (["started"], ["rows", "undo", "note"]),
        (["started", "running"], ["undo", "note"]),
        (["started", "running", "completed"], ["cancel", "note"]),
        (["started", "cancelled"], ["confirm", "rows", "note"]),
        (["started", "running", "completed", "undoing"], ["cancel"]),
        (["started", "running", "completed", "undoing", "undone"], ["cancel"]),
    ],
    ids=lambda value: value[-1] if value and value[0] == "started" else "",
)
def test_what_a_state_does_not_allow_is_refused(
    statuses: list[str], impossible: list[str], scenario: Scenario
) -> None:
    """With the state and what cannot be done in it."""
    imported = AnImport(scenario).given(*statuses)
    tried = {
        "confirm": imported.command(commands.ConfirmImport),
        "rows": imported.rows(0),
        "cancel": imported.command(commands.CancelImport),
        "undo": imported.command(commands.UndoImport),
        "note": imported.undone(0, 5),
    }
    for name in impossible:
        refusal = scenario.when(tried[name]).then_refused("import_not_possible")
        assert str(imported.id) in refusal.message


@pytest.mark.parametrize(
    "command_type",
    [
        commands.ConfirmImport,
        commands.CancelImport,
        commands.UndoImport,
        commands.TakeInRows,
        commands.NoteContactsUndone,
    ],
    ids=lambda each: each.__name__,
)
def test_imports_that_are_not_there_answer_alike(
    command_type: type[Command], scenario: Scenario
) -> None:
    """Unknown ones, another organizer's, and ids of something else."""
    imported = AnImport(scenario).given("started")
    fields: dict[str, Any] = {
        "unit": 0, "last_row": 0, "after_position": 0, "through_position": 0,
    }  # fmt: skip
    chosen = {name: fields[name] for name in fields if name in command_type.model_fields}
    foreign = command_type(organizer_id="other", import_id=imported.id, **chosen)
    refusal = scenario.when(foreign).then_refused("import_not_found")
    assert refusal.details == {"import_id": str(imported.id)}
    group = scenario.given(a_group())
    about_a_group = command_type(organizer_id=ORGANIZER, import_id=group, **chosen)
    scenario.when(about_a_group).then_refused("import_not_found")
