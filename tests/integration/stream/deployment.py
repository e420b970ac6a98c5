"""One product of its own on the shared servers: a database, topics, worker and relay processes, and what must hold."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self

import orjson
import psutil
from kafka import KafkaConsumer, TopicPartition
from small_world import kind_of
from sqlalchemy import Engine, text

from classifiers.relations.infer import EdgeInferrer
from classifiers.standardize.store import open_standardizer
from core.kafka import EDGE_CHANGES, JOB_EVENTS, PROFILE_EVENTS, create_topics, producer_client, topic_ids
from core.settings import Settings
from core.wire import Event, encode_event
from graph.fold import fold_edges
from graph.model import Edge, EdgeStatus, SubjectKind
from stream.apply import MAX_ID_CHARACTERS
from stream.ledger import read_offsets
from stream.model import CONSUMER_GROUP
from stream.model import TopicPartition as Place
from stream.relay import Relay

TOPIC_OF_KIND = {SubjectKind.MEMBER: PROFILE_EVENTS, SubjectKind.JOB: JOB_EVENTS}
FAULTY_WORKER = Path(__file__).with_name("faulty_worker.py")
REPOSITORY = Path(__file__).parents[3]
DEADLINE_SECONDS = 60.0

Position = tuple[str, int, int]
"""Topic without prefix, partition, offset."""
RawRecord = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Key, value, headers."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Kill the worker at this moment (a name of `Hooks`) of this batch, counted from 1."""

    moment: str
    batch: int


