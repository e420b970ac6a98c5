"""Files of artefacts that are read where they lie: memory-mapped, so that all processes of a machine share the pages.

A map keeps its file open, and a taxonomy has dozens of files: where a file is small, a copy of it is cheaper.
"""

import mmap
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SMALL_BYTES: Final = 1 << 16
"""Files up to this size are read as a whole."""


def mapped_array(path: Path) -> NDArray[Any]:
    """Return the array in an `.npy` file, read-only; a plain view, whose slices cost less than those of a map."""
    if path.stat().st_size > SMALL_BYTES:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    array: NDArray[Any] = np.load(path, allow_pickle=False)
    # As those that are mapped: loops are compiled anew for arrays that can be written.
    array.setflags(write=False)
    return array


def mapped_bytes(path: Path) -> bytes | mmap.mmap:
    """Return the content of a file, read-only; slices of it are bytes."""
    if path.stat().st_size <= SMALL_BYTES:
        return path.read_bytes()
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
