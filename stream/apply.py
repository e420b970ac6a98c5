"""Apply a batch of records: everything it means, and how far the stream has come, in one transaction.

The steps: lock the ledger, drop what is applied, find gaps, decode, collapse to the newest sequence of each
subject, infer edges, write what is newer, write the outbox and the dead letters, advance the ledger. The caller
commits, and acknowledges to Kafka only after that.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Protocol

import orjson
from sqlalchemy import Connection

from core.errors import InvalidError
from core.outbox import OutboxMessage, write_messages
from core.wire import EDGES_CHANGED, Deletion, Event, document_json, encode_envelope
from graph.fold import newest_events
from graph.model import Edge, EdgeDiff, Inference, SubjectKind
from graph.writer import SubjectUpdate, Versions, write_subjects
from stream.dead_letters import DeadLetter, write_dead_letters
from stream.decode import decode_record
from stream.errors import TopicRecreatedError
from stream.ledger import advance_offsets, create_offset, lock_offsets
from stream.model import ApplyPolicy, BatchReport, PartitionPlan, ProbeAnswer, Record, TopicPartition
from stream.plan import plan_partition
from stream.timing import StepTimer

_NOTHING = Inference((), {})

MAX_ID_CHARACTERS = 200
"""The longest event id that `core.wire` reads back."""


class Probe(Protocol):
    """Asks the broker about a partition."""

    def ask(self, place: TopicPartition, offset: int) -> ProbeAnswer:
        """Return where the log starts and the first readable record at or after `offset`."""
        ...

    def topic_id(self, topic: str) -> str:
        """Return Kafka's id of a topic as it is now."""
        ...


