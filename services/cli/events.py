"""`canonym events`: send events to Kafka, watch topics, look at dead letters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from kafka import KafkaConsumer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from core.errors import InvalidError
from core.kafka import JOB_EVENTS, PROFILE_EVENTS, TOPICS, create_topics, producer_client
from core.settings import Settings
from core.wire import JOB_DELETED, JOB_UPDATED, PROFILE_DELETED, PROFILE_UPDATED, decode_event
from services.cli.session import open_session
from services.cli.terminal import counting, print_json, steps

app = typer.Typer(no_args_is_help=True, help="Events: send them, watch them, see what could not be applied.")

TOPIC_OF_TYPE = {
    PROFILE_UPDATED: PROFILE_EVENTS,
    PROFILE_DELETED: PROFILE_EVENTS,
    JOB_UPDATED: JOB_EVENTS,
    JOB_DELETED: JOB_EVENTS,
}
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.command()
def send(
    file: Annotated[Path, typer.Argument(help="CloudEvents JSON, one a line, as `canonym generate` writes.")],
) -> None:
    """Send a file of events to their topics.

    Every line is checked before any is sent: a wrong one stops the command with its line and nothing is sent.
    """
    settings = Settings()
    if not file.is_file():
        raise InvalidError(f"{file} is not a file")
    total = sum(1 for _ in read_events(file, settings.max_event_bytes))
    with steps() as progress, open_session(settings, progress, kafka=True) as session:
        servers = session.endpoints.kafka_bootstrap_servers
        create_topics(servers, prefix=settings.topic_prefix, partitions=settings.partitions)
        with counting(f"Sending {file.name}", total=total) as bar, producer_client(servers) as producer:
            for count, (topic, key, value) in enumerate(read_events(file, settings.max_event_bytes), start=1):
                producer.send(settings.topic_prefix + topic, key=key, value=value)
                bar.to(count)
    Console().print(f"{total:,} events sent.")


def read_events(file: Path, max_bytes: int) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield (topic, key, value) of each event in a file.

    Raises:
        InvalidError: for a line that is no input event, with its number.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            value = line.strip()
            if not value:
                continue
            try:
                event = decode_event(value, max_bytes=max_bytes)
            except InvalidError as error:
                raise InvalidError(f"{file} line {number}: {error}") from error
            if event.type not in TOPIC_OF_TYPE:
                raise InvalidError(f"{file} line {number}: {event.type} is not an input event")
            yield TOPIC_OF_TYPE[event.type], event.subject.encode(), value


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="Name of the topic, for example edge-changes.")] = "edge-changes",
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with the oldest record.")] = False,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Stop after this many records.")] = None,
    wait_seconds: Annotated[float, typer.Option(help="Stop when nothing came for this long; 0 waits for ever.")] = 0,
) -> None:
    """Print the records of a topic as they come, one JSON value a line; Ctrl-C stops."""
    settings = Settings()
    if topic not in {known.name for known in TOPICS}:
        raise InvalidError(f"unknown topic {topic!r}; known are {', '.join(known.name for known in TOPICS)}")
    with steps(quiet=True) as progress, open_session(settings, progress, kafka=True) as session:
        consumer = KafkaConsumer(
            settings.topic_prefix + topic,
            bootstrap_servers=session.endpoints.kafka_bootstrap_servers.split(","),
            group_id=None,
            auto_offset_reset="earliest" if from_start else "latest",
            isolation_level="read_committed",
            consumer_timeout_ms=int(wait_seconds * 1000) if wait_seconds else float("inf"),
        )
        try:
            for printed, record in enumerate(consumer, start=1):
                print((record.value or b"null").decode(errors="replace"), flush=True)
                if printed == count:
                    break
        except KeyboardInterrupt:
            pass
        finally:
            consumer.close()


@app.command()
def topics(as_json: AsJson = False) -> None:
    """Create the topics that are missing, and list all."""
    settings = Settings()
    with steps(quiet=as_json) as progress, open_session(settings, progress, kafka=True) as session:
        created = create_topics(
            session.endpoints.kafka_bootstrap_servers,
            prefix=settings.topic_prefix,
            partitions=settings.partitions,
        )
    if as_json:
        print_json([{"name": settings.topic_prefix + t.name, "direction": t.direction} for t in TOPICS])
        return
    table = Table("topic", "direction", "kept", "purpose")
    for topic in TOPICS:
        name = settings.topic_prefix + topic.name
        new = " [green](created)[/green]" if name in created else ""
        table.add_row(name + new, topic.direction, "newest of a key" if topic.compacted else "30 days", topic.purpose)
    Console().print(table)


@app.command("dead-letters")
def dead_letters(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Newest letters to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what could not be applied, and why; `python -m stream.replay` sends letters again."""
    with (
        steps(quiet=True) as progress,
        open_session(Settings(), progress, kafka=False) as session,
        session.engine.connect() as connection,
    ):
        rows = connection.execute(
            text("""SELECT dead_letter_id, topic, partition, "offset", error_class, error, created_at, replayed_at
                    FROM dead_letter ORDER BY dead_letter_id DESC LIMIT :limit"""),
            {"limit": limit},
        ).all()
    if as_json:
        print_json([{k: v if isinstance(v, int) else v and str(v) for k, v in r._asdict().items()} for r in rows])
        return
    table = Table("id", "where", "error", "since", "replayed")
    for row in rows:
        place = f"{row.topic}[{row.partition}]@{row.offset}"
        table.add_row(
            str(row.dead_letter_id),
            place,
            row.error,
            f"{row.created_at:%Y-%m-%d %H:%M}",
            str(row.replayed_at or ""),
        )
    Console().print(table)
