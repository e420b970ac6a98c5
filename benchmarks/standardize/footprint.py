"""What the processes of a machine hold in memory: an API, a worker with two for inference, and a relay.

They live at the same time and have imported all that these services import; API and inference have answered questions
(`benchmarks.standardize.resident`). They have neither database nor broker, whose connections and buffers are some
megabytes more.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from benchmarks.model import BenchRow
from benchmarks.standardize.rows import rounded
from core.errors import EnvironmentFaultError

CASE: Final = "memory"
_STANDARDIZING: Final = ("services.api.main", "stream.inference.__main__", "stream.inference.__main__")
_OTHERS: Final = ("stream.worker.main", "stream.relay_main")
_TARGET_MB: Final = 1_000.0


class Held(NamedTuple):
    """Bytes that a process has for itself, and those that it shares, by the file that is mapped."""

    private: int
    shared: dict[str, int]


def memory_rows(folder: Path, aliases: int) -> list[BenchRow]:
    """Return what the processes hold that serve a compiled taxonomy of so many aliases.

    Raises:
        EnvironmentFaultError: where one of them ends at once; the message is what it wrote.
    """
    with ExitStack() as stack:
        serving = [stack.enter_context(_process(module, folder)) for module in _STANDARDIZING]
        others = [stack.enter_context(_process(module)) for module in _OTHERS]
        held = [held_by(process.pid) for process, _ in (*serving, *others)]
    own = [one.private / 1e6 for one in held]
    shared = shared_once(held) / 1e6
    seconds = min(seconds for _, seconds in serving)
    return [
        BenchRow(CASE, "load seconds", rounded(seconds, 2), rows=aliases),
        BenchRow(CASE, "MB of the API alone", rounded(own[0], 0), rows=aliases),
        BenchRow(CASE, "MB of an inference process alone", rounded(max(own[1:3]), 0), rows=aliases),
        BenchRow(CASE, "MB of the worker alone", rounded(own[3], 0), rows=aliases),
        BenchRow(CASE, "MB of the relay alone", rounded(own[4], 0), rows=aliases),
        BenchRow(CASE, "MB that they share", rounded(shared, 0), rows=aliases),
        BenchRow(CASE, "MB of all processes", rounded(sum(own) + shared, 0), target=_TARGET_MB, rows=aliases),
    ]


def held_by(pid: int) -> Held:
    """Return what a process holds: its own bytes, and those of pages that others map too."""
    maps = psutil.Process(pid).memory_maps(grouped=True)
    return Held(
        sum(one.private_clean + one.private_dirty for one in maps),
        {one.path: one.shared_clean + one.shared_dirty for one in maps},
    )


def shared_once(held: Sequence[Held]) -> int:
    """Return the bytes of shared pages, each file as far as the process has it that has most of it."""
    paths = {path for one in held for path in one.shared}
    return sum(max(one.shared.get(path, 0) for one in held) for path in paths)


@contextmanager
def _process(module: str, folder: Path | None = None) -> Iterator[tuple["subprocess.Popen[str]", float]]:
    """Give a process that is ready, and the seconds that it loaded; it ends afterwards."""
    command = [sys.executable, "-m", "benchmarks.standardize.resident", module, *([str(folder)] if folder else [])]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        printed = process.stdout.readline() if process.stdout else ""
        if not printed:
            raise EnvironmentFaultError(f"a process of {module} cannot start: {process.communicate()[1].strip()}")
        yield process, float(printed)
        process.communicate("")
