"""A worker that kills itself at a named moment of its n-th batch: `faulty_worker.py NAME [MOMENT NUMBER]`.

The environment variable FAULT_SIGNAL names another signal than SIGKILL; where IMPATIENT is set, others wait for this
worker as short as they can.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable

import uvloop

from core.settings import Settings
from stream.runner import Hooks
from stream.worker.main import Patience, run_worker

SHORTEST = Patience(session_seconds=6.0, silence_seconds=4)
"""Kafka's brokers allow no shorter session unless they are told to."""


def kill_at(number: int) -> Callable[[], None]:
    """Return a hook that ends this process, as a power cut would, the `number`-th time that it is called."""
    calls = 0
    fatal = signal.Signals[os.environ.get("FAULT_SIGNAL", "SIGKILL")]

    def hook() -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            # To this very thread: a signal to the process may reach another thread first, and until that one stops
            # or ends the process, this one goes on, past the moment.
            signal.pthread_kill(threading.get_ident(), fatal)

    return hook


def main(arguments: list[str]) -> None:
    """Run the worker; the name makes it the same member of its group after a restart."""
    name, *fault = arguments
    hooks = Hooks(**{fault[0]: kill_at(int(fault[1]))}) if fault else Hooks()
    uvloop.install()
    patience = SHORTEST if "IMPATIENT" in os.environ else Patience()
    run_worker(Settings(), hooks=hooks, instance_id=name or None, patience=patience)


if __name__ == "__main__":
    main(sys.argv[1:])
