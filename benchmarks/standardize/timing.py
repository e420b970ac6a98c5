"""How long work takes, text by text."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def seconds_of_each(work: Callable[[str], object], texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the seconds that each text takes."""
    seconds = []
    for text in texts:
        started = time.perf_counter()
        work(text)
        seconds.append(time.perf_counter() - started)
    return np.array(seconds)
