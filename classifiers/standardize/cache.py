"""A cache that forgets the oldest entries, so that its size is bounded."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps at most `size` entries, dropping those that came first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return what was put under a key, if it is still there."""
        return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value; the oldest leaves when there are too many."""
        self._entries[key] = value
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)
