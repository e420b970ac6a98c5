"""`python -m benchmarks.chaos --seconds 120 --seed 1`: break everything at random while profiles stream, then count.

Real Kafka and PostgreSQL of a throw-away folder, three workers and a relay. One seed gives one schedule of faults
and one stream of events, with duplicates, late ones and poison. In the end the edges of every subject must equal
the reference fold, and the dead letters must be exactly the poison.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from kafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from benchmarks.chaos_faults import FAULTS, Stack, open_stack
from classifiers.relations.infer import EdgeInferrer
from classifiers.standardize.opener import standardizer_opener
from core.errors import RetryError
from core.kafka import JOB_EVENTS, PROFILE_EVENTS, producer_client
from core.settings import Settings
from core.wire import JOB_DELETED, JOB_UPDATED, Event, encode_event
from graph.fold import fold_edges
from services.generator.generate import generate
from taxonomy.repository import read_snapshot

_CHUNK = 100
_DRAIN_SECONDS = 120.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 2.0, 6.0


@dataclass(frozen=True, slots=True)
class ChaosPolicy:
    """How much is sent and how badly; shares are of the events."""

    workers: int = 3
    members: int = 1_500
    jobs: int = 200
    edits_per_member: float = 8.0
    duplicates: float = 0.10
    shuffled_within: int = 60
    poison: int = 60


@dataclass(slots=True)
class ChaosReport:
    """What was done, and what came of it."""

    seconds: float
    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    records: int = 0
    subjects: int = 0
    wrong_subjects: int = 0
    poison: int = 0
    dead_letters: int = 0
    false_dead_letters: int = 0
    missed_poison: int = 0
    unexpected_exits: list[str] = field(default_factory=list)
    outbox_left: int = 0
    drained_seconds: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether nothing was lost, invented or left behind."""
        faults = (self.wrong_subjects, self.false_dead_letters, self.missed_poison, self.outbox_left)
        return not any(faults) and not self.unexpected_exits and self.drained_seconds is not None


def run_chaos(seconds: float, seed: int, *, policy: ChaosPolicy | None = None) -> ChaosReport:
    """Stream events and break things for some seconds, wait until all is applied, and compare."""
    chosen = policy or ChaosPolicy()
    report = ChaosReport(seconds, seed)
    with tempfile.TemporaryDirectory(prefix="canonym-chaos-") as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, kafka_bootstrap_servers=None)
        with open_stack(settings, workers=chosen.workers) as stack:
            events = _events(stack, seed, chosen)
            records = _records(events, random.Random(seed), chosen)  # noqa: S311 - repeatable, no secret
            report.records = len(records)
            sender = threading.Thread(target=_send, args=(stack, records, seconds), daemon=True)
            sender.start()
            _break_things(stack, seconds, random.Random(seed + 1), report)  # noqa: S311 - repeatable, no secret
            sender.join()
            _drain(stack, report)
            _compare(stack, events, report)
    return report


def _events(stack: Stack, seed: int, policy: ChaosPolicy) -> list[Event]:
    with stack.engine.connect() as connection:
        snapshot = read_snapshot(connection)
    generated = generate(
        snapshot,
        seed=seed,
        members=policy.members,
        jobs=policy.jobs,
        edits_per_member=policy.edits_per_member,
        deletions=0.05,
    )
    return [one.event for one in generated]


def _records(events: list[Event], rng: random.Random, policy: ChaosPolicy) -> list[tuple[str, bytes, bytes]]:
    """Return (topic, key, value) of what is sent: events, some again, out of order, and poison between them."""
    records = [_record(event) for event in events]
    records += [_record(event) for event in rng.sample(events, int(policy.duplicates * len(events)))]
    places = [(index + rng.uniform(0, policy.shuffled_within), index) for index in range(len(events))]
    places += [(rng.uniform(0, len(events)), len(events) + n) for n in range(len(records) - len(events))]
    mixed = [records[index] for _, index in sorted(places)]
    for number in range(policy.poison):
        mixed.insert(rng.randrange(len(mixed)), (PROFILE_EVENTS, b"poison", b"poison \xff %d" % number))
    return mixed


def _record(event: Event) -> tuple[str, bytes, bytes]:
    topic = JOB_EVENTS if event.type in {JOB_UPDATED, JOB_DELETED} else PROFILE_EVENTS
    return topic, event.subject.encode(), encode_event(event)


