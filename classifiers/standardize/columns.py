"""Columns of a compiled taxonomy that stay on disk: texts, codes and an index of texts, read through memory maps. Pure.

All processes of a machine share the pages; nothing is an object before it is asked for. A look-up takes less than a
microsecond, about as much as one of a dictionary as large, which waits for memory as often.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidError
from core.mapped import mapped_array, mapped_bytes
from taxonomy.model import SourceId

if TYPE_CHECKING:
    import mmap

V = TypeVar("V")

_MOST_BYTES: Final = 1 << 32
"""Starts of texts have 32 bits."""
_PLACE_BITS: Final = 32
_PLACE_MASK: Final = (1 << _PLACE_BITS) - 1
_ROOM: Final = 2
"""A table has at least so many slots a text, so that a look-up seldom sees a second one."""

Parts = Mapping[str, NDArray[np.generic] | bytes]
"""What columns are made of, by the names of their files: arrays, and runs of bytes."""


def write_parts(folder: Path, parts: Parts) -> None:
    """Write each array as the `.npy` file of its name, and each run of bytes as it is."""
    for name, part in parts.items():
        if isinstance(part, bytes):
            (folder / name).write_bytes(part)
        else:
            np.save(folder / f"{name}.npy", part, allow_pickle=False)


def mapped(folder: Path, name: str) -> NDArray[Any]:
    """Return the array of a name, memory-mapped and read-only."""
    return mapped_array(folder / f"{name}.npy")


def numbers(array: NDArray[np.integer]) -> "memoryview[int]":
    """Return an array whose items are plain numbers: those of the array itself take three times as long."""
    return memoryview(cast("memoryview[int]", array))


class Column(Collection[V], Generic[V]):
    """Items that are made when they are asked for, by places from 0 on."""

    __slots__ = ()

    def __getitem__(self, place: int) -> V:
        """Return the item at a place."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[V]:
        return map(self.__getitem__, range(len(self)))

    def __contains__(self, item: object) -> bool:
        return any(item == own for own in self)


class Texts(Column[str]):
    """Texts in one run of UTF-8 bytes: text i is `content[starts[i]]` to before `content[starts[i + 1]]`."""

    __slots__ = ("_content", "_count", "_starts")

    def __init__(self, content: "bytes | mmap.mmap", starts: NDArray[np.uint32]) -> None:
        self._content = content
        self._starts = numbers(starts)
        self._count = len(starts) - 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> str:
        starts = self._starts
        return self._content[starts[place] : starts[place + 1]].decode()

    @classmethod
    def load(cls, folder: Path, name: str) -> "Texts":
        """Return the texts of a name."""
        return cls(mapped_bytes(folder / name), mapped(folder, f"{name}.starts"))


def text_parts(name: str, texts: Sequence[str]) -> Parts:
    """Return what `Texts` are made of.

    Raises:
        InvalidError: where they have 4 GiB or more together.
    """
    encoded = [text.encode() for text in texts]
    starts = np.cumsum([0, *map(len, encoded)], dtype=np.uint64)
    if int(starts[-1]) >= _MOST_BYTES:
        raise InvalidError(f"{name}: {int(starts[-1]):,} bytes of text are more than a compiled taxonomy holds")
    return {name: b"".join(encoded), f"{name}.starts": starts.astype(np.uint32)}


class IndexedTexts(Texts):
    """Different texts that are found by what they say.

    `slots` is an open hash table with linear probing, 2^n long: the CRC-32 of a text in the upper 32 bits, its place
    plus one in the lower; 0 is empty. What is found is compared with the text itself, so a hash never decides.
    """

    __slots__ = ("_mask", "_slots")

    def __init__(self, content: "bytes | mmap.mmap", starts: NDArray[np.uint32], slots: NDArray[np.uint64]) -> None:
        super().__init__(content, starts)
        self._slots = numbers(slots)
        self._mask = len(slots) - 1

    def find(self, text: str) -> int:
        """Return the place of a text; -1 where it is none of these."""
        encoded = text.encode("utf-8", "surrogatepass")
        code = zlib.crc32(encoded)
        slots, mask = self._slots, self._mask
        at = code & mask
        while slot := slots[at]:
            if slot >> _PLACE_BITS == code:
                place = (slot & _PLACE_MASK) - 1
                starts = self._starts
                if self._content[starts[place] : starts[place + 1]] == encoded:
                    return place
            at = (at + 1) & mask
        return -1

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.find(text) >= 0

    @classmethod
    def load(cls, folder: Path, name: str) -> "IndexedTexts":
        """Return the texts of a name with their index."""
        content = mapped_bytes(folder / name)
        return cls(content, mapped(folder, f"{name}.starts"), mapped(folder, f"{name}.slots"))


def indexed_text_parts(name: str, texts: Sequence[str]) -> Parts:
    """Return what `IndexedTexts` are made of; the texts differ.

    Raises:
        InvalidError: where they have 4 GiB or more together.
    """
    return {
        **text_parts(name, texts),
        f"{name}.slots": hash_slots((text, place + 1) for place, text in enumerate(texts)),
    }


def hash_slots(values: Iterable[tuple[str, int]]) -> NDArray[np.uint64]:
    """Return an open hash table with linear probing, 2^n long: a value above 0 of 32 bits for each of different texts.

    The CRC-32 of a text is in the upper 32 bits of its slot, its value in the lower; 0 is empty.
    """
    pairs = list(values)
    size = 1 << max(1, (_ROOM * len(pairs) - 1).bit_length())
    slots = [0] * size
    for text, value in pairs:
        code = zlib.crc32(text.encode())
        at = code & (size - 1)
        while slots[at]:
            at = (at + 1) & (size - 1)
        slots[at] = code << _PLACE_BITS | value
    return np.array(slots, dtype=np.uint64)


