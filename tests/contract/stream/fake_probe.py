"""A broker in memory that answers as Kafka does, to readers of committed records."""

from dataclasses import dataclass, field

from core.errors import RetryError
from stream.model import ProbeAnswer, TopicPartition


@dataclass
class FakePartition:
    """The readable offsets of a partition; markers and aborted records only move the end."""

    log_start: int = 0
    end: int = 0
    readable: set[int] = field(default_factory=set)

    def append(self, *, is_readable: bool = True) -> int:
        """Add a record, or something that no reader sees, and return its offset."""
        if is_readable:
            self.readable.add(self.end)
        self.end += 1
        return self.end - 1


class FakeProbe:
    """Answers about partitions in memory."""

    def __init__(self) -> None:
        self.partitions: dict[tuple[str, int], FakePartition] = {}
        self.ids: dict[str, str] = {}

    def partition(self, topic: str, number: int = 0) -> FakePartition:
        """Return a partition, made at the first call."""
        self.ids.setdefault(topic, f"id-{len(self.ids)}")
        return self.partitions.setdefault((topic, number), FakePartition())

    def ask(self, place: TopicPartition, offset: int) -> ProbeAnswer:
        """Return where the log starts and ends, and the first readable record at or after `offset`."""
        found = self.partition(place.topic, place.partition)
        start = max(offset, found.log_start)
        first = min((one for one in found.readable if one >= start), default=None)
        return ProbeAnswer(found.log_start, first, found.end)

    def topic_id(self, topic: str) -> str:
        """Return the id of a topic.

        Raises:
            RetryError: where it is not there.
        """
        if topic not in self.ids:
            raise RetryError(f"topic {topic!r} does not exist")
        return self.ids[topic]
