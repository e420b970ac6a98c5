"""Run batches until they are committed: one transaction each, tried again with growing pauses. No Faust here.

What goes wrong is either the world's fault (a server is down: try for ever), the batch's (a dead letter, inside
`apply_batch`), or ours (an unknown error: after a few tries stop the process, loudly, with nothing lost).
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import psycopg
from kafka.errors import KafkaError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.clock import Clock
from core.database import transaction
from core.errors import RetryError
from core.logs import get_logger
from stream.apply import BatchContext, apply_batch
from stream.errors import RetentionLossError, TopicRecreatedError
from stream.metrics import WorkerMetrics
from stream.model import BatchReport, Record
from stream.prepare import PreparedBatch


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait before a batch is tried again, and how many unknown errors to bear."""

    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 5.0
    unknown_errors: int = 8


@dataclass(frozen=True, slots=True)
class Hooks:
    """Called at the named moments of a batch; tests inject faults here. Both do nothing by default."""

    before_transaction: Callable[[], None] = lambda: None
    before_commit: Callable[[], None] = lambda: None
    after_commit: Callable[[], None] = lambda: None


class PendingBatch(Protocol):
    """A batch that is being prepared."""

    def result(self) -> PreparedBatch:
        """Wait for it; where that raises, calling again tries again."""
        ...


class BatchStoppedError(Exception):
    """The batch was given up because the process is stopping or must stop; nothing of it was committed."""


class BatchRunner:
    """Applies batches one after another, in whatever thread calls it."""

    def __init__(
        self,
        engine: Engine,
        context: BatchContext,
        metrics: WorkerMetrics,
        clock: Clock,
        *,
        retry: RetryPolicy | None = None,
        hooks: Hooks | None = None,
        on_topic_recreated: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._context = context
        self._metrics = metrics
        self._clock = clock
        self._retry = retry or RetryPolicy()
        self._hooks = hooks or Hooks()
        self._on_topic_recreated = on_topic_recreated
        self._stopping = threading.Event()
        self._random = random.Random()  # noqa: S311 - jitter of pauses, not a secret
        self._log = get_logger("stream.runner")

    def stop(self) -> None:
        """Give up a batch that is being tried again; one that works is finished."""
        self._stopping.set()

    def run(self, relocate: Callable[[], Sequence[Record]], pending: PendingBatch) -> BatchReport:
        """Apply a batch until it is committed; `relocate` gives its records under the topics' current ids.

        `pending` is the preparation of these records, which goes on elsewhere.

        Raises:
            RetentionLossError: where records were deleted before they were applied.
            BatchStoppedError: where `stop` was called while the batch could not be applied.
            Exception: an unknown error that did not go away.
        """
        unknown = attempt = 0
        while True:
            try:
                return self._once(relocate, pending)
            except RetentionLossError:
                raise
            except Exception as error:
                attempt += 1
                self._metrics.retries.labels(type(error).__name__).inc()
                if not is_transient(error):
                    unknown += 1
                    self._log.error("batch_failed", attempt=attempt, unknown=unknown, error=repr(error)[:300])
                    if unknown >= self._retry.unknown_errors:
                        raise
                else:
                    self._log.warning("batch_retried", attempt=attempt, error=str(error)[:300])
                if isinstance(error, TopicRecreatedError):
                    self._on_topic_recreated()
            if self._stopping.wait(self._pause_seconds(attempt)):
                raise BatchStoppedError

    def _once(self, relocate: Callable[[], Sequence[Record]], pending: PendingBatch) -> BatchReport:
        """Apply a batch in one transaction."""
        waiting = time.perf_counter()
        prepared = pending.result()
        records = relocate()
        started = time.perf_counter()
        self._hooks.before_transaction()
        with transaction(self._engine) as connection:
            report = apply_batch(connection, records, prepared, self._context)
            report.seconds_by_step["wait"] = started - waiting
            self._hooks.before_commit()
        self._hooks.after_commit()
        committed = self._clock.now().timestamp()
        self._metrics.observe(report, time.perf_counter() - started)
        self._metrics.last_commit.set(committed)
        for record in records:
            if record.offset < report.newest_offsets[record.place]:
                self._metrics.event_age_seconds.observe(max(0.0, committed - record.timestamp_ms / 1000))
        return report

    def _pause_seconds(self, attempt: int) -> float:
        """Return a pause that doubles with each attempt, between half and all of it by chance."""
        longest = min(self._retry.longest_pause_seconds, self._retry.first_pause_seconds * 2.0 ** min(attempt, 16))
        return longest * (0.5 + self._random.random() / 2)


_NEVER_PASSES = (psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex)
"""Operational errors to the driver, but of the data: a value too large for an index, a statement too long."""
_PASSES = (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.IdleInTransactionSessionTimeout)
"""Internal errors to the driver, but of the world: a standby takes over, this process was frozen."""


def is_transient(error: Exception) -> bool:
    """Whether an error is the world's: a server that is away, a lock, a deadlock, a broken connection."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, _NEVER_PASSES):
        return False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    world = (RetryError, KafkaError, OSError, PoolTimeoutError, psycopg.OperationalError, psycopg.InterfaceError)
    return isinstance(error, OperationalError | InterfaceError) or isinstance(cause, (*world, *_PASSES))
