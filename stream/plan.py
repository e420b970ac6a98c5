"""Decide which records of a batch to apply, from the ledger and the broker's answer. Pure.

Faust may deliver a record twice and may skip one. The ledger says what comes next: anything below is done, and
anything above is a gap, about which the broker is asked: a record that is there was skipped and must be read
again; where nothing is there, compaction or the marker of a transaction took the offset.
"""

from collections.abc import Callable, Sequence

from stream.errors import RetentionLossError
from stream.model import PartitionPlan, ProbeAnswer, Record

Ask = Callable[[int], ProbeAnswer]
"""Asks the broker for the first record at or after an offset."""


def plan_partition(records: Sequence[Record], next_offset: int, ask: Ask) -> PartitionPlan:
    """Return the plan for the records of one partition, given in any order.

    Raises:
        RetentionLossError: where the log starts above the offset that comes next.
    """
    take: list[Record] = []
    expected = next_offset
    gaps = already_applied = 0
    for record in sorted(records, key=lambda record: record.offset):
        if record.offset < expected:
            already_applied += 1
            continue
        if record.offset > expected:
            answer = ask(expected)
            if answer.log_start > expected:
                place = record.place
                raise RetentionLossError(
                    f"records {expected} to {answer.log_start - 1} of {place.topic} partition {place.partition} were "
                    "deleted by Kafka before they were applied; raise the topic's retention, then accept the loss "
                    "with `python -m stream.accept_loss`"
                )
            if answer.first is not None and answer.first < record.offset:
                return PartitionPlan(tuple(take), expected, answer.first, gaps, already_applied)
            gaps += 1
        take.append(record)
        expected = record.offset + 1
    return PartitionPlan(tuple(take), expected, None, gaps, already_applied)
