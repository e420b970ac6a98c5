"""How loops are compiled: by Numba, without the interpreter's lock, kept on disk where there is a place for it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


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
