"""Whatever bytes arrive: a command or a typed refusal, and no refusal tells who the invitee is."""

from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters import Contacts
from adapters.bookings.messages import command_of
from contacts_domain.errors import Refused
from contacts_domain.outcomes import Receipt
from tests.adapters.booking_messages import ABSENT, a_message, bytes_of, encoded
from tests.adapters.strategies import ANY_TEXT, JSON_VALUES, mutated

_organizers = count(1)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(message: bytes) -> None:
    """Nothing that random bytes are is a booking, and nothing but a refusal is raised."""
    with pytest.raises(Refused):
        command_of(message)


@given(JSON_VALUES.map(encoded))
def test_arbitrary_json_is_refused(message: bytes) -> None:
    """Documents of any shape meet a typed refusal."""
    with pytest.raises(Refused):
        command_of(message)


@given(mutated(a_message()).map(encoded))
def test_a_mutated_message_is_a_command_or_a_refusal(message: bytes) -> None:
    """Members replaced, removed and added, in the envelope and in the data."""
    with suppress(Refused):
        assert command_of(message).booking_id


@given(st.data())
def test_a_message_with_arbitrary_members_is_a_command_or_a_refusal(data: st.DataObject) -> None:
    """Every member of the data may hold any JSON value."""
    names = sorted(a_message()["data"])
    members = {name: data.draw(JSON_VALUES) for name in names if data.draw(st.booleans())}
    with suppress(Refused):
        command_of(bytes_of(**members))


@given(cut=st.integers(min_value=0), extra=st.binary(max_size=3))
def test_a_damaged_message_is_a_command_or_a_refusal(cut: int, extra: bytes) -> None:
    """Bytes removed or put in anywhere."""
    message = bytes_of()
    place = cut % len(message)
    with suppress(Refused):
        command_of(message[:place] + extra + message[place + 1 :])


@given(name=ANY_TEXT, phone=ANY_TEXT, event_type=ANY_TEXT, timezone=ANY_TEXT)
@example(name="\0", phone="\0", event_type="\0", timezone="\0")
@example(name=",", phone="+", event_type="", timezone="")
@example(name="()", phone="ext. 7", event_type="", timezone="")
def test_any_name_and_phone_become_a_contact(
    name: str, phone: str, event_type: str, timezone: str, contacts: Contacts
) -> None:
    """The whole way: a contact with a first name exists, and the list can show it."""
    organizer_id = f"organizer-{next(_organizers)}"
    command = command_of(
        bytes_of(
            organizer_id=organizer_id,
            invitee_name=name,
            invitee_phone=phone,
            event_type=event_type,
            timezone=timezone,
        )
    )
    receipt = contacts.handle(command)
    assert isinstance(receipt, Receipt)
    contact = contacts.contact_list.find(organizer_id, command.invitee_email)
    assert contact.first_name.strip()
    assert contact.total_bookings == 1


CANARIES = {
    "invitee_name": "Canaryname Canarylast",
    "invitee_email": "canary@canarydomain.example",
    "invitee_phone": "+49 89 7777777",
}

SPOILED: dict[str, dict[str, Any]] = {
    "no time": {"time": ABSENT},
    "time out of range": {"time": "0001-01-01T00:00:00+14:00"},
    "no booking": {"booking_id": ABSENT},
    "long booking id": {"booking_id": "b" * 300},
    "naive start": {"starts_at": "2026-11-20T10:00:00"},
    "blank organizer": {"organizer_id": " "},
    "long organizer": {"organizer_id": "o" * 101},
    "unknown type": {"type": "booking.exploded"},
    "newer data": {"dataschema": "/v2"},
    "bad schema": {"dataschema": "/latest"},
    "other content": {"datacontenttype": "text/xml"},
    "e-mail without at": {"invitee_email": "canarymail"},
    "e-mail with a space": {"invitee_email": "canary mail@canarydomain.example"},
    "e-mail with two ats": {"invitee_email": "canary@mail@canarydomain.example"},
    "e-mail of a bad domain": {"invitee_email": "canary@canary\N{UNDERTIE}domain.example"},
    "e-mail of mixed digits": {"invitee_email": "ada@canary\u0661\u06f1.example"},
    "e-mail of a long label": {"invitee_email": f"canary@{'canary' * 12}.example"},
    "e-mail with a display name": {"invitee_email": "Canary <canary@canarydomain.example>"},
    "e-mail quoted": {"invitee_email": '"canary mail"@canarydomain.example'},
    "e-mail as a list": {"invitee_email": ["canary@canarydomain.example"]},
    "e-mail as an object": {"invitee_email": {"canary@canarydomain.example": "Canaryname"}},
    "e-mail too long": {"invitee_email": "canary" * 100 + "@canarydomain.example"},
    "names in the wrong place": {"id": ["Canaryname"], "source": {"Canarylast": 1}},
}


def tells_something(told: str) -> bool:
    """Whether a part of the invitee's name, e-mail or phone is in the text."""
    return "canary" in told.lower() or "7777777" in told


@pytest.mark.parametrize("members", SPOILED.values(), ids=SPOILED)
def test_no_refusal_message_tells_who_the_invitee_is(members: dict[str, Any]) -> None:
    """Reasons name the member and the rule, never the value."""
    with pytest.raises(Refused) as refusal:
        command_of(bytes_of(**(CANARIES | members)))
    assert not tells_something(refusal.value.message)
    assert not tells_something(str(refusal.value))


def test_no_refusal_carries_the_invitee_in_its_details() -> None:
    """What is logged or parked with a refusal is its details, too."""
    telling: list[str] = []
    for kind, members in SPOILED.items():
        with pytest.raises(Refused) as refusal:
            command_of(bytes_of(**(CANARIES | members)))
        if tells_something(repr(refusal.value.details)):
            telling.append(kind)
    assert telling == []


def test_broken_json_tells_nothing_either() -> None:
    """The place of the mistake, not what stands there."""
    message = bytes_of(**CANARIES)
    for end in range(1, len(message), 7):
        with pytest.raises(Refused) as refusal:
            command_of(message[:end])
        assert not tells_something(refusal.value.message)


def test_a_reused_message_id_does_not_tell_the_invitee(contacts: Contacts) -> None:
    """The conflict is named by source and id."""
    first = a_message(**CANARIES)
    contacts.handle(command_of(encoded(first)))
    first["data"]["booking_id"] = "bk-other"
    with pytest.raises(Refused) as refusal:
        contacts.handle(command_of(encoded(first)))
    assert refusal.value.code == "message_id_reused"
    assert not tells_something(refusal.value.message)
