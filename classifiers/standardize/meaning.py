"""Find the entities that mean what a text says: nearest centres of the learned encoder, then their aliases.

Every alias is a vector; an entity's centre is the direction of their mean. A search goes to the nearest centres
first, which are few, and looks at the aliases of those entities alone: the aliases of the entities that it keeps are
compared exactly.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.linear import LinearEncoder, unit_rows
from classifiers.kernels.search import join_views
from classifiers.standardize.match import CENTRE_WEIGHT, NGRAM_WEIGHT, SHOWN_AS_ALIKE, Match
from classifiers.standardize.ngrams import AlikeRows

_ARRAYS: Final = ("vectors", "scales", "centres", "entities", "starts", "rows")
_Array = NDArray[np.float32]


class Prominence(NamedTuple):
    """By alias row its entity and its confidence, and how well known each entity is."""

    entities: NDArray[np.int32]
    popularity: _Array
    confidences: _Array


class Meant(NamedTuple):
    """The alias row of an entity that is nearest to a text, and the cosines to that and to the entity's centre."""

    row: int
    alias: float
    centre: float


class MeaningIndex:
    """Aliases of one type as vectors, aliases of an entity side by side.

    `vectors` is aliases x dimensions in 8-bit integers, each row times its entry of `scales` of length 1; `centres` is
    entities x dimensions, of length 1; `entities` and `rows` are their places in the taxonomy; the aliases of entity
    i are `starts[i]` to before `starts[i + 1]`. `place_of` is the place here of an
    entity of the taxonomy, -1 of others.
    """

    __slots__ = ("_encoder", "centres", "entities", "place_of", "rows", "scales", "starts", "vectors")

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
        self.place_of = np.full(int(entities.max(initial=-1)) + 1, -1, dtype=np.int32)
        self.place_of[entities] = np.arange(len(entities), dtype=np.int32)

    def joined(
        self, keys: Sequence[str], alike: AlikeRows, prominence: Prominence, *, each: int, most: int
    ) -> list[list[Match]]:
        """Return the entities that look like each folded text or mean the same, one match each, the best `most` first.

        `each` entities are looked at for their centres, and as many of those that look most alike.
        """
        vectors = self._encoder.encode_folded(keys)
        counts, *columns = join_views(
            alike,
            (vectors, self.cosines(vectors)),
            (self.vectors, self.scales, self.starts, self.rows, self.place_of),
            (prominence.entities, self.entities, prominence.popularity, prominence.confidences),
            (each, most),
            (CENTRE_WEIGHT, NGRAM_WEIGHT, SHOWN_AS_ALIKE),
        )
        meant = np.any(vectors, axis=1)
        listed = [column.tolist() for column in columns]
        return [
            [
                Match(row, similarity, alias, centre) if known else Match(row, similarity)
                for row, similarity, alias, centre in zip(*(column[query][:count] for column in listed), strict=True)
            ]
            for query, (count, known) in enumerate(zip(counts.tolist(), meant.tolist(), strict=True))
        ]

    def cosines(self, vectors: _Array) -> _Array:
        """Return the cosines of vectors to the centres, vectors x entities."""
        return np.asarray(vectors @ self.centres.T)

    def look(self, entity: int, key: str, rows: Sequence[int]) -> Meant:
        """Return how near a folded text is to an entity that had these of its alias rows alone."""
        place = self.place_of[entity]
        kept = np.isin(self.rows[self.starts[place] : self.starts[place + 1]], rows)
        vectors = self._aliases(place)[kept]
        vector = self._encoder.encode_folded([key])[0]
        cosines = vectors @ vector
        centre = unit_rows(vectors.sum(axis=0, keepdims=True))[0]
        best = int(cosines.argmax())
        row = self.rows[self.starts[place] : self.starts[place + 1]][kept][best]
        return Meant(int(row), float(cosines[best]), float(centre @ vector))

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