def _send(stack: Stack, records: list[tuple[str, bytes, bytes]], seconds: float) -> None:
    """Send all records within the time; a chunk that the broker may not have is sent again."""
    chunks = [records[start : start + _CHUNK] for start in range(0, len(records), _CHUNK)]
    started = time.monotonic()
    for number, chunk in enumerate(chunks, start=1):
        while not _send_chunk(stack, chunk):
            time.sleep(0.5)
        time.sleep(max(0.0, started + seconds * 0.95 * number / len(chunks) - time.monotonic()))


def _send_chunk(stack: Stack, chunk: list[tuple[str, bytes, bytes]]) -> bool:
    try:
        with producer_client(stack.servers_address, max_block_ms=5_000) as producer:
            futures = [producer.send(topic, key=key, value=value) for topic, key, value in chunk]
            producer.flush(timeout=20)
            for future in futures:
                future.get(timeout=20)
    except (KafkaError, RetryError, OSError):
        return False
    return True


def _break_things(stack: Stack, seconds: float, rng: random.Random, report: ChaosReport) -> None:
    """Do one fault after another until the time is over; processes that ended are started again."""
    deadline = time.monotonic() + seconds
    names = sorted(FAULTS)
    while time.monotonic() < deadline:
        name = rng.choice(names)
        FAULTS[name](stack, rng)
        report.faults[name] += 1
        pause_ends = time.monotonic() + rng.uniform(_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        while time.monotonic() < pause_ends:
            report.unexpected_exits += stack.revive()
            time.sleep(0.2)


def _drain(stack: Stack, report: ChaosReport) -> None:
    """Wait until everything is applied and published."""
    started = time.monotonic()
    stack.wake_all()
    while time.monotonic() - started < _DRAIN_SECONDS:
        report.unexpected_exits += stack.revive()
        try:
            if stack.lag() == 0 and stack.count("outbox") == 0:
                report.drained_seconds = time.monotonic() - started
                break
        except (DBAPIError, KafkaError):
            pass
        time.sleep(0.3)
    report.outbox_left = stack.count("outbox")


def _compare(stack: Stack, events: list[Event], report: ChaosReport) -> None:
    """Hold the edges against the fold of all events, and the dead letters against the poison in the log."""
    expected = fold_edges(events, EdgeInferrer(standardizer_opener(stack.engine, stack.settings)()).infer)
    stored = stack.edges()
    report.subjects = len(expected)
    report.wrong_subjects = sum(expected.get(s) != stored.get(s) for s in expected.keys() | stored.keys())
    poison, letters = stack.poison_positions(), stack.dead_letter_positions()
    report.poison, report.dead_letters = len(poison), len(letters)
    report.false_dead_letters, report.missed_poison = len(letters - poison), len(poison - letters)


def print_report(report: ChaosReport) -> None:
    """Print the figures as a table."""
    table = Table("figure", "value", title=f"Chaos, {report.seconds:.0f} s, seed {report.seed}")
    for name, count in sorted(report.faults.items()):
        table.add_row(f"fault: {name}", f"{count}")
    table.add_row("faults", f"{report.faults.total()}")
    table.add_row("records sent", f"{report.records:,}")
    table.add_row("wrong subjects", f"{report.wrong_subjects} of {report.subjects:,}")
    table.add_row("dead letters", f"{report.dead_letters} of {report.poison} poison")
    table.add_row("dead letters that are no poison", f"{report.false_dead_letters}")
    table.add_row("outbox left", f"{report.outbox_left}")
    drained = "not" if report.drained_seconds is None else f"{report.drained_seconds:.1f} s"
    table.add_row("drained in", drained)
    table.add_row("unexpected exits", ", ".join(report.unexpected_exits) or "none")
    Console().print(table)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 means that nothing was lost or wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="how long to break things")
    parser.add_argument("--seed", type=int, default=1, help="decides events and faults")
    parser.add_argument("--workers", type=int, default=ChaosPolicy().workers, help="worker processes")
    options = parser.parse_args(arguments)
    report = run_chaos(options.seconds, options.seed, policy=ChaosPolicy(workers=options.workers))
    print_report(report)
    return 0 if report.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
