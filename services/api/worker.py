"""The one thread in which texts are standardized: the standardizer serves one at a time, and takes a core."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from core.errors import RetryError

_T = TypeVar("_T")


class StandardizeWorker:
    """Runs pieces of work one after the other while the event loop goes on answering."""

    def __init__(self, *, max_waiting: int) -> None:
        self._executor = ThreadPoolExecutor(1, "canonym-standardize")
        self._max_waiting = max_waiting
        self._waiting = 0

    async def run(self, work: Callable[[], _T]) -> _T:
        """Return the result of `work`, which runs when what came before it is done.

        Raises:
            RetryError: where too much is waiting already, so that the queue and its memory stay bounded.
        """
        if self._waiting >= self._max_waiting:
            raise RetryError(f"{self._waiting} requests are waiting to be standardized; try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the thread; work that has not begun is dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)
