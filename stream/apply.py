"""Apply a batch of records: everything it means, and how far the stream has come, in one transaction.

What the records say was prepared before (`stream.prepare`). The steps: lock the ledger, drop what is applied, find
gaps, collapse to the newest sequence of each subject, write what is newer, write the outbox and the dead letters,
advance the ledger. The caller commits, and acknowledges to Kafka only after that.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from sqlalchemy import Connection

from core.outbox import OutboxMessage, write_messages
from core.wire import EDGES_CHANGED, encode_envelope
from graph.encoding import SubjectUpdate
from graph.fold import newest_by_subject
from graph.model import SubjectKind
from graph.writer import SubjectChange, Versions, write_subjects
from stream.dead_letters import DeadLetter, write_dead_letters
from stream.decode import tombstone_id
from stream.errors import TopicRecreatedError
from stream.ledger import advance_offsets, create_offset, lock_offsets
from stream.model import ApplyPolicy, BatchReport, PartitionPlan, ProbeAnswer, Record, TopicPartition
from stream.plan import plan_partition
from stream.prepare import PreparedBatch
from stream.timing import StepTimer

_SUBJECT_ID = attrgetter("subject_id")
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


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What a batch needs beside its records; `kind_of_topic` maps each topic to the kind of its subjects."""

    policy: ApplyPolicy
    kind_of_topic: Mapping[str, SubjectKind]
    probe: Probe
    read_seconds: Callable[[], float]


def apply_batch(
    connection: Connection, records: Sequence[Record], prepared: PreparedBatch, context: BatchContext
) -> BatchReport:
    """Apply records inside the caller's transaction and return what was done; `prepared` is of these very records.

    Raises:
        RetentionLossError: where Kafka deleted records before they were applied.
        Exception: what the database or the broker raise; the caller rolls back and tries again.
    """
    report = BatchReport(events=len(records), seconds_by_step=dict(prepared.seconds_by_step))
    timer = StepTimer(context.read_seconds, report.seconds_by_step)
    with timer.step("ledger"):
        plans = _plan(connection, records, context)
    taken = _collect(plans, report)
    updates, letters = _sort_out(taken, records, prepared, context)
    with timer.step("write"):
        for kind, batch in updates.items():
            _write(connection, kind, batch, prepared.versions, report)
        write_dead_letters(connection, letters, policy=context.policy, model_version=prepared.versions.model_version)
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


def _sort_out(
    taken: Sequence[Record], records: Sequence[Record], prepared: PreparedBatch, context: BatchContext
) -> tuple[dict[SubjectKind, list[SubjectUpdate]], list[DeadLetter]]:
    """Return the newest update of each subject, and a dead letter for each record that can never be applied."""
    index_of = {id(record): index for index, record in enumerate(records)}
    updates: dict[SubjectKind, list[SubjectUpdate]] = {}
    letters: list[DeadLetter] = []
    for record in taken:
        index = index_of[id(record)]
        update = prepared.updates[index]
        if update is None:
            letters.append(DeadLetter(record, *prepared.refusals[index]))
        else:
            if record.value is None:
                # Known only now: a batch is prepared before anybody looks which topic bears the name.
                update = update._replace(event_id=tombstone_id(record))
            updates.setdefault(context.kind_of_topic[record.place.topic], []).append(update)
    newest = {kind: newest_by_subject(batch, _SUBJECT_ID) for kind, batch in updates.items()}
    return {kind: list(by_subject.values()) for kind, by_subject in newest.items()}, letters


def _write(
    connection: Connection,
    kind: SubjectKind,
    updates: Sequence[SubjectUpdate],
    versions: Versions,
    report: BatchReport,
) -> None:
    """Write the updates and, for each subject whose edges changed, a message in the outbox."""
    changes = write_subjects(connection, kind, updates, versions)
    report.superseded += len(updates) - len(changes)
    event_by_id = {update.subject_id: update for update in updates}
    messages = []
    for subject, change in changes.items():
        report.edges_added += change.added
        report.edges_updated += change.updated
        report.edges_removed += change.removed
        if change:
            messages.append(_edge_message(kind, event_by_id[subject], change))
    write_messages(connection, messages)


def _edge_message(kind: SubjectKind, update: SubjectUpdate, change: SubjectChange) -> OutboxMessage:
    """Return the message that tells what changed for one subject; its id is that of the cause, so it is stable."""
    value = encode_envelope(
        event_id=_edge_event_id(kind, update.event_id),
        type=EDGES_CHANGED,
        source=f"/stream/{kind}",
        subject=update.subject_id,
        sequence=update.sequence,
        data=change.data,
    )
    return OutboxMessage("edge-changes", update.subject_id, value)


def _edge_event_id(kind: SubjectKind, cause: str) -> str:
    """Return the id of the message that an event causes; a long cause is hashed, for ids are bounded."""
    readable = f"edges-{kind}-{cause}"
    if len(readable) <= MAX_ID_CHARACTERS:
        return readable
    return f"edges-{kind}-{hashlib.sha256(cause.encode()).hexdigest()}"
