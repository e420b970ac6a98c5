"""The stream: events a second beside bare Faust on the same topic, and the age of events at their commit.

Both consume the same records from the same broker on the same machine, in turn, several times; the figure is the
ratio, to the median of bare Faust's rounds. The worker decodes, standardizes, writes about 15 edges an event and its
ledger to PostgreSQL; bare Faust counts.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, text

from benchmarks.interval import mean_interval
from benchmarks.model import BenchRequest, BenchRow
from classifiers.standardize.store import open_taxonomy
from core.kafka import PROFILE_EVENTS, create_topics, delete_topics, producer_client
from core.settings import Settings
from core.wire import PROFILE_DELETED, Event
from services.cli.feed import Ages, end_offsets, read_ages, read_samples, send_events, wait_applied
from services.cli.session import Session, ensure_taxonomy, open_session, own_database
from services.cli.stack import ManagedProcess, free_port, run_processes, worker_spec
from services.cli.terminal import steps
from services.cli.up import CONSUMER_GROUP
from services.generator.generate import generate
from taxonomy.repository import read_snapshot

EVENTS = 20_000
ROUNDS = 3
PACE_EVENTS_PER_SECOND = 500
PACE_SECONDS = 20
_DATABASE = "canonym_bench"
_SETTLE_SHARE = 0.1
_TIMEOUT_SECONDS = 300.0


def bench_stream(request: BenchRequest) -> list[BenchRow]:
    """Measure throughput in turns with bare Faust, then the age of events at a steady pace."""
    settings = Settings()
    with steps(quiet=True) as progress, open_session(settings, progress, kafka=True) as outer:
        session = own_database(outer, _DATABASE)
        ensure_taxonomy(session.engine, request.on_step)
        open_taxonomy(session.engine, settings.data_dir, on_step=request.on_step)
        with session.engine.connect() as connection:
            snapshot = read_snapshot(connection)
        made = generate(snapshot, seed=1, members=EVENTS, edits_per_member=0, deletions=0)
        events = [item.event for item in made if item.event.type != PROFILE_DELETED]
        rows = _throughput(session, events, request)
        rows += _latency(session, events, request)
        session.engine.dispose()
    return rows


def _throughput(session: Session, events: Sequence[Event], request: BenchRequest) -> list[BenchRow]:
    """Return events a second of the worker beside bare Faust, and where the worker's time goes."""
    ours: list[float] = []
    bare: list[float] = []
    edges_per_event, seconds_by_step = 0.0, dict[str, float]()
    for number in range(ROUNDS):
        with _topic(session, f"bench{number}-") as prefix:
            request.on_step(f"round {number + 1} of {ROUNDS}: sending {len(events):,} events")
            _send(session, events, prefix)
            request.on_step(f"round {number + 1} of {ROUNDS}: bare Faust")
            bare.append(_bare_faust(session, prefix + PROFILE_EVENTS, len(events)))
            request.on_step(f"round {number + 1} of {ROUNDS}: the worker")
            rate, edges, seconds_by_step = _worker_rate(session, prefix)
            ours.append(rate)
            request.on_step(f"round {number + 1} of {ROUNDS}: bare Faust again")
            bare.append(_bare_faust(session, prefix + PROFILE_EVENTS, len(events)))
            edges_per_event = edges / len(events)
    # Its rounds take a second each, and now and then one takes two: a mean of shares would say that ours is better.
    faust = statistics.median(bare)
    mean, low, high = mean_interval(ours)
    ratio, ratio_low, ratio_high = mean_interval([rate / faust for rate in ours])
    count = len(events)
    rows = [
        BenchRow("throughput", "events/s", _r(mean), _r(faust), "bare Faust", None, None, count, _r(low), _r(high)),
        BenchRow(
            "throughput",
            "share of bare Faust",
            _r(ratio, 3),
            1.0,
            "bare Faust",
            None,
            0.5,
            count,
            _r(ratio_low, 3),
            _r(ratio_high, 3),
        ),
        BenchRow("throughput", "edges an event", _r(edges_per_event), rows=count),
    ]
    total = sum(seconds_by_step.values())
    rows += [
        BenchRow("where the time goes", f"share of {step}", _r(seconds / total, 3), rows=count)
        for step, seconds in sorted(seconds_by_step.items(), key=lambda item: -item[1])
    ]
    return rows


