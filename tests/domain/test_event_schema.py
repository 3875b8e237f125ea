"""The storage format: what is stored is read back the same, and what is not known is refused."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from contacts_domain import event_schema, events, import_events
from contacts_domain.errors import CorruptEvent, UnknownEvent
from contacts_domain.event_schema import (
    EVENT_NAMES,
    EVENT_TYPES,
    EventMapper,
    Provenance,
    RecordedEvent,
    current_version,
    decode,
    encode,
)
from contacts_domain.events import Event
from tests.domain.event_strategies import EVENT_STRATEGIES, events_of
from tests.domain.golden_events import GOLDEN_EVENTS

PRIVATE = "ada-in-private"
CREATED = f'{{"email":"{PRIVATE}@example.org","first_name":"Ada"'


def leaves(event_type: type[Event]) -> Iterator[type[Event]]:
    """The classes of events that can happen."""
    for each in event_type.__subclasses__():
        if each.__module__ in (events.__name__, import_events.__name__):
            yield from leaves(each) if each.__subclasses__() else [each]


def test_every_event_has_one_stored_name() -> None:
    """The registry is complete, and no name or class stands in it twice."""
    assert set(EVENT_TYPES.values()) == set(leaves(Event))
    assert len(EVENT_NAMES) == len(EVENT_TYPES)


def test_stored_names_are_never_python_paths() -> None:
    """`contact.`, `group.` or `organizer.` and what happened."""
    for name in EVENT_TYPES:
        aggregate, _, happened = name.partition(".")
        assert aggregate in {"contact", "group", "import", "organizer"}
        assert happened.replace("_", "").isalpha()


def test_every_field_of_every_event_is_drawn() -> None:
    """The round trip below leaves nothing out."""
    drawn = {event_type: set(fields) for event_type, fields in EVENT_STRATEGIES.items()}
    assert drawn == {event_type: set(event_type.model_fields) for event_type in EVENT_NAMES}


@pytest.mark.parametrize("name", EVENT_TYPES)
@given(data=st.data())
def test_a_stored_event_is_read_back_the_same(name: str, data: st.DataObject) -> None:
    """Whatever its fields hold; storing it again gives the same bytes."""
    event = data.draw(events_of(EVENT_TYPES[name]))
    state = encode(event)
    read = decode(name, current_version(name), state)
    assert read == event
    assert encode(read) == state


def test_fields_that_are_none_are_not_stored() -> None:
    """Blank is a value, none is not."""
    assert encode(events.ContactDetailsChanged(company="")) == b'{"company":"","origin":"entered"}'


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("contact.created", b'{"email":"a@b.org","first_name":"A"}'),
        ("contact.details_changed", b"{}"),
        ("group.created", b'{"group_name":"G","color":"#0066cc"}'),
        ("group.changed", b"{}"),
    ],
)
def test_fields_with_defaults_may_be_missing(name: str, state: bytes) -> None:
    """As they are in events that were stored before the field was added."""
    assert isinstance(decode(name, 1, state), EVENT_TYPES[name])


@pytest.mark.parametrize(
    "name", ["contact.married", "", "Contact.Created", "contacts_domain.events.ContactCreated"]
)
def test_an_unknown_name_is_refused(name: str) -> None:
    """Never guessed, never imported."""
    with pytest.raises(UnknownEvent) as caught:
        decode(name, 1, CREATED.encode())
    assert caught.value.details == {"name": name}
    assert PRIVATE not in str(caught.value)


@pytest.mark.parametrize("name", EVENT_TYPES)
@pytest.mark.parametrize("step", [1, 100])
def test_a_newer_version_is_refused(name: str, step: int) -> None:
    """It was written by a newer library, which knows what it means."""
    version = current_version(name) + step
    with pytest.raises(UnknownEvent, match="upgrade") as caught:
        decode(name, version, encode(GOLDEN_EVENTS[name]))
    assert caught.value.details == {"name": name, "schema_version": version}


@pytest.mark.parametrize("version", [0, -1])
def test_versions_begin_with_one(version: int) -> None:
    """Anything below was never written."""
    with pytest.raises(UnknownEvent):
        decode("contact.created", version, CREATED.encode() + b"}")


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("", [""]),
        (CREATED, [""]),
        ("[]", [""]),
        ("null", [""]),
        (f'"{PRIVATE}"', [""]),
        (f'{{"email":"{PRIVATE}"}}', ["first_name"]),
        (f'{CREATED},"last_name":null}}', ["last_name"]),
        (f'{CREATED},"phone":["{PRIVATE}"]}}', ["phone"]),
        (f'{CREATED},"tags":["a",["{PRIVATE}"]]}}', ["tags.1"]),
        (f'{CREATED},"origin":"{PRIVATE}"}}', ["origin"]),
        (f'{CREATED},"nickname":"{PRIVATE}"}}', ["nickname"]),
    ],
)
def test_corrupt_content_is_refused_without_telling_it(state: str, fields: list[str]) -> None:
    """The fields are named, their values are not: errors end up in logs."""
    with pytest.raises(CorruptEvent) as caught:
        decode("contact.created", 1, state.encode())
    assert caught.value.details == {"name": "contact.created", "fields": fields}
    assert PRIVATE not in f"{caught.value} {caught.value.details}"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("state", [b"\xff\xfe", b'{"email":"\xff","first_name":"A"}', b"\0"])
def test_bytes_that_are_no_text_are_refused(state: bytes) -> None:
    """A damaged file is no reason for another kind of error."""
    with pytest.raises(CorruptEvent):
        decode("contact.created", 1, state)


@pytest.mark.parametrize(
    "when", ["2026-11-19T10:00:00", "yesterday", "null", "0001-01-01T00:00:00+05:00"]
)
def test_a_time_without_an_offset_is_corrupt(when: str) -> None:
    """Times are stored in UTC; whatever has no such time was never stored by this library."""
    state = encode(GOLDEN_EVENTS["contact.interaction_logged"]).decode()
    with pytest.raises(CorruptEvent):
        decode(
            "contact.interaction_logged", 1, state.replace("2026-11-19T09:00:00Z", when).encode()
        )


def to_version_2(state: dict[str, Any]) -> dict[str, Any]:
    """As if version 1 had had one `label` instead of tags."""
    return {"tags": [state["label"]]}


def to_version_3(state: dict[str, Any]) -> dict[str, Any]:
    """As if version 2 had not been in lower case."""
    return {"tags": [tag.lower() for tag in state["tags"]]}


@pytest.fixture
def third_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """`contact.tagged` as if it had two versions behind it."""
    monkeypatch.setitem(event_schema.UPCASTERS, "contact.tagged", (to_version_2, to_version_3))


@pytest.mark.usefixtures("third_version")
@pytest.mark.parametrize(
    ("version", "state"),
    [(1, b'{"label":"VIP"}'), (2, b'{"tags":["VIP"]}'), (3, b'{"tags":["vip"]}')],
)
def test_an_older_version_is_upcast_step_by_step(version: int, state: bytes) -> None:
    """Every version ever written reads as the event of today."""
    assert decode("contact.tagged", version, state) == events.ContactTagged(tags=("vip",))


@pytest.mark.usefixtures("third_version")
def test_events_are_written_in_the_current_version() -> None:
    """And a version beyond it is refused."""
    stored = EventMapper().to_stored_event(recorded(events.ContactTagged(tags=("vip",))))
    assert stored.schema_version == current_version("contact.tagged") == 3
    with pytest.raises(UnknownEvent):
        decode("contact.tagged", 4, b'{"tags":["vip"]}')


@pytest.mark.usefixtures("third_version")
@pytest.mark.parametrize("state", [b"{", b"[]", b"null", b"{}", b'{"label":5}', b"\xff"], ids=ascii)
def test_corrupt_content_of_an_older_version_is_refused_too(state: bytes) -> None:
    """An upcaster that stumbles over it is no reason for another kind of error."""
    with pytest.raises(CorruptEvent):
        decode("contact.tagged", 1, state)


def recorded(event: Event) -> RecordedEvent:
    """The event with a place."""
    return RecordedEvent(uuid4(), 7, "acme", event, Provenance("ada", "cli", "c-1", "c-2", "c-3"))


@pytest.mark.parametrize("name", GOLDEN_EVENTS)
def test_an_event_keeps_its_envelope(name: str) -> None:
    """Stream, version, organizer and provenance survive the way to the store and back."""
    event, mapper = recorded(GOLDEN_EVENTS[name]), EventMapper()
    stored = mapper.to_stored_event(event)
    assert (stored.topic, stored.schema_version) == (name, 1)
    assert mapper.to_domain_event(stored) == event


def test_an_event_without_an_envelope_is_not_ours() -> None:
    """It is refused by name."""
    with pytest.raises(CorruptEvent, match=r"contact\.deactivated"):
        EventMapper().to_domain_event(StoredEvent(uuid4(), 1, "contact.deactivated", b"{}"))
