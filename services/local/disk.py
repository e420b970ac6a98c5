"""Folders and files of the embedded servers: made private, checked for room, written whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.errors import EnvironmentFaultError

NEEDED_BYTES: Final = 200_000_000
_ROTATE_BYTES: Final = 10_000_000
_TAIL_BYTES: Final = 20_000
_PRIVATE: Final = 0o700
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn a full disk or a refused write below a folder into an error that says what to do.

    Raises:
        EnvironmentFaultError: in place of the operating system's error.
    """
    try:
        yield
    except OSError as error:
        raise fault(folder, error) from error


def fault(folder: Path, error: OSError) -> EnvironmentFaultError:
    """Return the error that explains a failed write below a folder."""
    if error.errno in _FULL:
        return EnvironmentFaultError(f"The disk of {folder} is full: free some space and try again.")
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return EnvironmentFaultError(
            f"{error.filename or folder} cannot be written: give this user the right to, or set "
            "CANONYM_DATA_DIR and "
            "CANONYM_CACHE_DIR to folders of its own."
        )
    return EnvironmentFaultError(f"{error.filename or folder} cannot be used: {error.strerror or error}.")


def private_folder(folder: Path) -> Path:
    """Make a folder that only this user may enter, unless it is there, and return it.

    Raises:
        EnvironmentFaultError: where it cannot be made or written.
    """
    with explained(folder):
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    return folder


def require_room(folder: Path, *, needed_bytes: int = NEEDED_BYTES) -> None:
    """Check that the disk of an existing folder has room.

    Raises:
        EnvironmentFaultError: where it has less than `needed_bytes` left.
    """
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise EnvironmentFaultError(
            f"The disk of {folder} has {free_bytes // 1_000_000} MB left and {needed_bytes // 1_000_000} MB "
            "are needed: "
            "free some space and try again."
        )


def sync(path: Path) -> None:
    """Force a file or a folder's list of names to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step: a crash leaves the old text or the new one, never a part.

    Raises:
        EnvironmentFaultError: where the disk is full or the folder cannot be written.
    """
    with explained(path.parent):
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            fresh.write_text(text, encoding="utf-8")
            sync(fresh)
            fresh.replace(path)
            sync(path.parent)
        finally:
            fresh.unlink(missing_ok=True)


def open_log(path: Path) -> int:
    """Open a log to append to and return its descriptor; a log that grew large is put aside first.

    Raises:
        EnvironmentFaultError: where the folder cannot be written.
    """
    private_folder(path.parent)
    with explained(path.parent):
        if path.exists() and path.stat().st_size > _ROTATE_BYTES:
            path.replace(path.with_name(f"{path.name}.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def tail(path: Path, *, lines: int = 12) -> str:
    """Return the last lines of a log, indented; a sentence where there is no log."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return f"  ({path} is not there)"
    kept = [line for line in text.splitlines() if line.strip()][-lines:]
    return "\n".join(f"  {line}" for line in kept) or f"  ({path} is empty)"


def delete(folder: Path) -> None:
    """Delete a folder and all in it, if it is there.

    Raises:
        EnvironmentFaultError: where something in it cannot be deleted.
    """
    with explained(folder):
        if folder.exists():
            shutil.rmtree(folder)
