"""Fixtures: a real broker, and topics that nobody else uses."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import pytest

from tests.servers.apache_kafka import ApacheKafkaBroker
from tests.servers.kafka import KafkaBroker, OwnKafkaBroker, a_kafka_broker, kind_of_broker


class MakesTopics(Protocol):
    """How a test asks for a topic that differs from the usual one."""

    def __call__(self, *, partitions: int = 1, configs: Mapping[str, str] | None = None) -> str:
        """The name of a new topic, removed after the test."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without our own Apache Kafka the tests that need it do not belong to the run."""
    if kind_of_broker() == "apache":
        return
    kept, left_out = [], []
    for item in items:
        is_apache = item.get_closest_marker("apache_kafka") is not None
        (left_out if is_apache else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture(scope="session")
def broker() -> Iterator[KafkaBroker]:
    """A broker: the given one, our Apache Kafka or Tansu."""
    with a_kafka_broker() as broker:
        yield broker


@pytest.fixture
def apache_broker(broker: KafkaBroker) -> Iterator[ApacheKafkaBroker]:
    """Our Apache Kafka, which the test may stop; it runs again for the next one. Only for tests
    with the marker `apache_kafka`."""
    assert isinstance(broker, ApacheKafkaBroker)
    yield broker
    broker.start()


@pytest.fixture
def make_topic(broker: KafkaBroker) -> Iterator[MakesTopics]:
    """Makes topics of a unique name."""
    made: list[str] = []

    def make(*, partitions: int = 1, configs: Mapping[str, str] | None = None) -> str:
        made.append(broker.create_topic(partitions=partitions, configs=configs))
        return made[-1]

    yield make
    if isinstance(broker, OwnKafkaBroker):
        broker.start()
    present = set(broker.admin.list_topics())
    for topic in made:
        if topic in present:
            broker.delete_topic(topic)


@pytest.fixture
def topic(make_topic: MakesTopics) -> str:
    """An empty topic with one partition."""
    return make_topic()
