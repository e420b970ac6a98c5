"""Which partitions stand still, and which end below the ledger."""

from contextlib import nullcontext
from typing import Any, cast

import pytest

import stream.watch
from stream.model import ProbeAnswer, TopicPartition
from stream.watch import PartitionState, ledgers_ahead, observe_partitions, stalled_partitions

ONE = TopicPartition("profile-events", "id-1", 0)
TWO = TopicPartition("profile-events", "id-1", 1)


def test_a_partition_with_records_whose_ledger_did_not_move_is_read_again_from_the_ledger() -> None:
    before, now = {ONE: PartitionState(5, 9)}, {ONE: PartitionState(5, 12)}
    assert stalled_partitions(before, now) == {ONE: 5}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({}, {ONE: PartitionState(5, 9)}),
        ({ONE: PartitionState(5, 9)}, {ONE: PartitionState(6, 9)}),
        ({ONE: PartitionState(5, 5)}, {ONE: PartitionState(5, 9)}),
        ({ONE: PartitionState(5, 9)}, {ONE: PartitionState(5, 5)}),
        ({TWO: PartitionState(5, 9)}, {ONE: PartitionState(5, 9)}),
    ],
    ids=["seen first", "moved", "records came only now", "nothing to read", "another partition"],
)
def test_a_partition_that_may_just_be_busy_is_left_alone(
    before: dict[TopicPartition, PartitionState], now: dict[TopicPartition, PartitionState]
) -> None:
    assert stalled_partitions(before, now) == {}


def test_a_partition_that_ends_below_the_ledger_is_named() -> None:
    assert ledgers_ahead({ONE: PartitionState(5, 4), TWO: PartitionState(5, 5)}) == [ONE]


class FixedProbe:
    def __init__(self, answers: dict[TopicPartition, ProbeAnswer]) -> None:
        self.answers = answers
        self.asked: list[tuple[TopicPartition, int]] = []

    def ask(self, place: TopicPartition, offset: int) -> ProbeAnswer:
        self.asked.append((place, offset))
        return self.answers[place]

    def topic_id(self, topic: str) -> str:
        raise NotImplementedError


class NoEngine:
    def connect(self) -> nullcontext[None]:
        return nullcontext()


@pytest.mark.parametrize(
    ("ledger", "answer", "expected"),
    [
        ({ONE: 5}, ProbeAnswer(0, 5, 9), PartitionState(5, 9)),
        ({ONE: 5}, ProbeAnswer(0, None, 6), PartitionState(5, 5)),
        ({ONE: 5}, ProbeAnswer(0, None, 5), PartitionState(5, 5)),
        ({ONE: 5}, ProbeAnswer(0, None, 3), PartitionState(5, 3)),
        ({}, ProbeAnswer(2, 2, 9), PartitionState(2, 9)),
        ({}, ProbeAnswer(0, None, 0), PartitionState(0, 0)),
    ],
    ids=["records wait", "only a marker waits", "at the end", "log truncated", "never seen", "empty"],
)
def test_the_state_of_a_partition_counts_only_what_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
    ledger: dict[TopicPartition, int],
    answer: ProbeAnswer,
    expected: PartitionState,
) -> None:
    monkeypatch.setattr(stream.watch, "read_offsets", lambda *_: ledger)
    probe = FixedProbe({ONE: answer})
    assert observe_partitions(cast("Any", NoEngine()), probe, "group", [ONE]) == {ONE: expected}
    assert probe.asked == [(ONE, ledger.get(ONE, 0))]
