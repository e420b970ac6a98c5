"""Send events and see them arrive: what `up`, `demo` and the stream benchmark share."""

import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, Engine, text

from core.errors import RetryError
from core.kafka import JOB_EVENTS, PROFILE_EVENTS
from core.wire import Event, JobDocument, encode_event

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived in the graph: totals of all members and jobs."""

    members: int
    members_with_edges: int
    edges: int
    edges_by_relation: dict[str, int]
    linked_share_by_type: dict[str, float]
    mentions_by_type: dict[str, int]
    dead_letters: int


def send_events(
    producer: Any,  # noqa: ANN401 - kafka-python has no types
    events: Iterable[Event],
    *,
    prefix: str,
    events_per_second: float | None = None,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> int:
    """Send events to their topics, at a steady rate where one is given; return how many."""
    started = time.monotonic()
    count = 0
    for count, event in enumerate(events, start=1):
        if events_per_second is not None:
            due = started + count / events_per_second
            if (pause := due - time.monotonic()) > 0:
                producer.flush() if pause > 0.05 else None
                time.sleep(pause)
        is_job = isinstance(event.data, JobDocument) or ".job." in event.type
        topic = JOB_EVENTS if is_job else PROFILE_EVENTS
        producer.send(prefix + topic, key=event.subject.encode(), value=encode_event(event))
        if count % 100 == 0:
            on_progress(count)
    producer.flush()
    on_progress(count)
    return count


def end_offsets(bootstrap_servers: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
    """Return where each partition of some topics ends."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap_servers.split(","), group_id=None)
    try:
        places = [TopicPartition(topic, p) for topic in topics for p in consumer.partitions_for_topic(topic) or ()]
        return {(place.topic, place.partition): end for place, end in consumer.end_offsets(places).items()}
    finally:
        consumer.close()


def wait_applied(
    engine: Engine,
    ends: dict[tuple[str, int], int],
    *,
    group: str,
    timeout_seconds: float,
    check: Callable[[], None] = lambda: None,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> None:
    """Wait until the ledger has reached the ends.

    Raises:
        RetryError: where it does not in time; the message says how far it came.
    """
    deadline = time.monotonic() + timeout_seconds
    wanted = sum(ends.values())
    while True:
        with engine.connect() as connection:
            ledger = read_ledger(connection, group)
        applied = sum(min(end, ledger.get(place, 0)) for place, end in ends.items())
        on_progress(applied)
        if applied >= wanted:
            return
        check()
        if time.monotonic() > deadline:
            raise RetryError(f"after {timeout_seconds:.0f} s {applied:,} of {wanted:,} records are applied")
        time.sleep(_POLL_SECONDS)


def read_ledger(connection: Connection, group: str) -> dict[tuple[str, int], int]:
    """Return the next offset of each partition that a consumer group has applied.

    A topic that was deleted and made again has two rows of the same name; the one that moved last counts.
    """
    rows = connection.execute(
        text("""SELECT DISTINCT ON (topic, partition) topic, partition, next_offset FROM stream_offset
                WHERE consumer_group = :g ORDER BY topic, partition, updated_at DESC"""),
        {"g": group},
    )
    return {(row.topic, row.partition): row.next_offset for row in rows}


def read_arrival(connection: Connection) -> Arrival:
    """Return what the graph holds of members."""
    totals = connection.execute(
        text("""SELECT (SELECT count(*) FROM member WHERE NOT deleted),
                       (SELECT count(DISTINCT subject_id) FROM member_edge),
                       (SELECT count(*) FROM member_edge),
                       (SELECT count(*) FROM dead_letter)""")
    ).one()
    relations = connection.execute(
        text("SELECT relation, count(*) FROM member_edge GROUP BY relation ORDER BY 2 DESC, 1")
    )
    counts = connection.execute(
        text("""SELECT key, sum((value->>0)::bigint), sum((value->>1)::bigint)
                FROM member, jsonb_each(mention_counts) GROUP BY key ORDER BY key""")
    ).all()
    return Arrival(
        members=totals[0],
        members_with_edges=totals[1],
        edges=totals[2],
        edges_by_relation={row[0]: row[1] for row in relations},
        linked_share_by_type={row[0]: round(float(row[2] / row[1]), 4) for row in counts if row[1]},
        mentions_by_type={row[0]: int(row[1]) for row in counts},
        dead_letters=totals[3],
    )


@dataclass(frozen=True, slots=True)
class Ages:
    """A reading of the worker's histogram of event ages: cumulative counts by upper bound in seconds."""

    counts: dict[float, float]

    def since(self, earlier: "Ages") -> "Ages":
        """Return the ages that came after an earlier reading."""
        return Ages({bound: count - earlier.counts.get(bound, 0.0) for bound, count in self.counts.items()})

    def quantile_ms(self, share: float) -> float | None:
        """Return a quantile in milliseconds, interpolated within its bucket; None where nothing was counted."""
        bounds = sorted(self.counts)
        total = self.counts[bounds[-1]] if bounds else 0.0
        if not total:
            return None
        below, lower = 0.0, 0.0
        for bound in bounds:
            if self.counts[bound] >= share * total:
                inside = (share * total - below) / max(self.counts[bound] - below, 1e-9)
                upper = bound if bound != float("inf") else lower
                return round(1000 * (lower + (upper - lower) * inside), 1)
            below, lower = self.counts[bound], bound
        return None


def read_ages(metrics_url: str) -> Ages:
    """Read the event ages from a worker's metrics address."""
    counts: dict[float, float] = {}
    for sample in read_samples(metrics_url):
        if sample.name == "canonym_event_age_seconds_bucket":
            counts[float(sample.labels["le"])] = sample.value
    return Ages(counts)


def read_samples(metrics_url: str) -> list[Any]:
    """Return all samples at a metrics address."""
    with urllib.request.urlopen(metrics_url, timeout=10) as response:  # noqa: S310 - an http address of ours
        body = response.read().decode()
    return [sample for family in text_string_to_metric_families(body) for sample in family.samples]