class Inferrer(Protocol):
    """From documents to edges, with fixed versions while one batch runs."""

    @property
    def versions(self) -> Versions:
        """The versions that the edges are made with."""
        ...

    def infer_many(self, events: Sequence[Event]) -> list[Inference]:
        """Return the edges of the documents in some events, in order."""
        ...


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What a batch needs beside its records; `kind_of_topic` maps each topic to the kind of its subjects."""

    policy: ApplyPolicy
    kind_of_topic: dict[str, SubjectKind]
    probe: Probe
    inferrer: Inferrer
    read_seconds: Callable[[], float]


def apply_batch(connection: Connection, records: Sequence[Record], context: BatchContext) -> BatchReport:
    """Apply records inside the caller's transaction and return what was done.

    Raises:
        RetentionLossError: where Kafka deleted records before they were applied.
        Exception: what the database or the broker raise; the caller rolls back and tries again.
    """
    report = BatchReport(events=len(records))
    timer = StepTimer(context.read_seconds, report.seconds_by_step)
    with timer.step("ledger"):
        plans = _plan(connection, records, context)
    taken = _collect(plans, report)
    with timer.step("decode"):
        events, letters = _decode(taken, context)
    with timer.step("infer"):
        updates = {kind: _updates(batch, context.inferrer) for kind, batch in events.items()}
    with timer.step("write"):
        for kind, batch in updates.items():
            _write(connection, kind, batch, context, report)
        write_dead_letters(
            connection, letters, policy=context.policy, model_version=context.inferrer.versions.model_version
        )
    report.dead_letters = len(letters)
    report.applied = len(taken) - len(letters)
    with timer.step("advance"):
        advance_offsets(connection, context.policy.consumer_group, report.newest_offsets)
    return report


def _plan(
    connection: Connection, records: Sequence[Record], context: BatchContext
) -> dict[TopicPartition, PartitionPlan]:
    """Lock the ledger of every partition of the batch, and plan each."""
    by_place = {
        place: list(group)
        for place, group in groupby(sorted(records, key=_place_order), key=lambda record: record.place)
    }
    group = context.policy.consumer_group
    offsets = lock_offsets(connection, group, by_place)
    for place in by_place.keys() - offsets.keys():
        create_offset(connection, group, place, context.probe.ask(place, 0).log_start)
    if len(offsets) < len(by_place):
        offsets = lock_offsets(connection, group, by_place)
    plans = {
        place: plan_partition(batch, offsets[place], partial(context.probe.ask, place))
        for place, batch in by_place.items()
    }
    _check_topics(plans, context.probe)
    return plans


def _check_topics(plans: dict[TopicPartition, PartitionPlan], probe: Probe) -> None:
    """Before anything counts as applied or missing, make sure that the topic is still the one of the ledger."""
    doubtful = {place for place, plan in plans.items() if plan.already_applied or plan.gaps or plan.seek is not None}
    for topic, topic_id in sorted({(place.topic, place.topic_id) for place in doubtful}):
        if probe.topic_id(topic) != topic_id:
            raise TopicRecreatedError(f"topic {topic!r} was deleted and made again: its records start a new ledger")


def _place_order(record: Record) -> tuple[str, int, int]:
    return (record.place.topic_id, record.place.partition, record.offset)


def _collect(plans: dict[TopicPartition, PartitionPlan], report: BatchReport) -> list[Record]:
    """Add the plans to the report and return all records to apply."""
    taken: list[Record] = []
    for place, plan in plans.items():
        taken.extend(plan.take)
        report.newest_offsets[place] = plan.next_offset
        report.gaps += plan.gaps
        report.already_applied += plan.already_applied
        if plan.seek is not None:
            report.seeks[place] = plan.seek
    return taken


def _decode(
    records: Sequence[Record], context: BatchContext
) -> tuple[dict[SubjectKind, list[Event]], list[DeadLetter]]:
    """Decode every record; one that never can be applied becomes a dead letter."""
    events: dict[SubjectKind, list[Event]] = {}
    letters: list[DeadLetter] = []
    for record in records:
        kind = context.kind_of_topic[record.place.topic]
        try:
            event = decode_record(record, kind, max_bytes=context.policy.max_event_bytes)
        except InvalidError as error:
            letters.append(DeadLetter(record, type(error).__name__, str(error)))
        else:
            events.setdefault(kind, []).append(event)
    return events, letters


def _updates(events: Sequence[Event], inferrer: Inferrer) -> list[SubjectUpdate]:
    """Collapse to the newest event of each subject and infer its edges; a deletion has none."""
    newest = list(newest_events(events).values())
    kept = [event for event in newest if not isinstance(event.data, Deletion)]
    inferences = dict(zip((event.subject for event in kept), inferrer.infer_many(kept), strict=True))
    return [
        SubjectUpdate(
            subject_id=event.subject,
            sequence=event.sequence,
            event_id=event.event_id,
            document=document_json(event.data) if event.subject in inferences else None,
            inference=inferences.get(event.subject, _NOTHING),
        )
        for event in newest
    ]


def _write(
    connection: Connection,
    kind: SubjectKind,
    updates: Sequence[SubjectUpdate],
    context: BatchContext,
    report: BatchReport,
) -> None:
    """Write the updates and, for each subject whose edges changed, a message in the outbox."""
    versions = context.inferrer.versions
    diffs = write_subjects(connection, kind, updates, versions)
    report.superseded += len(updates) - len(diffs)
    event_by_id = {update.subject_id: update for update in updates}
    messages = []
    for subject, diff in diffs.items():
        report.edges_added += len(diff.added)
        report.edges_updated += len(diff.updated)
        report.edges_removed += len(diff.removed)
        if diff:
            messages.append(_edge_message(kind, event_by_id[subject], diff, versions))
    write_messages(connection, messages)


def _edge_message(kind: SubjectKind, update: SubjectUpdate, diff: EdgeDiff, versions: Versions) -> OutboxMessage:
    """Return the message that tells what changed for one subject; its id is that of the cause, so it is stable."""
    value = encode_envelope(
        event_id=_edge_event_id(kind, update.event_id),
        type=EDGES_CHANGED,
        source=f"/stream/{kind}",
        subject=update.subject_id,
        sequence=update.sequence,
        data=edge_changes_json(diff, versions),
    )
    return OutboxMessage("edge-changes", update.subject_id, value)


def edge_changes_json(diff: EdgeDiff, versions: Versions) -> bytes:
    """Return what changed as the data of an event, in the schema of `core.wire.EdgeChanges`.

    Built by hand: a model for each of fifteen edges an event costs more than writing them to the database.
    """
    data: dict[str, object] = {
        name: [_state(edge) for edge in edges]
        for name, edges in (("added", diff.added), ("updated", diff.updated), ("removed", diff.removed))
        if edges
    }
    data["taxonomy_version"] = versions.taxonomy_version
    data["model_version"] = versions.model_version
    return orjson.dumps(data)


def _edge_event_id(kind: SubjectKind, cause: str) -> str:
    """Return the id of the message that an event causes; a long cause is hashed, for ids are bounded."""
    readable = f"edges-{kind}-{cause}"
    if len(readable) <= MAX_ID_CHARACTERS:
        return readable
    return f"edges-{kind}-{hashlib.sha256(cause.encode()).hexdigest()}"


def _state(edge: Edge) -> dict[str, object]:
    return {
        "relation": edge.relation,
        "entity_id": edge.entity_id,
        "status": edge.status.value,
        "confidence": edge.confidence,
    }
