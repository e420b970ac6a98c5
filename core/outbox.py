"""The transactional outbox: what must be published is written beside the result, in its transaction.

A relay publishes the rows afterwards, in order, and deletes them. So a message leaves if and only if its
transaction committed; after a crash it may leave twice, with the same event id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from core.database import copy_rows

CHANNEL = "canonym_outbox"
"""PostgreSQL notification channel that wakes the relay."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message to publish: topic without prefix, key, value (None is a tombstone) and headers."""

    topic: str
    key: str
    value: bytes | None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message as the relay reads it back, with its place in the order."""

    outbox_id: int
    message: OutboxMessage


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the outbox: how many messages, and the age of the oldest; 0 where none waits."""

    messages: int
    oldest_seconds: float


def write_messages(connection: Connection, messages: Sequence[OutboxMessage]) -> None:
    """Add messages to the outbox within the caller's transaction, and wake the relay at its commit."""
    if not messages:
        return
    copy_rows(
        connection,
        "outbox",
        ("topic", "key", "value", "headers"),
        ((m.topic, m.key, m.value, Jsonb(m.headers, orjson.dumps)) for m in messages),
        types=("text", "text", "bytea", "jsonb"),
    )
    connection.execute(text(f"NOTIFY {CHANNEL}"))


def read_messages(connection: Connection, *, limit: int) -> list[OutboxRow]:
    """Return the oldest messages, in order."""
    rows = connection.execute(
        text("SELECT outbox_id, topic, key, value, headers FROM outbox ORDER BY outbox_id LIMIT :limit"),
        {"limit": limit},
    )
    return [OutboxRow(row.outbox_id, OutboxMessage(row.topic, row.key, row.value, dict(row.headers))) for row in rows]


def read_backlog(connection: Connection) -> Backlog:
    """Return how much waits in the outbox, and for how long."""
    row = connection.execute(
        text("""SELECT (SELECT count(*) FROM outbox) AS messages,
                       (SELECT extract(epoch FROM clock_timestamp() - created_at)
                        FROM outbox ORDER BY outbox_id LIMIT 1) AS seconds""")
    ).one()
    return Backlog(row.messages, max(0.0, float(row.seconds or 0.0)))


def delete_messages(connection: Connection, outbox_ids: Sequence[int]) -> None:
    """Remove messages that were published."""
    connection.execute(text("DELETE FROM outbox WHERE outbox_id = ANY(:ids)"), {"ids": list(outbox_ids)})
