"""A relay process tells that it is ready, how much waits, and why it cannot publish."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from deployment import wait_until
from sqlalchemy import Engine

from core.database import transaction
from core.kafka import create_topics
from core.outbox import OutboxMessage, write_messages
from services.local.ports import choose

pytestmark = pytest.mark.integration

NOWHERE = "127.0.0.1:1"


@contextmanager
def relay(database_url: str, kafka_servers: str, topic_prefix: str) -> Iterator[str]:
    """Run a relay process, and return its address."""
    port = choose(remembered=None)
    environment = os.environ | {
        "CANONYM_DATABASE_URL": database_url,
        "CANONYM_KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
        "CANONYM_TOPIC_PREFIX": topic_prefix,
        "CANONYM_RELAY_METRICS_PORT": str(port),
    }
    with subprocess.Popen([sys.executable, "-m", "stream.relay_main"], env=environment) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: status(f"{address}/healthz") == 200, what="alive", seconds=30)
            yield address
            process.send_signal(signal.SIGTERM)
            if kafka_servers != NOWHERE:
                assert process.wait(20) == 0
        finally:
            # One that waits for a broker looks at the signal after half a minute.
            process.kill()


def write(engine: Engine, *values: bytes) -> None:
    with transaction(engine) as connection:
        write_messages(connection, [OutboxMessage("edge-changes", "m", value) for value in values])


def metrics(address: str) -> str:
    return httpx.get(f"{address}/metrics", trust_env=False).text


def status(url: str) -> int:
    try:
        return httpx.get(url, trust_env=False).status_code
    except httpx.ConnectError:
        return 0


def test_a_relay_is_ready_publishes_and_counts(
    database_url: str, engine: Engine, kafka_servers: str, topic_prefix: str
) -> None:
    create_topics(kafka_servers, prefix=topic_prefix, partitions=1)
    with relay(database_url, kafka_servers, topic_prefix) as address:
        wait_until(lambda: status(f"{address}/readyz") == 200, what="ready", seconds=30)
        write(engine, b"1", b"2", b"3")
        wait_until(
            lambda: "canonym_relay_published_total 3.0" in metrics(address), what="published and counted", seconds=20
        )
        assert "canonym_relay_leading 1.0" in metrics(address)


def test_a_relay_that_waits_for_a_broker_says_so_and_tells_how_much_waits(database_url: str, engine: Engine) -> None:
    write(engine, b"1", b"2")
    with relay(database_url, NOWHERE, "") as address:
        wait_until(lambda: "canonym_outbox_messages 2.0" in metrics(address), what="measured", seconds=10)
        answer = httpx.get(f"{address}/readyz", trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
        assert status(f"{address}/healthz") == 200
