"""Whatever comes out of Kafka, the edges are those of the newest event of each subject."""

import random

import orjson
import pytest
from deployment import Deployment, RawRecord
from small_world import make_events, profile, publish_small, with_duplicates

from core.wire import PROFILE_DELETED, SEQUENCE_HEADER, Deletion, Event, encode_event

pytestmark = pytest.mark.integration


def envelope(**changes: object) -> bytes:
    body = orjson.loads(encode_event(profile("bad", 1, "Python")))
    return orjson.dumps(body | changes)


def test_duplicates_in_any_order_on_any_partition_give_the_newest_event_of_each(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=2, members=200, jobs=40, edits=2.0, deletions=0.1)
    rng = random.Random(2)

    deployment.send(
        with_duplicates(events, share=0.2, rng=rng), partition=lambda _: rng.randrange(deployment.partitions)
    )
    deployment.start_worker()
    deployment.settle()

    stored = deployment.edges()
    assert stored == deployment.expected(events)
    assert any(stored.values())
    assert deployment.ledger_is_at_the_end()
    assert deployment.count("dead_letter") == 0


MALFORMED: dict[str, RawRecord] = {
    "invalid UTF-8": (b"bad", b'{"id": "\xff\xfe"}', []),
    "a list": (b"bad", b"[]", []),
    "empty": (b"bad", b"", []),
    "a number": (b"bad", b"17", []),
    "cut off": (b"bad", encode_event(profile("bad", 1, "Python"))[:-20], []),
    "NUL byte": (b"bad", b"\x00", []),
    "NUL escaped": (b"bad", envelope(data={"skills": ["a\0b"]}), []),
    "deep JSON": (b"bad", b"[" * 100_000, []),
    "deep JSON in the data": (b"bad", envelope()[:-1] + b', "x": ' + b"[" * 2_000 + b"]" * 2_000 + b"}", []),
    "wrong types": (b"bad", envelope(data={"skills": "Python"}), []),
    "no data object": (b"bad", envelope(data=[1]), []),
    "unknown type": (b"bad", envelope(type="canonym.weather.updated.v1"), []),
    "unknown major version": (b"bad", envelope(type="canonym.profile.updated.v2"), []),
    "an output event": (b"bad", envelope(type="canonym.taxonomy.published.v1", data={}), []),
    "of the other topic": (b"bad", envelope(type="canonym.job.updated.v1", data={}), []),
    "sequence too large": (b"bad", envelope(sequence="9223372036854775808"), []),
    "sequence negative": (b"bad", envelope(sequence="-1"), []),
    "sequence a number": (b"bad", envelope(sequence=1), []),
    "subject of spaces": (b"bad", envelope(subject="a b"), []),
    "lone surrogate": (b"bad", envelope().replace(b"Python", b"\\ud800"), []),
    "over the limit": (b"bad", encode_event(profile("bad", 1, *["x" * 1_000] * 5)), [("trace", b"\xff\x00")]),
    "key of another": (b"other", envelope(), []),
    "tombstone without a key": (b"", None, [(SEQUENCE_HEADER, b"3")]),
    "tombstone without a sequence": (b"gone", None, []),
    "tombstone with a wrong sequence": (b"gone", None, [(SEQUENCE_HEADER, b"three")]),
    "tombstone with an endless sequence": (b"gone", None, [(SEQUENCE_HEADER, b"9" * 5_000)]),
    "tombstone with an endless key": (
        random.Random(0).randbytes(4_000).hex().encode(),
        None,
        [(SEQUENCE_HEADER, b"3")],
    ),
    "tombstone with spaces in its key": (b"a b", None, [(SEQUENCE_HEADER, b"3")]),
    "tombstone with a key of NUL": (b"a\0b", None, [(SEQUENCE_HEADER, b"3")]),
    "tombstone with a key not in UTF-8": (b"\xff\xfe", None, [(SEQUENCE_HEADER, b"3")]),
}


def test_exactly_the_malformed_records_become_dead_letters_with_bytes_and_place(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    good = [profile(f"m{n}", 1, "Python", "Welding") for n in range(len(MALFORMED))]
    good.append(profile("long", 1, "Java", event_id="e" * 200))
    mixed: list[RawRecord] = []
    for event, malformed in zip(good, MALFORMED.values(), strict=False):
        mixed += [malformed, (event.subject.encode(), encode_event(event), [])]
    positions = deployment.send_raw(mixed)[::2]
    deployment.send(good[-1:])

    deployment.start_worker(CANONYM_MAX_EVENT_BYTES="4000")
    deployment.settle(seconds=30)

    deployment.check(good, dead_letters=positions)
    kept = deployment.rows('SELECT topic, partition, "offset", key, value FROM dead_letter')
    sent = {
        (deployment.topic(topic), partition, offset): (record[0], record[1])
        for (topic, partition, offset), record in zip(positions, MALFORMED.values(), strict=True)
    }
    assert {(row[0], row[1], row[2]): (row[3], row[4]) for row in kept} == sent
    assert len(deployment.messages("dead-letters")) == len(MALFORMED)


def test_who_is_gone_is_gone_with_every_edge_and_a_late_update_brings_nobody_back(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    first = [profile(name, 1, "Python", "Welding") for name in ("alice", "bob", "carol")]
    deployment.start_worker()
    deployment.send(first)
    deployment.settle()
    assert len(deployment.edges()["carol"]) == 2

    gone = Event(
        event_id="gone", type=PROFILE_DELETED, source="/test", subject="carol", sequence=2, data=Deletion(reason="left")
    )
    deployment.send_raw([(b"alice", None, [(SEQUENCE_HEADER, b"5")])])
    deployment.send([gone, profile("alice", 4, "Java")])
    deployment.settle()

    tombstone = Event(
        event_id="t", type=PROFILE_DELETED, source="/tombstone", subject="alice", sequence=5, data=Deletion()
    )
    deployment.check([*first, gone, tombstone])
    rows = deployment.rows("SELECT sequence, deleted, document FROM member WHERE deleted ORDER BY subject_id")
    assert [tuple(row) for row in rows] == [(5, True, None), (2, True, None)]
