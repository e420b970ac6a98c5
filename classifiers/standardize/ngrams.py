"""Find the aliases that look like a text: TF-IDF over character n-grams and words, exact top k by sparse products.

Rows are L2-normalised, so a product of two rows is their cosine.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from classifiers.hashing import FeatureScheme, compact, hashed_counts, inverse_frequencies, weighted
from classifiers.standardize.match import Match

FEATURES: Final = 1 << 18
SCHEME: Final = FeatureScheme(FEATURES, ngram_lengths=(2, 3, 4), word_weight=2)
_FREQUENT_SHARE: Final = 0.02
"""Features in more than this share of the aliases tell little and cost most: their posting lists are left out."""

_ALWAYS_KEPT: Final = 1_500
"""Posting lists up to this length cost nothing and are kept whatever their share."""

_FEW_QUERIES: Final = 32
"""Up to this many, the posting lists of their features are copied out: the product copies all that it is given."""


class NgramIndex:
    """Aliases of one type as sparse vectors, searched by cosine.

    `postings` is features x aliases in CSR form, so that a feature's row is its posting list; `rows` are the
    aliases' rows in the taxonomy.
    """

    __slots__ = ("idf", "postings", "rows")

    def __init__(self, postings: "sparse.csr_matrix", idf: NDArray[np.float32], rows: NDArray[np.int32]) -> None:
        self.postings = postings
        self.idf = idf
        self.rows = rows

    def search(self, keys: Sequence[str], *, top: int, floor: float = 0.2) -> list[list[Match]]:
        """Return, for each folded text, its `top` most similar aliases above `floor`, best first."""
        if not keys:
            return []
        queries, postings = self.vectors(keys), self.postings
        if len(keys) <= _FEW_QUERIES:
            features, queries = compact(queries)
            postings = postings[features]
        found = sp_matmul_topn(queries, postings, top_n=top, threshold=floor, sort=True)
        rows, similarities = self.rows[found.indices].tolist(), np.minimum(found.data, 1.0).tolist()
        ends = found.indptr.tolist()
        return [
            [Match(row, similarity) for row, similarity in zip(rows[a:b], similarities[a:b], strict=True)]
            for a, b in pairwise(ends)
        ]

    def vectors(self, keys: Sequence[str]) -> "sparse.csr_matrix":
        """Return the vectors of folded texts, texts x features."""
        return weighted(hashed_counts(keys, SCHEME), self.idf)

    def save(self, folder: Path, *, prefix: str) -> None:
        """Write the arrays of the index as `.npy` files."""
        for name, array in self._arrays().items():
            np.save(folder / f"{prefix}.{name}.npy", array, allow_pickle=False)

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        return {
            "data": self.postings.data,
            "indices": self.postings.indices.astype(np.int32),
            "indptr": self.postings.indptr.astype(np.int32),
            "idf": self.idf,
            "rows": self.rows,
        }

    @staticmethod
    def exists(folder: Path, *, prefix: str) -> bool:
        """Whether a folder holds an index of this name."""
        return (folder / f"{prefix}.rows.npy").is_file()

    @classmethod
    def load(cls, folder: Path, *, prefix: str) -> "NgramIndex":
        """Return the index of this name, its large arrays memory-mapped."""
        arrays = {
            # Copy on write: the search library takes writable arrays only, though it never writes.
            name: np.asarray(np.load(folder / f"{prefix}.{name}.npy", mmap_mode="c", allow_pickle=False))
            for name in ("data", "indices", "indptr", "idf", "rows")
        }
        postings = sparse.csr_matrix(
            (arrays["data"], arrays["indices"], arrays["indptr"]),
            shape=(FEATURES, len(arrays["rows"])),
            copy=False,
        )
        return cls(postings, arrays["idf"], arrays["rows"])


def build_index(keys: Sequence[str], rows: NDArray[np.int32], *, most_postings: int | None = None) -> NgramIndex:
    """Return the index of folded aliases; `rows` are their rows in the taxonomy.

    A feature in more aliases than `most_postings` weighs nothing, in texts and aliases alike; without that limit
    frequent features keep their weight in the lengths of the vectors, but have no posting list.
    """
    counts = hashed_counts(keys, SCHEME)
    frequencies = np.bincount(counts.indices, minlength=FEATURES)
    idf = inverse_frequencies(counts)
    if most_postings is not None:
        idf[frequencies > most_postings] = 0.0
    vectors = weighted(counts, idf)
    frequent = frequencies > max(_ALWAYS_KEPT, _FREQUENT_SHARE * len(keys))
    postings = vectors.T.tocsr()
    keep = sparse.diags((~frequent).astype(np.float32)).tocsr()
    postings = (keep @ postings).tocsr()
    postings.eliminate_zeros()
    postings.sort_indices()
    return NgramIndex(postings.astype(np.float32), idf, rows)
