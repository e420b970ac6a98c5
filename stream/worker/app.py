"""The Faust app: takes records in batches, applies each off the event loop, acknowledges after the commit.

Faust delivers and balances; what is applied is decided by the ledger in PostgreSQL (`stream.apply`). Nothing may
escape the agent's loop: an error that ends it would let Faust acknowledge what was not applied.
"""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import faust
from faust.types import TP

from core.logs import get_logger
from stream.errors import RetentionLossError
from stream.model import BatchReport, Record, TopicPartition
from stream.runner import BatchRunner, BatchStoppedError, PendingBatch
from stream.worker.transport import CommittedTransport
from stream.worker.watcher import Watcher

EXIT_LOSS = 3
"""Exit code after records were deleted by Kafka before they were applied."""
EXIT_UNKNOWN = 4
"""Exit code after an unknown error that did not go away."""

_WATCH_SECONDS = 5.0
_METADATA_SECONDS = 5.0
"""How often topics are looked up: one that is made (again) is read from then on."""


class WorkerApp(faust.App):  # type: ignore[misc]  # Faust is untyped
    """A Faust app that, when it stops, does not wait for a batch that cannot be applied."""

    runner: BatchRunner
    gave_up: asyncio.Event
    """Set once a batch was given up because the app stops."""
    consumption: "Consumption"

    async def on_stop(self) -> None:
        """Stop; the batch in flight is finished where the servers answer, else given up with nothing committed."""
        self.runner.stop()
        await super().on_stop()
        self.consumption.close()

    async def _consumer_wait_empty(self, consumer: Any, logger: Any) -> None:  # noqa: ANN401 - Faust is untyped
        """Wait until what was delivered is acknowledged, or was given up and never will be."""
        empty = asyncio.ensure_future(super()._consumer_wait_empty(consumer, logger))
        gave_up = asyncio.ensure_future(self.gave_up.wait())
        await asyncio.wait((empty, gave_up), return_when=asyncio.FIRST_COMPLETED)
        gave_up.cancel()
        if empty.done():
            empty.result()
        else:
            empty.cancel()


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """How the worker reads; see docs/settings.md for the settings behind it."""

    bootstrap_servers: str
    consumer_group: str
    topics: tuple[str, ...]
    batch_max_events: int = 500
    batch_within_seconds: float = 0.005
    instance_id: str | None = None
    session_seconds: float = 12.0
    """Without a heartbeat for so long, the worker's partitions go to others."""
    work_dir: Path | None = None
    """Where Faust makes its (empty) folders; None is the current folder."""


class Preparation(Protocol):
    """Where batches are prepared."""

    def submit(self, records: Sequence[Record]) -> PendingBatch:
        """Begin to prepare a batch, and return at once."""
        ...


def build_app(policy: WorkerPolicy, runner: BatchRunner, watcher: Watcher, preparation: Preparation) -> Any:  # noqa: ANN401 - Faust is untyped
    """Return the Faust app of a worker; starting it is the caller's."""
    app = WorkerApp(
        policy.consumer_group,
        broker=[f"kafka://{server}" for server in policy.bootstrap_servers.split(",")],
        store="memory://",
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
        stream_wait_empty=True,
        stream_buffer_maxsize=4096,
        broker_commit_interval=1.0,
        broker_session_timeout=policy.session_seconds,
        broker_heartbeat_interval=policy.session_seconds / 4,
        broker_rebalance_timeout=60.0,
        broker_max_poll_records=2_000,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=int(_METADATA_SECONDS * 1000),
        consumer_group_instance_id=policy.instance_id,
        producer_acks=-1,
        topic_allow_declare=False,
        topic_disable_leader=True,
        autodiscover=False,
        datadir=policy.work_dir,
    )
    app.runner = runner
    app.gave_up = asyncio.Event()
    app.transport = CommittedTransport([app.conf.broker_consumer[0]], app, loop=app.loop)
    source = app.topic(*policy.topics, key_serializer="raw", value_serializer="raw")
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="apply")
    consumption = Consumption(app, runner, watcher, preparation, executor, max_events=policy.batch_max_events)
    app.consumption = consumption

    @app.agent(source, concurrency=1, name="apply-events")  # type: ignore[untyped-decorator]
    async def apply_events(stream: Any) -> None:  # noqa: ANN401 - Faust is untyped
        async for events in stream.noack_take(policy.batch_max_events, within=policy.batch_within_seconds):
            await consumption.consume(stream, events)

    @app.timer(_WATCH_SECONDS)  # type: ignore[untyped-decorator]
    async def watch() -> None:
        await consumption.watch()

    return app


