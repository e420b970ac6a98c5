"""Random schedules of deliveries, crashes and zombies on a real PostgreSQL: the edges are always those of the fold."""

import itertools
import time
from collections.abc import Iterator, Sequence

import pytest
from fake_probe import FakeProbe
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from core.database import transaction
from core.wire import PROFILE_DELETED, PROFILE_UPDATED, Deletion, Event, ProfileDocument, encode_event
from graph.fold import fold_edges
from graph.model import Edge, EdgeStatus, Inference, SubjectKind
from graph.writer import Versions, read_edges
from stream.apply import BatchContext, apply_batch
from stream.errors import TopicRecreatedError
from stream.ledger import read_offsets
from stream.model import ApplyPolicy, BatchReport, Record, TopicPartition
from stream.prepare import Reading, prepare_records

pytestmark = pytest.mark.integration

PARTITIONS = 2
TOPIC = "profile-events"
_NUMBERS = itertools.count(1)

Write = str | bytes | tuple[int, int, tuple[str, ...] | None]
"""A marker, a known event again, poison, or (subject, sequence, skills); no skills are a deletion."""
_SKILLS = st.lists(st.sampled_from("abcde"), unique=True).map(tuple)
_EVENTS = st.tuples(st.integers(0, 5), st.integers(1, 40), st.one_of(_SKILLS, _SKILLS, _SKILLS, st.none()))
WRITES: st.SearchStrategy[Write] = st.one_of(
    _EVENTS,
    _EVENTS,
    _EVENTS,
    _EVENTS,
    st.sampled_from(["marker", "again"]),
    st.sampled_from([b"", b"[]", b"\xff", b"{}"]),
)
CRASHES = st.integers(0, 3).map(lambda one: one == 0)


class SkillInferrer:
    """An edge for each skill, with no language work."""

    versions = Versions(1, "test")

    def infer(self, event: Event) -> Inference:
        assert isinstance(event.data, ProfileDocument)
        skills = [str(skill) for skill in event.data.skills]
        return Inference(tuple(Edge("member-skill", s, EdgeStatus.INFERRED, 0.9, "skills", s) for s in skills), {})

    def infer_many(self, events: Sequence[Event]) -> list[Inference]:
        return [self.infer(event) for event in events]


class CrashError(Exception):
    """The process ended before the commit."""


def end_process(*, crash: bool) -> None:
    if crash:
        raise CrashError


