"""A compiled taxonomy of which only some entities can be found: it answers as if it held no others, and copies nothing.

The search is narrowed before it chooses the best, so that it finds as many candidates as ever where there are any.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.match import Match
from classifiers.standardize.meaning import MeaningIndex, Meant
from classifiers.standardize.ngrams import NgramIndex

_TOGETHER: Final = 16
"""Texts whose cosines to all aliases are in memory at once."""
_NEVER: Final = np.float32(-2)
"""Less than any cosine."""

_Mask = NDArray[np.bool_]
_Vector = NDArray[np.float32]


def narrowed(taxonomy: CompiledTaxonomy, allowed: _Mask) -> CompiledTaxonomy:
    """Return a view of a taxonomy in which only the `allowed` entities can be found; it says so for each of them."""
    rows = allowed[taxonomy.alias_entities]
    return replace(
        taxonomy,
        rows_by_key=AllowedRows(taxonomy.rows_by_key, rows),
        indexes={kind: NarrowedIndex(index, rows[index.rows]) for kind, index in taxonomy.indexes.items()},
        meanings={kind: NarrowedMeaning(index, allowed[index.entities]) for kind, index in taxonomy.meanings.items()},
    )


class AllowedRows(Mapping[str, list[int]]):
    """Alias rows by folded text, without those that are not allowed."""

    def __init__(self, whole: Mapping[str, list[int]], allowed: _Mask) -> None:
        self._whole = whole
        self._allowed = allowed

    def __getitem__(self, key: str) -> list[int]:
        rows = [row for row in self._whole[key] if self._allowed[row]]
        if not rows:
            raise KeyError(key)
        return rows

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._whole if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class NarrowedIndex(NgramIndex):
    """An index by n-grams that finds some of its aliases only; `allowed` says which, by their place in it."""

    __slots__ = ("_allowed",)

    def __init__(self, whole: NgramIndex, allowed: _Mask) -> None:
        super().__init__(whole.postings, whole.idf, whole.rows)
        self._allowed = allowed

    def search(self, keys: Sequence[str], *, top: int, floor: float = 0.2) -> list[list[Match]]:
        """Return, for each folded text, its `top` most similar allowed aliases above `floor`, best first."""
        if not self._allowed.any():
            return [[] for _ in keys]
        chunks = (keys[start : start + _TOGETHER] for start in range(0, len(keys), _TOGETHER))
        return [found for chunk in chunks for found in self._best(chunk, top, floor)]

    def _best(self, keys: Sequence[str], top: int, floor: float) -> Iterator[list[Match]]:
        cosines = (self.vectors(keys) @ self.postings).tocsr()
        for i in range(len(keys)):
            span = slice(cosines.indptr[i], cosines.indptr[i + 1])
            places, values = cosines.indices[span], cosines.data[span]
            kept = np.flatnonzero(self._allowed[places] & (values > floor))
            best = kept[np.lexsort((places[kept], -values[kept]))[:top]]
            yield [Match(int(self.rows[places[at]]), min(1.0, float(values[at]))) for at in best]


class NarrowedMeaning(MeaningIndex):
    """An index by meaning that finds some of its entities only; `allowed` says which, by their place in it."""

    __slots__ = ("_allowed", "_count")

    def __init__(self, whole: MeaningIndex, allowed: _Mask) -> None:
        # All that the whole has is shared: to make it again takes time for every entity.
        for name in MeaningIndex.__slots__:
            setattr(self, name, getattr(whole, name))
        self._allowed = allowed
        self._count = int(allowed.sum())

    def _nearest(self, vector: _Vector, cosines: _Vector, also: Iterable[int], top: int) -> list[Meant]:
        """Return the nearest of the allowed entities; `also` comes of a search that was narrowed itself."""
        count = min(top, self._count)
        return super()._nearest(vector, np.where(self._allowed, cosines, _NEVER), also, count) if count else []
