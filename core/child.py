"""Processes that serve the one that started them, over pipes, and end with it."""

import os
import subprocess
import threading
from contextlib import suppress
from typing import IO

_STOP_SECONDS = 5.0


def usable_processors() -> int:
    """Return how many processors this process, and those that it starts, may use; 1 at least."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pipe_of(pipe: "IO[bytes] | None") -> "IO[bytes]":
    """Return one end of a pipe to a process.

    Raises:
        RuntimeError: where the process was started without it.
    """
    if pipe is None:
        raise RuntimeError("the process was started without pipes")
    return pipe


def end_child(process: "subprocess.Popen[bytes]") -> None:
    """Close what a process reads, which ends it; kill it where it does not."""
    with suppress(OSError, ValueError):
        pipe_of(process.stdin).close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_with_parent(requests: IO[bytes]) -> None:
    """End this process when the pipe from its parent closes, however that one ends and whatever runs here."""

    def watch() -> None:
        while requests.read(1):
            pass
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