class Schedules(RuleBasedStateMachine):
    """A log that grows, and workers that deliver any part of it at any time."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.run = next(_NUMBERS)
        self.group = f"group-{self.run}"
        self.probe = FakeProbe()
        self.records: dict[tuple[str, int], list[Record]] = {}
        self.events: list[Event] = []
        self.poison: set[tuple[str, int, int]] = set()
        self.known_id = ""
        self.ledger: dict[TopicPartition, int] = {}

    @initialize()
    def make_topic(self) -> None:
        self.make_again()
        self.known_id = self.topic_id

    @property
    def topic_id(self) -> str:
        return self.probe.topic_id(TOPIC)

    # What happens to the log

    @rule(written=st.lists(st.tuples(WRITES, st.integers(0, PARTITIONS - 1)), min_size=1, max_size=8))
    def write(self, *, written: list[tuple[Write, int]]) -> None:
        """Append some events, events again, poison and markers."""
        for what, partition in written:
            if what == "marker":
                self.probe.partition(TOPIC, partition).append(is_readable=False)
            elif what == "again" and self.events:
                self._append(partition, self.events[len(self.events) // 2])
            elif isinstance(what, bytes):
                self.poison.add((self.topic_id, partition, self._append(partition, what)))
            elif isinstance(what, tuple):
                self._write_event(partition, *what)

    def _write_event(self, partition: int, subject: int, sequence: int, skills: tuple[str, ...] | None) -> None:
        name = f"r{self.run}-m{subject}"
        if any((event.subject, event.sequence) == (name, sequence) for event in self.events):
            return
        event = Event(
            event_id=f"{name}-{sequence}",
            type=PROFILE_DELETED if skills is None else PROFILE_UPDATED,
            source="/test",
            subject=name,
            sequence=sequence,
            data=Deletion() if skills is None else ProfileDocument(skills=skills),
        )
        self.events.append(event)
        self._append(partition, event)

    # What workers do

    @rule(data=st.data(), crash=CRASHES)
    def deliver_any_part(self, *, data: st.DataObject, crash: bool) -> None:
        log = [record for records in self._current().values() for record in records]
        if log:
            self._apply(data.draw(st.lists(st.sampled_from(log), min_size=1, max_size=8)), crash=crash)

    @rule(
        partition=st.integers(0, PARTITIONS - 1),
        count=st.integers(1, 6),
        skipped=st.sets(st.integers(0, 5)),
        crash=CRASHES,
    )
    def deliver_what_comes_next_with_some_skipped(
        self, *, partition: int, count: int, skipped: set[int], crash: bool
    ) -> None:
        next_offset = self.ledger.get(self._place(partition), 0)
        records = self._current().get((self.topic_id, partition), [])
        waiting = [record for record in records if record.offset >= next_offset][:count]
        self._apply([record for index, record in enumerate(waiting) if index not in skipped], crash=crash)

    @rule(data=st.data())
    def wake_a_zombie_with_the_first_records(self, *, data: st.DataObject) -> None:
        everything = [record for records in self.records.values() for record in records]
        old = everything[: data.draw(st.integers(1, 6))]
        if all(record.place.topic_id == self.topic_id for record in old):
            self._apply(old, crash=False)
        else:
            with pytest.raises(TopicRecreatedError):
                self._apply(old, crash=False)

    @rule(is_time=st.integers(0, 5).map(lambda one: one == 0))
    def sometimes_make_the_topic_again(self, *, is_time: bool) -> None:
        if is_time:
            self.make_again()

    def make_again(self) -> None:
        """Delete the topic and make it again, once everything in it was applied."""
        if self.probe.ids:
            self._deliver_everything()
        self.probe.partitions.clear()
        self.probe.ids[TOPIC] = f"r{self.run}-{next(_NUMBERS)}"

    # What must hold

    @invariant()
    def the_ledger_only_moves_forward(self) -> None:
        with self.engine.connect() as connection:
            now = read_offsets(connection, self.group)
        assert all(now[place] >= offset for place, offset in self.ledger.items())
        self.ledger = now

    def teardown(self) -> None:
        if not self.probe.ids:
            return
        self._deliver_everything()
        subjects = sorted({event.subject for event in self.events})
        with self.engine.connect() as connection:
            stored = read_edges(connection, SubjectKind.MEMBER, subjects)
            letters = connection.execute(
                text('SELECT topic_id, partition, "offset" FROM dead_letter WHERE consumer_group = :g'),
                {"g": self.group},
            ).all()
        expected = fold_edges(self.events, SkillInferrer().infer)
        assert {subject: frozenset(stored.get(subject, ())) for subject in subjects} == expected
        assert {tuple(letter) for letter in letters} == self.poison
        assert len(letters) == len(self.poison)

    # The parts

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(TOPIC, self.topic_id, partition)

    def _append(self, partition: int, what: Event | bytes) -> int:
        offset = self.probe.partition(TOPIC, partition).append()
        key, value = (b"poison", what) if isinstance(what, bytes) else (what.subject.encode(), encode_event(what))
        record = Record(self._place(partition), offset, key, value)
        self.records.setdefault((self.topic_id, partition), []).append(record)
        return offset

    def _current(self) -> dict[tuple[str, int], list[Record]]:
        return {key: records for key, records in self.records.items() if key[0] == self.topic_id}

    def _deliver_everything(self) -> None:
        """Deliver what is left in order; no record is asked for again."""
        for (_, partition), records in self._current().items():
            with self.engine.connect() as connection:
                next_offset = read_offsets(connection, self.group).get(self._place(partition), 0)
            report = self._apply([record for record in records if record.offset >= next_offset], crash=False)
            assert report is None or not report.seeks

    def _apply(self, batch: Sequence[Record], *, crash: bool) -> BatchReport | None:
        if not batch:
            return None
        context = BatchContext(
            ApplyPolicy(self.group, "test"),
            {TOPIC: SubjectKind.MEMBER},
            self.probe,
            time.perf_counter,
        )
        reading = Reading(context.kind_of_topic, 10_000)
        prepared = prepare_records(batch, reading, SkillInferrer(), time.perf_counter)
        try:
            with transaction(self.engine) as connection:
                report = apply_batch(connection, batch, prepared, context)
                end_process(crash=crash)
        except CrashError:
            return None
        for place, offset in report.seeks.items():
            assert offset in self.probe.partition(TOPIC, place.partition).readable
        return report


@pytest.fixture
def machine(engine: Engine) -> Iterator[type[Schedules]]:
    Schedules.engine = engine
    yield Schedules
    del Schedules.engine


def test_no_schedule_of_deliveries_crashes_and_zombies_gives_other_edges(machine: type[Schedules]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=300,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
