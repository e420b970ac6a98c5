"""Locks on the data folder: one start at a time, one owner at a time.

The operating system holds the lock, so it ends with its process however that dies; the text in the
file only says who holds it.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import ConflictError
from services.local.disk import explained, private_folder
from services.local.process import Identity, identify, is_alive

_START_LOCK: Final = "start.lock"
_OWNER_LOCK: Final = "owner.lock"


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock, and what it does with it."""

    process: Identity
    what: str


@contextmanager
def starting(data_dir: Path, *, what: str) -> Iterator[None]:
    """Hold the lock under which the servers of a data folder are started, stopped or deleted.

    Raises:
        ConflictError: where another process is doing that now.
        EnvironmentFaultError: where the folder cannot be written.
    """
    with exclusive(data_dir / _START_LOCK, what=what) as taken:
        if not taken:
            raise ConflictError(
                f"{_who(data_dir / _START_LOCK)} is starting or stopping the servers in {data_dir} at this "
                "moment; "
                "use `canonym local status` and try again."
            )
        yield


@contextmanager
def claim(data_dir: Path, what: str) -> Iterator[None]:
    """Own the servers of a data folder for as long as the block runs.

    Raises:
        ConflictError: where another live process owns them.
        EnvironmentFaultError: where the folder cannot be written.
    """
    with exclusive(data_dir / _OWNER_LOCK, what=what) as taken:
        if not taken:
            raise ConflictError(
                f"{_who(data_dir / _OWNER_LOCK)} is already running in {data_dir}; use `canonym local "
                "status`, "
                "stop that one, or set CANONYM_DATA_DIR to another folder."
            )
        yield


def require_unowned(data_dir: Path, *, action: str) -> None:
    """Check that no other live process owns the servers of a data folder.

    Raises:
        ConflictError: where one does.
    """
    owner = holder(data_dir / _OWNER_LOCK)
    if owner is not None and owner.process.pid != os.getpid():
        raise ConflictError(
            f"{owner.what} (pid {owner.process.pid}) uses the servers in {data_dir}: stop it first, then {action}."
        )


def holder(path: Path) -> Holder | None:
    """Return who holds a lock file; none where it is free or its process is gone."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        found = Holder(Identity(int(facts["pid"]), float(facts["born_at"])), str(facts["what"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if is_alive(found.process) else None


def _who(path: Path) -> str:
    found = holder(path)
    return "Another process" if found is None else f"{found.what} (pid {found.process.pid})"


@contextmanager
def exclusive(path: Path, *, what: str) -> Iterator[bool]:
    """Try to hold a lock file for as long as the block runs, and tell whether that worked.

    Raises:
        EnvironmentFaultError: where the folder cannot be written.
    """
    private_folder(path.parent)
    with explained(path.parent):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        taken = _try_lock(handle)
        if taken:
            _say(handle, what)
        try:
            yield taken
        finally:
            if taken:
                os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say(handle: int, what: str) -> None:
    me = identify(os.getpid())
    facts = {"pid": os.getpid(), "born_at": 0.0 if me is None else me.born_at, "what": what}
    # The lock holds without the text, also on a full disk: servers must be stoppable there.
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(facts).encode(), 0)
