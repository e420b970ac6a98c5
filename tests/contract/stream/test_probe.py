"""What every probe answers: one suite for the fake and for Kafka."""

import time
import uuid
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from fake_probe import FakePartition, FakeProbe
from kafka import KafkaProducer
from kafka import TopicPartition as KafkaPartition
from kafka.admin import NewTopic

from core.errors import RetryError
from core.kafka import admin_client, producer_client
from core.settings import Settings
from services.local.servers import running
from stream.apply import Probe
from stream.model import ProbeAnswer, TopicPartition
from stream.probe import KafkaProbe


class World(Protocol):
    """A topic of one partition, and the probe that is asked about it."""

    topic: str
    probe: Probe

    def create(self) -> None: ...
    def delete(self) -> None: ...
    def write(self, count: int) -> None: ...
    def transaction(self, count: int, *, committed: bool) -> None: ...
    def delete_below(self, offset: int) -> None: ...


class FakeWorld:
    """The fake's own rules, which the suite holds against Kafka's."""

    def __init__(self) -> None:
        self.topic = "topic"
        self.probe = FakeProbe()
        self.made = 0

    def create(self) -> None:
        self.made += 1
        self.probe.ids[self.topic] = f"id-{self.made}"
        self.probe.partitions[self.topic, 0] = FakePartition()

    def delete(self) -> None:
        del self.probe.ids[self.topic]

    def write(self, count: int) -> None:
        for _ in range(count):
            self._partition.append()

    def transaction(self, count: int, *, committed: bool) -> None:
        for _ in range(count):
            self._partition.append(is_readable=committed)
        self._partition.append(is_readable=False)

    def delete_below(self, offset: int) -> None:
        self._partition.log_start = offset
        self._partition.readable = {one for one in self._partition.readable if one >= offset}

    @property
    def _partition(self) -> FakePartition:
        return self.probe.partition(self.topic)


class KafkaWorld:
    """A topic of its own on a real broker."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self.topic = f"probe-{uuid.uuid4().hex[:8]}"
        self.probe = KafkaProbe(servers)

    def create(self) -> None:
        with admin_client(self.servers) as admin:
            admin.create_topics([NewTopic(name=self.topic, num_partitions=1, replication_factor=1)])

    def delete(self) -> None:
        with admin_client(self.servers) as admin:
            admin.delete_topics([self.topic])
            deadline = time.monotonic() + 20
            while self.topic in admin.list_topics():
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def write(self, count: int) -> None:
        with producer_client(self.servers) as producer:
            self._send(producer, count)

    def transaction(self, count: int, *, committed: bool) -> None:
        with producer_client(self.servers, transactional_id=uuid.uuid4().hex) as producer:
            producer.init_transactions()
            producer.begin_transaction()
            self._send(producer, count)
            if committed:
                producer.commit_transaction()
            else:
                producer.abort_transaction()

    def delete_below(self, offset: int) -> None:
        with admin_client(self.servers) as admin:
            admin.delete_records({KafkaPartition(self.topic, 0): offset})

    def _send(self, producer: KafkaProducer, count: int) -> None:
        for number in range(count):
            producer.send(self.topic, key=b"k", value=b"%d" % number)
        producer.flush()


@pytest.fixture(scope="module")
def kafka_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("kafka")
    settings = Settings(data_dir=folder, database_url=None, kafka_bootstrap_servers=None)
    with running(settings, postgres=False) as endpoints:
        yield endpoints.kafka_bootstrap_servers


@pytest.fixture(params=["fake", pytest.param("kafka", marks=pytest.mark.integration)])
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "fake":
        yield FakeWorld()
        return
    world = KafkaWorld(request.getfixturevalue("kafka_servers"))
    yield world
    world.probe.close()


def ask(world: World, offset: int) -> ProbeAnswer:
    return world.probe.ask(TopicPartition(world.topic, world.probe.topic_id(world.topic), 0), offset)


def test_an_empty_partition_holds_nothing(world: World) -> None:
    world.create()
    assert ask(world, 0) == ProbeAnswer(0, None, 0)


def test_the_first_record_at_or_after_an_offset_is_named(world: World) -> None:
    world.create()
    world.write(4)
    assert [ask(world, offset) for offset in (0, 2, 3)] == [ProbeAnswer(0, first, 4) for first in (0, 2, 3)]


def test_at_and_past_the_end_there_is_none(world: World) -> None:
    world.create()
    world.write(2)
    assert ask(world, 2) == ProbeAnswer(0, None, 2)
    assert ask(world, 9) == ProbeAnswer(0, None, 2)


def test_an_aborted_transaction_is_no_record(world: World) -> None:
    world.create()
    world.transaction(3, committed=False)
    assert ask(world, 0) == ProbeAnswer(0, None, 4)


def test_markers_and_aborted_records_are_stepped_over(world: World) -> None:
    world.create()
    world.transaction(2, committed=True)
    world.transaction(2, committed=False)
    world.write(1)
    assert [ask(world, offset).first for offset in (0, 1, 2, 4, 6, 7)] == [0, 1, 6, 6, 6, None]
    assert ask(world, 0).end == 7


def test_deleted_records_raise_the_start_of_the_log(world: World) -> None:
    world.create()
    world.write(5)
    world.delete_below(3)
    assert ask(world, 0) == ProbeAnswer(3, 3, 5)
    assert ask(world, 4) == ProbeAnswer(3, 4, 5)
    world.delete_below(5)
    assert ask(world, 0) == ProbeAnswer(5, None, 5)


def test_a_topic_made_again_has_another_id_and_starts_at_0(world: World) -> None:
    world.create()
    world.write(3)
    before = world.probe.topic_id(world.topic)
    world.delete()
    world.create()
    world.write(1)
    assert world.probe.topic_id(world.topic) != before
    assert ask(world, 0) == ProbeAnswer(0, 0, 1)


def test_a_topic_that_is_not_there_may_come(world: World) -> None:
    with pytest.raises(RetryError, match="does not exist"):
        world.probe.topic_id(world.topic)
    world.create()
    assert world.probe.topic_id(world.topic)
