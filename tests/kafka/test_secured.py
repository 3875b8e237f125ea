"""Apache Kafka behind TLS and a login, both from the environment."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from adapters import Contacts
from adapters.kafka.consumer import BookingConsumer
from adapters.kafka.settings import KafkaSettings
from tests.adapters.workers import until
from tests.kafka.consuming import IDLE_SECONDS, Consuming, some_records
from tests.servers.apache_kafka import (
    PASSWORD,
    USER,
    ApacheKafkaBroker,
    Mechanism,
    Protocol,
)

pytestmark = pytest.mark.apache_kafka

Secured = Callable[..., KafkaSettings]


@pytest.fixture
def secured(
    apache_broker: ApacheKafkaBroker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> Secured:
    """Settings as an operator gives them, all of them variables of the environment, for a topic
    with three bookings."""
    apache_broker.produce(topic, some_records(3))

    def read(
        protocol: Protocol, mechanism: Mechanism | None = None, **other: str | None
    ) -> KafkaSettings:
        given: dict[str, str | None] = {
            "bootstrap_servers": apache_broker.servers(protocol),
            "topic": topic,
            "group": topic,
            "security_protocol": protocol,
            "session_timeout_ms": "2000",
        }
        if protocol.endswith("SSL"):
            given["ssl_cafile"] = str(apache_broker.certificate)
        if mechanism is not None:
            given |= {
                "sasl_mechanism": mechanism,
                "sasl_username": USER,
                "sasl_password": PASSWORD,
            }
        for name, value in (given | other).items():
            if value is not None:
                monkeypatch.setenv(f"CONTACTS_KAFKA_{name.upper()}", value)
        return KafkaSettings.read()

    return read


@pytest.mark.parametrize(
    ("protocol", "mechanism"),
    [
        ("SSL", None),
        ("SASL_PLAINTEXT", "PLAIN"),
        ("SASL_SSL", "PLAIN"),
        ("SASL_SSL", "SCRAM-SHA-256"),
        ("SASL_SSL", "SCRAM-SHA-512"),
    ],
)
def test_bookings_are_taken_in_through_tls_and_a_login(
    protocol: Protocol,
    mechanism: Mechanism | None,
    secured: Secured,
    contacts: Contacts,
) -> None:
    """And nothing that is logged holds the password."""
    with capture_logs() as lines:
        consumer = BookingConsumer(contacts, secured(protocol, mechanism), start="earliest")
        tally = consumer.run(until_idle=IDLE_SECONDS)
    assert tally.applied == 3
    started = next(line for line in lines if line["event"] == "consumer started")
    assert started["security_protocol"] == protocol
    assert PASSWORD not in repr(lines)


@pytest.mark.parametrize(
    ("wrong", "protocol", "mechanism"),
    [
        ({"sasl_password": "not-the-one"}, "SASL_SSL", "SCRAM-SHA-256"),
        ({"sasl_username": "mallory"}, "SASL_PLAINTEXT", "PLAIN"),
        ({"ssl_cafile": None}, "SSL", None),
        ({"security_protocol": "PLAINTEXT"}, "SSL", None),
    ],
)
def test_whoever_is_not_let_in_reads_nothing_and_says_so(
    wrong: dict[str, str | None],
    protocol: Protocol,
    mechanism: Mechanism | None,
    secured: Secured,
    contacts: Contacts,
) -> None:
    """It waits for what may be mended on the other side, and is not ready meanwhile."""
    settings = secured(protocol, mechanism, **wrong)
    running = Consuming(BookingConsumer(contacts, settings, start="earliest"))
    try:
        until(lambda: running.health.failing is not None)
        assert running.health.failing == "broker_unavailable"
        assert contacts.consumer_positions.all() == []
    finally:
        running.stop()
    assert running.error is None
