"""The worker's side of inference: batches go to processes of their own and come back prepared, in order.

A process holds the taxonomy and does the language work while the worker writes the batch before. One that dies is
started again, and what it had not answered is asked again: preparing a batch changes nothing.
"""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress

import msgspec

from core.child import end_child, pipe_of
from core.errors import CanonymError, RetryError
from core.logs import get_logger
from stream.inference.messages import decode_reply, encode_request, read_frame, write_frame
from stream.model import Record
from stream.prepare import PreparedBatch

COMMAND = (sys.executable, "-m", "stream.inference")
_PATIENCE_SECONDS = 600.0
"""How long a batch may take: far longer than compiling a large taxonomy that was just published."""
_PIPE_BYTES = 1 << 20
"""What Linux allows anybody: an answer of a megabyte or two then passes in a few turns."""


class InferenceError(CanonymError):
    """A batch could not be prepared, and trying again is not known to help."""


class InferenceRetryError(RetryError):
    """A batch could not be prepared now: the database is away, or the process ended."""


class InferenceProcess:
    """One process that prepares batches in the order in which they are asked for. Safe to use from any thread."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = os.environ | dict(environment)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: deque[Future[PreparedBatch]] = deque()
        self._unsent: deque[bytes] = deque()
        self._has_work = threading.Condition(self._lock)
        self._closed = False

    def submit(self, records: Sequence[Record]) -> "Future[PreparedBatch]":
        """Ask for a batch; its future raises `InferenceError` or `InferenceRetryError` where it fails."""
        future: Future[PreparedBatch] = Future()
        content = encode_request(records)
        with self._lock:
            if self._closed:
                future.set_exception(InferenceRetryError("the worker is stopping"))
                return future
            if self._process is None:
                self._start()
            self._asked.append(future)
            self._unsent.append(content)
            self._has_work.notify()
        return future

    def kill(self) -> None:
        """Kill the process; what it has not answered fails, and the next batch starts another."""
        with self._lock:
            process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process; what it has not answered fails."""
        with self._lock:
            self._closed = True
            process = self._process
            self._has_work.notify_all()
        if process is not None:
            end_child(process)

    def _start(self) -> None:
        """Start the process and the two threads that speak with it; the lock is held."""
        self._process = process = subprocess.Popen(
            COMMAND,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE_BYTES,
        )
        for talk in (self._send_all, self._receive_all):
            threading.Thread(target=talk, args=(process,), name=talk.__name__, daemon=True).start()

    def _send_all(self, process: "subprocess.Popen[bytes]") -> None:
        """Send what is asked for as long as this process is the one in use."""
        while True:
            with self._lock:
                while not self._unsent and self._process is process and not self._closed:
                    self._has_work.wait()
                if self._process is not process or self._closed:
                    return
                content = self._unsent.popleft()
            try:
                write_frame(pipe_of(process.stdin), content)
            except (OSError, ValueError):
                return  # The thread that receives notices the end and tells whoever waits.

    def _receive_all(self, process: "subprocess.Popen[bytes]") -> None:
        """Hand out answers; at the end of the process, tell everybody who still waits."""
        while (content := read_frame(pipe_of(process.stdout))) is not None:
            with self._lock:
                future = self._asked.popleft() if self._asked else None
            if future is None or not _answer(future, content):
                # It says what nobody asked for, or nothing that can be read: what it says next is not to be trusted.
                process.kill()
                break
        code = process.wait()
        with self._lock:
            left = list(self._asked)
            self._asked.clear()
            self._unsent.clear()
            self._process = None
            self._has_work.notify_all()
            closed = self._closed
        _close_pipes(process)
        if not closed:
            get_logger("stream.inference").error("inference_process_ended", code=code, waiting=len(left))
        for future in left:
            future.set_exception(InferenceRetryError(f"the inference process ended with code {code}"))


class InferencePool:
    """Several processes that share each batch; with one there is nothing to share."""

    def __init__(
        self, processes: int, environment: Mapping[str, str], *, patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        self._patience_seconds = patience_seconds
        self._processes = [InferenceProcess(environment) for _ in range(processes)]

    def submit(self, records: Sequence[Record]) -> "PooledBatch":
        """Begin to prepare a batch."""
        return PooledBatch(self._processes, records, self._patience_seconds)

    def warm_up(self) -> None:
        """Start the processes, and wait until each has loaded what it needs.

        Raises:
            InferenceRetryError: where one cannot do so now.
            InferenceError: where trying again is not known to help.
        """
        for future in [process.submit([]) for process in self._processes]:
            future.result()

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.close()


class PooledBatch:
    """A batch that is being prepared; where that failed, asking for the result asks the processes again."""

    def __init__(
        self, processes: Sequence[InferenceProcess], records: Sequence[Record], patience_seconds: float
    ) -> None:
        self._processes = processes
        self._patience_seconds = patience_seconds
        self._slices = _slices(records, len(processes))
        self._futures = self._submit()
        self._failed = False

    def result(self) -> PreparedBatch:
        """Wait for the batch.

        Raises:
            InferenceRetryError: where it cannot be prepared now.
            InferenceError: where trying again is not known to help; the next call tries all the same.
        """
        if self._failed:
            self._futures, self._failed = self._submit(), False
        try:
            parts = [future.result(self._patience_seconds) for future in self._futures]
            if len({part.versions for part in parts}) > 1:
                raise InferenceRetryError("processes changed the version between two parts of a batch")  # noqa: TRY301
        except TimeoutError:
            self._failed = True
            for process in self._processes:
                process.kill()
            raise InferenceRetryError(
                f"no answer for {self._patience_seconds:.0f} s; the processes were killed"
            ) from None
        except Exception:
            self._failed = True
            raise
        return _joined(parts)

    def _submit(self) -> "list[Future[PreparedBatch]]":
        pairs = zip(self._processes, self._slices, strict=False)
        return [process.submit(records) for process, records in pairs]


def _slices(records: Sequence[Record], count: int) -> list[Sequence[Record]]:
    """Return the records in at most `count` parts of nearly one size; an empty batch is one part."""
    size = max(1, -(-len(records) // count))
    return [records[start : start + size] for start in range(0, max(1, len(records)), size)]


def _joined(parts: Sequence[PreparedBatch]) -> PreparedBatch:
    """Return the parts of a batch as one."""
    if len(parts) == 1:
        return parts[0]
    updates = [update for part in parts for update in part.updates]
    refusals, seconds, start = {}, dict[str, float](), 0
    for part in parts:
        refusals.update({start + place: refusal for place, refusal in part.refusals.items()})
        start += len(part.updates)
        for step, spent in part.seconds_by_step.items():
            seconds[step] = seconds.get(step, 0.0) + spent
    return PreparedBatch(parts[0].versions, updates, refusals, seconds)


def _answer(future: "Future[PreparedBatch]", content: bytes) -> bool:
    """Give an answer to whoever waits for it; return whether it is one at all."""
    try:
        reply = decode_reply(content)
    except msgspec.MsgspecError as error:
        future.set_exception(InferenceRetryError(f"the inference process answered what is no answer: {error}"))
        return False
    if isinstance(reply, PreparedBatch):
        future.set_result(reply)
    else:
        future.set_exception((InferenceRetryError if reply.passes else InferenceError)(reply.error))
    return True


def _close_pipes(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            pipe_of(pipe).close()
