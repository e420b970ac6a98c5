"""Texts as sparse vectors of hashed features: words, pairs of words, n-grams inside words. Pure.

There is no vocabulary to keep, and a text from anywhere can be compared. `classifiers.kernels.features` has the loops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.kernels.features import SchemeArguments, count_features, weigh_features


@dataclass(frozen=True, slots=True)
class FeatureScheme:
    """Which features a text has; `word_weight` is how often a word counts beside one of its n-grams."""

    features: int
    ngram_lengths: tuple[int, ...]
    word_weight: int = 1
    word_pairs: bool = False


class SparseRows(NamedTuple):
    """Texts x features as the arrays of a CSR matrix: where each text starts, features in rising order, values."""

    starts: NDArray[np.int32]
    features: NDArray[np.int32]
    values: NDArray[np.float32]


def hashed_rows(keys: Sequence[str], scheme: FeatureScheme) -> SparseRows:
    """Return how often each feature stands in each folded text."""
    return SparseRows(*count_features(*code_points(keys), scheme_arguments(scheme)))


def code_points(keys: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the code points of all texts, and where each text ends."""
    characters = np.frombuffer("".join(keys).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return characters, np.array(list(accumulate(map(len, keys))), dtype=np.int64)


@cache
def scheme_arguments(scheme: FeatureScheme) -> SchemeArguments:
    """Return a scheme as the loops take it."""
    lengths = np.array(scheme.ngram_lengths, dtype=np.int64)
    return lengths, scheme.word_weight, scheme.word_pairs, np.uint64(scheme.features)


def hashed_counts(keys: Sequence[str], scheme: FeatureScheme) -> "sparse.csr_matrix":
    """Return how often each feature stands in each folded text, as texts x features."""
    starts, features, counts = hashed_rows(keys, scheme)
    return sparse.csr_matrix((counts, features, starts), shape=(len(keys), scheme.features))


def inverse_frequencies(counts: "sparse.csr_matrix") -> NDArray[np.float32]:
    """Return the smoothed inverse document frequency of each feature (Spaerck Jones 1972, as log(n/df) + 1)."""
    return inverse_frequency(np.bincount(counts.indices, minlength=counts.shape[1]), counts.shape[0])


def inverse_frequency(frequencies: NDArray[np.intp], texts: int) -> NDArray[np.float32]:
    """Return the same of features that stand in so many of the texts each."""
    return (np.log((1 + texts) / (1 + frequencies)) + 1).astype(np.float32)


def weighted(counts: "sparse.csr_matrix", idf: NDArray[np.float32], *, least: float = 0.0) -> "sparse.csr_matrix":
    """Return rows of log-scaled counts times idf, each of length 1; an idf below the least counts as 0."""
    weights = weigh_features(counts.indptr, counts.indices, counts.data, idf, least)
    return sparse.csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)
