"""Ask the broker what a partition holds, with a consumer of its own that reads committed records only."""

import time
from typing import Any

from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPartition

from core.errors import RetryError
from core.kafka import topic_ids
from stream.model import ProbeAnswer, TopicPartition


class KafkaProbe:
    """A probe over kafka-python; opens its consumer at the first question. For one thread."""

    def __init__(self, bootstrap_servers: str, *, timeout_seconds: float = 10.0) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._timeout_seconds = timeout_seconds
        self._consumer: Any = None

    def ask(self, place: TopicPartition, offset: int) -> ProbeAnswer:
        """Return where the log starts and ends, and the first readable record at or after `offset`.

        Raises:
            RetryError: where the broker does not answer in time.
        """
        partition = KafkaPartition(place.topic, place.partition)
        try:
            return self._answer(partition, offset)
        except Exception:
            # A consumer that failed once, after a freeze or a broker's death, may fail for ever: open another.
            self.close()
            raise

    def _answer(self, partition: KafkaPartition, offset: int) -> ProbeAnswer:
        consumer = self._opened()
        consumer.assign([partition])
        log_start = consumer.beginning_offsets([partition])[partition]
        end = consumer.end_offsets([partition])[partition]
        start = max(offset, log_start)
        first = self._first_record(consumer, partition, start, end) if start < end else None
        return ProbeAnswer(log_start, first, end)

    def topic_id(self, topic: str) -> str:
        """Return Kafka's id of a topic as it is now.

        Raises:
            RetryError: where the topic is not there (it may be about to be made again).
        """
        found = topic_ids(self._bootstrap_servers, [topic])
        if topic not in found:
            raise RetryError(f"topic {topic!r} does not exist; create it with `canonym events topics`")
        return found[topic]

    def close(self) -> None:
        """Close the consumer; the next question opens another."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _opened(self) -> Any:  # noqa: ANN401 - kafka-python has no types
        if self._consumer is None:
            self._consumer = KafkaConsumer(
                bootstrap_servers=self._bootstrap_servers.split(","),
                client_id="canonym-probe",
                group_id=None,
                enable_auto_commit=False,
                isolation_level="read_committed",
                max_poll_records=1,
            )
        return self._consumer

    def _first_record(self, consumer: Any, partition: KafkaPartition, start: int, end: int) -> int | None:  # noqa: ANN401
        consumer.seek(partition, start)
        deadline = time.monotonic() + self._timeout_seconds
        while time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=300).values():
                return int(records[0].offset)
            if consumer.position(partition) >= end:
                return None
        raise RetryError(f"the broker gave no answer on {partition} from offset {start} to {end}")
