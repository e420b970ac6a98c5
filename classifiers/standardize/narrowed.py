"""A compiled taxonomy of which only some entities can be found: it answers as if it held no others, and copies nothing.

The search is narrowed before it chooses the best, so that it finds as many candidates as ever where there are any.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.ngrams import NgramIndex

_Mask = NDArray[np.bool_]


def narrowed(taxonomy: CompiledTaxonomy, allowed: _Mask) -> CompiledTaxonomy:
    """Return a view of a taxonomy in which only the `allowed` entities can be found; it says so for each of them."""
    rows = allowed[taxonomy.alias_entities]
    return replace(
        taxonomy,
        rows_by_key=AllowedRows(taxonomy.rows_by_key, rows),
        indexes={
            kind: NgramIndex(index.postings, index.idf, index.rows, rows[index.rows])
            for kind, index in taxonomy.indexes.items()
        },
        meanings={kind: index.narrowed(allowed[index.arrays.entities]) for kind, index in taxonomy.meanings.items()},
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
