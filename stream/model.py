"""What goes through the stream, as frozen values."""

from dataclasses import dataclass, field
from typing import Final

CONSUMER_GROUP: Final = "canonym-worker"
"""The consumer group of the workers, without the prefix of the topics."""


@dataclass(frozen=True, slots=True)
class TopicPartition:
    """A partition of a topic, known by Kafka's id of the topic, so that a recreated topic is another one."""

    topic: str
    topic_id: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record with its bytes as they came; `timestamp_ms` is the broker's or producer's, in milliseconds."""

    place: TopicPartition
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int = 0


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What the broker says of a partition.

    `log_start` is the lowest offset still kept, `first` the offset of the first readable record at or after the
    one asked for (None where there is none), `end` the offset after the last readable record.
    """

    log_start: int
    first: int | None
    end: int


@dataclass(frozen=True, slots=True)
class PartitionPlan:
    """What to do with the records of one partition in a batch."""

    take: tuple[Record, ...]
    """To apply, in order."""
    next_offset: int
    """Where the ledger stands when they are applied."""
    seek: int | None = None
    """Where reading must go on, because Faust skipped a record; None where it did not."""
    gaps: int = 0
    """Gaps that hold no record: compaction, or markers of transactions."""
    already_applied: int = 0


@dataclass(frozen=True, slots=True)
class ApplyPolicy:
    """How batches are applied."""

    consumer_group: str
    code_version: str


@dataclass(slots=True)
class BatchReport:
    """What one batch did, for metrics and logs; `seeks` is what the worker must act on."""

    events: int = 0
    applied: int = 0
    superseded: int = 0
    already_applied: int = 0
    dead_letters: int = 0
    gaps: int = 0
    edges_added: int = 0
    edges_updated: int = 0
    edges_removed: int = 0
    seeks: dict[TopicPartition, int] = field(default_factory=dict)
    newest_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    seconds_by_step: dict[str, float] = field(default_factory=dict)
