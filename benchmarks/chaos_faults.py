"""The running product that `benchmarks.chaos` breaks, and the ways to break it."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import psutil
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from classifiers.standardize.store import open_standardizer
from core.database import engine_for, transaction
from core.kafka import JOB_EVENTS, PROFILE_EVENTS, create_topics, topic_ids
from core.settings import Settings
from graph.model import Edge, EdgeStatus, SubjectKind
from migrations.run import upgrade
from services.local.servers import KAFKA, POSTGRES, LocalServers, ServerName
from stream.ledger import read_offsets
from stream.model import CONSUMER_GROUP
from taxonomy.importers.read import read_source
from taxonomy.importers.starter import starter_source
from taxonomy.publish import publish

_PARTITIONS = 4
_TOPICS = (PROFILE_EVENTS, JOB_EVENTS)
_FROZEN_SECONDS = 15.0
"""Longer than the session of a worker, so that its partitions go to others meanwhile."""
_LOCKED_SECONDS = 6.0
_RELAY = "stream.relay_main"

Position = tuple[str, int, int]


@dataclass(slots=True)
class Stack:
    """Servers, workers and a relay."""

    settings: Settings
    local: LocalServers
    engine: Engine
    servers_address: str
    environment: dict[str, str]
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    expected_ends: set[str] = field(default_factory=set)
    frozen: set[str] = field(default_factory=set)

    def start(self, name: str) -> None:
        """Start the worker or relay of this name."""
        module = _RELAY if name == "relay" else "stream.worker"
        with (self.settings.data_dir / "logs" / name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def revive(self) -> list[str]:
        """Start what ended; return the processes that ended although nothing ended them."""
        surprises = []
        for name, process in list(self.processes.items()):
            code = process.poll()
            if code is None:
                continue
            if name not in self.expected_ends or code not in {
                0,
                -signal.SIGKILL,
                -signal.SIGTERM,
            }:  # -SIGTERM: it had only just begun
                surprises.append(f"{name} with {code}")
            self.expected_ends.discard(name)
            self.start(name)
        return surprises

    def workers(self) -> list[str]:
        """Return the names of workers that run and are not frozen."""
        return sorted(
            name
            for name, process in self.processes.items()
            if name != "relay" and process.poll() is None and name not in self.frozen
        )

    def wake_all(self) -> None:
        """Let frozen workers go on."""
        for name in list(self.frozen):
            self.processes[name].send_signal(signal.SIGCONT)
            self.frozen.discard(name)

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our own names

    def lag(self) -> int:
        """Return the offsets between the ledger and the ends of the input topics."""
        ids = topic_ids(self.servers_address, _TOPICS)
        with self.engine.connect() as connection:
            offsets = read_offsets(connection, CONSUMER_GROUP)
        ledger = {(place.topic_id, place.partition): offset for place, offset in offsets.items()}
        places = [TopicPartition(topic, number) for topic in _TOPICS for number in range(_PARTITIONS)]
        with _consumer(self.servers_address) as consumer:
            ends = consumer.end_offsets(places)
        return sum(end - ledger.get((ids[place.topic], place.partition), 0) for place, end in ends.items())

    def edges(self) -> dict[str, frozenset[Edge]]:
        """Return the stored edges of every subject."""
        found: dict[str, set[Edge]] = {}
        with self.engine.connect() as connection:
            for kind in SubjectKind:
                for row in connection.execute(text(f"SELECT subject_id FROM {kind}")):  # noqa: S608 - our own names
                    found[row.subject_id] = set()
                for row in connection.execute(text(f"SELECT * FROM {kind}_edge")):  # noqa: S608 - our own names
                    status, confidence = EdgeStatus(row.status), round(row.confidence, 4)
                    edge = Edge(row.relation, row.entity_id, status, confidence, row.field, row.evidence)
                    found[row.subject_id].add(edge)
        return {subject: frozenset(edges) for subject, edges in found.items()}

    def dead_letter_positions(self) -> set[Position]:
        """Return where the dead letters lay."""
        with self.engine.connect() as connection:
            rows = connection.execute(text('SELECT topic, partition, "offset" FROM dead_letter'))
            return {(row[0], row[1], row[2]) for row in rows}

    def poison_positions(self) -> set[Position]:
        """Return where poison lies in the log: a chunk that was sent twice holds it twice."""
        places = [TopicPartition(PROFILE_EVENTS, number) for number in range(_PARTITIONS)]
        found: set[Position] = set()
        with _consumer(self.servers_address) as consumer:
            consumer.assign(places)
            consumer.seek_to_beginning(*places)
            ends = consumer.end_offsets(places)
            while any(consumer.position(place) < ends[place] for place in places):
                for records in consumer.poll(timeout_ms=500).values():
                    found |= {(r.topic, r.partition, r.offset) for r in records if r.key == b"poison"}
        return found


@contextmanager
def open_stack(settings: Settings, *, workers: int) -> Iterator[Stack]:
    """Run servers with the starter taxonomy, workers and a relay for as long as the block runs."""
    local = LocalServers(settings)
    endpoints = local.start()
    engine = engine_for(endpoints.database_url, application_name="canonym-chaos")
    upgrade(engine)
    source = starter_source()
    with transaction(engine) as connection:
        publish(connection, source.key, read_source(source))
    open_standardizer(engine, settings.data_dir)
    create_topics(endpoints.kafka_bootstrap_servers, prefix="", partitions=_PARTITIONS)
    environment = os.environ | {
        "CANONYM_DATABASE_URL": endpoints.database_url,
        "CANONYM_KAFKA_BOOTSTRAP_SERVERS": endpoints.kafka_bootstrap_servers,
        "CANONYM_DATA_DIR": str(settings.data_dir),
        "CANONYM_TOPIC_PREFIX": "",
        "CANONYM_BATCH_MAX_EVENTS": "100",
    }
    stack = Stack(settings, local, engine, endpoints.kafka_bootstrap_servers, environment)
    try:
        for name in ("relay", *(f"worker-{number}" for number in range(workers))):
            stack.start(name)
        yield stack
    finally:
        for process in stack.processes.values():
            process.kill()
            process.wait()
        engine.dispose()
        local.stop()


def end_worker(stack: Stack, rng: random.Random, number: signal.Signals) -> None:
    """Send a signal that ends it to some worker."""
    if names := stack.workers():
        name = rng.choice(names)
        stack.expected_ends.add(name)
        stack.processes[name].send_signal(number)


def kill_inference(stack: Stack, rng: random.Random) -> None:
    """Kill a process that some worker has its batches prepared by."""
    children = [child for name in stack.workers() for child in psutil.Process(stack.processes[name].pid).children()]
    if children:
        with suppress(psutil.NoSuchProcess):
            rng.choice(children).kill()


def kill_relay(stack: Stack, _rng: random.Random) -> None:
    """Kill the relay."""
    stack.expected_ends.add("relay")
    stack.processes["relay"].kill()


def freeze_worker(stack: Stack, rng: random.Random) -> None:
    """Freeze some worker past its session, and let it go on afterwards."""
    if not (names := stack.workers()):
        return
    name = rng.choice(names)
    process = stack.processes[name]
    stack.frozen.add(name)
    process.send_signal(signal.SIGSTOP)

    def wake() -> None:
        time.sleep(_FROZEN_SECONDS)
        process.send_signal(signal.SIGCONT)
        stack.frozen.discard(name)

    threading.Thread(target=wake, daemon=True).start()


def crash_server(stack: Stack, name: ServerName, number: signal.Signals) -> None:
    """End a server by a signal and start it again."""
    pid = stack.local.pid(name)
    if pid is not None:
        os.kill(pid, number)
        while stack.local.pid(name) is not None:
            time.sleep(0.05)
    stack.local.start()


def kill_sessions(stack: Stack, _rng: random.Random) -> None:
    """End every database session of the workers."""
    with transaction(stack.engine) as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'canonym-worker'")
        )


def lock_table(stack: Stack, _rng: random.Random) -> None:
    """Hold a lock on the members' table for some seconds."""

    def hold() -> None:
        try:
            with transaction(stack.engine) as connection:
                connection.execute(text("LOCK TABLE member IN ACCESS EXCLUSIVE MODE"))
                time.sleep(_LOCKED_SECONDS)
        except DBAPIError:
            return

    threading.Thread(target=hold, daemon=True).start()


FAULTS: Final[Mapping[str, Callable[[Stack, random.Random], None]]] = {
    "worker killed": lambda stack, rng: end_worker(stack, rng, signal.SIGKILL),
    "worker asked to stop": lambda stack, rng: end_worker(stack, rng, signal.SIGTERM),
    "worker frozen past its session": freeze_worker,
    "inference process killed": kill_inference,
    "relay killed": kill_relay,
    "PostgreSQL restarted at once": lambda stack, _rng: crash_server(stack, POSTGRES, signal.SIGQUIT),
    "PostgreSQL killed": lambda stack, _rng: crash_server(stack, POSTGRES, signal.SIGKILL),
    "database sessions killed": kill_sessions,
    "table locked": lock_table,
    "Kafka killed": lambda stack, _rng: crash_server(stack, KAFKA, signal.SIGKILL),
    "Kafka restarted": lambda stack, _rng: _restart_kafka(stack),
}
"""Every fault by the name that the table shows."""


def _restart_kafka(stack: Stack) -> None:
    stack.local.restart_kafka()


@contextmanager
def _consumer(servers: str) -> Iterator[Any]:
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id=None, enable_auto_commit=False)
    try:
        yield consumer
    finally:
        consumer.close()
