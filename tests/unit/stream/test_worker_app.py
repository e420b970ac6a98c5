"""What the worker acknowledges, where it reads again, and when it ends: with Faust's parts made of plain objects."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faust.types import TP

import stream.worker.app
from stream.errors import RetentionLossError
from stream.model import BatchReport, Record, TopicPartition
from stream.runner import BatchStoppedError
from stream.worker.app import EXIT_LOSS, EXIT_UNKNOWN, Consumption

TOPIC = "profile-events"


class ExitedError(Exception):
    """Stands for the end of the process."""


@dataclass
class World:
    """An app, a stream and a runner that note what happens to them."""

    outcome: BatchReport | Exception
    seek_error: Exception | None = None
    seeks_of_watcher: dict[tuple[str, int], int] = field(default_factory=dict)
    acked: list[tuple[int, int]] = field(default_factory=list)
    sought: list[tuple[TP, int]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    prepared: list[list[int]] = field(default_factory=list)
    applied: list[list[int]] = field(default_factory=list)
    given_up: list[tuple[int, int]] = field(default_factory=list)
    max_events: int = 500
    is_applying: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    gave_up: asyncio.Event = field(default_factory=asyncio.Event)

    # where batches are prepared
    def submit(self, records: Sequence[Record]) -> "World":
        self.prepared.append([record.offset for record in records])
        return self

    # the runner
    def run(self, relocate: Callable[[], list[Record]], pending: object) -> BatchReport:
        assert pending is self
        self.records = relocate()
        self.applied.append([record.offset for record in self.records])
        self.is_applying.set()
        assert self.may_go_on.wait(10)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    # the watcher
    def topic_id(self, topic: str) -> str:
        return f"id of {topic}"

    def look(self, assigned: frozenset[tuple[str, int]]) -> dict[tuple[str, int], int]:
        assert assigned == {(TOPIC, 0), (TOPIC, 1)}
        return self.seeks_of_watcher

    # the app and its consumer
    @property
    def consumer(self) -> "World":
        return self

    def assignment(self) -> set[TP]:
        return {TP(TOPIC, 0), TP(TOPIC, 1)}

    @property
    def unacked(self) -> "World":
        return self

    def discard(self, message: SimpleNamespace) -> None:
        self.given_up.append((message.partition, message.offset))

    async def seek(self, partition: TP, offset: int) -> None:
        self.sought.append((partition, offset))
        if self.seek_error is not None:
            raise self.seek_error

    # the stream
    async def ack(self, event: SimpleNamespace) -> None:
        self.acked.append((event.message.partition, event.message.offset))

    def act(self, action: Callable[[Consumption], Any]) -> None:
        with ThreadPoolExecutor(1) as executor:
            me = cast("Any", self)
            asyncio.run(action(Consumption(me, me, me, me, executor, max_events=self.max_events)))

    def consume(self, *events: SimpleNamespace) -> None:
        self.may_go_on.set()

        async def act(consumption: Consumption) -> None:
            await consumption.consume(cast("Any", self), events)
            await consumption.settled()

        self.act(act)


def event(partition: int, offset: int, headers: object = None) -> SimpleNamespace:
    message = SimpleNamespace(
        topic=TOPIC, partition=partition, offset=offset, key=b"k", value=b"v", headers=headers, timestamp=1.5
    )
    message.tp = TP(TOPIC, partition)
    return SimpleNamespace(message=message)


@pytest.fixture(autouse=True)
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        raise ExitedError

    monkeypatch.setattr(stream.worker.app.os, "_exit", leave)
    return codes


def place(partition: int) -> TopicPartition:
    return TopicPartition(TOPIC, f"id of {TOPIC}", partition)


def test_everything_applied_is_acknowledged() -> None:
    world = World(BatchReport())
    world.consume(event(0, 4), event(1, 7), event(0, 5))
    assert world.acked == [(0, 4), (1, 7), (0, 5)]
    assert world.sought == []


def test_what_must_be_read_again_is_not_acknowledged_nor_waited_for_and_sought() -> None:
    world = World(BatchReport(seeks={place(0): 5}))
    world.consume(event(0, 4), event(0, 5), event(0, 9), event(1, 9))
    assert world.acked == [(0, 4), (1, 9)]
    assert world.given_up == [(0, 5), (0, 9)]
    assert world.sought == [(TP(TOPIC, 0), 5)]


def test_a_seek_in_a_partition_that_went_elsewhere_ends_nothing() -> None:
    world = World(BatchReport(seeks={place(0): 5}), seek_error=RuntimeError("no current assignment"))
    world.consume(event(0, 9))
    assert world.sought == [(TP(TOPIC, 0), 5)]


def test_a_batch_given_up_is_not_acknowledged(exits: list[int]) -> None:
    world = World(BatchStoppedError())
    world.consume(event(0, 4))
    assert world.acked == []
    assert world.gave_up.is_set()
    assert exits == []


@pytest.mark.parametrize(
    ("error", "code"), [(RetentionLossError("lost"), EXIT_LOSS), (ZeroDivisionError("ours"), EXIT_UNKNOWN)]
)
def test_an_error_that_stays_ends_the_process_and_acknowledges_nothing(
    error: Exception, code: int, exits: list[int]
) -> None:
    world = World(error)
    with pytest.raises(ExitedError):
        world.consume(event(0, 4))
    assert exits == [code]
    assert world.acked == []


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (None, ()),
        ([("a", b"1"), ("a", b"2"), ("b", None)], (("a", b"1"), ("a", b"2"), ("b", b""))),
        ({"a": b"1"}, (("a", b"1"),)),
    ],
    ids=["none", "pairs", "mapping"],
)
def test_a_message_becomes_a_record_with_the_topics_id(
    headers: object, expected: tuple[tuple[str, bytes], ...]
) -> None:
    world = World(BatchReport())
    world.consume(event(1, 7, headers))
    assert world.records == [Record(place(1), 7, b"k", b"v", expected, 1_500)]


def test_a_partition_that_stands_still_is_read_again() -> None:
    world = World(BatchReport(), seeks_of_watcher={(TOPIC, 1): 3}, seek_error=RuntimeError("not assigned"))
    world.act(lambda consumption: consumption.watch())
    assert world.sought == [(TP(TOPIC, 1), 3)]


def test_nothing_is_read_again_while_one_batch_is_at_work() -> None:
    world = World(BatchReport(), seeks_of_watcher={(TOPIC, 1): 3})

    async def act(consumption: Consumption) -> None:
        await consumption.consume(cast("Any", world), [event(1, 3)])
        await asyncio.sleep(0)
        await consumption.watch()
        assert len(world.sought) == 1
        await consumption.watch()
        await consumption.watch()
        assert len(world.sought) == 1
        world.may_go_on.set()
        await consumption.settled()
        await consumption.watch()
        assert len(world.sought) == 2

    world.act(act)


def test_a_batch_is_prepared_while_the_one_before_it_is_applied_and_applied_after_it() -> None:
    world = World(BatchReport())

    async def act(consumption: Consumption) -> None:
        await consumption.consume(cast("Any", world), [event(0, 1)])
        await asyncio.to_thread(world.is_applying.wait, 10)
        await consumption.consume(cast("Any", world), [event(0, 2)])
        await asyncio.sleep(0)
        assert (world.prepared, world.applied) == ([[1], [2]], [[1]])
        world.may_go_on.set()
        await consumption.settled()
        assert world.applied == [[1], [2]]
        assert world.acked == [(0, 1), (0, 2)]

    world.act(act)


def test_after_a_batch_was_given_up_no_later_one_is_applied() -> None:
    world = World(BatchStoppedError())
    world.may_go_on.set()

    async def act(consumption: Consumption) -> None:
        await consumption.consume(cast("Any", world), [event(0, 1)])
        await consumption.settled()
        await consumption.consume(cast("Any", world), [event(0, 2)])
        await asyncio.sleep(0.01)

    world.act(act)
    assert (world.applied, world.acked) == ([[1]], [])


def test_what_arrives_while_batches_are_at_work_becomes_one_batch_of_bounded_size() -> None:
    world = World(BatchReport(), max_events=3)

    async def act(consumption: Consumption) -> None:
        await consumption.consume(cast("Any", world), [event(0, 1)])
        await asyncio.to_thread(world.is_applying.wait, 10)
        await consumption.consume(cast("Any", world), [event(0, 2)])
        await asyncio.sleep(0.01)
        await consumption.consume(cast("Any", world), [event(0, 3)])
        await consumption.consume(cast("Any", world), [event(0, 4)])
        full = asyncio.ensure_future(consumption.consume(cast("Any", world), [event(0, 5), event(0, 6)]))
        await asyncio.sleep(0.01)
        assert not full.done()
        world.may_go_on.set()
        await full
        await consumption.settled()

    world.act(act)
    assert world.applied == [[1], [2], [3, 4, 5], [6]]
    assert world.acked == [(0, offset) for offset in range(1, 7)]


def test_a_fault_of_the_taking_itself_ends_the_process(exits: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(BatchReport())
    monkeypatch.setattr(stream.worker.app.os, "_exit", exits.append)
    monkeypatch.setattr(World, "submit", lambda _self, _records: 1 / 0)

    async def act(consumption: Consumption) -> None:
        await consumption.consume(cast("Any", world), [event(0, 1)])
        await asyncio.sleep(0.01)

    world.act(act)
    assert exits == [EXIT_UNKNOWN]
    assert world.acked == []
