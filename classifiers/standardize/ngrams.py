"""Find the aliases that look like a text: TF-IDF over character n-grams and words, exact top k by sparse products.

Rows are L2-normalised, so a product of two rows is their cosine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.hashing import (
    FeatureScheme,
    code_points,
    hashed_counts,
    inverse_frequencies,
    inverse_frequency,
    scheme_arguments,
    weighted,
)
from classifiers.kernels.whole import NgramArrays, alike_rows
from classifiers.standardize.match import FoundRows, Match
from classifiers.standardize.postings import PostingLists, posting_lists
from core.mapped import mapped_array

FEATURES: Final = 1 << 18
SCHEME: Final = FeatureScheme(FEATURES, ngram_lengths=(2, 3, 4), word_weight=2)


@dataclass(frozen=True, slots=True)
class ListPolicy:
    """Which posting lists are kept: features in more than `frequent_share` of the aliases tell little and cost most.

    Lists of up to `always_kept` aliases cost nothing and are kept whatever their share. Where `frequent_weigh`,
    features without a list count in the lengths of vectors; else a search takes them for nothing.
    """

    frequent_share: float = 0.02
    always_kept: int = 1_500
    frequent_weigh: bool = True

    def longest(self, aliases: int) -> int:
        """Return how long a list may be where there are so many aliases."""
        return int(max(self.always_kept, self.frequent_share * aliases))


ALONE: Final = ListPolicy()
BESIDE_MEANING: Final = ListPolicy(frequent_share=0.003, always_kept=300, frequent_weigh=False)
"""For types that are searched by meaning too: only rare features, for the frequent ones find what the meaning finds."""


class AlikeRows(NamedTuple):
    """How many aliases look like each text, and texts x these: their rows and their cosines, best first."""

    counts: NDArray[np.int64]
    rows: NDArray[np.int32]
    similarities: NDArray[np.float32]

    def found(self) -> FoundRows:
        """Return the same without meanings."""
        unknown = np.full(self.rows.shape, np.nan, dtype=np.float32)
        return FoundRows(*self, unknown, unknown)


class NgramIndex:
    """Aliases of one type as sparse vectors, searched by cosine.

    `idf` is how much each feature weighs; those below `least_idf` weigh nothing in a search. `rows` are the aliases'
    rows in the taxonomy, and `allowed` says which of them can be found, all by default.
    """

    __slots__ = ("allowed", "idf", "least_idf", "postings", "rows")

    def __init__(
        self,
        postings: PostingLists,
        idf: NDArray[np.float32],
        least_idf: float,
        rows: NDArray[np.int32],
        allowed: NDArray[np.bool_] | None = None,
    ) -> None:
        self.postings = postings
        self.idf = idf
        self.least_idf = least_idf
        self.rows = rows
        self.allowed = np.ones(len(rows), dtype=np.bool_) if allowed is None else allowed

    def search(self, keys: Sequence[str], *, top: int, floor: float = 0.2) -> list[list[Match]]:
        """Return, for each folded text, its `top` most similar aliases above `floor`, best first."""
        found = self.best_rows(keys, top=top, floor=floor).found()
        return [found.matches(text) for text in range(len(keys))]

    def best_rows(self, keys: Sequence[str], *, top: int, floor: float) -> AlikeRows:
        """Return the same as arrays."""
        return AlikeRows(*alike_rows(code_points(keys), self.arrays, top, floor))

    @property
    def arrays(self) -> NgramArrays:
        """What `classifiers.kernels.whole.search_rows` looks at."""
        return scheme_arguments(SCHEME), self.idf, self.least_idf, self.postings, self.allowed, self.rows

    def vectors(self, keys: Sequence[str]) -> "sparse.csr_matrix":
        """Return the vectors of folded texts, texts x features, of all features."""
        return weighted(hashed_counts(keys, SCHEME), self.idf)

    def narrowed(self, allowed: NDArray[np.bool_]) -> "NgramIndex":
        """Return an index that shares all that this one has, and finds only the aliases that are allowed."""
        return NgramIndex(self.postings, self.idf, self.least_idf, self.rows, allowed)

    def save(self, folder: Path, *, prefix: str) -> None:
        """Write the arrays of the index as `.npy` files."""
        for name, array in self._arrays().items():
            np.save(folder / f"{prefix}.{name}.npy", array, allow_pickle=False)

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        return {
            **self.postings._asdict(),
            "idf": self.idf,
            "least_idf": np.array(self.least_idf),
            "rows": self.rows,
        }

    @staticmethod
    def exists(folder: Path, *, prefix: str) -> bool:
        """Whether a folder holds an index of this name."""
        return (folder / f"{prefix}.rows.npy").is_file()

    @classmethod
    def load(cls, folder: Path, *, prefix: str) -> "NgramIndex":
        """Return the index of this name, its large arrays memory-mapped."""
        postings, (idf, least_idf, rows) = (
            [mapped_array(folder / f"{prefix}.{name}.npy") for name in names]
            for names in (PostingLists._fields, ("idf", "least_idf", "rows"))
        )
        return cls(PostingLists(*postings), idf, float(least_idf), rows)


def build_index(
    keys: Sequence[str],
    rows: NDArray[np.int32],
    *,
    lists: ListPolicy = ALONE,
    most_postings: int | None = None,
) -> NgramIndex:
    """Return the index of folded aliases; `rows` are their rows in the taxonomy.

    A feature in more aliases than `most_postings` weighs nothing, in texts and aliases alike. Of others `lists` says
    which have a posting list, and whether those without one count in the lengths of the vectors that are searched.
    """
    counts = hashed_counts(keys, SCHEME)
    frequencies = np.bincount(counts.indices, minlength=FEATURES)
    idf = inverse_frequencies(counts)
    if most_postings is not None:
        idf[frequencies > most_postings] = 0.0
    longest = lists.longest(len(keys))
    frequent = frequencies > longest
    least_idf = 0.0 if lists.frequent_weigh else float(inverse_frequency(np.array(longest), len(keys)))
    vectors = weighted(counts, idf, least=least_idf)
    postings = vectors.T.tocsr()
    keep = sparse.diags((~frequent).astype(np.float32)).tocsr()
    postings = (keep @ postings).tocsr()
    postings.eliminate_zeros()
    postings.sort_indices()
    return NgramIndex(posting_lists(postings), idf, least_idf, rows)