class Consumption:
    """What the worker does with a batch of Faust events, and with a partition that stands still."""

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - Faust is untyped
        runner: BatchRunner,
        watcher: Watcher,
        preparation: Preparation,
        executor: ThreadPoolExecutor,
        *,
        max_events: int,
    ) -> None:
        self._app = app
        self._runner = runner
        self._watcher = watcher
        self._preparation = preparation
        self._executor = executor
        self._max_events = max_events
        self._held: list[Any] = []
        self._arrived, self._room, self._settled = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._in_hand = 0
        self._taking: asyncio.Task[None] | None = None
        self._applying: asyncio.Task[None] | None = None
        self._busy = False
        self._batches = 0
        self._batches_at_last_look = 0
        self._log = get_logger("stream.worker")

    async def consume(self, stream: Any, events: Sequence[Any]) -> None:  # noqa: ANN401 - Faust is untyped
        """Take events in hand; what arrives while a batch is at work becomes a part of the next one.

        Returns at once while fewer events wait than a batch may hold.
        """
        if self._taking is None:
            self._taking = asyncio.ensure_future(self._take_batches(stream))
        self._held.extend(events)
        self._in_hand += len(events)
        self._settled.clear()
        self._arrived.set()
        while len(self._held) >= self._max_events and not self._app.gave_up.is_set():
            self._room.clear()
            await self._room.wait()

    async def settled(self) -> None:
        """Wait until everything in hand is applied and acknowledged, or given up."""
        await self._settled.wait()
        if self._applying is not None:
            await self._applying

    def close(self) -> None:
        """Take no more batches: the app has stopped."""
        if self._taking is not None:
            self._taking.cancel()

    async def _take_batches(self, stream: Any) -> None:  # noqa: ANN401 - Faust is untyped
        """Make batches of what waits, one after the other, until one is given up."""
        try:
            while not self._app.gave_up.is_set():
                await self._arrived.wait()
                events, self._held = self._held[: self._max_events], self._held[self._max_events :]
                if not self._held:
                    self._arrived.clear()
                self._room.set()
                await self._take(stream, events)
        except Exception:  # noqa: BLE001 - whatever it is, nobody else would take what arrives
            self._log.critical("worker_stopped", exc_info=True)
            os._exit(EXIT_UNKNOWN)
        finally:
            self._room.set()

    async def _take(self, stream: Any, events: Sequence[Any]) -> None:  # noqa: ANN401 - Faust is untyped
        """Have a batch prepared while the one before it is applied; return once that one is done."""
        messages = [event.message for event in events]
        # Its topics' ids are looked up when it is applied: the broker may be away now.
        pending = self._preparation.submit([_record(message, message.topic) for message in messages])
        if self._applying is not None:
            await self._applying
        if not self._app.gave_up.is_set():
            self._applying = asyncio.ensure_future(self._finish(stream, events, messages, pending))

    async def _finish(
        self,
        stream: Any,  # noqa: ANN401 - Faust is untyped
        events: Sequence[Any],
        messages: Sequence[Any],
        pending: PendingBatch,
    ) -> None:
        """Apply a batch, then acknowledge everything but what must be read again."""
        self._busy = True
        self._batches += 1
        try:
            report = await asyncio.get_running_loop().run_in_executor(self._executor, self._apply, messages, pending)
        except BatchStoppedError:
            self._app.gave_up.set()
            self._settled.set()
            return
        except RetentionLossError as error:
            self._log.critical("records_lost", error=str(error))
            self._settled.set()
            os._exit(EXIT_LOSS)
        except Exception:  # noqa: BLE001 - whatever it is, going on would acknowledge what is not applied
            self._log.critical("worker_stopped", exc_info=True)
            self._settled.set()
            os._exit(EXIT_UNKNOWN)
        finally:
            self._busy = False
        seeks = {TP(place.topic, place.partition): offset for place, offset in report.seeks.items()}
        for event in events:
            message = event.message
            if message.offset < seeks.get(message.tp, message.offset + 1):
                await stream.ack(event)
            else:
                # It comes again after the seek. A rebalance that begins before would wait for this one for ever.
                self._app.consumer.unacked.discard(message)
        for partition, offset in seeks.items():
            self._log.warning("records_read_again", partition=str(partition), offset=offset)
            await self._seek(partition, offset)
        self._in_hand -= len(events)
        if not self._in_hand:
            self._settled.set()

    def _apply(self, messages: Sequence[Any], pending: PendingBatch) -> BatchReport:
        return self._runner.run(
            lambda: [_record(message, self._watcher.topic_id(message.topic)) for message in messages], pending
        )

    async def watch(self) -> None:
        """Look whether the ledger moves, and read again where it does not.

        Nothing is read again while one and the same batch is at work: it may wait for a server, or for the ledger
        that a frozen worker still holds, and its records are here already.
        """
        assigned = {(tp.topic, tp.partition) for tp in self._app.consumer.assignment()}
        loop = asyncio.get_running_loop()
        seeks = await loop.run_in_executor(None, self._watcher.look, frozenset(assigned))
        same_batch = self._busy and self._batches == self._batches_at_last_look
        self._batches_at_last_look = self._batches
        if seeks and same_batch:
            self._log.warning("batch_takes_long", partitions=len(seeks))
            return
        for (topic, partition), offset in seeks.items():
            self._log.warning("partition_stood_still", topic=topic, partition=partition, offset=offset)
            await self._seek(TP(topic, partition), offset)

    async def _seek(self, partition: TP, offset: int) -> None:
        """Read on at an offset; a partition that went to another worker meanwhile is that one's care."""
        try:
            await self._app.consumer.seek(partition, offset)
        except Exception as error:  # noqa: BLE001 - the watcher looks again, and nothing may end the agent
            self._log.warning("seek_failed", partition=str(partition), offset=offset, error=repr(error)[:300])


def _record(message: Any, topic_id: str) -> Record:  # noqa: ANN401 - Faust is untyped
    """Return a Faust message as a record."""
    headers = message.headers or ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Record(
        place=TopicPartition(message.topic, topic_id, message.partition),
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=tuple((name, value or b"") for name, value in pairs),
        timestamp_ms=int((message.timestamp or 0) * 1000),
    )
