"""How loops are compiled: by Numba, without the interpreter's lock, kept on disk where there is a place for it.

Numba keeps the machine code of a function until the function's own file changes, though what it calls may lie in
another one. So all that a package of loops has kept is forgotten whenever any of its files differs: each such package
calls `forget_what_is_stale`.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
_STAMP: Final = "sources"


def compiled(function: F) -> F:
    """Return a function of arrays as machine code; the first call with new types compiles it, in seconds."""
    return _compiled(function, fastmath=False)


def compiled_fast(function: F) -> F:
    """Return the same where the order of additions may change, so that several are made at once."""
    return _compiled(function, fastmath=True)


def _compiled(function: F, *, fastmath: bool) -> F:
    try:
        return cast("F", njit(function, cache=True, nogil=True, fastmath=fastmath))
    except RuntimeError:
        # Neither the package's folder nor the user's cache can be written: each process compiles for itself.
        return cast("F", njit(function, nogil=True, fastmath=fastmath))


def forget_what_is_stale(sources: Path, kept: Path) -> None:
    """Delete the machine code in a folder where it was not made of these sources, and of this module, as they are."""
    digest = hashlib.blake2b(digest_size=16)
    for path in [*sorted(sources.glob("*.py")), Path(__file__)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    stamp = kept / _STAMP
    with suppress(OSError):
        if stamp.is_file() and stamp.read_text() == digest.hexdigest():
            return
        for path in [*kept.glob("*.nbi"), *kept.glob("*.nbc")]:
            path.unlink(missing_ok=True)
        kept.mkdir(exist_ok=True)
        stamp.write_text(digest.hexdigest())
