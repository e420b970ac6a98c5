"""`canonym demo`: the whole line on real profiles, twice, with what came of it; ends by itself."""

import gzip
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from classifiers.standardize.store import open_taxonomy
from core.errors import InvalidError
from core.kafka import PROFILE_EVENTS, create_topics, delete_topics, producer_client
from core.settings import Settings
from core.wire import PROFILE_UPDATED, Event, ProfileDocument
from services.cli.feed import Ages, Arrival, end_offsets, read_ages, read_arrival, send_events, wait_applied
from services.cli.session import Session, open_session, own_database
from services.cli.stack import ManagedProcess, check_all, free_port, relay_spec, run_processes, worker_spec
from services.cli.stopping import stoppable
from services.cli.taxonomy import import_source
from services.cli.terminal import Steps, counting, print_json, steps
from services.cli.up import CONSUMER_GROUP
from services.generator.generate import generate
from services.local.exclusive import claim
from taxonomy.importers.detect import detect
from taxonomy.importers.starter import starter_source
from taxonomy.model import EntityType
from taxonomy.repository import read_snapshot

_DATABASE = "canonym_demo"
_APPLY_SECONDS = 600.0
_MADE_UP_MEMBERS = 375
_TYPES_OF_STARTER = [
    EntityType.COMPANY,
    EntityType.DEGREE,
    EntityType.FIELD_OF_STUDY,
    EntityType.CERTIFICATE,
    EntityType.INDUSTRY,
    EntityType.LANGUAGE,
]
"""What the public taxonomies do not have; the starter taxonomy adds it."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo measured, in the first pass unless said otherwise."""

    events: int
    seconds: float
    ages: Ages
    arrival: Arrival
    second_pass_identical: bool


