"""Booking messages on a topic, the same in every run: what `people.live` tells of bookings."""

from collections.abc import Iterator

from benchmarks.people import MESSAGES, NOW, STRETCH_PEOPLE, details, organizer_of
from contacts_domain.commands import (
    BookingCommand,
    CancelBooking,
    CompleteBooking,
    RecordBooking,
    RescheduleBooking,
)
from tests.acceptance.messages import a_message
from tests.servers.kafka import KafkaBroker

STRETCH_MESSAGES = sum(people for _kind, people in MESSAGES)
BATCHES = {"batch_size": 16_384, "linger_ms": 5}
"""How a platform's producer would send: some forty messages a batch."""
KINDS: dict[type[BookingCommand], str] = {
    RecordBooking: "created",
    CompleteBooking: "completed",
    CancelBooking: "cancelled",
    RescheduleBooking: "rescheduled",
}


def messages_of(stretch: int) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each message of a stretch: bookings of its people, and what came of them."""
    organizer_id = organizer_of(stretch)
    for kind, people in MESSAGES:
        for number in range(stretch * STRETCH_PEOPLE, stretch * STRETCH_PEOPLE + people):
            person = details(number)
            value = a_message(
                KINDS[kind],
                id=f"{KINDS[kind]}-{number}",
                time=NOW.isoformat(),
                organizer_id=organizer_id,
                booking_id=f"bk-{number}",
                invitee_name=f"{person['first_name']} {person['last_name']}",
                invitee_email=person["email"],
            )
            yield organizer_id.encode(), value


def produce(broker: KafkaBroker, topic: str, count: int, partitions: int = 1) -> int:
    """Write whole stretches, `count` messages at least, each organizer's to one partition; how many
    stretches."""
    stretches = -(-count // STRETCH_MESSAGES)
    with broker.a_producer(**BATCHES) as producer:
        for stretch in range(stretches):
            for key, value in messages_of(stretch):
                producer.send(topic, key=key, value=value, partition=stretch % partitions)
        producer.flush()
    return stretches