def wait_until(done: Callable[[], bool], *, what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Poll until `done`, and fail with what was waited for where it takes too long."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


class Deployment:
    """Sends events, runs workers and a relay, and compares what came out with the reference fold."""

    def __init__(
        self, engine: Engine, database_url: str, kafka_servers: str, *, prefix: str, data_dir: Path, partitions: int = 3
    ) -> None:
        self.engine = engine
        self.kafka_servers = kafka_servers
        self.prefix = prefix
        self.data_dir = data_dir
        self.processes: list[subprocess.Popen[bytes]] = []
        self._environment = os.environ | {
            "CANONYM_DATABASE_URL": database_url,
            "CANONYM_KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
            "CANONYM_TOPIC_PREFIX": prefix,
            "CANONYM_DATA_DIR": str(data_dir),
            "CANONYM_BATCH_MAX_EVENTS": "25",
            "PYTHONWARNINGS": "ignore",
        }
        self._logs = data_dir / "process-logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self.partitions = partitions
        create_topics(kafka_servers, prefix=prefix, partitions=partitions)

    # Processes

    def start_worker(
        self, fault: Fault | None = None, *, name: str = "worker", **settings: str
    ) -> "subprocess.Popen[bytes]":
        """Start a worker, which is the same member of its group for the same name; an empty one is nobody's."""
        extra = [fault.moment, str(fault.batch)] if fault else []
        return self._spawn([str(FAULTY_WORKER), name, *extra], log=f"worker-{name}", settings=settings)

    def start_relay(self) -> "subprocess.Popen[bytes]":
        """Start the outbox relay."""
        return self._spawn(["-m", "stream.relay_main"], log="relay", settings={})

    def is_stopped(self, process: "subprocess.Popen[bytes]") -> bool:
        """Whether a process is frozen by SIGSTOP."""
        if process.poll() is not None:
            self.fail(f"the process ended with {process.returncode}")
        return psutil.Process(process.pid).status() == psutil.STATUS_STOPPED

    def run_module(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a module of the product to its end."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            env=self._environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )

    @property
    def settings(self) -> Settings:
        """The settings that the processes read from their environment."""
        return Settings(
            database_url=self._environment["CANONYM_DATABASE_URL"],
            kafka_bootstrap_servers=self.kafka_servers,
            topic_prefix=self.prefix,
            data_dir=self.data_dir,
        )

    def stop_all(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()

    def log_text(self) -> str:
        """Return what the processes logged."""
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')}" for log in sorted(self._logs.iterdir()))

    def _spawn(self, arguments: Sequence[str], *, log: str, settings: dict[str, str]) -> "subprocess.Popen[bytes]":
        with (self._logs / log).open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=self._environment | {"PYTHONPATH": str(REPOSITORY)} | settings,
                cwd=self.data_dir,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self.processes.append(process)
        return process

    # What goes in

    def send(self, events: Iterable[Event], *, partition: Callable[[Event], int] | None = None) -> None:
        """Send events to their topics, keyed by subject, or to a partition of the caller's choice."""
        with producer_client(self.kafka_servers, linger_ms=2) as producer:
            for event in events:
                producer.send(
                    self.topic(TOPIC_OF_KIND[kind_of(event)]),
                    key=event.subject.encode(),
                    value=encode_event(event),
                    partition=partition(event) if partition else None,
                )

    def send_raw(
        self,
        records: Sequence[RawRecord],
        *,
        topic: str = PROFILE_EVENTS,
    ) -> list[Position]:
        """Send (key, value, headers) as they are and return where each lies."""
        with producer_client(self.kafka_servers) as producer:
            sent = [producer.send(self.topic(topic), key=k, value=v, headers=h) for k, v, h in records]
            producer.flush()
            placed = [future.get(timeout=10) for future in sent]
        return [(topic, one.partition, one.offset) for one in placed]

    def topic(self, name: str) -> str:
        return self.prefix + name

    # What came out

    @property
    def group(self) -> str:
        return self.prefix + CONSUMER_GROUP

    def rows(self, statement: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement)).all())

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def edges(self) -> dict[str, frozenset[Edge]]:
        """Return the stored edges of every subject that was ever seen."""
        found: dict[str, set[Edge]] = {}
        for kind in SubjectKind:
            for row in self.rows(f"SELECT subject_id FROM {kind}"):
                found[row[0]] = set()
            for row in self.rows(
                f"SELECT subject_id, relation, entity_id, status, confidence, field, evidence FROM {kind}_edge"
            ):
                found[row[0]].add(Edge(row[1], row[2], EdgeStatus(row[3]), round(row[4], 4), row[5], row[6]))
        return {subject: frozenset(edges) for subject, edges in found.items()}

    def expected(self, events: Iterable[Event], *, version: int | None = None) -> dict[str, frozenset[Edge]]:
        """Return the edges by the reference fold."""
        inferrer = EdgeInferrer(open_standardizer(self.engine, self.data_dir, version=version))
        return fold_edges(events, inferrer.infer)

    def ledger(self) -> dict[Place, int]:
        with self.engine.connect() as connection:
            return read_offsets(connection, self.group)

    def lag(self) -> int:
        """Return how many readable records lie at or above the ledger, over all input topics."""
        names = [self.topic(name) for name in TOPIC_OF_KIND.values()]
        ids = topic_ids(self.kafka_servers, names)
        ledger = {(place.topic_id, place.partition): offset for place, offset in self.ledger().items()}
        waiting = 0
        with Reader(self.kafka_servers) as reader:
            for name in names:
                for partition in range(self.partitions):
                    waiting += len(reader.read(name, partition, start=ledger.get((ids[name], partition), 0)))
        return waiting

    def messages(self, topic: str) -> list[bytes]:
        """Return the values in a topic, by partition and offset."""
        with Reader(self.kafka_servers) as reader:
            return [r.value for p in range(self.partitions) for r in reader.read(self.topic(topic), p)]

    def ends(self, topic: str) -> dict[int, int]:
        """Return the end offset of each partition of a topic."""
        with Reader(self.kafka_servers) as reader:
            ends = reader.ends([self.topic(topic)], self.partitions)
        return {partition: end for (_, partition), end in ends.items()}

    def edges_by_messages(self) -> dict[str, dict[tuple[str, str], tuple[str, float]]]:
        """Return the edges that a reader of `edge-changes` has, which takes each message once."""
        states: dict[str, dict[tuple[str, str], tuple[str, float]]] = {}
        newest: dict[str, int] = {}
        with Reader(self.kafka_servers) as reader:
            for partition in range(self.partitions):
                for record in reader.read(self.topic(EDGE_CHANGES), partition):
                    event = orjson.loads(record.value)
                    subject, sequence, data = event["subject"], int(event["sequence"]), event["data"]
                    if sequence <= newest.get(subject, -1):
                        continue
                    newest[subject] = sequence
                    assert len(event["id"]) <= MAX_ID_CHARACTERS
                    state = states.setdefault(subject, {})
                    for edge in data.get("removed", ()):
                        del state[edge["relation"], edge["entity_id"]]
                    for edge in (*data.get("added", ()), *data.get("updated", ())):
                        state[edge["relation"], edge["entity_id"]] = (edge["status"], edge["confidence"])
        return states

    # What must hold

    def supervise(self, done: Callable[[], bool], *, what: str, fault: Fault) -> int:
        """Run a worker until `done`, the first with a fault, and again whenever it died; return how often it did."""
        worker = self.start_worker(fault)
        killed = 0

        def look() -> bool:
            nonlocal worker, killed
            code = worker.poll()
            if code is None:
                return done()
            if code != -signal.SIGKILL:
                self.fail(f"the worker ended with {code}")
            killed += 1
            worker = self.start_worker()
            return False

        wait_until(look, what=what)
        return killed

    def settle(self, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until workers that run have applied everything."""
        try:
            wait_until(lambda: self.lag() == 0, what="every record applied", seconds=seconds)
        except AssertionError as error:
            self.fail(str(error))

    def check(self, events: Iterable[Event], *, dead_letters: Iterable[Position] = ()) -> None:
        """Hold edges, dead letters, ledger and published messages against the reference."""
        stored = self.edges()
        expected = self.expected(events)
        wrong = sorted(s for s in stored.keys() | expected.keys() if stored.get(s) != expected.get(s))
        assert not wrong, f"{len(wrong)} of {len(expected)} subjects are wrong, such as {wrong[:3]}"
        letters = self.rows('SELECT topic, partition, "offset" FROM dead_letter ORDER BY 1, 2, 3')
        assert [tuple(row) for row in letters] == sorted((self.topic(t), p, o) for t, p, o in dead_letters)
        assert self.lag() == 0
        self.check_published(stored)

    def check_published(self, stored: dict[str, frozenset[Edge]]) -> None:
        """Publish the outbox, and hold a reader of the messages against the stored edges."""
        Relay(self.engine, self.kafka_servers, topic_prefix=self.prefix).drain()
        assert self.count("outbox") == 0
        published = self.edges_by_messages()
        told = {subject: edges for subject, edges in published.items() if edges}
        assert told == {
            subject: {edge.key: (edge.status.value, edge.confidence) for edge in edges}
            for subject, edges in stored.items()
            if edges
        }

    def ledger_is_at_the_end(self) -> bool:
        """Whether the ledger equals the end offset of every partition that holds records."""
        ledger = {(place.topic, place.partition): offset for place, offset in self.ledger().items()}
        with Reader(self.kafka_servers) as reader:
            ends = reader.ends([self.topic(name) for name in TOPIC_OF_KIND.values()], self.partitions)
        return all(ledger.get(place, 0) == end for place, end in ends.items())

    def fail(self, reason: str) -> NoReturn:
        raise AssertionError(f"{reason}\n{self.log_text()[-6_000:]}")


class Reader:
    """Reads whole partitions, committed records only."""

    def __init__(self, kafka_servers: str) -> None:
        self._consumer: Any = KafkaConsumer(
            bootstrap_servers=kafka_servers, group_id=None, enable_auto_commit=False, isolation_level="read_committed"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def ends(self, topics: Sequence[str], partitions: int) -> dict[tuple[str, int], int]:
        places = [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
        return {(p.topic, p.partition): end for p, end in self._consumer.end_offsets(places).items()}

    def read(self, topic: str, partition: int, *, start: int = 0) -> list[Any]:
        place = TopicPartition(topic, partition)
        self._consumer.assign([place])
        end = self._consumer.end_offsets([place])[place]
        self._consumer.seek(place, start)
        records: list[Any] = []
        deadline = time.monotonic() + 20
        while self._consumer.position(place) < end:
            for batch in self._consumer.poll(timeout_ms=200).values():
                records.extend(batch)
            if time.monotonic() > deadline:
                raise AssertionError(f"{place} cannot be read from {start} to {end}")
        return records
