"""A subscription yields what is recorded, then waits for what comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

from adapters import Contacts
from adapters.event_store.polling import SELECT_LIMIT
from contacts_domain.commands import TagContact
from tests.builders import ORGANIZER, a_contact, a_group

PATIENCE_SECONDS = 20


@contextmanager
def listening(
    subscription: Subscription[ApplicationRecorder],
) -> Iterator[Queue[Notification]]:
    """Another thread that follows the subscription until it is stopped here."""
    heard: Queue[Notification] = Queue()

    def listen() -> None:
        with subscription:
            for notification in subscription:
                heard.put(notification)

    thread = Thread(target=listen)
    thread.start()
    try:
        yield heard
    finally:
        subscription.stop()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def test_a_subscription_yields_recorded_events_and_then_new_ones(contacts: Contacts) -> None:
    """The past comes first, then every event as it is recorded, in the order of positions."""
    contacts.handle(a_group())
    with listening(contacts.book.recorder.subscribe()) as heard:
        first = heard.get(timeout=PATIENCE_SECONDS)
        contact_id = contacts.handle(a_contact()).id
        second = heard.get(timeout=PATIENCE_SECONDS)
        contacts.handle(TagContact(organizer_id=ORGANIZER, contact_id=contact_id, tags=("vip",)))
        third = heard.get(timeout=PATIENCE_SECONDS)
    assert [each.id for each in (first, second, third)] == [1, 2, 3]
    assert [each.topic for each in (first, second, third)] == [
        "group.created",
        "contact.created",
        "contact.tagged",
    ]


def test_a_subscription_is_stopped_from_another_thread_while_it_waits(contacts: Contacts) -> None:
    """A thread that waits on an empty log ends when it is told to."""
    with listening(contacts.book.recorder.subscribe()) as heard:
        pass
    assert heard.empty()


def test_a_subscription_starts_after_the_position_it_is_given(contacts: Contacts) -> None:
    """`gt` is exclusive."""
    contacts.handle_all([a_contact(), a_contact(), a_contact()])
    with listening(contacts.book.recorder.subscribe(gt=2)) as heard:
        assert heard.get(timeout=PATIENCE_SECONDS).id == 3


def test_a_subscription_passes_over_other_topics(contacts: Contacts) -> None:
    """Only the events that were asked for arrive."""
    contacts.handle_all([a_contact(), a_group(), a_contact(), a_group()])
    with listening(contacts.book.recorder.subscribe(topics=["group.created"])) as heard:
        arrived = [heard.get(timeout=PATIENCE_SECONDS).id for _ in range(2)]
    assert arrived == [2, 4]


def test_a_subscription_yields_more_events_than_one_select_brings(contacts: Contacts) -> None:
    """Nothing is lost or repeated where one select ends and the next begins."""
    count = SELECT_LIMIT + 10
    contacts.handle_all([a_contact() for _ in range(count)])
    with listening(contacts.book.recorder.subscribe()) as heard:
        arrived = [heard.get(timeout=PATIENCE_SECONDS).id for _ in range(count)]
    assert arrived == list(range(1, count + 1))
