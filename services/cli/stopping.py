"""How a command that runs other processes ends: at the first Ctrl-C, in order, whatever comes after it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console


@contextmanager
def stoppable(*, quietly: bool = True) -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does; either ends it with everything stopped in order.

    `quietly` the command goes on after the block, for stopping is how it ends; otherwise the interruption goes on.
    Only the first one interrupts. A second would interrupt the stopping, and leave running what was to be stopped
    next; stopping ends by itself, for each process that does not stop in time is killed.
    """
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            raise KeyboardInterrupt

    # SIGINT too: a command that a shell started in the background inherits it as ignored.
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except KeyboardInterrupt:
        if not quietly:
            raise
        Console(stderr=True).print("Stopped.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
