"""Server processes: started apart from this one, known by pid and birth time, ended in steps."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from core.errors import EnvironmentFaultError

# The clock of the birth time moves a little where the system's clock is corrected.
_SAME_BIRTH_SECONDS: Final = 2.0

# The shell puts the server in the background, says its pid and ends: the server belongs to the system's
# first process from then on, so neither the end of this process nor a Ctrl-C in its terminal reaches it.
_DETACH: Final = 'exec "$@" </dev/null >&2 & echo $!'


@dataclass(frozen=True)
class Identity:
    """One process, told from a later one that was given the same pid."""

    pid: int
    born_at: float


@dataclass(frozen=True)
class Account:
    """The operating system's user that a process runs as."""

    user_id: int
    group_id: int


@dataclass(frozen=True)
class Ending:
    """One step of ending a process: a signal, and how long it may take."""

    signal: signal.Signals
    wait_seconds: float


def identify(pid: int) -> Identity | None:
    """Return the identity of a live process; none where it is gone or only waits to be collected."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return Identity(pid, process.create_time())
    except psutil.Error:
        return None


def is_alive(identity: Identity) -> bool:
    """Tell whether exactly this process still runs."""
    now = identify(identity.pid)
    return now is not None and abs(now.born_at - identity.born_at) < _SAME_BIRTH_SECONDS


def spawn_detached(
    command: Sequence[str],
    *,
    log: int,
    folder: Path,
    environment: dict[str, str],
    account: Account | None = None,
) -> Identity:
    """Start a server in a session of its own, its output appended to the open log `log`.

    Raises:
        EnvironmentFaultError: where the operating system refuses, or the program ends at once.
    """
    try:
        started = subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=folder,
            env=environment,
            start_new_session=True,
            user=None if account is None else account.user_id,
            group=None if account is None else account.group_id,
            extra_groups=None if account is None else [],
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EnvironmentFaultError(f"{command[0]} could not be started: {error}.") from error
    identity = identify(int(started.stdout))
    if identity is None:
        raise EnvironmentFaultError(f"{command[0]} ended as soon as it was started.")
    return identity


def end(identity: Identity, steps: Sequence[Ending]) -> bool:
    """Send each signal in turn until the process is gone, and tell whether it is.

    A pid that belongs to another process by now gets no signal.
    """
    for step in steps:
        if not is_alive(identity):
            return True
        try:
            os.kill(identity.pid, step.signal)
        except ProcessLookupError:
            return True
        if wait_gone(identity, timeout_seconds=step.wait_seconds):
            return True
    return not is_alive(identity)


def wait_gone(identity: Identity, *, timeout_seconds: float) -> bool:
    """Wait until the process is gone, and tell whether it is."""
    deadline = time.monotonic() + timeout_seconds
    while is_alive(identity):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
