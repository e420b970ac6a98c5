"""What the relay says of itself: alive, ready or why not, and its metrics."""

import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from core.errors import ConflictError, EnvironmentFaultError
from core.outbox import Backlog
from stream.relay_health import SILENT_SECONDS, HealthServer, RelayHealth, serve_health

Ask = Callable[[str], httpx.Response]


class Times:
    def __init__(self) -> None:
        self.seconds = 0.0

    def read(self) -> float:
        return self.seconds


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def health(times: Times) -> RelayHealth:
    return RelayHealth(read_seconds=times.read)


@pytest.fixture(scope="module")
def server() -> Iterator[HealthServer]:
    with serve_health(RelayHealth(), "127.0.0.1", 0) as server:
        yield server
        server.shutdown()


@pytest.fixture
def ask(server: HealthServer, health: RelayHealth) -> Ask:
    server.health = health
    host, port = server.server_address[:2]
    return lambda path: httpx.get(f"http://{host!s}:{port}{path}", trust_env=False)


def sample(health: RelayHealth, name: str, **labels: str) -> float | None:
    return health.metrics.registry.get_sample_value(name, labels)


def test_a_relay_is_alive_from_its_start_and_ready_once_it_leads(health: RelayHealth, ask: Ask) -> None:
    assert (ask("/healthz").status_code, ask("/healthz").json()) == (200, {"status": "alive"})
    answer = ask("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert "has not reached its servers" in answer.json()["detail"]
    health.published(0)
    assert (ask("/readyz").status_code, ask("/readyz").json()) == (200, {"status": "ready"})
    assert sample(health, "canonym_relay_leading") == 1


def test_the_standby_is_ready_and_does_not_lead(health: RelayHealth) -> None:
    health.published(1)
    health.stands_by()
    assert health.why_not_ready() is None
    assert sample(health, "canonym_relay_leading") == 0


def test_after_an_error_the_reason_is_told_until_a_batch_left(health: RelayHealth, ask: Ask) -> None:
    health.published(3)
    health.failed(OSError("no broker answers"))
    answer = ask("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "OSError: no broker answers")
    assert ask("/healthz").status_code == 200
    assert sample(health, "canonym_relay_retries_total", cause="OSError") == 1
    assert sample(health, "canonym_relay_leading") == 0
    health.published(4)
    assert ask("/readyz").status_code == 200
    assert sample(health, "canonym_relay_published_total") == 7


def test_a_relay_that_stands_still_is_neither_alive_nor_ready(health: RelayHealth, times: Times, ask: Ask) -> None:
    health.published(1)
    times.seconds = SILENT_SECONDS + 1
    for path in ("/healthz", "/readyz"):
        answer = ask(path)
        assert (answer.status_code, answer.json()["detail"]) == (503, "the relay did nothing for 181 seconds")
    health.failed(OSError("away"))
    assert ask("/healthz").status_code == 200


def test_the_backlog_is_measured_every_few_seconds(health: RelayHealth, times: Times) -> None:
    assert health.wants_backlog()
    health.saw_backlog(Backlog(12, 3.5))
    assert sample(health, "canonym_outbox_messages") == 12
    assert sample(health, "canonym_outbox_oldest_seconds") == 3.5
    assert not health.wants_backlog()
    times.seconds = 5.0
    assert health.wants_backlog()


def test_metrics_are_served_and_other_paths_are_not(health: RelayHealth, ask: Ask) -> None:
    health.published(2)
    answer = ask("/metrics?name=x")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "canonym_relay_published_total 2.0" in answer.text
    assert ask("/").status_code == 404


def test_an_address_that_cannot_be_used_says_which_setting_to_change(health: RelayHealth) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConflictError, match="CANONYM_RELAY_METRICS_PORT"),
    ):
        serve_health(health, "127.0.0.1", taken.getsockname()[1])
    with pytest.raises(EnvironmentFaultError, match="CANONYM_RELAY_METRICS_HOST"):
        serve_health(health, "192.0.2.1", 0)
