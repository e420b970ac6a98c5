"""A batch is tried until it is committed; an error of ours stops the process; hooks see every step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
import pytest
from kafka.errors import KafkaTimeoutError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import InternalError as DataBaseInternalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

import stream.runner
from core.errors import InvalidError, RetryError
from graph.writer import Versions
from stream.errors import RetentionLossError, TopicRecreatedError
from stream.metrics import WorkerMetrics, worker_metrics
from stream.model import BatchReport, Record, TopicPartition
from stream.prepare import PreparedBatch
from stream.runner import BatchRunner, BatchStoppedError, Hooks, RetryPolicy, is_transient

PLACE = TopicPartition("profile-events", "id-1", 0)
RECORDS = [Record(PLACE, offset, b"k", b"v", timestamp_ms=1_000) for offset in range(3)]
PREPARED = PreparedBatch(Versions(1, "m"), [None] * 3)
FAST = RetryPolicy(first_pause_seconds=0.0001, longest_pause_seconds=0.0002, unknown_errors=3)


class FixedClock:
    def now(self) -> datetime:
        return datetime.fromtimestamp(3, UTC)


class Script:
    """Stands for the database and `apply_batch`: raises what it is told, then succeeds; notes what happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> None:
        self.errors = list(errors)
        self.preparation_errors: list[Exception] = []
        self.steps: list[str] = []
        self.batches: list[list[str]] = []
        self.metrics: WorkerMetrics = worker_metrics()
        monkeypatch.setattr(stream.runner, "transaction", self.transaction)
        monkeypatch.setattr(stream.runner, "apply_batch", self.apply)

    @contextmanager
    def transaction(self, _engine: object) -> Iterator[None]:
        self.steps.append("begin")
        try:
            yield
        except Exception:
            self.steps.append("rollback")
            raise
        self.steps.append("commit")

    def result(self) -> PreparedBatch:
        if self.preparation_errors:
            self.steps.append("not prepared")
            raise self.preparation_errors.pop(0)
        return PREPARED

    def apply(
        self, _connection: object, records: Sequence[Record], prepared: PreparedBatch, _context: object
    ) -> BatchReport:
        assert prepared is PREPARED
        self.steps.append("apply")
        self.batches.append([record.place.topic_id for record in records])
        if self.errors:
            raise self.errors.pop(0)
        return BatchReport(events=len(records), applied=len(records), newest_offsets={r.place: 2 for r in records})

    def runner(self, **options: Any) -> BatchRunner:  # noqa: ANN401 - any option of a runner
        return BatchRunner(
            cast("Any", None), cast("Any", None), self.metrics, FixedClock(), **({"retry": FAST} | options)
        )

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


def driver_error(kind: type[psycopg.Error]) -> OperationalError:
    return OperationalError("statement", None, kind("away"))


TRANSIENT = [
    RetryError("away"),
    KafkaTimeoutError("away"),
    ConnectionResetError("away"),
    driver_error(psycopg.errors.SerializationFailure),
    driver_error(psycopg.errors.DeadlockDetected),
    driver_error(psycopg.errors.LockNotAvailable),
    driver_error(psycopg.errors.AdminShutdown),
    psycopg.OperationalError("raw connection away"),
    psycopg.errors.AdminShutdown("in the middle of a COPY"),
    PoolTimeoutError("no connection free"),
    DataBaseInternalError("statement", None, psycopg.errors.ReadOnlySqlTransaction("a standby takes over")),
    psycopg.errors.IdleInTransactionSessionTimeout("frozen"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_what_the_world_does_is_tried_again(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("ours"),
        InvalidError("ours"),
        KeyError("ours"),
        DataError("statement", None, psycopg.DataError("ours")),
        driver_error(psycopg.errors.ProgramLimitExceeded),
        psycopg.errors.ProgramLimitExceeded("index row too large"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_wrong_with_the_code_or_the_data_is_not_the_worlds(error: Exception) -> None:
    assert not is_transient(error)


def test_a_transient_error_is_borne_far_longer_than_an_unknown_one(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, *[RetryError("away")] * 40)
    report = script.runner().run(lambda: RECORDS, script)
    assert report.applied == 3
    assert script.steps == ["begin", "apply", "rollback"] * 40 + ["begin", "apply", "commit"]
    assert script.metric("canonym_retries_total", cause="RetryError") == 40


def test_an_unknown_error_stops_the_process_after_a_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, *[ZeroDivisionError("ours")] * 9)
    with pytest.raises(ZeroDivisionError):
        script.runner().run(lambda: RECORDS, script)
    assert script.steps.count("apply") == FAST.unknown_errors
    assert "commit" not in script.steps


def test_an_unknown_error_that_goes_away_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, ZeroDivisionError("once"), RetryError("away"), ZeroDivisionError("twice"))
    assert script.runner().run(lambda: RECORDS, script).applied == 3


def test_a_preparation_that_fails_is_tried_again_before_any_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch)
    script.preparation_errors = [RetryError("the process ended")] * 20
    assert script.runner().run(lambda: RECORDS, script).applied == 3
    assert script.steps == ["not prepared"] * 20 + ["begin", "apply", "commit"]


def test_a_preparation_that_keeps_failing_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch)
    script.preparation_errors = [ZeroDivisionError("ours")] * 20
    with pytest.raises(ZeroDivisionError):
        script.runner().run(lambda: RECORDS, script)
    assert script.steps == ["not prepared"] * FAST.unknown_errors


def test_lost_records_are_never_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, RetentionLossError("gone"))
    with pytest.raises(RetentionLossError):
        script.runner().run(lambda: RECORDS, script)
    assert script.steps == ["begin", "apply", "rollback"]


def test_after_a_topic_was_made_again_the_batch_is_applied_under_the_new_id(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, TopicRecreatedError("made again"))
    ids = ["old"]
    runner = script.runner(on_topic_recreated=lambda: ids.append("new"))
    runner.run(lambda: [Record(TopicPartition("profile-events", ids[-1], 0), 5, b"k", b"v")], script)
    assert script.batches == [["old"], ["new"]]


def test_stop_gives_up_a_batch_that_cannot_be_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, *[RetryError("away")] * 99)
    runner = script.runner(retry=RetryPolicy(first_pause_seconds=60, longest_pause_seconds=60))
    runner.stop()
    with pytest.raises(BatchStoppedError):
        runner.run(lambda: RECORDS, script)
    assert script.steps == ["begin", "apply", "rollback"]


def test_stop_lets_a_batch_that_works_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch)
    runner = script.runner()
    runner.stop()
    assert runner.run(lambda: RECORDS, script).applied == 3


def test_hooks_are_called_around_the_commit_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch)
    note = script.steps.append
    hooks = Hooks(
        before_transaction=lambda: note("before transaction"),
        before_commit=lambda: note("before commit"),
        after_commit=lambda: note("after commit"),
    )
    script.runner(hooks=hooks).run(lambda: RECORDS, script)
    assert script.steps == ["before transaction", "begin", "apply", "before commit", "commit", "after commit"]


def test_the_age_of_applied_records_only_is_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch)
    script.runner().run(lambda: RECORDS, script)
    assert script.metric("canonym_event_age_seconds_count") == 2
    assert script.metric("canonym_event_age_seconds_sum") == 4.0
    assert script.metric("canonym_events_total", outcome="applied") == 3
