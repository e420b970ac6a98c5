"""Where a batch spends its time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StepTimer:
    """Adds the seconds of each named step to a mapping, by a clock that is passed in."""

    def __init__(self, read_seconds: Callable[[], float], seconds_by_step: dict[str, float]) -> None:
        self._read_seconds = read_seconds
        self._seconds_by_step = seconds_by_step

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block."""
        started = self._read_seconds()
        try:
            yield
        finally:
            elapsed = self._read_seconds() - started
            self._seconds_by_step[name] = self._seconds_by_step.get(name, 0.0) + elapsed
