"""From a record's bytes to an event, or to the reason why it never can be one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidError
from core.wire import (
    JOB_UPDATED,
    MAX_SEQUENCE,
    PROFILE_DELETED,
    PROFILE_UPDATED,
    SEQUENCE_HEADER,
    Deletion,
    Event,
    JobDocument,
    ProfileDocument,
    encode_event,
)
from graph.model import SubjectKind
from stream.decode import decode_record
from stream.model import Record, TopicPartition

PLACE = TopicPartition("profile-events", "id-1", 3)
PROFILE = Event(
    event_id="e1",
    type=PROFILE_UPDATED,
    source="/test",
    subject="alice",
    sequence=5,
    data=ProfileDocument(skills=("Python",)),
)


def decode(
    key: bytes | None, value: bytes | None, *headers: tuple[str, bytes], kind: SubjectKind = SubjectKind.MEMBER
) -> Event:
    return decode_record(Record(PLACE, 17, key, value, headers), kind, max_bytes=2_000)


def test_an_event_comes_back_as_it_was_sent() -> None:
    assert decode(b"alice", encode_event(PROFILE)) == PROFILE


def test_a_record_without_a_key_is_read_by_its_subject() -> None:
    assert decode(None, encode_event(PROFILE)) == PROFILE


def test_a_tombstone_is_the_deletion_of_its_key() -> None:
    event = decode(b"alice", None, (SEQUENCE_HEADER, b"9"))
    assert (event.type, event.subject, event.sequence, event.data) == (PROFILE_DELETED, "alice", 9, Deletion())
    assert event.event_id == "tombstone-id-1-3-17"


@pytest.mark.parametrize("sequence", [b"0", b"007", str(MAX_SEQUENCE).encode()])
def test_a_tombstone_takes_any_sequence_that_can_be_stored(sequence: bytes) -> None:
    assert decode(b"alice", None, (SEQUENCE_HEADER, sequence)).sequence == int(sequence)


@pytest.mark.parametrize(
    ("key", "headers", "reason"),
    [
        (None, [(SEQUENCE_HEADER, b"1")], "needs the subject as its key"),
        (b"", [(SEQUENCE_HEADER, b"1")], "needs the subject as its key"),
        (b"\xff", [(SEQUENCE_HEADER, b"1")], "not UTF-8"),
        (b"a\0b", [(SEQUENCE_HEADER, b"1")], "is no subject"),
        (b"a b", [(SEQUENCE_HEADER, b"1")], "is no subject"),
        (b"a\n", [(SEQUENCE_HEADER, b"1")], "is no subject"),
        (b"a" * 201, [(SEQUENCE_HEADER, b"1")], "is no subject"),
        (b"alice", [], "carries its sequence in the header 'ce_sequence'"),
        (b"alice", [(SEQUENCE_HEADER, b"")], "carries its sequence"),
        (b"alice", [(SEQUENCE_HEADER, b"-1")], "carries its sequence"),
        (b"alice", [(SEQUENCE_HEADER, b"1\n")], "carries its sequence"),
        (b"alice", [(SEQUENCE_HEADER, b"9" * 5_000)], "carries its sequence"),
        (b"alice", [(SEQUENCE_HEADER, str(MAX_SEQUENCE + 1).encode())], "carries its sequence"),
    ],
)
def test_a_tombstone_that_cannot_be_applied_says_why(
    key: bytes | None, headers: list[tuple[str, bytes]], reason: str
) -> None:
    with pytest.raises(InvalidError, match=reason):
        decode(key, None, *headers)


def test_an_event_of_the_other_kind_does_not_belong_in_the_topic() -> None:
    job = Event(event_id="j", type=JOB_UPDATED, source="/t", subject="j1", sequence=1, data=JobDocument(title="Welder"))
    with pytest.raises(InvalidError, match="does not belong in topic 'profile-events'"):
        decode(b"j1", encode_event(job))
    assert decode(b"j1", encode_event(job), kind=SubjectKind.JOB) == job


def test_the_key_must_be_the_subject() -> None:
    with pytest.raises(InvalidError, match="is not the event's subject 'alice'"):
        decode(b"bob", encode_event(PROFILE))


def test_a_value_over_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidError, match="over the limit of 2000 bytes"):
        decode(b"alice", b"[" * 2_001)


@given(
    st.none() | st.binary(max_size=60),
    st.none() | st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from([SEQUENCE_HEADER, "other"]), st.binary(max_size=25)), max_size=3),
)
def test_any_bytes_are_an_event_or_a_reason_and_never_another_error(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    try:
        event = decode(key, value, *headers)
    except InvalidError:
        return
    assert 0 < len(event.subject) <= 200
    assert 0 <= event.sequence <= MAX_SEQUENCE


cuts = st.integers(0, len(encode_event(PROFILE)) - 1)


@given(cuts, st.binary(max_size=4))
def test_a_damaged_event_is_an_event_or_a_reason(at: int, damage: bytes) -> None:
    value = encode_event(PROFILE)
    with suppress(InvalidError):
        decode(b"alice", value[:at] + damage + value[at + len(damage) :])
