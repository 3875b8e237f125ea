"""Hypothesis strategies for events, booking messages and commands about one contact."""

from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from contacts_domain import commands, events, import_events
from contacts_domain.column_mapping import IMPORT_FIELDS, MappedColumn, SavedColumn
from contacts_domain.commands import BookingCommand, Command
from contacts_domain.events import Event
from tests.builders import ORGANIZER, a_booking, a_row
from tests.scenario import NOW

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SOME_TEXT = st.none() | TEXT
TIMES = st.datetimes(timezones=st.just(UTC))
ORIGINS = st.sampled_from(["entered", "booking"])
KINDS = st.sampled_from(["email_sent", "note_added", "manual_entry"])
COUNTS = st.integers(0, 2**53)
TAGS = st.lists(TEXT, max_size=3).map(tuple)

_BOOKING_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "booking_id": TEXT,
    "event_type": TEXT,
    "starts_at": TIMES,
    "ends_at": st.none() | TIMES,
    "timezone": TEXT,
    "invitee_name": TEXT,
    "invitee_email": TEXT,
    "invitee_phone": TEXT,
    "message_id": TEXT,
    "message_source": TEXT,
    "occurred_at": TIMES,
    "totals": st.builds(
        events.BookingTotals,
        made=COUNTS,
        completed=COUNTS,
        cancelled=COUNTS,
        last_start=st.none() | TIMES,
    ),
}


