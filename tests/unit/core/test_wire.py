"""Events survive their own bytes, and everything else is refused with a reason."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidError
from core.wire import (
    DATA_MODELS,
    JOB_UPDATED,
    MAX_FIELD_CHARACTERS,
    MAX_FIELD_VALUES,
    MAX_SEQUENCE,
    MAX_TEXT_CHARACTERS,
    PROFILE_DELETED,
    PROFILE_UPDATED,
    Choice,
    Deletion,
    Event,
    JobDocument,
    ProfileDocument,
    decode_event,
    document_json,
    encode_event,
)

LIMIT = 1_000_000

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
ids = st.text(
    st.characters(min_codepoint=0x21, exclude_categories=["Cs"], exclude_characters="\x7f"), min_size=1, max_size=30
)
values = st.lists(st.one_of(texts, st.builds(Choice, text=texts, entity_id=ids)), max_size=4).map(tuple)
profiles = st.builds(
    ProfileDocument,
    headline=st.none() | texts,
    summary=st.none() | texts,
    skills=values,
    titles=values,
    locations=values,
)
jobs = st.builds(JobDocument, title=st.none() | texts, company=st.none() | texts, skills=values)
deletions = st.builds(Deletion, reason=st.none() | texts)


def event(**changes: Any) -> Event:  # noqa: ANN401 - any attribute of an event
    settings: dict[str, Any] = {
        "event_id": "e1",
        "type": PROFILE_UPDATED,
        "source": "/test",
        "subject": "alice",
        "sequence": 1,
        "data": ProfileDocument(skills=("Python",)),
    }
    return Event(**(settings | changes))


def refused(value: bytes, *, max_bytes: int = LIMIT) -> str:
    with pytest.raises(InvalidError) as raised:
        decode_event(value, max_bytes=max_bytes)
    return str(raised.value)


def changed(**changes: object) -> bytes:
    body = orjson.loads(encode_event(event())) | changes
    return orjson.dumps({name: value for name, value in body.items() if value != "LEFT OUT"})


@given(
    ids,
    ids,
    st.integers(0, MAX_SEQUENCE),
    st.none() | st.just("2024-01-01T00:00:00Z"),
    st.one_of(
        st.tuples(st.just(PROFILE_UPDATED), profiles),
        st.tuples(st.just(JOB_UPDATED), jobs),
        st.tuples(st.just(PROFILE_DELETED), deletions.filter(lambda one: len(one.reason or "") <= 200)),
    ),
)
def test_any_event_comes_back_from_its_bytes(
    event_id: str, subject: str, sequence: int, time: str | None, data: tuple[str, Any]
) -> None:
    sent = event(event_id=event_id, subject=subject, sequence=sequence, time=time, type=data[0], data=data[1])
    assert decode_event(encode_event(sent), max_bytes=LIMIT) == sent


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_a_reason(value: bytes) -> None:
    with suppress(InvalidError):
        decode_event(value, max_bytes=LIMIT)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["id", "type", "source", "subject", "sequence", "time", "data", "specversion"]), json_values)
def test_any_value_in_any_place_is_an_event_or_a_reason(name: str, value: object) -> None:
    with suppress(InvalidError):
        decode_event(changed(**{name: value}), max_bytes=LIMIT)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not JSON in UTF-8"),
        (b"\xff", "not JSON in UTF-8"),
        (b"{", "not JSON in UTF-8"),
        (b"NaN", "not JSON in UTF-8"),
        (b'"\\ud800"', "not JSON in UTF-8"),
        (b"[" * 5_000, "not JSON in UTF-8"),
        (b"[]", "a JSON list, not an object"),
        (b"null", "a JSON NoneType, not an object"),
        (b"{}", "specversion: Field required"),
        (changed(specversion="0.3"), "specversion"),
        (changed(id=""), "id: String should have at least 1 character"),
        (changed(id="a b"), "id: String should match pattern"),
        (changed(subject="LEFT OUT"), "subject: Field required"),
        (changed(subject="a" * 201), "subject: String should have at most 200 characters"),
        (changed(subject="a\n"), "subject: String should match pattern"),
        (changed(sequence=1), "sequence: Input should be a valid string"),
        (changed(sequence="-1"), "sequence: String should match pattern"),
        (changed(sequence="\uff11"), "sequence: String should match pattern"),
        (changed(sequence=str(MAX_SEQUENCE + 1)), f"is over {MAX_SEQUENCE}"),
        (changed(type="canonym.profile.updated.v2"), "unknown event type 'canonym.profile.updated.v2'; known are"),
        (changed(data=[]), "canonym.profile.updated.v1: data: Input should be"),
        (changed(data={"skills": "Python"}), "skills"),
        (changed(data={"skills": [{"text": "x"}]}), "skills.0"),
        (changed(data={"skills": ["x" * (MAX_FIELD_CHARACTERS + 1)]}), "skills.0"),
        (changed(data={"skills": ["x"] * (MAX_FIELD_VALUES + 1)}), "skills: Tuple should have at most 500 items"),
        (changed(data={"summary": "x" * (MAX_TEXT_CHARACTERS + 1)}), "summary"),
        (changed(data={"headline": "a\0b"}), "NUL character"),
        (changed(data={"a\0": 1}), "NUL character"),
        (changed(source="a\0"), "NUL character"),
    ],
)
def test_what_is_wrong_is_named(value: bytes, reason: str) -> None:
    assert reason in refused(value)


def test_the_limit_counts_bytes_and_is_said() -> None:
    value = encode_event(event())
    assert decode_event(value, max_bytes=len(value)) == event()
    assert refused(value, max_bytes=len(value) - 1) == (
        f"event of {len(value)} bytes is over the limit of {len(value) - 1} bytes"
    )


def test_a_backslash_before_u0000_is_text_and_no_nul() -> None:
    sent = event(data=ProfileDocument(headline="the escape \\u0000 in words"))
    assert decode_event(encode_event(sent), max_bytes=LIMIT) == sent


def test_members_that_are_not_known_are_ignored() -> None:
    value = changed(traceparent="00-ab", data={"skills": ["Python"], "hobbies": ["chess"]})
    assert decode_event(value, max_bytes=LIMIT) == event()


def test_an_event_without_data_has_an_empty_document() -> None:
    assert decode_event(changed(data=None), max_bytes=LIMIT).data == ProfileDocument()


def test_what_is_empty_is_left_out_of_the_bytes() -> None:
    assert document_json(ProfileDocument(skills=("Python",))) == b'{"skills":["Python"]}'
    assert orjson.loads(encode_event(event(data=Deletion())))["data"] == {}


def test_the_envelope_is_cloudevents() -> None:
    body = orjson.loads(encode_event(event(time=datetime(2024, 5, 1, tzinfo=UTC))))
    assert body["specversion"] == "1.0"
    assert body["sequence"] == "1"
    assert body["datacontenttype"] == "application/json"
    assert body["dataschema"] == f"urn:canonym:schema:{PROFILE_UPDATED}"
    assert body["time"] == "2024-05-01T00:00:00+00:00"


def test_every_type_carries_its_major_version() -> None:
    assert all(name.rpartition(".v")[2].isdigit() for name in DATA_MODELS)


def test_events_are_equal_by_value_and_can_be_put_in_sets() -> None:
    assert event() == event()
    assert event() != event(sequence=2)
    assert len({event(), event(), event(sequence=2)}) == 2
    assert "alice" in repr(event())
