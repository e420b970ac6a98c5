"""The relay on PostgreSQL: one publishes, another takes over, and an error of the broker stops nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from deployment import wait_until
from kafka.errors import KafkaTimeoutError
from sqlalchemy import Engine, text

import stream.relay
from core.database import engine_for, transaction
from core.outbox import OutboxMessage, write_messages
from stream.relay import Relay

pytestmark = pytest.mark.integration


class Broker:
    """Takes messages, or refuses as often as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, refusals: int = 0) -> None:
        self.values: list[bytes] = []
        self.refusals = refusals
        monkeypatch.setattr(stream.relay, "producer_client", self.open)
        monkeypatch.setattr(stream.relay, "_PAUSE_AFTER_ERROR_SECONDS", 0.05)

    @contextmanager
    def open(self, _servers: str) -> Iterator["Broker"]:
        yield self

    def send(self, _topic: str, *, value: bytes, **_: object) -> "Broker":
        if self.refusals:
            self.refusals -= 1
            raise KafkaTimeoutError("refused")
        self.values.append(value)
        return self

    def get(self, timeout: float) -> None:
        assert timeout > 0

    def flush(self, timeout: float) -> None:
        assert timeout > 0


@contextmanager
def running(*relays: Relay) -> Iterator[None]:
    threads = [threading.Thread(target=relay.run) for relay in relays]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for relay in relays:
            relay.stop()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


def write(engine: Engine, *values: bytes) -> None:
    with transaction(engine) as connection:
        write_messages(connection, [OutboxMessage("edge-changes", "m", value) for value in values])


def lock_holders(engine: Engine) -> int:
    with engine.connect() as connection:
        statement = """
            SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
            WHERE locktype = 'advisory' AND datname = current_database()"""
        return int(connection.execute(text(statement)).scalar_one())


def test_after_errors_of_the_broker_the_relay_goes_on(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(monkeypatch, refusals=3)
    own = engine_for(database_url)
    write(engine, b"1", b"2")
    with running(Relay(own, "broker")):
        wait_until(lambda: broker.values == [b"1", b"2"], what="published after three refusals", seconds=10)
        write(engine, b"3")
        wait_until(lambda: broker.values == [b"1", b"2", b"3"], what="published what came later", seconds=10)
    own.dispose()


def test_one_of_two_relays_publishes_and_the_other_takes_over(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(monkeypatch)
    engines = [engine_for(database_url) for _ in range(2)]
    first, second = (Relay(own, "broker") for own in engines)
    with running(second):
        with running(first):
            write(engine, b"1")
            wait_until(lambda: broker.values == [b"1"], what="published", seconds=10)
            assert lock_holders(engine) == 1
            assert sorted([first.published, second.published]) == [0, 1]
        write(engine, b"2")
        wait_until(lambda: broker.values == [b"1", b"2"], what="taken over", seconds=10)
    assert lock_holders(engine) == 0
    for own in engines:
        own.dispose()


def test_a_relay_whose_session_was_ended_comes_back(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(monkeypatch)
    own = engine_for(database_url, application_name="relay-under-test")
    end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay-under-test'")
    with running(Relay(own, "broker")):
        wait_until(lambda: lock_holders(engine) == 1, what="leads", seconds=10)
        with transaction(engine) as connection:
            connection.execute(end)
        write(engine, b"1")
        wait_until(lambda: broker.values == [b"1"], what="published", seconds=10)
    own.dispose()


def test_a_notification_wakes_the_relay_at_once(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(monkeypatch)
    monkeypatch.setattr(stream.relay, "_MAX_WAIT_SECONDS", 30.0)
    own = engine_for(database_url)
    relay: Any = Relay(own, "broker")
    with running(relay):
        wait_until(lambda: lock_holders(engine) == 1, what="leads", seconds=10)
        for number in range(3):
            write(engine, b"%d" % number)
            wait_until(lambda n=number: len(broker.values) == n + 1, what="woken", seconds=3)
        monkeypatch.setattr(stream.relay, "_MAX_WAIT_SECONDS", 0.1)
        relay.stop()
        write(engine, b"last")
    own.dispose()