class RepeatedTexts(Texts):
    """Texts of which each is one of fewer different ones: text i is `texts[places[i]]`."""

    __slots__ = ("_places",)

    def __init__(self, texts: Texts, places: NDArray[np.int32]) -> None:
        super().__init__(texts._content, np.asarray(texts._starts))  # noqa: SLF001 - of the same class
        self._places = numbers(places)
        self._count = len(places)

    def __getitem__(self, place: int) -> str:
        # Not by way of the texts: a call costs as much as the rest.
        starts, chosen = self._starts, self._places[place]
        return self._content[starts[chosen] : starts[chosen + 1]].decode()

    @property
    def arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.int32]]:
        """The bytes of the different texts, where each of those starts, and which one each text is."""
        content = np.frombuffer(self._content, dtype=np.uint8)
        return content, np.asarray(self._starts), np.asarray(self._places)


class Coded(Column[V]):
    """Values of a small set, as codes: value i is `values[codes[i]]`."""

    __slots__ = ("_codes", "_values", "codes")

    def __init__(self, values: Sequence[V], codes: NDArray[np.unsignedinteger]) -> None:
        self._values = tuple(values)
        self._codes = numbers(codes)
        self.codes = codes

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, place: int) -> V:
        return self._values[self._codes[place]]

    def code_of(self, value: V) -> int:
        """Return the code of a value."""
        return self._values.index(value)


class SourceIds(Column[tuple[SourceId, ...]]):
    """What sources call each entity: the ids of entity i are `starts[i]` to before `starts[i + 1]`."""

    __slots__ = ("_sources", "_starts", "_values")

    def __init__(self, starts: NDArray[np.int32], sources: Coded[str], values: Texts) -> None:
        self._starts = numbers(starts)
        self._sources = sources
        self._values = values

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> tuple[SourceId, ...]:
        span = range(self._starts[place], self._starts[place + 1])
        return tuple([SourceId(self._sources[i], self._values[i]) for i in span])


class Kept(Column[V]):
    """A column that keeps the items that were asked for last: answers show the same ones often, and then share them."""

    __slots__ = ("_column", "_get")

    def __init__(self, column: Column[V], most: int) -> None:
        self._column = column
        self._get = lru_cache(most)(column.__getitem__)

    def __len__(self) -> int:
        return len(self._column)

    def __iter__(self) -> Iterator[V]:
        return iter(self._column)

    def __getitem__(self, place: int) -> V:
        return self._get(place)


class RowsByKey(Mapping[str, list[int]]):
    """Alias rows by folded text: those of key i are `rows[starts[i]]` to before `rows[starts[i + 1]]`.

    Where `allowed` is given, by row, others are left out, and keys that have no others.
    """

    __slots__ = ("_allowed", "_rows", "_starts", "keys_in_order")

    def __init__(
        self,
        keys: IndexedTexts,
        starts: NDArray[np.int32],
        rows: NDArray[np.int32],
        allowed: NDArray[np.bool_] | None = None,
    ) -> None:
        self.keys_in_order = keys
        self._starts = numbers(starts)
        self._rows = numbers(rows)
        self._allowed = allowed

    def at(self, place: int) -> list[int]:
        """Return the rows of the key at a place."""
        starts = self._starts
        rows: list[int] = self._rows[starts[place] : starts[place + 1]].tolist()
        return rows if self._allowed is None else [row for row in rows if self._allowed[row]]

    def any_of(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return, by key, whether any of its rows is among those that are marked."""
        if not len(self.keys_in_order):
            return np.zeros(0, dtype=np.bool_)
        return np.logical_or.reduceat(rows[np.asarray(self._rows)], np.asarray(self._starts)[:-1])

    def narrowed(self, allowed: NDArray[np.bool_]) -> "RowsByKey":
        """Return a view without the rows that are not allowed."""
        kept = allowed if self._allowed is None else allowed & self._allowed
        return RowsByKey(self.keys_in_order, np.asarray(self._starts), np.asarray(self._rows), kept)

    def __getitem__(self, key: str) -> list[int]:
        place = self.keys_in_order.find(key)
        rows = self.at(place) if place >= 0 else []
        if not rows:
            raise KeyError(key)
        return rows

    def get(self, key: str, default: V = None) -> list[int] | V:  # type: ignore[assignment]
        """Return the rows of a key; without an exception on the way where it has none, which is the rule."""
        place = self.keys_in_order.find(key)
        return (self.at(place) or default) if place >= 0 else default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return (key for place, key in enumerate(self.keys_in_order) if self.at(place))

    def __len__(self) -> int:
        return len(self.keys_in_order) if self._allowed is None else sum(1 for _ in self)


def rows_by_key_arrays(name: str, places: Sequence[int], count: int) -> dict[str, NDArray[np.int32]]:
    """Return the arrays of `RowsByKey`, where `places` are the keys of the rows, of which there are `count`."""
    by_row = np.array(places, dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(by_row, minlength=count))]).astype(np.int32)
    return {
        f"{name}.by_row": by_row,
        f"{name}.row_starts": starts,
        f"{name}.rows": np.argsort(by_row, kind="stable").astype(np.int32),
    }
