"""What worker and inference process say to each other: MessagePack in frames that begin with their length.

Nothing is executable: a frame holds numbers, texts, bytes and lists of them, decoded into the types below.
"""

import struct
from collections.abc import Sequence
from typing import IO, Final, NamedTuple

import msgspec

from graph.encoding import SubjectUpdate
from graph.writer import Versions
from stream.model import Record, TopicPartition
from stream.prepare import PreparedBatch, Refusal

_LENGTH: Final = struct.Struct("<Q")


class _Reply(msgspec.Struct, array_like=True):
    """An answer: a prepared batch, or an error in words and whether it may pass by itself."""

    versions: Versions
    updates: list[SubjectUpdate | None]
    refusals: dict[int, Refusal]
    seconds_by_step: dict[str, float]
    error: str | None = None
    passes: bool = False


class Failure(NamedTuple):
    """Why a batch could not be prepared; what passes by itself is worth another try."""

    error: str
    passes: bool


_Header = tuple[str, bytes]
_RecordRow = tuple[str, str, int, int, bytes | None, bytes | None, tuple[_Header, ...]]
_ENCODER: Final = msgspec.msgpack.Encoder()
_REQUEST: Final = msgspec.msgpack.Decoder(list[_RecordRow])
_REPLY: Final = msgspec.msgpack.Decoder(_Reply)


def encode_request(records: Sequence[Record]) -> bytes:
    """Return records as one frame's content; what preparing them does not need is left out."""
    return _ENCODER.encode(
        [(*_columns(record.place), record.offset, record.key, record.value, record.headers) for record in records]
    )


def _columns(place: TopicPartition) -> tuple[str, str, int]:
    return place.topic, place.topic_id, place.partition


def decode_request(content: bytes) -> list[Record]:
    """Return the records of a request."""
    return [
        Record(TopicPartition(topic, topic_id, partition), offset, key, value, headers)
        for topic, topic_id, partition, offset, key, value, headers in _REQUEST.decode(content)
    ]


def encode_reply(outcome: PreparedBatch | Failure) -> bytes:
    """Return an answer as one frame's content."""
    if isinstance(outcome, Failure):
        return _ENCODER.encode(_Reply(Versions(0, ""), [], {}, {}, outcome.error, outcome.passes))
    return _ENCODER.encode(
        _Reply(outcome.versions, list(outcome.updates), dict(outcome.refusals), dict(outcome.seconds_by_step))
    )


def decode_reply(content: bytes) -> PreparedBatch | Failure:
    """Return the answer in a frame."""
    reply = _REPLY.decode(content)
    if reply.error is not None:
        return Failure(reply.error, reply.passes)
    return PreparedBatch(reply.versions, reply.updates, reply.refusals, reply.seconds_by_step)


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write one frame and flush it.

    Raises:
        OSError: where the other side is gone.
    """
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Return the content of the next frame; None where the other side has ended, also within a frame."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    return content if len(content) == length else None
