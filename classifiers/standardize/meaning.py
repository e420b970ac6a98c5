"""Find the entities that mean what a text says: nearest centres of the learned encoder, then their aliases.

Every alias is a vector; an entity's centre is the direction of their mean. A search goes to the nearest centres
first, which are few, and looks at the aliases of those entities alone: the aliases of the entities that it keeps are
compared exactly.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.linear import LinearEncoder, unit_rows

_ARRAYS: Final = ("vectors", "scales", "centres", "entities", "starts", "rows")
_Array = NDArray[np.float32]


class Meant(NamedTuple):
    """An entity near a text: its nearest alias row, the cosine to that, and the cosine to the entity's centre."""

    entity: int
    row: int
    alias: float
    centre: float


class MeaningIndex:
    """Aliases of one type as vectors, aliases of an entity side by side.

    `vectors` is aliases x dimensions in 8-bit integers, each row times its entry of `scales` of length 1; `centres` is
    entities x dimensions, of length 1; `entities` and `rows` are their places in the taxonomy; the aliases of entity
    i are `starts[i]` to before `starts[i + 1]`.
    """

    __slots__ = ("_encoder", "_place_of", "centres", "entities", "rows", "scales", "starts", "vectors")

    def __init__(
        self,
        encoder: LinearEncoder,
        vectors: NDArray[np.int8],
        scales: _Array,
        centres: _Array,
        entities: NDArray[np.int32],
        starts: NDArray[np.int32],
        rows: NDArray[np.int32],
    ) -> None:
        self._encoder = encoder
        self.vectors = vectors
        self.scales = scales
        self.centres = centres
        self.entities = entities
        self.starts = starts
        self.rows = rows
        self._place_of = {int(entity): place for place, entity in enumerate(entities)}

    def search(self, keys: Sequence[str], also: Sequence[Iterable[int]], *, top: int) -> list[list[Meant]]:
        """Return the `top` entities nearest each folded text, and those of `also` too, in no order.

        A text of which the encoder knows nothing has none.
        """
        vectors = self._encoder.encode_folded(keys)
        near = vectors @ self.centres.T
        return [
            self._nearest(vector, cosines, others, top)
            for vector, cosines, others in zip(vectors, near, also, strict=True)
        ]

    def _nearest(self, vector: _Array, cosines: _Array, also: Iterable[int], top: int) -> list[Meant]:
        if not vector.any():
            return []
        count = min(top, len(cosines))
        near = np.argpartition(cosines, len(cosines) - count)[len(cosines) - count :]
        asked = [self._place_of[entity] for entity in also if entity in self._place_of]
        return self._meant(np.unique(np.concatenate((near, np.array(asked, dtype=near.dtype)))), vector, cosines)

    def look(self, entity: int, key: str, rows: Sequence[int]) -> Meant:
        """Return how near a folded text is to an entity that had these of its alias rows alone."""
        place = self._place_of[entity]
        kept = np.isin(self.rows[self.starts[place] : self.starts[place + 1]], rows)
        vectors = self._aliases(place)[kept]
        vector = self._encoder.encode_folded([key])[0]
        cosines = vectors @ vector
        centre = unit_rows(vectors.sum(axis=0, keepdims=True))[0]
        best = int(cosines.argmax())
        row = self.rows[self.starts[place] : self.starts[place + 1]][kept][best]
        return Meant(entity, int(row), float(cosines[best]), float(centre @ vector))

    def _meant(self, places: NDArray[np.int64], vector: _Array, cosines: _Array) -> list[Meant]:
        """Return the nearest alias of each entity at some places, all compared at once."""
        starts = self.starts[places]
        counts = self.starts[places + 1] - starts
        firsts = np.cumsum(counts) - counts
        rows = np.arange(counts.sum()) + np.repeat(starts - firsts, counts)
        found = (self.vectors[rows].astype(np.float32) @ vector) * self.scales[rows]
        best = np.maximum.reduceat(found, firsts)
        # Of equal aliases the first; every entity has a best one, so each appears.
        hits = np.flatnonzero(found == np.repeat(best, counts))
        owners = np.searchsorted(firsts, hits, side="right") - 1
        nearest = rows[hits[np.unique(owners, return_index=True)[1]]]
        columns = (self.entities[places], self.rows[nearest], best, cosines[places])
        return [Meant(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]

    def _aliases(self, place: int) -> _Array:
        """Return the vectors of an entity's aliases."""
        span = slice(self.starts[place], self.starts[place + 1])
        return np.multiply(self.vectors[span], self.scales[span, None], dtype=np.float32)

    def save(self, folder: Path, *, prefix: str) -> None:
        """Write the arrays of the index as `.npy` files."""
        for name in _ARRAYS:
            np.save(folder / f"{prefix}.meaning.{name}.npy", getattr(self, name), allow_pickle=False)

    @staticmethod
    def exists(folder: Path, *, prefix: str) -> bool:
        """Whether a folder holds an index of this name."""
        return (folder / f"{prefix}.meaning.rows.npy").is_file()

    @classmethod
    def load(cls, folder: Path, encoder: LinearEncoder, *, prefix: str) -> "MeaningIndex":
        """Return the index of this name, its arrays memory-mapped; `encoder` is the one that it was made with."""
        # Plain views: every slice of a memory map itself costs a microsecond more.
        arrays = [
            np.asarray(np.load(folder / f"{prefix}.meaning.{name}.npy", mmap_mode="r", allow_pickle=False))
            for name in _ARRAYS
        ]
        return cls(encoder, *arrays)


def build_meaning(
    encoder: LinearEncoder, keys: Sequence[str], rows: NDArray[np.int32], entities: NDArray[np.int32]
) -> MeaningIndex:
    """Return the index of folded aliases; `rows` are their rows and `entities` their entities in the taxonomy."""
    order = np.argsort(entities, kind="stable")
    vectors = encoder.encode_folded([keys[place] for place in order])
    chosen, starts = np.unique(entities[order], return_index=True)
    centres = unit_rows(np.add.reduceat(vectors, starts, axis=0))
    ends = np.append(starts, len(order)).astype(np.int32)
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / 127
    small = np.round(vectors / scales[:, None]).astype(np.int8)
    return MeaningIndex(encoder, small, scales, centres, chosen.astype(np.int32), ends, rows[order].astype(np.int32))
