"""All Hypothesis strategies: feeds of booking messages, and histories of an address book."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from contacts_domain.commands import BookingCommand
from tests.builders import BOOKING_COMMANDS
from tests.scenario import NOW

EMAILS = ("ada@example.org", "Ada@Example.org", "ADA@EXAMPLE.ORG", "grace@example.net")
NAMES = ("", "Ada Lovelace", "Ada King", "Dr. Grace Hopper", "Lovelace, Ada", "王小明")
PHONES = ("", "+44 20 7946 0958", "+1 202 555 0123", "call me")
BOOKING_IDS = ("bk-1", "bk-2", "bk-3")

small_times = st.integers(0, 6).map(lambda hours: NOW - timedelta(hours=hours))
"""Few moments, so that messages of the same time are common."""

starts = st.integers(-3, 5).map(lambda days: NOW + timedelta(days=days))


@st.composite
def booking_feeds(draw: st.DrawFn, max_size: int = 12) -> list[dict[str, Any]]:
    """Messages as the fields of commands, each with an id of its own, in any order."""
    size = draw(st.integers(1, max_size))
    return [draw(_message(f"evt-{number}")) for number in range(size)]


@st.composite
def _message(draw: st.DrawFn, message_id: str) -> dict[str, Any]:
    starts_at = draw(starts)
    return {
        "status": draw(st.sampled_from(list(BOOKING_COMMANDS))),
        "booking_id": draw(st.sampled_from(BOOKING_IDS)),
        "event_type": draw(st.sampled_from(("Intro call", "Interview"))),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "invitee_name": draw(st.sampled_from(NAMES)),
        "invitee_email": draw(st.sampled_from(EMAILS)),
        "invitee_phone": draw(st.sampled_from(PHONES)),
        "message_id": message_id,
        "message_source": draw(st.sampled_from(("/bookings", "/other"))),
        "occurred_at": draw(small_times),
    }


def as_commands(feed: Sequence[dict[str, Any]], organizer_id: str) -> list[BookingCommand]:
    """The messages of a feed for one organizer."""
    return [
        BOOKING_COMMANDS[message["status"]](
            organizer_id=organizer_id,
            **{name: value for name, value in message.items() if name != "status"},
        )
        for message in feed
    ]


@st.composite
def delivered(draw: st.DrawFn, feed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same messages in another order, some of them more than once."""
    repeated = draw(st.lists(st.sampled_from(list(feed)), max_size=len(feed)))
    return draw(st.permutations([*feed, *repeated]))


batch_sizes = st.integers(1, 7)

OPERATIONS = (
    "create",
    "edit",
    "rename",
    "change_email",
    "tag",
    "untag",
    "deactivate",
    "reactivate",
    "delete",
    "restore",
    "create_group",
    "change_group",
    "delete_group",
    "join",
    "leave",
    "log",
    "correct",
    "remove",
    "book",
    "import",
    "settings",
    "save_search",
    "delete_search",
)

steps = st.tuples(
    st.sampled_from(OPERATIONS),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(("", "Acme", "ACME", "Wayne & Söhne", "100 % natural_foods", "Ω-Labs")),
)
"""What to do, with which contact and group (by number), and a text to do it with."""

histories = st.lists(steps, min_size=1, max_size=25)


class Person(NamedTuple):
    """A contact to be filtered."""

    name: str
    company: str
    tags: tuple[str, ...]
    is_friend: bool
    bookings: tuple[tuple[int, bool], ...]
    """The day on which each starts, and whether it was cancelled."""
    is_active: bool


PEOPLE = st.lists(
    st.builds(
        Person,
        name=st.sampled_from(("Ada", "Adam", "Bob", "Madam Byron")),
        company=st.sampled_from(("", "Acme", "ACME", "Acme Sons", "Bobs")),
        tags=st.lists(st.sampled_from(("vip", "press", "Lead")), unique=True).map(tuple),
        is_friend=st.booleans(),
        bookings=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=3).map(tuple),
        is_active=st.sampled_from((True, True, False)),
    ),
    min_size=1,
    max_size=6,
)

_DAYS = st.integers(0, 5).map(lambda days: NOW + timedelta(days=days))
_SOME_TAGS = st.lists(st.sampled_from(("vip", "press", "lead", "none")), max_size=2)

CRITERIA = st.lists(
    st.one_of(
        st.tuples(st.just("search"), st.sampled_from(("a", "ad", "bo", "ada", "dam", "acm", "me"))),
        st.tuples(st.sampled_from(("tags", "any_tags")), _SOME_TAGS),
        st.tuples(st.just("group"), st.just("Friends")),
        st.tuples(st.just("is_active"), st.sampled_from((True, False, None))),
        st.tuples(st.just("company"), st.sampled_from(("acme", "bobs", "none"))),
        st.tuples(st.just("has_bookings"), st.booleans()),
        st.tuples(st.sampled_from(("min_bookings", "max_bookings")), st.integers(0, 3)),
        st.tuples(st.sampled_from(("last_booking_after", "last_booking_before")), _DAYS),
        st.tuples(st.sampled_from(("created_after", "created_before")), _DAYS),
    ),
    max_size=3,
).map(dict)
"""Criteria of the contact list, in any combination."""
