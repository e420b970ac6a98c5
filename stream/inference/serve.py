"""The inference process: reads batches of records, answers each with what it means, until the worker is gone."""

import time
from collections.abc import Callable
from typing import IO

from core.errors import CanonymError
from core.logs import get_logger
from stream.inference.messages import Failure, decode_request, encode_reply, read_frame, write_frame
from stream.prepare import Inferrer, PreparedBatch, Reading, prepare_records
from stream.runner import is_transient


def serve(requests: IO[bytes], replies: IO[bytes], current: Callable[[], Inferrer], reading: Reading) -> None:
    """Answer requests in order; return where the worker has ended. `current` gives the inferrer of a batch."""
    while (content := read_frame(requests)) is not None:
        reply = encode_reply(_prepared(content, current, reading))
        try:
            write_frame(replies, reply)
        except OSError:
            return


def _prepared(content: bytes, current: Callable[[], Inferrer], reading: Reading) -> PreparedBatch | Failure:
    """Prepare a batch; whatever goes wrong is the worker's to decide about."""
    try:
        return prepare_records(decode_request(content), reading, current(), time.perf_counter)
    except Exception as error:  # noqa: BLE001 - the worker decides what an error means
        passes = is_transient(error)
        if not passes and not isinstance(error, CanonymError):
            get_logger("stream.inference").error("batch_not_prepared", exc_info=True)
        return Failure(str(error) if isinstance(error, CanonymError) else repr(error)[:500], passes)
