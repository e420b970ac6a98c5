"""Faust's Kafka transport, reading committed records only.

Faust reads uncommitted records unless it runs in its own exactly-once mode, which cannot cover PostgreSQL; then
records of aborted transactions would be applied.
"""

from typing import Any

from faust.transport.drivers import aiokafka as driver

from stream.worker.delivery import DirectDelivery


class CommittedConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust is untyped
    """The thread that fetches, with isolation `read_committed`."""

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401 - Faust's own types are loose
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust passes no setting through
        return consumer


class CommittedConsumer(DirectDelivery, driver.Consumer):  # type: ignore[misc] # Faust is untyped
    """A consumer whose fetching thread reads committed records."""

    wait_first_by_tasks = driver.Consumer.wait_first

    def _new_consumer_thread(self) -> CommittedConsumerThread:
        return CommittedConsumerThread(self, loop=self.loop, beacon=self.beacon)


class CommittedTransport(driver.Transport):  # type: ignore[misc] # Faust is untyped
    """The transport to hand to a Faust app."""

    Consumer = CommittedConsumer
