"""Every event is stored with who caused it, by which way in, and because of what."""

import pytest

from contacts_domain.commands import Command
from contacts_domain.event_schema import Provenance, RecordedEvent
from tests.builders import ORGANIZER, a_booking, a_contact, a_group, a_row
from tests.domain.refusals import refused_fields
from tests.domain.scene import EXAMPLES, Scene
from tests.scenario import NOW, Scenario, head, recorded_events

PROVENANCE = {"actor": "ada", "source": "api", "correlation_id": "request-7"}


def caused_by(scenario: Scenario, *commands: Command) -> list[RecordedEvent]:
    """The events of these commands, handled one by one."""
    before = head(scenario.contacts)
    scenario.given(*commands)
    return recorded_events(scenario.contacts, before)


def test_the_provenance_of_a_command_is_that_of_its_events(
    scenario: Scenario, scene: Scene
) -> None:
    """For every command, on every event."""
    for number, example in enumerate(EXAMPLES.values()):
        command_id = f"intent-{number}"
        provenance = PROVENANCE | {"command_id": command_id}
        recorded = caused_by(scenario, example(scene).model_copy(update=provenance))
        assert recorded
        for each in recorded:
            assert each.organizer_id == ORGANIZER
            assert each.provenance == Provenance(
                "ada", "api", "request-7", each.provenance.causation_id, command_id
            )


def test_the_events_of_one_command_share_their_cause(scenario: Scenario) -> None:
    """Commands differ in it, batched or not."""
    group_id = scenario.given(a_group())
    before = head(scenario.contacts)
    scenario.contacts.handle_all([a_contact(group_ids=[group_id]), a_contact()])
    causes = [each.provenance.causation_id for each in recorded_events(scenario.contacts, before)]
    assert None not in causes
    assert causes[0] == causes[1] != causes[2]


@pytest.mark.parametrize(
    ("command", "source"),
    [(a_contact(), "library"), (a_row(), "import"), (a_booking(), "bookings")],
    ids=["by hand", "import", "booking"],
)
def test_the_way_in_has_a_default(scenario: Scenario, command: Command, source: str) -> None:
    """The rest is blank or none unless given."""
    provenance = caused_by(scenario, command)[0].provenance
    assert (provenance.actor, provenance.source) == ("", source)
    assert (provenance.correlation_id, provenance.command_id) == (None, None)


def test_events_are_recorded_at_the_time_of_the_clock(scenario: Scenario) -> None:
    """In UTC, each unit of work at its own time."""
    scenario.given(a_contact())
    scenario.clock.forward(hours=1)
    scenario.given(a_contact())
    times = [each.recorded_at for each in recorded_events(scenario.contacts)]
    assert times == [NOW, scenario.clock.now]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor", "x" * 201),
        ("actor", None),
        ("source", "telepathy"),
        ("correlation_id", "x" * 501),
        ("command_id", "x" * 201),
        ("command_id", "a\nb"),
    ],
)
def test_provenance_has_bounds(field: str, value: object) -> None:
    """It is stored in columns that are read by people."""
    assert refused_fields(lambda: a_contact(**{field: value})) == [field]
