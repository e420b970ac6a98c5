"""From the bytes of a record to an event, or to the reason why it never can be one."""

import re

from core.errors import InvalidError
from core.wire import (
    JOB_DELETED,
    JOB_UPDATED,
    MAX_SEQUENCE,
    PROFILE_DELETED,
    PROFILE_UPDATED,
    SEQUENCE_HEADER,
    Deletion,
    Event,
    decode_event,
)
from graph.model import SubjectKind
from stream.model import Record

KIND_OF_TYPE = {
    PROFILE_UPDATED: SubjectKind.MEMBER,
    PROFILE_DELETED: SubjectKind.MEMBER,
    JOB_UPDATED: SubjectKind.JOB,
    JOB_DELETED: SubjectKind.JOB,
}
"""Events that change a subject, and what kind of subject."""

_SUBJECT = re.compile(r"[^\x00-\x20\x7f]{1,200}")
"""What `core.wire` allows as the subject of an event; a longer one would not fit the index of subjects."""
_SEQUENCE = re.compile(rb"[0-9]{1,19}")

_TOMBSTONE_TYPE = {SubjectKind.MEMBER: PROFILE_DELETED, SubjectKind.JOB: JOB_DELETED}


def decode_record(record: Record, kind: SubjectKind, *, max_bytes: int) -> Event:
    """Return the event in a record of the topic for `kind`.

    A null value is a tombstone: the deletion of its key, with the sequence in the header `ce_sequence`.

    Raises:
        InvalidError: where the record can never be applied.
    """
    if record.value is None:
        return _tombstone(record, kind)
    event = decode_event(record.value, max_bytes=max_bytes)
    if KIND_OF_TYPE.get(event.type) is not kind:
        raise InvalidError(f"event type {event.type!r} does not belong in topic {record.place.topic!r}")
    if record.key is not None and record.key != event.subject.encode():
        raise InvalidError(f"the record's key {record.key[:80]!r} is not the event's subject {event.subject!r}")
    return event


def tombstone_id(record: Record) -> str:
    """Return the id of the event that a null-value record stands for: the record's own place in the log."""
    return f"tombstone-{record.place.topic_id}-{record.place.partition}-{record.offset}"


def _tombstone(record: Record, kind: SubjectKind) -> Event:
    """Return the deletion that a null-value record stands for."""
    if not record.key:
        raise InvalidError("a record with a null value needs the subject as its key")
    try:
        subject = record.key.decode()
    except UnicodeDecodeError as error:
        raise InvalidError(f"the key is not UTF-8: {error}") from error
    if not _SUBJECT.fullmatch(subject):
        raise InvalidError(f"the key {subject[:80]!r} is no subject: 1 to 200 characters, no spaces, no control codes")
    raw = dict(record.headers).get(SEQUENCE_HEADER, b"")
    if not _SEQUENCE.fullmatch(raw) or int(raw) > MAX_SEQUENCE:
        raise InvalidError(f"a tombstone carries its sequence in the header {SEQUENCE_HEADER!r}; found {raw[:40]!r}")
    return Event(
        event_id=tombstone_id(record),
        type=_TOMBSTONE_TYPE[kind],
        source="/tombstone",
        subject=subject,
        sequence=int(raw),
        data=Deletion(),
    )
