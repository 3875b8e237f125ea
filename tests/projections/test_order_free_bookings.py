"""Any permutation and any duplication of the same booking messages ends in the same rows."""

from itertools import count, islice
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import Contacts
from tests import builders, strategies
from tests.read_tables import address_book
from tests.strategies import as_commands, booking_feeds, delivered

_organizers = (f"organizer-{number}" for number in count())


@given(data=st.data())
@settings(max_examples=80)
def test_order_and_repetition_of_messages_do_not_matter(
    contacts: Contacts, data: st.DataObject
) -> None:
    """One feed delivered in two ways gives two organizers the same address book."""
    feed = data.draw(booking_feeds())
    books = []
    for _ in range(2):
        organizer_id = next(_organizers)
        delivery = data.draw(delivered(feed))
        _deliver(contacts, delivery, organizer_id, data.draw(strategies.batch_sizes))
        books.append(address_book(contacts, organizer_id))
    assert books[0] == books[1]


@given(data=st.data())
@settings(max_examples=60)
def test_order_does_not_matter_to_contacts_that_were_entered_by_hand(
    contacts: Contacts, data: st.DataObject
) -> None:
    """A contact that a person added keeps what the person entered, whatever arrives how."""
    feed = data.draw(booking_feeds())
    phone = data.draw(st.sampled_from(("", "+1 202 555 0199")))
    books = []
    for _ in range(2):
        organizer_id = next(_organizers)
        contacts.handle(
            builders.a_contact(
                organizer_id=organizer_id,
                email="ada@example.org",
                first_name="Countess",
                last_name="Lovelace",
                phone=phone,
            )
        )
        _deliver(contacts, data.draw(delivered(feed)), organizer_id, batch_size=3)
        books.append(address_book(contacts, organizer_id))
        entered = contacts.contact_list.find(organizer_id, "ada@example.org")
        assert (entered.full_name, entered.email) == ("Countess Lovelace", "ada@example.org")
        assert not phone or entered.phone == phone
    assert books[0] == books[1]


def _deliver(
    contacts: Contacts, delivery: list[dict[str, Any]], organizer_id: str, batch_size: int
) -> None:
    commands = iter(as_commands(delivery, organizer_id))
    while batch := list(islice(commands, batch_size)):
        contacts.handle_all(batch)
