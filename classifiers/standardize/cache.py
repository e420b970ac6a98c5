"""A cache that forgets the oldest entries, so that its size is bounded."""

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps at most `size` entries, dropping those that came first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()
        # Not a method of its own: dozens of look-ups a profile would each be two calls.
        self.get: Callable[[K], V | None] = self._entries.get
        """Return what was put under a key, if it is still there."""

    def put(self, key: K, value: V) -> None:
        """Keep a value; the oldest leaves when there are too many."""
        self._entries[key] = value
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)
