"""Commands take their own fields and no others: nobody sets counters or ids by sending them."""

from dataclasses import fields

import pytest

from contacts_domain.commands import Command
from contacts_domain.handlers import HANDLERS
from projections.contact_list_query import ContactView
from projections.groups import GroupView
from projections.timeline import TimelineEntry
from tests.domain.refusals import refused_fields
from tests.domain.scene import EXAMPLES, NOWHERE, name_of

READ_MODEL_FIELDS = {
    field.name for view in (ContactView, GroupView, TimelineEntry) for field in fields(view)
}
INTERNAL_FIELDS = {
    "email_key",
    "entered",
    "events",
    "is_deleted",
    "name_is_placeholder",
    "origin",
    "position",
    "previous_email",
    "recorded_at",
    "totals",
    "version",
}


@pytest.mark.parametrize("command_type", HANDLERS, ids=name_of)
def test_fields_that_a_command_does_not_have_are_refused(command_type: type[Command]) -> None:
    """Every field of every read model, and what aggregates and events hold; each is named."""
    surplus = (READ_MODEL_FIELDS | INTERNAL_FIELDS) - command_type.model_fields.keys()
    valid = EXAMPLES[command_type](NOWHERE).model_dump(exclude_unset=True)
    assert {"id", "created_at", "total_bookings", "is_deleted", "full_name"} <= surplus
    assert (
        set(refused_fields(lambda: command_type(**valid, **dict.fromkeys(surplus, 1)))) == surplus
    )


@pytest.mark.parametrize("field", ["is_active", "__class__", "model_config", "constructor", ""])
def test_one_surplus_field_is_enough(field: str) -> None:
    """An otherwise valid command is refused for it."""
    for command_type, example in EXAMPLES.items():
        valid = example(NOWHERE).model_dump(exclude_unset=True)
        assert refused_fields(
            lambda valid=valid, command_type=command_type: command_type(**valid, **{field: True})
        ) == [field]
