"""Batches go to processes of their own: real ones, which run a small stand-in for the language work."""

import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import stream.inference.client
from graph.writer import Versions
from stream.inference.client import InferenceError, InferencePool, InferenceRetryError
from stream.model import Record, TopicPartition
from stream.prepare import PreparedBatch

PLACE = TopicPartition("topic", "id", 0)

CHILD = """
import os, sys, time
from graph.encoding import SubjectUpdate
from graph.writer import Versions
from stream.inference.messages import Failure, decode_request, encode_reply, read_frame, write_frame
from stream.prepare import PreparedBatch, Refusal

def prepared(records):
    values = [record.value for record in records]
    if b"die" in values and not os.path.exists(FLAG):
        open(FLAG, "w").close()
        os._exit(9)
    if b"later" in values and not os.path.exists(FLAG):
        open(FLAG, "w").close()
        return Failure("the database is away", True)
    if b"hang" in values and not os.path.exists(FLAG):
        open(FLAG, "w").close()
        time.sleep(60)
    if b"never" in values:
        return Failure("a fault", False)
    updates = [None if v == b"bad" else SubjectUpdate(v.decode(), os.getpid(), "e", None, "{}", "", "") for v in values]
    refusals = {n: Refusal("InvalidError", "bad") for n, v in enumerate(values) if v == b"bad"}
    return PreparedBatch(Versions(1, "m"), updates, refusals, {"infer": 1.0})

while (content := read_frame(sys.stdin.buffer)) is not None:
    records = decode_request(content)
    if any(record.value == b"garble" for record in records) and not os.path.exists(FLAG):
        open(FLAG, "w").close()
        write_frame(sys.stdout.buffer, b"no answer")
    write_frame(sys.stdout.buffer, encode_reply(prepared(records)))
"""


def records(*values: bytes) -> list[Record]:
    return [Record(PLACE, offset, b"k", value) for offset, value in enumerate(values)]


@pytest.fixture
def open_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., InferencePool]]:
    script = tmp_path / "child.py"
    script.write_text(f"FLAG = {str(tmp_path / 'flag')!r}\n" + textwrap.dedent(CHILD))
    monkeypatch.setattr(stream.inference.client, "COMMAND", (sys.executable, str(script)))
    root = Path(stream.inference.client.__file__).parents[2]
    pools: list[InferencePool] = []

    def open_it(processes: int, patience: float = 120.0) -> InferencePool:
        pools.append(InferencePool(processes, {"PYTHONPATH": str(root)}, patience_seconds=patience))
        return pools[-1]

    yield open_it
    for pool in pools:
        pool.close()


def test_batches_come_back_in_order_with_their_refusals(open_pool: Callable[..., InferencePool]) -> None:
    pool = open_pool(1)
    pending = [pool.submit(records(b"a", b"bad")), pool.submit(records(b"b"))]
    first, second = [one.result() for one in pending]
    assert [update and update.subject_id for update in first.updates] == ["a", None]
    assert first.refusals == {1: ("InvalidError", "bad")}
    assert [update and update.subject_id for update in second.updates] == ["b"]
    assert first.versions == Versions(1, "m")


def test_several_processes_share_a_batch_and_answer_as_one(open_pool: Callable[..., InferencePool]) -> None:
    pool = open_pool(2)
    pool.warm_up()
    batch = pool.submit(records(b"a", b"b", b"c", b"bad")).result()
    assert [update and update.subject_id for update in batch.updates] == ["a", "b", "c", None]
    assert len({update.sequence for update in batch.updates if update}) == 2
    assert (batch.refusals, batch.seconds_by_step) == ({3: ("InvalidError", "bad")}, {"infer": 2.0})


@pytest.mark.parametrize(
    "value", [b"die", b"later", b"hang", b"garble"], ids=["it dies", "the database is away", "it hangs", "no answer"]
)
def test_what_passes_is_asked_again(open_pool: Callable[..., InferencePool], value: bytes) -> None:
    pool = open_pool(1, patience=4.0 if value == b"hang" else 120.0)
    pending = pool.submit(records(value))
    with pytest.raises(InferenceRetryError):
        pending.result()
    # What is asked while a process is just ending ends with it, and a busy machine starts the next one slowly.
    answers = list[PreparedBatch]()
    while not answers:
        with suppress(InferenceRetryError):
            answers.append(pending.result())
    assert [update and update.subject_id for update in answers[0].updates] == [value.decode()]


def test_a_fault_that_stays_is_said(open_pool: Callable[..., InferencePool]) -> None:
    pending = open_pool(1).submit(records(b"never"))
    for _ in range(2):
        with pytest.raises(InferenceError, match="a fault"):
            pending.result()


def test_an_empty_batch_is_answered(open_pool: Callable[..., InferencePool]) -> None:
    assert open_pool(2).submit([]).result().updates == []


def test_after_the_end_nothing_is_prepared(open_pool: Callable[..., InferencePool]) -> None:
    pool = open_pool(1)
    pool.warm_up()
    pool.close()
    with pytest.raises(InferenceRetryError):
        pool.submit(records(b"a")).result()
