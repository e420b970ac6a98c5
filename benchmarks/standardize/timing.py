"""How long work takes, item by item."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def seconds_of_each(work: Callable[[T], object], items: Sequence[T]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the seconds that each item takes, such as a text or a batch of texts."""
    seconds = []
    for item in items:
        started = time.perf_counter()
        work(item)
        seconds.append(time.perf_counter() - started)
    return np.array(seconds)