def _tuples(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(elements, max_size=3).map(tuple)


_FIELDS = st.none() | st.sampled_from(IMPORT_FIELDS)
_PLANS = st.builds(
    import_events.ImportPlan,
    mapping=_tuples(
        st.builds(MappedColumn, header=st.just("x"), field=_FIELDS, rank=st.integers(-1, 9))
    ),
    preset=TEXT,
    on_duplicate=st.sampled_from(["skip", "update", "merge"]),
    unmapped_to_notes=st.booleans(),
)
_PROBLEMS = st.builds(import_events.RowProblem, row=COUNTS, field=TEXT, reason=TEXT, value=TEXT)

EVENT_STRATEGIES: dict[type[Event], dict[str, st.SearchStrategy[Any]]] = {
    events.ContactCreated: {
        "email": TEXT,
        "first_name": TEXT,
        "last_name": TEXT,
        "name_is_placeholder": st.booleans(),
        "phone": TEXT,
        "phone_e164": SOME_TEXT,
        "company": TEXT,
        "job_title": TEXT,
        "notes": TEXT,
        "tags": TAGS,
        "origin": ORIGINS,
    },
    events.ContactDetailsChanged: {
        "first_name": SOME_TEXT,
        "last_name": SOME_TEXT,
        "name_is_placeholder": st.none() | st.booleans(),
        "phone": SOME_TEXT,
        "phone_e164": SOME_TEXT,
        "company": SOME_TEXT,
        "job_title": SOME_TEXT,
        "notes": SOME_TEXT,
        "origin": ORIGINS,
    },
    events.ContactEntryUndone: {"fields": _tuples(st.sampled_from(["name", "phone"]))},
    events.ContactEmailChanged: {"email": TEXT, "previous_email": TEXT, "origin": ORIGINS},
    events.ContactTagged: {"tags": TAGS},
    events.ContactUntagged: {"tags": TAGS},
    events.ContactGrouped: {"group_id": st.uuids()},
    events.ContactUngrouped: {"group_id": st.uuids()},
    events.ContactDeactivated: {},
    events.ContactReactivated: {},
    events.ContactBookingRecorded: _BOOKING_FIELDS,
    events.ContactBookingRescheduled: _BOOKING_FIELDS,
    events.ContactBookingCompleted: _BOOKING_FIELDS,
    events.ContactBookingCancelled: _BOOKING_FIELDS,
    events.ContactInteractionLogged: {
        "interaction_id": st.uuids(),
        "type": KINDS,
        "description": TEXT,
        "occurred_at": TIMES,
        "booking_id": SOME_TEXT,
        "metadata": TEXT,
    },
    events.ContactInteractionCorrected: {
        "interaction_id": st.uuids(),
        "type": st.none() | KINDS,
        "description": SOME_TEXT,
        "occurred_at": st.none() | TIMES,
        "metadata": SOME_TEXT,
    },
    events.ContactInteractionRemoved: {"interaction_id": st.uuids()},
    events.ContactDeleted: {"email": TEXT},
    events.ContactRestored: {"email": TEXT},
    events.GroupCreated: {"group_name": TEXT, "description": TEXT, "color": TEXT},
    events.GroupChanged: {
        "group_name": SOME_TEXT,
        "previous_name": SOME_TEXT,
        "description": SOME_TEXT,
        "color": SOME_TEXT,
    },
    events.GroupDeleted: {"group_name": TEXT},
    events.OrganizerSettingsChanged: {
        "default_region": SOME_TEXT,
        "name_order": st.none() | st.sampled_from(["first_last", "last_first"]),
    },
    events.OrganizerSearchSaved: {"search_name": TEXT, "criteria": TEXT},
    events.OrganizerSearchDeleted: {"search_name": TEXT},
    events.OrganizerMappingSaved: {
        "mapping_name": TEXT,
        "columns": _tuples(st.builds(SavedColumn, header=st.just("x"), field=_FIELDS)),
    },
    events.OrganizerMappingDeleted: {"mapping_name": TEXT},
    events.OrganizerExportMade: {
        "format": TEXT,
        "fields": TAGS,
        "criteria": TEXT,
        "selected": COUNTS,
        "contacts": COUNTS,
        "is_lossless": st.booleans(),
        "file_name": TEXT,
    },
    import_events.ImportStarted: {
        "file_name": TEXT,
        "format": TEXT,
        "size_bytes": COUNTS,
        "sha256": TEXT,
        "rows": COUNTS,
        "units": COUNTS,
        "plan": _PLANS,
    },
    import_events.ImportConfirmed: {"plan": _PLANS},
    import_events.ImportRowsTakenIn: {
        **dict.fromkeys(
            ("unit", "last_row", "created", "updated", "merged", "skipped", "failed"), COUNTS
        ),
        "errors": _tuples(_PROBLEMS),
        "warnings": _tuples(_PROBLEMS),
    },
    import_events.ImportCompleted: {},
    import_events.ImportCancelled: {},
    import_events.ImportUndoStarted: {},
    import_events.ImportContactsUndone: {
        "through_position": COUNTS,
        "restored": COUNTS,
        "removed": COUNTS,
        "kept": _tuples(
            st.builds(import_events.KeptChange, contact_id=st.uuids(), field=TEXT, reason=TEXT)
        ),
    },
    import_events.ImportUndone: {},
}


def events_of(event_type: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of a type, every field of it drawn."""
    return st.builds(event_type, **EVENT_STRATEGIES[event_type])


NAMES = st.sampled_from(["", "  ", "Ada", "Ada Byron", "Ada King", "Dr. Ada King Noel"])
PHONES = st.sampled_from(["", "+44 20 7946 0958", "+49 30 901820", "020 7946", "call me"])
SPELLINGS = st.sampled_from(["ada@example.org", "Ada@example.org", "ADA@Example.org"])


def booking_messages(message_ids: st.SearchStrategy[str]) -> st.SearchStrategy[BookingCommand]:
    """Messages about two bookings of one invitee, few of everything so that values collide."""
    return st.builds(
        a_booking,
        st.sampled_from(["created", "rescheduled", "completed", "cancelled"]),
        booking_id=st.sampled_from(["A", "B"]),
        starts_at=st.integers(1, 3).map(lambda day: NOW + timedelta(days=day)),
        invitee_name=NAMES,
        invitee_email=SPELLINGS,
        invitee_phone=PHONES,
        occurred_at=st.integers(0, 2).map(lambda hour: NOW.replace(hour=hour)),
        message_id=message_ids,
    )


def commands_about(
    contact_id: UUID, group_ids: list[UUID], interaction_ids: list[UUID]
) -> st.SearchStrategy[Command]:
    """Any idempotent command that may concern the contact of ada@example.org."""
    about = {"organizer_id": st.just(ORGANIZER), "contact_id": st.just(contact_id)}
    words = st.sampled_from(["", "a", "b"])
    tags = st.lists(st.sampled_from(["a", "A", "b", "c"]), max_size=3)
    interactions = st.sampled_from(interaction_ids)
    optional = {
        "email": SPELLINGS | st.just("taken@example.org"),
        "first_name": st.sampled_from(["Ada", "Grace"]),
        **dict.fromkeys(("last_name", "company", "job_title", "notes"), words),
        "phone": PHONES,
    }
    corrections = {
        "type": KINDS,
        "description": st.sampled_from(["a", "b"]),
        "occurred_at": st.sampled_from([NOW, NOW - timedelta(days=1)]),
        "metadata": st.sampled_from([{}, {"a": 1}]),
    }
    plain = (
        commands.DeactivateContact,
        commands.ReactivateContact,
        commands.DeleteContact,
        commands.RestoreContact,
    )
    return st.one_of(
        *(st.builds(command_type, **about) for command_type in plain),
        _with_some(commands.EditContact, about, optional),
        *(
            st.builds(command_type, **about, tags=tags)
            for command_type in (commands.TagContact, commands.UntagContact)
        ),
        *(
            st.builds(command_type, **about, group_id=st.sampled_from(group_ids))
            for command_type in (commands.AddContactToGroup, commands.RemoveContactFromGroup)
        ),
        st.builds(commands.LogInteraction, **about, interaction_id=interactions, **corrections),
        _with_some(
            commands.CorrectInteraction, about | {"interaction_id": interactions}, corrections
        ),
        st.builds(commands.RemoveInteraction, **about, interaction_id=interactions),
        st.builds(
            a_row,
            on_duplicate=st.sampled_from(["skip", "update", "merge"]),
            email=SPELLINGS,
            first_name=st.sampled_from(["", "Ada", "ada", "King"]),
            last_name=st.sampled_from(["", "King"]),
            phone=PHONES,
            company=words,
            notes=words,
            tags=tags,
        ),
        booking_messages(st.sampled_from("123456")),
    )


def _with_some(
    command_type: type[Command],
    required: dict[str, st.SearchStrategy[Any]],
    optional: dict[str, st.SearchStrategy[Any]],
) -> st.SearchStrategy[Command]:
    fields = st.fixed_dictionaries(required, optional=optional)
    return fields.map(lambda drawn: command_type(**drawn))
