"""The watcher keeps the topics' ids, tells a partition that stands still, and leaves errors of servers to batches."""

from typing import Any, cast

import pytest

import stream.worker.watcher
from core.errors import RetryError
from stream.metrics import worker_metrics
from stream.model import TopicPartition
from stream.watch import PartitionState
from stream.worker.watcher import Watcher

TOPIC = "profile-events"


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ids = {TOPIC: "id-1"}
        self.states: dict[int, PartitionState] = {}
        self.error: Exception | None = None
        self.closed = 0
        self.metrics = worker_metrics()
        monkeypatch.setattr(stream.worker.watcher, "observe_partitions", self.observe)
        me = cast("Any", self)
        self.watcher = Watcher(me, me, "group", self.metrics, lambda: dict(self.ids))

    def close(self) -> None:
        self.closed += 1

    def observe(
        self, _engine: object, _probe: object, _group: str, places: list[TopicPartition]
    ) -> dict[TopicPartition, PartitionState]:
        if self.error is not None:
            raise self.error
        return {place: self.states[place.partition] for place in places}

    def look(self, *partitions: int) -> dict[tuple[str, int], int]:
        return self.watcher.look([(TOPIC, number) for number in partitions])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_a_partition_that_stood_still_over_two_looks_is_to_be_read_from_the_ledger(world: World) -> None:
    world.states = {0: PartitionState(5, 9), 1: PartitionState(5, 9)}
    assert world.look(0, 1) == {}
    world.states = {0: PartitionState(5, 9), 1: PartitionState(7, 9)}
    assert world.look(0, 1) == {(TOPIC, 0): 5}


def test_a_partition_that_came_just_now_is_looked_at_twice_first(world: World) -> None:
    world.states = {0: PartitionState(5, 9), 1: PartitionState(5, 9)}
    world.look(0)
    assert world.look(0, 1) == {(TOPIC, 0): 5}


def test_a_topic_made_again_is_another_partition(world: World) -> None:
    world.states = {0: PartitionState(5, 9)}
    world.look(0)
    world.ids = {TOPIC: "id-2"}
    assert world.look(0) == {}
    assert world.watcher.topic_id(TOPIC) == "id-2"


def test_a_topic_that_is_gone_is_skipped_and_may_come_back(world: World) -> None:
    world.states = {0: PartitionState(5, 9)}
    world.ids = {}
    assert world.look(0) == {}
    with pytest.raises(RetryError, match="does not exist"):
        world.watcher.topic_id(TOPIC)
    world.ids = {TOPIC: "id-2"}
    assert world.watcher.topic_id(TOPIC) == "id-2"


def test_servers_that_are_away_are_left_to_the_batches(world: World) -> None:
    world.states = {0: PartitionState(5, 9)}
    world.look(0)
    world.error = RetryError("away")
    assert world.look(0) == {}
    assert world.closed == 1
    world.error = None
    assert world.look(0) == {(TOPIC, 0): 5}


def test_an_error_of_ours_is_not_hidden(world: World) -> None:
    world.error = ZeroDivisionError("ours")
    with pytest.raises(ZeroDivisionError):
        world.look(0)


def test_the_lag_is_a_metric_and_never_negative(world: World) -> None:
    world.states = {0: PartitionState(5, 9), 1: PartitionState(5, 3)}
    world.look(0, 1)
    values = [
        world.metrics.registry.get_sample_value("canonym_ledger_lag", {"topic": TOPIC, "partition": number})
        for number in "01"
    ]
    assert values == [4, 0]
