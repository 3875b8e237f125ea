"""Interactions that people write down: logged, corrected, removed."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest

from contacts_domain.commands import CorrectInteraction, LogInteraction, RemoveInteraction
from contacts_domain.events import (
    ContactInteractionCorrected,
    ContactInteractionLogged,
    ContactInteractionRemoved,
)
from tests.builders import ORGANIZER, a_booking, a_contact, an_interaction
from tests.domain.refusals import refused_fields
from tests.scenario import NOW, Scenario

YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def contact_id(scenario: Scenario) -> UUID:
    """Somebody to talk with."""
    return scenario.given(a_contact())


@pytest.fixture
def logged(scenario: Scenario, contact_id: UUID) -> LogInteraction:
    """An interaction that was logged."""
    interaction = an_interaction(
        contact_id,
        type="note_added",
        description="Called",
        occurred_at=YESTERDAY,
        metadata={"a": 1},
    )
    scenario.given(interaction)
    return interaction


def corrected(logged: LogInteraction, **fields: Any) -> CorrectInteraction:
    """The command that corrects it."""
    return CorrectInteraction(
        organizer_id=ORGANIZER,
        contact_id=logged.contact_id,
        interaction_id=logged.interaction_id,
        **fields,
    )


def removed(logged: LogInteraction) -> RemoveInteraction:
    """The command that removes it."""
    return RemoveInteraction(
        organizer_id=ORGANIZER, contact_id=logged.contact_id, interaction_id=logged.interaction_id
    )


def test_an_interaction_is_logged_with_everything_given(
    scenario: Scenario, contact_id: UUID
) -> None:
    """Times become UTC, metadata becomes text."""
    interaction = an_interaction(
        contact_id,
        type="email_sent",
        description="Sent the offer\nand the terms",
        occurred_at=datetime(2026, 11, 19, 10, 0, tzinfo=timezone(timedelta(hours=1))),
        booking_id="bk-1",
        metadata={"b": [1, None], "a": "ü"},
    )
    scenario.when(interaction).then_emitted(
        ContactInteractionLogged(
            interaction_id=interaction.interaction_id,
            type="email_sent",
            description="Sent the offer\nand the terms",
            occurred_at=datetime.fromisoformat("2026-11-19T09:00:00Z"),
            booking_id="bk-1",
            metadata='{"a":"ü","b":[1,null]}',
        )
    )


def test_an_interaction_happened_now_unless_told(scenario: Scenario, contact_id: UUID) -> None:
    """A description is enough; the clock is the address book's."""
    interaction = LogInteraction(organizer_id=ORGANIZER, contact_id=contact_id, description="Met")
    scenario.when(interaction).then_emitted(
        ContactInteractionLogged(
            interaction_id=interaction.interaction_id,
            type="manual_entry",
            description="Met",
            occurred_at=NOW,
        )
    )


@pytest.mark.parametrize("kind", ["booking_created", "booking_cancelled", "merged", "call", ""])
def test_people_log_only_the_manual_types(kind: str) -> None:
    """Entries of bookings come from bookings."""
    assert refused_fields(lambda: an_interaction(uuid4(), type=kind)) == ["type"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", ""),
        ("description", " \n"),
        ("description", "x" * 10_001),
        ("occurred_at", "yesterday"),
        ("occurred_at", datetime(2026, 11, 19, 10, 0)),  # noqa: DTZ001 - naive on purpose
        ("interaction_id", "no-id"),
    ],
)
def test_what_cannot_be_an_interaction_is_refused(field: str, value: object) -> None:
    """A blank or long text, a time that is none or without a zone, an id that is none."""
    assert refused_fields(lambda: an_interaction(uuid4(), **{field: value})) == [field]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "email_sent"},
        {"description": "Called back"},
        {"occurred_at": NOW},
        {"metadata": "{}"},
        {"type": "manual_entry", "description": "Met", "occurred_at": NOW, "metadata": '{"b":2}'},
    ],
)
def test_a_correction_records_what_differs(
    scenario: Scenario, logged: LogInteraction, fields: dict[str, Any]
) -> None:
    """Omitted fields stay; the same correction again changes nothing."""
    scenario.when(corrected(logged, **fields)).then_emitted(
        ContactInteractionCorrected(interaction_id=logged.interaction_id, **fields)
    )
    scenario.when(corrected(logged, **fields)).then_nothing_happened()


@pytest.mark.parametrize(
    "fields",
    [{}, {"type": "note_added", "description": "Called", "metadata": ' { "a" : 1 } '}],
)
def test_a_correction_without_a_difference_records_nothing(
    scenario: Scenario, logged: LogInteraction, fields: dict[str, Any]
) -> None:
    """Metadata is compared as JSON, not as typed."""
    scenario.when(corrected(logged, **fields)).then_nothing_happened()


def test_corrections_build_on_each_other(scenario: Scenario, logged: LogInteraction) -> None:
    """Going back to the first text is a change again."""
    scenario.given(corrected(logged, description="Met"))
    scenario.when(corrected(logged, description="Called")).then_emitted(
        ContactInteractionCorrected(interaction_id=logged.interaction_id, description="Called")
    )


@pytest.mark.parametrize("field", ["type", "description", "occurred_at", "metadata"])
def test_null_is_refused_in_a_correction(field: str) -> None:
    """As in every edit."""
    interaction = an_interaction(uuid4())
    assert refused_fields(lambda: corrected(interaction, **{field: None})) == [field]


def test_a_description_cannot_be_blanked() -> None:
    """An entry says something, or is removed."""
    interaction = an_interaction(uuid4())
    assert refused_fields(lambda: corrected(interaction, description="")) == ["description"]


def test_an_interaction_is_removed_once(scenario: Scenario, logged: LogInteraction) -> None:
    """Again changes nothing."""
    scenario.when(removed(logged)).then_emitted(
        ContactInteractionRemoved(interaction_id=logged.interaction_id)
    )
    scenario.when(removed(logged)).then_nothing_happened()


def test_a_removed_interaction_cannot_be_corrected(
    scenario: Scenario, logged: LogInteraction
) -> None:
    """It is not found any more."""
    scenario.given(removed(logged))
    refusal = scenario.when(corrected(logged, description="Met")).then_refused(
        "interaction_not_found"
    )
    assert refusal.details == {"interaction_id": str(logged.interaction_id)}


@pytest.mark.parametrize("make", [corrected, removed])
def test_interactions_belong_to_their_contact(
    scenario: Scenario, logged: LogInteraction, make: Any
) -> None:
    """Neither an unknown id nor that of another contact's entry is found."""
    another = logged.model_copy(update={"contact_id": scenario.given(a_contact())})
    unknown = logged.model_copy(update={"interaction_id": uuid4()})
    scenario.when(make(another)).then_refused("interaction_not_found")
    scenario.when(make(unknown)).then_refused("interaction_not_found")


def test_entries_of_bookings_cannot_be_removed(scenario: Scenario) -> None:
    """They are no manual interactions."""
    contact_id = scenario.given(a_booking())
    entry = scenario.contacts.timeline.page(ORGANIZER, contact_id).items[0]
    scenario.when(
        RemoveInteraction(organizer_id=ORGANIZER, contact_id=contact_id, interaction_id=entry.id)
    ).then_refused("interaction_not_found")


def test_an_interaction_id_with_another_text_is_refused(
    scenario: Scenario, logged: LogInteraction
) -> None:
    """The first entry stands."""
    scenario.when(logged).then_nothing_happened()
    scenario.when(logged.model_copy(update={"description": "Other"})).then_refused(
        "command_id_reused"
    )
