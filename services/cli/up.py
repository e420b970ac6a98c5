"""`canonym up`: everything on this machine, with made-up profiles streaming through, until Ctrl-C."""

import time
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from classifiers.standardize.store import open_taxonomy
from core.kafka import JOB_EVENTS, PROFILE_EVENTS, create_topics, producer_client
from core.settings import Settings
from core.wire import Event
from services.cli.feed import Ages, Arrival, end_offsets, read_ages, read_arrival, send_events, wait_applied
from services.cli.session import Session, ensure_taxonomy, open_session
from services.cli.stack import ManagedProcess, api_spec, check_all, free_port, relay_spec, run_processes, worker_spec
from services.cli.stopping import stoppable
from services.cli.terminal import Steps, counting, steps
from services.generator.generate import generate
from services.local.exclusive import claim
from taxonomy.repository import read_snapshot

CONSUMER_GROUP = "canonym-worker"
STEADY_EVENTS_PER_SECOND = 100
_APPLY_SECONDS = 300.0


def up(
    members: Annotated[int, typer.Option(min=0, help="Made-up members to stream in; 0 streams none.")] = 1_000,
    serve: Annotated[bool, typer.Option(help="Go on serving until Ctrl-C, or stop after the table.")] = True,
) -> None:
    """Start PostgreSQL, Kafka, worker, relay and API; stream profiles through them; serve until Ctrl-C.

    The first start fetches Kafka (45 MB) and compiles the starter taxonomy; later ones take seconds. Each run
    brings new made-up members. Everything it started is stopped at the end; the data stays in CANONYM_DATA_DIR.
    """
    settings = Settings()
    console = Console()
    with (
        stoppable(),
        claim(settings.data_dir, what="canonym up"),
        steps() as progress,
        open_session(settings, progress, kafka=True) as session,
    ):
        _prepare(session, progress)
        api_port = free_port(preferred=settings.api_port or None)
        metrics_port = free_port()
        specs = [
            worker_spec(settings, session.endpoints, topic_prefix=settings.topic_prefix, port=metrics_port),
            relay_spec(settings, session.endpoints, topic_prefix=settings.topic_prefix),
            api_spec(settings, session.endpoints, port=api_port),
        ]
        progress.step("Starting worker, relay and API")
        with run_processes(specs, settings.data_dir / "logs") as processes:
            url = f"http://127.0.0.1:{metrics_port}/metrics"
            result = _stream(session, processes, url, members=members)
            _print_arrival(console, result)
            _print_address(console, session, f"http://{settings.api_host}:{api_port}")
            if serve:
                console.print("Ctrl-C stops everything.")
                _serve(processes)
            progress.step("Stopping")


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What came of the made-up events.

    `rate` is in events a second, from the first sent to the last committed, as fast as they go; `ages` are those
    of the last fifth, sent at a steady pace.
    """

    events: int
    rate: float
    ages: Ages
    arrival: Arrival


def _prepare(session: Session, progress: Steps) -> None:
    """Make sure that there is a taxonomy, compiled, and that the topics exist."""
    settings = session.settings
    ensure_taxonomy(session.engine, progress.step)
    open_taxonomy(session.engine, settings.data_dir, on_step=progress.step)
    create_topics(
        session.endpoints.kafka_bootstrap_servers,
        prefix=settings.topic_prefix,
        partitions=settings.partitions,
    )


def _stream(session: Session, processes: list[ManagedProcess], url: str, *, members: int) -> StreamResult:
    """Stream made-up members, different ones at each start, and wait until their edges are committed."""
    with session.engine.connect() as connection:
        snapshot = read_snapshot(connection)
        seed = int(connection.execute(text("SELECT count(*) FROM member")).scalar_one()) + 1
    events = [item.event for item in generate(snapshot, seed=seed, members=members)]
    cut = len(events) * 4 // 5
    rush, steady = events[:cut], events[cut:]
    started = time.monotonic()
    _feed(session, processes, rush, pace=None, what="As fast as they go")
    seconds = time.monotonic() - started
    ages = read_ages(url)
    _feed(session, processes, steady, pace=STEADY_EVENTS_PER_SECOND, what="At a steady pace")
    with session.engine.connect() as connection:
        arrival = read_arrival(connection)
    return StreamResult(events=len(events), rate=len(rush) / seconds, ages=read_ages(url).since(ages), arrival=arrival)


def _feed(
    session: Session, processes: list[ManagedProcess], events: list[Event], *, pace: float | None, what: str
) -> None:
    """Send events and wait until all are committed."""
    settings, servers = session.settings, session.endpoints.kafka_bootstrap_servers
    with counting(f"{what}: to Kafka", total=len(events)) as sent, producer_client(servers) as producer:
        send_events(producer, events, prefix=settings.topic_prefix, events_per_second=pace, on_progress=sent.to)
    ends = end_offsets(servers, [settings.topic_prefix + name for name in (PROFILE_EVENTS, JOB_EVENTS)])
    with counting(f"{what}: to PostgreSQL", total=sum(ends.values())) as applied:
        wait_applied(
            session.engine,
            ends,
            group=settings.topic_prefix + CONSUMER_GROUP,
            timeout_seconds=_APPLY_SECONDS,
            check=lambda: check_all(processes),
            on_progress=applied.to,
        )


def _print_arrival(console: Console, result: StreamResult) -> None:
    arrival = result.arrival
    table = Table("what arrived", "", title="Profiles -> Kafka -> Faust -> PostgreSQL", show_header=False)
    table.add_row("members", f"{arrival.members:,} ({arrival.members_with_edges:,} with edges)")
    table.add_row("edges", f"{arrival.edges:,}")
    for relation, count in arrival.edges_by_relation.items():
        table.add_row(f"  {relation}", f"{count:,}")
    linked = sum(arrival.linked_share_by_type[t] * n for t, n in arrival.mentions_by_type.items())
    mentions = sum(arrival.mentions_by_type.values())
    table.add_row("linked share of mentions", f"{linked / mentions:.1%} of {mentions:,}" if mentions else "-")
    if result.events:
        table.add_row("events this time", f"{result.events:,}")
        table.add_row("events a second, sent to committed", f"{result.rate:,.0f}")
        table.add_row(
            f"event to commit at {STEADY_EVENTS_PER_SECOND}/s, p50", _milliseconds(result.ages.quantile_ms(0.5))
        )
        table.add_row(
            f"event to commit at {STEADY_EVENTS_PER_SECOND}/s, p99", _milliseconds(result.ages.quantile_ms(0.99))
        )
    table.add_row("dead letters", f"{arrival.dead_letters:,}")
    console.print(table)


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f} ms"


def _print_address(console: Console, session: Session, address: str) -> None:
    console.print(f"API: {address} (documentation at {address}/docs)", highlight=False, soft_wrap=True)
    console.print("Try:", highlight=False)
    console.print(
        f"  curl -s {address}/v1/standardize -H 'content-type: application/json' "
        '-d \'{"text": "Sr SWE @ Google"}\'',
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    with session.engine.connect() as connection:
        member = connection.execute(text("SELECT min(subject_id) FROM member_edge")).scalar_one()
    if member:
        console.print(f"  curl -s {address}/v1/members/{member}/edges", highlight=False, markup=False, soft_wrap=True)


def _serve(processes: list[ManagedProcess]) -> None:
    """Wait until Ctrl-C; a process that ends by itself is an error."""
    while True:
        time.sleep(0.5)
        check_all(processes)