def _latency(session: Session, events: Sequence[Event], request: BenchRequest) -> list[BenchRow]:
    """Return the age of events at their commit at a steady pace."""
    count = PACE_EVENTS_PER_SECOND * PACE_SECONDS
    request.on_step(f"{PACE_EVENTS_PER_SECOND} events/s for {PACE_SECONDS} s")
    with _topic(session, "bench-pace-") as prefix, _worker(session, prefix) as (process, url):
        warm = [replace_subject(event, "warm") for event in events[:500]]
        _send(session, warm, prefix)
        _wait(session, prefix, process)
        before = read_ages(url)
        paced = (replace_subject(event, f"pace{i // len(events)}") for i, event in _cycled(events, count))
        with producer_client(session.endpoints.kafka_bootstrap_servers) as producer:
            send_events(producer, paced, prefix=prefix, events_per_second=PACE_EVENTS_PER_SECOND)
        _wait(session, prefix, process)
        ages: Ages = read_ages(url).since(before)
    case = f"event to commit at {PACE_EVENTS_PER_SECOND} events/s"
    return [
        BenchRow(case, "p50 ms", ages.quantile_ms(0.5), rows=count),
        BenchRow(case, "p99 ms", ages.quantile_ms(0.99), target=100.0, rows=count),
    ]


def replace_subject(event: Event, suffix: str) -> Event:
    """Return the event as if another member had sent it."""
    return Event(
        event_id=f"{event.event_id}-{suffix}",
        type=event.type,
        source=event.source,
        subject=f"{event.subject}-{suffix}",
        sequence=event.sequence,
        data=event.data,
    )


def _cycled(events: Sequence[Event], count: int) -> Iterator[tuple[int, Event]]:
    return ((i, events[i % len(events)]) for i in range(count))


@contextmanager
def _topic(session: Session, name: str) -> Iterator[str]:
    """Make topics and empty tables for one measurement; both are gone afterwards."""
    prefix = f"{name}{time.time_ns()}-"
    servers = session.endpoints.kafka_bootstrap_servers
    create_topics(servers, prefix=prefix, partitions=session.settings.partitions)
    try:
        yield prefix
    finally:
        delete_topics(servers, prefix=prefix)
        _forget(session.engine, prefix)


def _forget(engine: Engine, prefix: str) -> None:
    """Delete what a measurement wrote."""
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM stream_offset WHERE topic LIKE :p || '%'"), {"p": prefix})
        connection.execute(text("TRUNCATE member, member_edge, outbox"))


def _send(session: Session, events: Sequence[Event], prefix: str) -> None:
    with producer_client(session.endpoints.kafka_bootstrap_servers) as producer:
        send_events(producer, events, prefix=prefix)


def _bare_faust(session: Session, topic: str, count: int) -> float:
    """Return the events a second of bare Faust."""
    servers = session.endpoints.kafka_bootstrap_servers
    printed = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare_faust", servers, topic, str(count)],
        capture_output=True,
        check=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
    ).stdout
    return count / float(printed.split()[-1])


@contextmanager
def _worker(session: Session, prefix: str) -> Iterator[tuple[ManagedProcess, str]]:
    port = free_port()
    spec = worker_spec(session.settings, session.endpoints, topic_prefix=prefix, port=port)
    with run_processes([spec], session.settings.data_dir / "logs" / "bench") as processes:
        yield processes[0], f"http://127.0.0.1:{port}/metrics"


def _worker_rate(session: Session, prefix: str) -> tuple[float, float, dict[str, float]]:
    """Return events a second after the first tenth, the edges written, and the seconds of each step."""
    seen: list[tuple[float, int]] = []
    with _worker(session, prefix) as (process, url):
        _wait(session, prefix, process, on_progress=lambda applied: seen.append((time.monotonic(), applied)))
        samples = read_samples(url)
    total = seen[-1][1]
    start = next(point for point in seen if point[1] >= total * _SETTLE_SHARE)
    rate = (total - start[1]) / (seen[-1][0] - start[0])
    edges = sum(s.value for s in samples if s.name == "canonym_edges_total")
    seconds = {s.labels["step"]: s.value for s in samples if s.name == "canonym_step_seconds_total"}
    return rate, edges, seconds


def _wait(session: Session, prefix: str, process: ManagedProcess, *, on_progress=lambda _n: None) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    ends = end_offsets(session.endpoints.kafka_bootstrap_servers, [prefix + PROFILE_EVENTS])
    wait_applied(
        session.engine,
        ends,
        group=prefix + CONSUMER_GROUP,
        timeout_seconds=_TIMEOUT_SECONDS,
        check=process.check_alive,
        on_progress=on_progress,
    )


def _r(value: float, digits: int = 1) -> float:
    return round(value, digits)
