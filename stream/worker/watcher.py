"""Looks at the broker and the ledger from time to time, and keeps the topics' ids."""

import threading
from collections.abc import Callable, Collection

from sqlalchemy import Engine

from core.errors import RetryError
from core.logs import get_logger
from stream.metrics import WorkerMetrics
from stream.model import TopicPartition
from stream.probe import KafkaProbe
from stream.runner import is_transient
from stream.watch import PartitionState, ledgers_ahead, observe_partitions, stalled_partitions


class Watcher:
    """Remembers what it saw last, so that it can tell a partition that stands still."""

    def __init__(
        self,
        engine: Engine,
        probe: KafkaProbe,
        group: str,
        metrics: WorkerMetrics,
        read_ids: Callable[[], dict[str, str]],
    ) -> None:
        self._engine = engine
        self._probe = probe
        self._group = group
        self._metrics = metrics
        self._read_ids = read_ids
        self._ids: dict[str, str] = {}
        self._seen: dict[TopicPartition, PartitionState] = {}
        self._lock = threading.Lock()
        self._log = get_logger("stream.watch")

    def topic_id(self, topic: str) -> str:
        """Return Kafka's id of a topic as last looked up.

        Raises:
            RetryError: where the broker does not know the topic.
        """
        if topic not in self._ids:
            self.refresh_ids()
        try:
            return self._ids[topic]
        except KeyError:
            raise RetryError(f"topic {topic!r} does not exist") from None

    def refresh_ids(self) -> None:
        """Look the topics' ids up again; a changed id is said loudly."""
        found = self._read_ids()
        for topic, topic_id in found.items():
            if self._ids.get(topic, topic_id) != topic_id:
                self._log.error("topic_recreated", topic=topic, before=self._ids[topic], now=topic_id)
        self._ids = found

    def look(self, assigned: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Return where to seek in partitions that stand still; errors of the servers are left to the batches."""
        with self._lock:
            try:
                self.refresh_ids()
                places = [TopicPartition(t, self._ids[t], p) for t, p in assigned if t in self._ids]
                now = observe_partitions(self._engine, self._probe, self._group, places)
            except Exception as error:
                self._probe.close()
                if not is_transient(error):
                    raise
                return {}
            seeks = stalled_partitions(self._seen, now)
            for place in ledgers_ahead(now):
                self._log.error("ledger_ahead", topic=place.topic, partition=place.partition)
            for place, state in now.items():
                self._metrics.ledger_lag.labels(place.topic, str(place.partition)).set(max(0, state.lag))
            self._seen = now
            return {(place.topic, place.partition): offset for place, offset in seeks.items()}