def demo(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder with taxonomies/ and corpora/profiles.jsonl.gz.")
    ] = None,
    show: Annotated[int, typer.Option(min=0, max=1000, help="Members to print, raw text beside entities.")] = 10,
    seed: Annotated[int, typer.Option(help="Which members are printed.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Stream profiles through Kafka, Faust and PostgreSQL, twice, and show what came of it; then end.

    With --data the taxonomies and the profiles of that folder, else the starter taxonomy and made-up profiles.
    The second pass sends every profile again as a newer event: each is standardized again, and the edges have to
    come out the same. The demo works in a database of its own (canonym_demo) and in topics of its own.
    """
    settings = Settings()
    profiles = None if data is None else data / "corpora" / "profiles.jsonl.gz"
    if profiles is not None and not profiles.is_file():
        raise InvalidError(f"{profiles} is not there; --data wants a folder with taxonomies/ and corpora/")
    with (
        stoppable(),
        claim(settings.data_dir, what="canonym demo"),
        steps(quiet=as_json) as progress,
        open_session(settings, progress, kafka=True) as outer,
    ):
        session = own_database(outer, _DATABASE)
        try:
            _load_taxonomies(session, data, progress, quiet=as_json)
            events = _made_up(session) if profiles is None else list(read_profiles(profiles))
            result = _run(session, events, progress, quiet=as_json)
            if as_json:
                print_json(_result_json(result))
            else:
                _print_result(Console(), result)
                _print_members(Console(), session.engine, count=show, seed=seed)
        finally:
            session.engine.dispose()


def _load_taxonomies(session: Session, data: Path | None, progress: Steps, *, quiet: bool) -> None:
    """Import what the demo runs on; what is there already changes nothing."""
    starter = starter_source()
    if data is None:
        import_source(session, starter, quiet=quiet)
    else:
        for source in detect(data / "taxonomies"):
            progress.step(f"Importing {source.title}")
            import_source(session, source, quiet=quiet)
        progress.step("Importing companies, degrees and the like from the starter taxonomy")
        import_source(session, starter, types=_TYPES_OF_STARTER, quiet=quiet)
    open_taxonomy(session.engine, session.settings.data_dir, on_step=progress.step)


def read_profiles(path: Path) -> Iterator[Event]:
    """Yield one event for each line of a file of profiles.

    Lines may share a member id although they are different people; the second and later ones get `.2`, `.3` ...

    Raises:
        InvalidError: for a line that is no profile, with its number.
    """
    seen: dict[str, int] = {}
    with gzip.open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row: dict[str, Any] = orjson.loads(line)
                member = str(row.pop("member_id"))
                document = ProfileDocument.model_validate(row)
            except (ValueError, KeyError, AttributeError) as error:
                raise InvalidError(f"{path} line {number} is no profile: {error}") from error
            seen[member] = seen.get(member, 0) + 1
            subject = member if seen[member] == 1 else f"{member}.{seen[member]}"
            yield _event(subject, 1, document)


def _event(subject: str, sequence: int, document: ProfileDocument) -> Event:
    return Event(
        event_id=f"demo-{subject}-{sequence}",
        type=PROFILE_UPDATED,
        source="/demo",
        subject=subject,
        sequence=sequence,
        data=document,
    )


def _made_up(session: Session) -> list[Event]:
    with session.engine.connect() as connection:
        snapshot = read_snapshot(connection)
    made = generate(snapshot, seed=1, members=_MADE_UP_MEMBERS, edits_per_member=0, deletions=0)
    return [item.event for item in made]


def _run(session: Session, events: list[Event], progress: Steps, *, quiet: bool) -> DemoResult:
    """Send the events, then send them again as newer ones, and compare."""
    settings, servers = session.settings, session.endpoints.kafka_bootstrap_servers
    prefix = f"{settings.topic_prefix}demo-{int(time.time())}-"
    create_topics(servers, prefix=prefix, partitions=settings.partitions)
    port = free_port()
    specs = [
        worker_spec(settings, session.endpoints, topic_prefix=prefix, port=port),
        relay_spec(settings, session.endpoints, topic_prefix=prefix),
    ]
    progress.step("Starting worker and relay")
    url = f"http://127.0.0.1:{port}/metrics"
    try:
        with run_processes(specs, settings.data_dir / "logs" / "demo") as processes:
            progress.step(f"Streaming {len(events):,} profiles")
            seconds = _pass(session, processes, events, prefix=prefix, quiet=quiet)
            first, ages = _edges(session.engine), read_ages(url)
            progress.step("Streaming them again as newer events")
            again = [_event(event.subject, event.sequence + 1, event.data) for event in events]  # type: ignore[arg-type]
            _pass(session, processes, again, prefix=prefix, quiet=quiet)
            identical = first == _edges(session.engine)
        with session.engine.connect() as connection:
            arrival = read_arrival(connection)
    finally:
        delete_topics(servers, prefix=prefix)
    return DemoResult(len(events), seconds, ages, arrival, identical)


def _pass(session: Session, processes: list[ManagedProcess], events: list[Event], *, prefix: str, quiet: bool) -> float:
    """Send events, wait until all are applied, and return the seconds."""
    servers = session.endpoints.kafka_bootstrap_servers
    started = time.monotonic()
    with producer_client(servers) as producer:
        send_events(producer, events, prefix=prefix)
    ends = end_offsets(servers, [prefix + PROFILE_EVENTS])
    with counting("Applied", total=sum(ends.values()), quiet=quiet) as bar:
        wait_applied(
            session.engine,
            ends,
            group=prefix + CONSUMER_GROUP,
            timeout_seconds=_APPLY_SECONDS,
            check=lambda: check_all(processes),
            on_progress=bar.to,
        )
    return time.monotonic() - started


def _edges(engine: Engine) -> list[tuple[Any, ...]]:
    """Return every edge with all that it says, in a fixed order."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""SELECT subject_id, relation, entity_id, status, confidence, field, evidence
                    FROM member_edge ORDER BY 1, 2, 3""")
        )
        return [tuple(row) for row in rows]


def _result_json(result: DemoResult) -> dict[str, object]:
    arrival = result.arrival
    return {
        "members": arrival.members,
        "members_with_edges": arrival.members_with_edges,
        "edges": arrival.edges,
        "edges_by_relation": arrival.edges_by_relation,
        "linked_share": arrival.linked_share_by_type,
        "mentions": arrival.mentions_by_type,
        "events_per_second": round(result.events / result.seconds, 1),
        "event_age_ms": {"p50": result.ages.quantile_ms(0.5), "p99": result.ages.quantile_ms(0.99)},
        "second_pass_identical": result.second_pass_identical,
        "dead_letters": arrival.dead_letters,
    }


def _print_result(console: Console, result: DemoResult) -> None:
    arrival = result.arrival
    table = Table("", "", show_header=False, title="What arrived")
    table.add_row("members", f"{arrival.members:,}")
    table.add_row("members with edges", f"{arrival.members_with_edges:,}")
    table.add_row("edges", f"{arrival.edges:,}")
    for relation, count in arrival.edges_by_relation.items():
        table.add_row(f"  {relation}", f"{count:,}")
    for kind, share in arrival.linked_share_by_type.items():
        table.add_row(f"linked share, {kind}", f"{share:.1%} of {arrival.mentions_by_type[kind]:,} mentions")
    table.add_row("events a second, sent to committed", f"{result.events / result.seconds:,.0f}")
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        table.add_row(f"event to commit, {name}", f"{result.ages.quantile_ms(share):,.0f} ms")
    table.add_row("second pass identical", "yes" if result.second_pass_identical else "[red]NO[/red]")
    table.add_row("dead letters", f"{arrival.dead_letters:,}")
    console.print(table)


def _print_members(console: Console, engine: Engine, *, count: int, seed: int) -> None:
    """Print some members, raw text beside entities, so that a person can judge."""
    with engine.connect() as connection:
        ids = [row[0] for row in connection.execute(text("SELECT subject_id FROM member ORDER BY 1"))]
        for member in random.Random(seed).sample(ids, min(count, len(ids))):  # noqa: S311 - a sample to read
            document = connection.execute(
                text("SELECT document FROM member WHERE subject_id = :id"), {"id": member}
            ).scalar_one()
            edges = connection.execute(
                text("""SELECT e.field, e.evidence, n.name, e.confidence FROM member_edge e
                        JOIN entity n ON n.entity_id = e.entity_id AND n.until_version IS NULL
                        WHERE e.subject_id = :id"""),
                {"id": member},
            ).all()
            console.print(_member_table(member, document, [tuple(edge) for edge in edges]))


def _member_table(member: str, document: dict[str, Any], edges: list[tuple[str, str, str, float]]) -> Table:
    table = Table("field", "as typed", "entities (confidence)", title=f"Member {member}", title_justify="left")
    for field, values in document.items():
        for value in values if isinstance(values, list) else [values]:
            typed = value if isinstance(value, str) else value["text"]
            found = [
                f"{name} ({confidence:.2f})"
                for edge_field, evidence, name, confidence in edges
                if edge_field == field and evidence in typed
            ]
            table.add_row(field, typed, "; ".join(found) or "[dim]-[/dim]")
    return table
