"""Start a worker process: `python -m stream.worker`. Everything it needs is built here and handed down."""

import socket
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import faust
from prometheus_client import start_http_server
from sqlalchemy import Engine, event
from threadpoolctl import threadpool_limits

from core.clock import SystemClock
from core.database import engine_for
from core.errors import InvalidError, RetryError
from core.kafka import topic_ids
from core.logs import configure_logs, get_logger
from core.settings import Settings
from core.version import CODE_VERSION
from stream.apply import BatchContext
from stream.inference.client import InferencePool
from stream.metrics import worker_metrics
from stream.model import CONSUMER_GROUP, ApplyPolicy
from stream.probe import KafkaProbe
from stream.reading import reading_of
from stream.runner import BatchRunner, Hooks
from stream.worker.app import WorkerPolicy, build_app
from stream.worker.watcher import Watcher

_BROKER_PAUSE_SECONDS = 1.0
_CONNECT_SECONDS = 5.0
_TURN_SECONDS = 0.0001


@dataclass(frozen=True, slots=True)
class Patience:
    """How long others wait for a worker that does not answer, for example because its machine is frozen."""

    session_seconds: float = 12.0
    """Without a heartbeat for so long, its partitions go to others."""
    silence_seconds: int = 60
    """How long it may hold the ledger between two statements: far longer than any batch thinks."""


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """A built worker: the Faust app, its inference processes, and the Kafka servers."""

    app: Any
    pool: InferencePool
    servers: str


def build_worker(
    settings: Settings, *, hooks: Hooks | None = None, instance_id: str | None = None, patience: Patience | None = None
) -> WorkerParts:
    """Build a worker on the servers that the settings name.

    With an `instance_id` the group knows the worker again after a restart, without waiting for the session of
    the one that died; no two workers may share one.

    Raises:
        InvalidError: where the settings name no servers.
    """
    if settings.database_url is None or settings.kafka_bootstrap_servers is None:
        raise InvalidError(
            "a worker needs CANONYM_DATABASE_URL and CANONYM_KAFKA_BOOTSTRAP_SERVERS; `canonym up` sets both"
        )
    patience = patience or Patience()
    engine = worker_engine(settings.database_url, silence_seconds=patience.silence_seconds)
    servers = settings.kafka_bootstrap_servers
    reading = reading_of(settings)
    group = settings.topic_prefix + CONSUMER_GROUP
    metrics = worker_metrics()
    topics = list(reading.kind_of_topic)
    watcher = Watcher(engine, KafkaProbe(servers), group, metrics, partial(topic_ids, servers, topics))
    apply_policy = ApplyPolicy(group, CODE_VERSION)
    context = BatchContext(apply_policy, reading.kind_of_topic, KafkaProbe(servers), time.perf_counter)
    runner = BatchRunner(engine, context, metrics, SystemClock(), hooks=hooks, on_topic_recreated=watcher.refresh_ids)
    pool = InferencePool(settings.worker_inference_processes, _environment(settings))
    worker_policy = WorkerPolicy(
        bootstrap_servers=servers,
        consumer_group=group,
        topics=tuple(topics),
        batch_max_events=settings.batch_max_events,
        batch_within_seconds=settings.batch_within_seconds,
        instance_id=instance_id or settings.worker_instance_id,
        session_seconds=patience.session_seconds,
        work_dir=settings.data_dir / "worker",
    )
    (settings.data_dir / "worker").mkdir(parents=True, exist_ok=True)
    app = build_app(worker_policy, runner, watcher, pool)
    _warm_up(pool)
    # Last, because whoever waits for the worker takes this address for the sign that it is ready.
    if settings.worker_metrics_port is not None:
        start_http_server(settings.worker_metrics_port, addr=settings.worker_metrics_host, registry=metrics.registry)
    return WorkerParts(app, pool, servers)


def _environment(settings: Settings) -> dict[str, str]:
    """Return the settings that the inference processes need, as their environment."""
    wanted = {
        "CANONYM_DATABASE_URL": settings.database_url,
        "CANONYM_DATA_DIR": settings.data_dir,
        "CANONYM_CALIBRATION": settings.calibration,
        "CANONYM_TOPIC_PREFIX": settings.topic_prefix,
        "CANONYM_MAX_EVENT_BYTES": settings.max_event_bytes,
        "CANONYM_LOG_LEVEL": settings.log_level,
        "CANONYM_LOG_FORMAT": settings.log_format,
    }
    return {name: str(value) for name, value in wanted.items() if value is not None}


def worker_engine(database_url: str, *, silence_seconds: int) -> Engine:
    """Return an engine whose transactions end where their worker is frozen, so that others can go on."""
    engine = engine_for(database_url, application_name="canonym-worker")

    def bound(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
        connection.execute(f"SET idle_in_transaction_session_timeout = '{silence_seconds}s'")
        connection.commit()

    event.listen(engine, "connect", bound)
    return engine


def _warm_up(pool: InferencePool) -> None:
    """Load the taxonomy before the first batch; where the database is away, the first batch tries again."""
    try:
        pool.warm_up()
    except RetryError as error:
        get_logger("stream.worker").warning("database_away_at_start", error=str(error)[:300])


def _wait_for_kafka(servers: str) -> None:
    """Wait until a broker answers: Faust ends where none does at its start, though it bears one that goes later."""
    addresses = [server.rpartition(":") for server in servers.split(",")]
    while not any(_accepts(host.strip("[] "), int(port)) for host, _, port in addresses):
        get_logger("stream.worker").warning("kafka_away_at_start", servers=servers)
        time.sleep(_BROKER_PAUSE_SECONDS)


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


def _share_the_processor() -> None:
    """Let the thread that applies and the one that reads take turns often, and keep linear algebra to one thread.

    With Python's 5 ms a turn, the thread that applies waits so long each time that it comes back from the database
    or from a product of matrices; threads of linear algebra that wait for each other take the broker's processor.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    threadpool_limits(limits=1, user_api="blas")


def run_worker(
    settings: Settings, *, hooks: Hooks | None = None, instance_id: str | None = None, patience: Patience | None = None
) -> None:
    """Run a worker until it is asked to stop (SIGTERM or SIGINT)."""
    configure_logs(level=settings.log_level, form=settings.log_format)
    _share_the_processor()
    parts = build_worker(settings, hooks=hooks, instance_id=instance_id, patience=patience)
    get_logger("stream.worker").info("worker_started", servers=settings.kafka_bootstrap_servers)
    _wait_for_kafka(parts.servers)
    worker = faust.Worker(parts.app, loglevel="WARNING", quiet=True, redirect_stdouts=False)
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    finally:
        parts.pool.close()
