"""`python -m stream.accept_loss`: go on after Kafka deleted records that were never applied.

A worker stops where the log of a partition starts above the ledger, because those records are lost. This command
moves the ledger to where the log starts, says what was given up, and lets workers go on.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kafka.errors import KafkaError
from sqlalchemy import Engine

from core.database import engine_for, transaction
from core.errors import CanonymError, InvalidError, RetryError
from core.kafka import JOB_EVENTS, PROFILE_EVENTS
from core.settings import Settings
from stream.apply import Probe
from stream.ledger import advance_offsets, lock_offsets, read_offsets
from stream.model import CONSUMER_GROUP, TopicPartition
from stream.probe import KafkaProbe


@dataclass(frozen=True, slots=True)
class Loss:
    """Offsets of one partition that Kafka deleted before they were applied: from `first` up to, without, `end`."""

    place: TopicPartition
    first: int
    end: int

    def __str__(self) -> str:
        records = self.end - self.first
        return (
            f"{self.place.topic} partition {self.place.partition}: offsets {self.first} to {self.end - 1} ({records})"
        )


def accept_loss(
    engine: Engine, probe: Probe, group: str, topics: Iterable[str], *, is_dry_run: bool = False
) -> list[Loss]:
    """Move the ledger of each partition whose log starts above it to the log start; return what was given up.

    Raises:
        RetryError: where the broker does not answer.
    """
    ids = {topic: probe.topic_id(topic) for topic in topics}
    with transaction(engine) as connection:
        known = [place for place in read_offsets(connection, group) if ids.get(place.topic) == place.topic_id]
        offsets = lock_offsets(connection, group, known)
        starts = {place: probe.ask(place, offset).log_start for place, offset in offsets.items()}
        losses = [Loss(place, offsets[place], start) for place, start in starts.items() if start > offsets[place]]
        if not is_dry_run:
            advance_offsets(connection, group, {loss.place: loss.end for loss in losses})
    return losses


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m stream.accept_loss", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="only say what would be given up")
    options = parser.parse_args(arguments)
    try:
        losses = _accept_loss(Settings(), is_dry_run=options.dry_run)
    except CanonymError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for loss in losses:
        sys.stdout.write(f"{'would give up' if options.dry_run else 'gave up'} {loss}\n")
    if not losses:
        sys.stdout.write("nothing is lost: every log starts at or below the ledger\n")
    return 0


def _accept_loss(settings: Settings, *, is_dry_run: bool) -> list[Loss]:
    if settings.database_url is None or settings.kafka_bootstrap_servers is None:
        raise InvalidError("this command needs CANONYM_DATABASE_URL and CANONYM_KAFKA_BOOTSTRAP_SERVERS")
    engine = engine_for(settings.database_url, application_name="canonym-accept-loss")
    probe = KafkaProbe(settings.kafka_bootstrap_servers)
    topics = [settings.topic_prefix + name for name in (PROFILE_EVENTS, JOB_EVENTS)]
    try:
        return accept_loss(engine, probe, settings.topic_prefix + CONSUMER_GROUP, topics, is_dry_run=is_dry_run)
    except KafkaError as error:
        raise RetryError(f"Kafka at {settings.kafka_bootstrap_servers} does not answer: {error}") from error
    finally:
        probe.close()
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
