"""The outbox relay: publishes what transactions left in the outbox, in order, and deletes it.

One relay publishes at a time (an advisory lock); others wait as its standby. A message is deleted only after the
broker acknowledged it, so a crash between the two publishes it again, with the same event id.
"""

import threading
from typing import Any

import psycopg
from kafka.errors import KafkaError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from core.database import driver_connection, transaction
from core.errors import RetryError
from core.kafka import producer_client
from core.logs import get_logger
from core.outbox import CHANNEL, OutboxRow, delete_messages, read_backlog, read_messages
from stream.relay_health import RelayHealth

_RELAY_LOCK = 727_002
_MAX_WAIT_SECONDS = 1.0
_PUBLISH_TIMEOUT_SECONDS = 30.0
_PAUSE_AFTER_ERROR_SECONDS = 1.0


class Relay:
    """Publishes the outbox until it is stopped."""

    def __init__(
        self,
        engine: Engine,
        bootstrap_servers: str,
        *,
        topic_prefix: str = "",
        batch: int = 1_000,
        health: RelayHealth | None = None,
    ) -> None:
        self._engine = engine
        self._bootstrap_servers = bootstrap_servers
        self._prefix = topic_prefix
        self._batch = batch
        self._health = health or RelayHealth()
        self._stopping = threading.Event()
        self._log = get_logger("stream.relay")
        self.published = 0

    def stop(self) -> None:
        """Ask the relay to end after the batch that it works on."""
        self._stopping.set()

    def run(self) -> None:
        """Publish until `stop`; servers that are away are waited for."""
        while not self._stopping.is_set():
            try:
                self._measure()
                self._publish_while_leading()
            except (RetryError, KafkaError, OSError, DBAPIError, psycopg.Error) as error:
                self._log.warning("relay_retried", error=str(error)[:300])
                self._health.failed(error)
                self._stopping.wait(_PAUSE_AFTER_ERROR_SECONDS)

    def drain(self) -> int:
        """Publish what is in the outbox now and return how many messages; for commands that end."""
        before = self.published
        with producer_client(self._bootstrap_servers) as producer:
            while self._publish_batch(producer):
                pass
        return self.published - before

    def _publish_while_leading(self) -> None:
        """Hold the lock of the one relay and publish; a notification or a second wakes it."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as leader:
            try:
                self._lead(leader)
            finally:
                # The lock belongs to the session: back in the pool it would keep this very relay from leading again.
                leader.invalidate()

    def _lead(self, leader: Connection) -> None:
        if not self._wait_for_lead(leader):
            return
        leader.execute(text(f"LISTEN {CHANNEL}"))
        with producer_client(self._bootstrap_servers) as producer:
            while not self._stopping.is_set():
                published = self._publish_batch(producer)
                self._health.published(published)
                self._measure()
                if not published:
                    _wait_for_notice(driver_connection(leader))

    def _wait_for_lead(self, leader: Connection) -> bool:
        while not self._stopping.is_set():
            if leader.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _RELAY_LOCK}).scalar_one():
                return True
            self._health.stands_by()
            self._measure()
            self._stopping.wait(_MAX_WAIT_SECONDS)
        return False

    def _measure(self) -> None:
        """Look from time to time how much waits, also while nothing can be published."""
        if self._health.wants_backlog():
            with self._engine.connect() as connection:
                self._health.saw_backlog(read_backlog(connection))

    def _publish_batch(self, producer: Any) -> int:  # noqa: ANN401 - kafka-python has no types
        """Publish and delete one batch; return its size."""
        with transaction(self._engine) as connection:
            rows = read_messages(connection, limit=self._batch)
            if not rows:
                return 0
            _send_all(producer, rows, prefix=self._prefix)
            delete_messages(connection, [row.outbox_id for row in rows])
        self.published += len(rows)
        return len(rows)


def _send_all(producer: Any, rows: list[OutboxRow], *, prefix: str) -> None:  # noqa: ANN401 - kafka-python has no types
    """Send messages and wait until the broker has them all."""
    sent = [
        producer.send(
            prefix + row.message.topic,
            key=row.message.key.encode(),
            value=row.message.value,
            headers=[(name, value.encode()) for name, value in row.message.headers.items()],
        )
        for row in rows
    ]
    producer.flush(timeout=_PUBLISH_TIMEOUT_SECONDS)
    for future in sent:
        future.get(timeout=_PUBLISH_TIMEOUT_SECONDS)


def _wait_for_notice(connection: psycopg.Connection[Any]) -> None:
    """Sleep until a transaction notifies or a second is over."""
    for _ in connection.notifies(timeout=_MAX_WAIT_SECONDS, stop_after=1):
        return
