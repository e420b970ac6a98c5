"""What is published, in which order, and that nothing is deleted before the broker has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from kafka.errors import KafkaTimeoutError

import stream.relay
from core.errors import RetryError
from core.outbox import OutboxMessage, OutboxRow
from stream.relay import Relay
from stream.relay_health import RelayHealth


class Future:
    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def get(self, timeout: float) -> None:
        assert timeout > 0
        if self.error is not None:
            raise self.error


class World:
    """An outbox in memory with transactions that roll back, and a broker that may refuse."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
        self.outbox = [
            OutboxRow(n, OutboxMessage("edge-changes", f"m{n % 3}", b"%d" % n, {"trace": str(n)})) for n in range(count)
        ]
        self.published: list[tuple[str, bytes, bytes | None, list[tuple[str, bytes]]]] = []
        self.refusals: list[int] = []
        for name in ("transaction", "read_messages", "delete_messages", "producer_client"):
            monkeypatch.setattr(stream.relay, name, getattr(self, name))

    @contextmanager
    def transaction(self, _engine: object) -> Iterator[None]:
        before = list(self.outbox)
        try:
            yield
        except Exception:
            self.outbox = before
            raise

    @contextmanager
    def producer_client(self, _servers: str) -> Iterator["World"]:
        yield self

    def read_messages(self, _connection: object, *, limit: int) -> list[OutboxRow]:
        return self.outbox[:limit]

    def delete_messages(self, _connection: object, ids: list[int]) -> None:
        self.outbox = [row for row in self.outbox if row.outbox_id not in ids]

    def send(self, topic: str, *, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]]) -> Future:
        self.published.append((topic, key, value, headers))
        return Future(KafkaTimeoutError("refused") if len(self.published) in self.refusals else None)

    def flush(self, timeout: float) -> None:
        assert timeout > 0

    def relay(self, **options: Any) -> Relay:  # noqa: ANN401 - any option of a relay
        return Relay(cast("Any", None), "broker:9092", **options)


def test_messages_leave_in_order_with_key_headers_and_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 5)
    assert world.relay(topic_prefix="test-").drain() == 5
    assert [value for _, _, value, _ in world.published] == [b"0", b"1", b"2", b"3", b"4"]
    assert world.published[4] == ("test-edge-changes", b"m1", b"4", [("trace", b"4")])
    assert world.outbox == []


def test_a_large_outbox_leaves_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 25)
    relay = world.relay(batch=10)
    assert relay.drain() == 25
    assert relay.published == 25
    assert [value for _, _, value, _ in world.published] == [b"%d" % n for n in range(25)]


def test_a_refused_message_keeps_its_whole_batch_in_the_outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 6)
    world.refusals = [5]
    relay = world.relay(batch=3)
    with pytest.raises(KafkaTimeoutError):
        relay.drain()
    assert [row.outbox_id for row in world.outbox] == [3, 4, 5]
    assert relay.drain() == 3
    assert [value for _, _, value, _ in world.published[-3:]] == [b"3", b"4", b"5"]


def test_a_tombstone_keeps_its_null_value(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 0)
    world.outbox = [OutboxRow(1, OutboxMessage("edge-changes", "m", None))]
    world.relay().drain()
    assert world.published == [("edge-changes", b"m", None, [])]


def test_a_stopped_relay_publishes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 3)
    relay = world.relay()
    relay.stop()
    relay.run()
    assert world.published == []


def test_a_relay_waits_for_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 2)
    relay = world.relay(health=(health := RelayHealth()))
    away = [RetryError("Kafka does not answer")] * 2
    seen: list[str | None] = []

    def publish_while_leading() -> None:
        seen.append(health.why_not_ready())
        if away:
            raise away.pop()
        relay.drain()
        relay.stop()

    monkeypatch.setattr(relay, "_measure", lambda: None)
    monkeypatch.setattr(relay, "_publish_while_leading", publish_while_leading)
    monkeypatch.setattr(stream.relay, "_PAUSE_AFTER_ERROR_SECONDS", 0.0)
    relay.run()
    assert len(world.published) == 2
    assert seen[1:] == ["RetryError: Kafka does not answer"] * 2
