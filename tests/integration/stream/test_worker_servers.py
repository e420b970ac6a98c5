"""PostgreSQL and Kafka go away while events flow, and come back: nothing is lost and nothing is a dead letter."""

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from deployment import Deployment, wait_until
from small_world import make_events, publish_small

from core.wire import Event
from services.local.servers import KAFKA, POSTGRES, LocalServers, ServerName

pytestmark = [
    pytest.mark.integration,
    # kafka-python leaves a socket to the garbage collector for each refused connection.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def crash(servers: LocalServers, name: ServerName, number: signal.Signals) -> None:
    """End a server by a signal and start it again."""
    pid = servers.pid(name)
    assert pid is not None
    os.kill(pid, number)
    wait_until(lambda: servers.pid(name) is None, what=f"{name} gone")
    servers.start()


@pytest.fixture(autouse=True)
def _sockets_left_are_collected_here() -> Iterator[None]:
    yield
    gc.collect()


Break = Callable[[LocalServers], object]
FAULTS: dict[str, tuple[Break, Break]] = {
    "PostgreSQL restarted at once, then killed": (
        lambda servers: crash(servers, POSTGRES, signal.SIGQUIT),
        lambda servers: crash(servers, POSTGRES, signal.SIGKILL),
    ),
    "Kafka restarted, then killed": (
        lambda servers: servers.restart_kafka(),
        lambda servers: crash(servers, KAFKA, signal.SIGKILL),
    ),
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS.keys())
def test_a_server_that_goes_away_while_events_flow_costs_nothing(
    deployment: Deployment, local_servers: LocalServers, faults: tuple[Break, Break]
) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=3, members=300, jobs=50)
    worker = deployment.start_worker()
    relay = deployment.start_relay()
    half = len(events) // 2
    for part, fault in zip((events[:half], events[half:]), faults, strict=True):
        deployment.send(part[:40])
        deployment.settle()
        before = deployment.count("member")
        sender = _send_in_background(deployment, part[40:])
        wait_until(lambda seen=before: deployment.count("member") > seen, what="events flow")
        fault(local_servers)
        sender.join(60)
        deployment.settle()

    assert worker.poll() is None
    assert relay.poll() is None
    wait_until(lambda: deployment.count("outbox") == 0, what="the outbox published")
    deployment.check(events)
    relay.terminate()
    assert relay.wait(20) == 0


def test_a_worker_stops_and_starts_while_postgresql_is_away(
    deployment: Deployment, local_servers: LocalServers
) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=4, members=100)
    worker = deployment.start_worker()
    deployment.send(events[:20])
    deployment.settle()

    local_servers.stop_only(frozenset({POSTGRES}))
    try:
        deployment.send(events[20:])
        wait_until(lambda: "batch_retried" in deployment.log_text(), what="a batch is tried again")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
        restarted = deployment.start_worker()
        wait_until(lambda: "database_away_at_start" in deployment.log_text(), what="started without a database")
    finally:
        local_servers.start(kafka=False)

    deployment.settle()
    assert restarted.poll() is None
    deployment.check(events)


def test_a_worker_that_starts_while_kafka_is_away_waits_for_it(
    deployment: Deployment, local_servers: LocalServers
) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=14, members=30)
    deployment.send(events)

    local_servers.stop_only(frozenset({KAFKA}))
    try:
        worker = deployment.start_worker()
        wait_until(lambda: "kafka_away_at_start" in deployment.log_text(), what="started without a broker")
    finally:
        local_servers.start(postgres=False)

    deployment.settle()
    assert worker.poll() is None
    deployment.check(events)


def _send_in_background(deployment: Deployment, events: Sequence[Event]) -> threading.Thread:
    """Send a little at a time, as people do."""

    def send() -> None:
        for start in range(0, len(events), 40):
            deployment.send(events[start : start + 40])

    thread = threading.Thread(target=send)
    thread.start()
    return thread
