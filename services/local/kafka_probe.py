"""One Metadata request to a broker, spoken directly: is it ready, and whose is it?

A client library would keep connections and retry behind this module's back; a start needs one plain
answer, many times a second, from a broker that may be half up.
"""

import socket
import struct
from dataclasses import dataclass
from typing import Final

from services.local.ports import LOOPBACK

# https://kafka.apache.org/protocol: Metadata is request 3; version 4 is understood by every broker since 1.0.
_METADATA: Final = 3
_VERSION: Final = 4
_CORRELATION_ID: Final = 1
_CLIENT_ID: Final = b"canonym-health"
_LARGEST_ANSWER_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class ClusterFacts:
    """What a broker tells of its cluster: the id, and how many brokers take requests."""

    cluster_id: str
    brokers: int


def ask(port: int, *, timeout_seconds: float = 5.0) -> ClusterFacts | None:
    """Return what the broker on a loopback port tells; none where none answers in Kafka's protocol."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_seconds) as connection:
            connection.sendall(request())
            (size,) = struct.unpack(">i", _receive(connection, 4))
            if not 0 < size <= _LARGEST_ANSWER_BYTES:
                return None
            return parse(_receive(connection, size))
    except (OSError, ValueError, struct.error):
        return None


def request() -> bytes:
    """Return a Metadata request that asks for no topic."""
    header = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION_ID, len(_CLIENT_ID)) + _CLIENT_ID
    no_topics, no_auto_creation = struct.pack(">i", 0), b"\x00"
    message = header + no_topics + no_auto_creation
    return struct.pack(">i", len(message)) + message


def parse(answer: bytes) -> ClusterFacts:
    """Read the answer to `request`.

    Raises:
        ValueError: where it is the answer to something else.
        struct.error: where it breaks off.
    """
    correlation_id, _throttle_ms, brokers = struct.unpack_from(">iii", answer)
    if correlation_id != _CORRELATION_ID:
        raise ValueError("This is the answer to another request.")
    at = 12
    for _ in range(brokers):
        _host, at = _text(answer, at + 4)
        _rack, at = _text(answer, at + 4)
    cluster_id, _ = _text(answer, at)
    if cluster_id is None:
        raise ValueError("The cluster has no id.")
    return ClusterFacts(cluster_id, brokers)


def _text(answer: bytes, at: int) -> tuple[str | None, int]:
    (length,) = struct.unpack_from(">h", answer, at)
    if length < 0:
        return None, at + 2
    (content,) = struct.unpack_from(f">{length}s", answer, at + 2)
    return content.decode(), at + 2 + length


def _receive(connection: socket.socket, count: int) -> bytes:
    content = bytearray()
    while len(content) < count:
        piece = connection.recv(count - len(content))
        if not piece:
            raise ConnectionResetError
        content += piece
    return bytes(content)
