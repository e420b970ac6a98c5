import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from core.errors import ConflictError, EnvironmentFaultError
from core.settings import Settings
from services.local.exclusive import claim, starting
from services.local.jars import Jars
from services.local.lock import read_lock
from services.local.progress import Silent
from services.local.servers import LocalServers, running

pytestmark = pytest.mark.integration

# Nothing listens there: whatever needs the network fails.
NO_NETWORK = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def cache_dir() -> Path:
    """The usual cache, filled: the jars are fetched once a machine and not once a test run."""
    settings = Settings()
    jars = Jars(settings.cache_dir, jars=read_lock(), repository=settings.maven_repository, progress=Silent())
    jars.ready(cancelled=threading.Event())
    return settings.cache_dir


@pytest.fixture
def settings(tmp_path: Path, cache_dir: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        cache_dir=cache_dir,
        database_url=None,
        kafka_bootstrap_servers=None,
        maven_repository=NO_NETWORK,
    )


@pytest.fixture
def servers(settings: Settings) -> Iterator[LocalServers]:
    servers = LocalServers(settings)
    yield servers
    servers.stop()
    assert left_running(settings.data_dir) == []


def left_running(data_dir: Path) -> list[int]:
    """Processes that work in the data folder or name it on their command line."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] not in {"java", "postgres"}:
            continue
        try:
            place = process.cwd()
        except (psutil.Error, OSError):
            continue
        if str(data_dir) in " ".join([place, *(process.info["cmdline"] or [])]):
            found.append(process.pid)
    return found


def produce(address: str, topic: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=address, acks="all")
    producer.send(topic, value).get(timeout=30)
    producer.close()


def consume_one(address: str, topic: str) -> bytes:
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=address,
        group_id=f"g-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        consumer_timeout_ms=30_000,
    )
    try:
        return bytes(next(consumer).value)
    finally:
        consumer.close()


def create_topic(address: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()


def killed(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_both_start_keep_their_data_over_a_stop_and_start_again_without_network(
    servers: LocalServers, settings: Settings
) -> None:
    first = servers.start()
    with psycopg.connect(first.database_url) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE kept AS SELECT '[1,2,3]'::vector AS v")
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW shared_buffers").fetchone() == ("256MB",)
    create_topic(first.kafka_bootstrap_servers, "kept")
    produce(first.kafka_bootstrap_servers, "kept", b"value")
    servers.stop()
    servers.stop()
    assert [one.condition for one in servers.status()] == ["stopped", "stopped"]
    assert left_running(settings.data_dir) == []

    again = LocalServers(settings).start()
    assert again == first
    with psycopg.connect(again.database_url) as connection:
        distance = connection.execute("SELECT v <-> '[1,2,4]' FROM kept").fetchone()
        assert distance == (1.0,)
    assert consume_one(again.kafka_bootstrap_servers, "kept") == b"value"


def test_servers_that_run_are_adopted_and_left_running(servers: LocalServers, settings: Settings) -> None:
    endpoints = servers.start()
    pids = (servers.pid("postgres"), servers.pid("kafka"))
    other = LocalServers(settings)
    assert other.start() == endpoints
    with running(settings) as adopted:
        assert adopted == endpoints
    assert (other.pid("postgres"), other.pid("kafka")) == pids
    assert [one.condition for one in other.status()] == ["running", "running"]


def test_lost_notes_do_not_lose_the_servers(servers: LocalServers, settings: Settings) -> None:
    servers.start()
    pids = (servers.pid("postgres"), servers.pid("kafka"))
    (settings.data_dir / "servers.json").unlink()
    again = LocalServers(settings)
    again.start()
    assert (again.pid("postgres"), again.pid("kafka")) == pids


def test_a_block_stops_only_what_it_started(settings: Settings) -> None:
    servers = LocalServers(settings)
    servers.start(kafka=False)
    with running(settings) as endpoints:
        assert endpoints.kafka_bootstrap_servers
        assert servers.pid("kafka") is not None
    assert servers.pid("kafka") is None
    assert servers.pid("postgres") is not None
    servers.stop()


def test_after_a_kill_both_recover_with_what_was_acknowledged(servers: LocalServers, settings: Settings) -> None:
    endpoints = servers.start()
    create_topic(endpoints.kafka_bootstrap_servers, "kept")
    produce(endpoints.kafka_bootstrap_servers, "kept", b"acknowledged")
    with psycopg.connect(endpoints.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    for name in ("postgres", "kafka"):
        killed(servers.pid(name))
    again = LocalServers(settings).start()
    with psycopg.connect(again.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert consume_one(again.kafka_bootstrap_servers, "kept") == b"acknowledged"


def test_a_note_with_a_recycled_pid_stops_no_stranger(servers: LocalServers, settings: Settings) -> None:
    servers.start(kafka=False)
    servers.stop()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        facts = {
            "format": 1,
            "servers": {"kafka": {"pid": stranger.pid, "born_at": 1.0, "started_at": "2026-01-01T00:00:00+00:00"}},
            "ports": {},
        }
        (settings.data_dir / "servers.json").write_text(json.dumps(facts))
        (settings.data_dir / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        servers.stop()
        assert stranger.poll() is None
        servers.start(kafka=False)
        assert stranger.poll() is None
        stranger.kill()


def test_two_starts_at_once_are_refused(servers: LocalServers, settings: Settings) -> None:
    with (
        starting(settings.data_dir, what="A start"),
        pytest.raises(ConflictError, match="canonym local status"),
    ):
        servers.start()
    assert left_running(settings.data_dir) == []


def test_another_owner_is_protected_from_stop_and_reset(servers: LocalServers, settings: Settings) -> None:
    servers.start(kafka=False)
    code = (
        "import pathlib, sys\nfrom services.local.exclusive import claim\n"
        "with claim(pathlib.Path(sys.argv[1]), 'canonym up'):\n    print('held', flush=True)\n    "
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(settings.data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(ConflictError, match="stop it first"):
            servers.stop()
        with pytest.raises(ConflictError, match="stop it first"):
            servers.reset()
        owner.kill()
    with claim(settings.data_dir, "canonym up"):
        servers.stop()
    assert servers.pid("postgres") is None


def test_reset_deletes_the_data_and_keeps_the_jars(servers: LocalServers, settings: Settings) -> None:
    endpoints = servers.start(kafka=False)
    with psycopg.connect(endpoints.database_url) as connection:
        connection.execute("CREATE TABLE gone ()")
    servers.reset()
    assert not (settings.data_dir / "postgres").exists()
    assert list(settings.cache_dir.glob("kafka-*/*.jar"))
    with psycopg.connect(servers.start(kafka=False).database_url) as connection:
        assert connection.execute("SELECT to_regclass('gone')").fetchone() == (None,)


def test_kafka_restarts_on_the_same_port_with_another_pid(servers: LocalServers) -> None:
    before, pid = servers.start(postgres=False), servers.pid("kafka")
    after = servers.restart_kafka()
    assert after.kafka_bootstrap_servers == before.kafka_bootstrap_servers
    assert servers.pid("kafka") != pid


def test_a_failed_start_stops_what_it_had_started(settings: Settings, tmp_path: Path) -> None:
    servers = LocalServers(settings.model_copy(update={"cache_dir": tmp_path / "empty-cache"}))
    with pytest.raises(EnvironmentFaultError, match="could not be fetched"):
        servers.start()
    assert left_running(settings.data_dir) == []


def test_an_interrupted_start_leaves_nothing_running(settings: Settings) -> None:
    # Whoever starts the tests may have SIGINT ignored, which a child would inherit.
    code = (
        "import signal\nfrom core.settings import Settings\nfrom services.local.servers import LocalServers\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\nLocalServers(Settings()).start()\n"
    )
    environment = {
        **os.environ,
        "CANONYM_DATA_DIR": str(settings.data_dir),
        "CANONYM_CACHE_DIR": str(settings.cache_dir),
    }
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE) as starter:
        deadline = time.monotonic() + 30
        while not left_running(settings.data_dir) and time.monotonic() < deadline:
            time.sleep(0.02)
        starter.send_signal(signal.SIGINT)
        starter.communicate(timeout=60)
        assert starter.returncode != 0
    assert left_running(settings.data_dir) == []


def test_a_long_and_odd_folder_name_works(tmp_path: Path, settings: Settings) -> None:
    data_dir = tmp_path / ("a long é folder's name " * 5) / "data"
    servers = LocalServers(settings.model_copy(update={"data_dir": data_dir}))
    try:
        endpoints = servers.start()
        with psycopg.connect(endpoints.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        create_topic(endpoints.kafka_bootstrap_servers, "odd")
    finally:
        servers.stop()
    assert left_running(data_dir) == []


def test_a_full_disk_does_not_keep_the_servers_from_stopping(
    servers: LocalServers, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.start(kafka=False)

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("services.local.disk.sync", full)
    monkeypatch.setattr("services.local.exclusive.os.pwrite", full)
    servers.stop()
    assert left_running(settings.data_dir) == []
    assert servers.pid("postgres") is None


def test_status_tells_where_and_since_when(servers: LocalServers) -> None:
    endpoints = servers.start()
    postgres, kafka = servers.status()
    assert (postgres.address, kafka.address) == (endpoints.database_url, endpoints.kafka_bootstrap_servers)
    assert postgres.log_file is not None
    assert kafka.log_file is not None
    assert "Kafka Server started" in kafka.log_file.read_text()
    assert "ready to accept connections" in postgres.log_file.read_text()
    assert postgres.started_at is not None
