"""Frames between worker and inference process: what is written comes back, and an end is noticed anywhere."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.encoding import SubjectUpdate
from graph.writer import Versions
from stream.inference.messages import (
    Failure,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
    read_frame,
    write_frame,
)
from stream.model import Record, TopicPartition
from stream.prepare import PreparedBatch, Refusal

RECORDS = st.builds(
    Record,
    place=st.builds(TopicPartition, st.text(max_size=5), st.text(max_size=5), st.integers(0, 99)),
    offset=st.integers(0, 2**62),
    key=st.none() | st.binary(max_size=9),
    value=st.none() | st.binary(max_size=9),
    headers=st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5)), max_size=2).map(tuple),
)
UPDATE = SubjectUpdate("m1", 2**62, "e", None, "{}", "row", "{}")


@given(st.lists(RECORDS, max_size=4))
def test_records_come_back_as_they_were_asked_for(records: list[Record]) -> None:
    assert decode_request(encode_request(records)) == records


def test_a_prepared_batch_comes_back() -> None:
    batch = PreparedBatch(Versions(3, "m"), [UPDATE, None], {1: Refusal("InvalidError", "why")}, {"infer": 0.5})
    assert decode_reply(encode_reply(batch)) == batch


@pytest.mark.parametrize("passes", [True, False])
def test_a_failure_comes_back(*, passes: bool) -> None:
    assert decode_reply(encode_reply(Failure("broken", passes))) == Failure("broken", passes)


def test_frames_follow_each_other_and_an_end_within_one_is_an_end() -> None:
    stream = io.BytesIO()
    write_frame(stream, b"first")
    write_frame(stream, b"")
    write_frame(stream, b"cut short")
    whole = stream.getvalue()
    stream = io.BytesIO(whole[:-1])
    assert [read_frame(stream), read_frame(stream), read_frame(stream), read_frame(stream)] == [
        b"first",
        b"",
        None,
        None,
    ]
