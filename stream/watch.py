"""See whether the stream moves: a partition whose ledger stands still although records wait is read again.

This mends what no batch can: a group offset that was forged ahead, after which Faust delivers nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from stream.apply import Probe
from stream.ledger import read_offsets
from stream.model import TopicPartition


@dataclass(frozen=True, slots=True)
class PartitionState:
    """Where the ledger stands in a partition, and where the partition ends."""

    next_offset: int
    end: int

    @property
    def lag(self) -> int:
        """Offsets between the ledger and the end; may hold no record."""
        return self.end - self.next_offset


def observe_partitions(
    engine: Engine, probe: Probe, group: str, places: Iterable[TopicPartition]
) -> dict[TopicPartition, PartitionState]:
    """Return the state of the assigned partitions."""
    with engine.connect() as connection:
        ledger = read_offsets(connection, group)
    states = {}
    for place in places:
        answer = probe.ask(place, ledger.get(place, 0))
        next_offset = ledger.get(place, answer.log_start)
        nothing_to_read = answer.first is None and answer.end >= next_offset
        states[place] = PartitionState(next_offset, next_offset if nothing_to_read else answer.end)
    return states


def stalled_partitions(
    before: Mapping[TopicPartition, PartitionState], now: Mapping[TopicPartition, PartitionState]
) -> dict[TopicPartition, int]:
    """Return where to seek: partitions with records to read whose ledger has not moved between two looks. Pure."""
    return {
        place: state.next_offset
        for place, state in now.items()
        if state.lag > 0
        and place in before
        and before[place].next_offset == state.next_offset
        and before[place].lag > 0
    }


def ledgers_ahead(now: Mapping[TopicPartition, PartitionState]) -> list[TopicPartition]:
    """Return partitions that end below the ledger: their log was truncated. Pure."""
    return [place for place, state in now.items() if state.lag < 0]
