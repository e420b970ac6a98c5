"""Texts as sparse vectors of hashed features: words, pairs of words, n-grams inside words. Pure.

There is no vocabulary to keep, and a text from anywhere can be compared. All texts of a call are hashed together,
as one array of characters: a word is a polynomial in its characters modulo 2^64, and so is each n-gram, mixed and
cut to the number of features.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MAX_TOKENS: Final = 40
"""Tokens of a text beyond this many are not looked at, which bounds the time that one text takes."""
MAX_TOKEN_CHARACTERS: Final = 40
_MULTIPLIER: Final = np.uint64(0x100000001B3)
_PAIR_SALT: Final = np.uint64(77)


@dataclass(frozen=True, slots=True)
class FeatureScheme:
    """Which features a text has; `word_weight` is how often a word counts beside one of its n-grams."""

    features: int
    ngram_lengths: tuple[int, ...]
    word_weight: int = 1
    word_pairs: bool = False


def hashed_counts(keys: Sequence[str], scheme: FeatureScheme) -> "sparse.csr_matrix":
    """Return how often each feature stands in each folded text, as texts x features."""
    words = [[f"^{word[:MAX_TOKEN_CHARACTERS]}$" for word in key.split()[:MAX_TOKENS]] for key in keys]
    flat = [word for found in words for word in found]
    if not flat:
        none = np.zeros(0, dtype=np.int32)
        return sparse.csr_matrix((none.astype(np.float32), (none, none)), shape=(len(keys), scheme.features))
    row_of_word = np.repeat(np.arange(len(keys)), [len(found) for found in words])
    lengths = np.array([len(word) for word in flat], dtype=np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    characters = np.frombuffer("".join(flat).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    word_of = np.repeat(np.arange(len(flat)), lengths)
    word_hashes = _word_hashes(characters, starts, word_of)
    rows, hashes = [row_of_word] * scheme.word_weight, [word_hashes] * scheme.word_weight
    if scheme.word_pairs:
        together = row_of_word[1:] == row_of_word[:-1]
        rows.append(row_of_word[1:][together])
        hashes.append((word_hashes[:-1] * _MULTIPLIER + word_hashes[1:] + _PAIR_SALT)[together])
    for places, found in _ngram_hashes(characters, word_of, scheme.ngram_lengths):
        rows.append(row_of_word[word_of[places]])
        hashes.append(found)
    columns = _mixed(np.concatenate(hashes)) % np.uint64(scheme.features)
    codes = np.concatenate(rows).astype(np.int64) * scheme.features + columns.astype(np.int64)
    unique, counts = np.unique(codes, return_counts=True)
    edges = np.arange(len(keys) + 1, dtype=np.int64) * scheme.features
    indptr = np.searchsorted(unique, edges).astype(np.int32)
    indices = (unique % scheme.features).astype(np.int32)
    return sparse.csr_matrix((counts.astype(np.float32), indices, indptr), shape=(len(keys), scheme.features))


def inverse_frequencies(counts: "sparse.csr_matrix") -> NDArray[np.float32]:
    """Return the smoothed inverse document frequency of each feature (Spaerck Jones 1972, as log(n/df) + 1)."""
    frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
    return (np.log((1 + counts.shape[0]) / (1 + frequencies)) + 1).astype(np.float32)


def weighted(counts: "sparse.csr_matrix", idf: NDArray[np.float32]) -> "sparse.csr_matrix":
    """Return rows of log-scaled counts times idf, each of length 1."""
    vectors = counts.copy()
    vectors.data = ((1 + np.log(vectors.data)) * idf[vectors.indices]).astype(np.float32)
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(vectors.indptr))
    norms = np.sqrt(np.bincount(rows, weights=vectors.data**2, minlength=counts.shape[0]))
    vectors.data /= np.where(norms > 0, norms, 1.0)[rows].astype(np.float32)
    return vectors


def compact(vectors: "sparse.csr_matrix") -> tuple[NDArray[np.int32], "sparse.csr_matrix"]:
    """Return the features that some rows have at all, and the rows over those features alone."""
    features, places = np.unique(vectors.indices, return_inverse=True)
    few = sparse.csr_matrix((vectors.data, places, vectors.indptr), shape=(vectors.shape[0], len(features)))
    return features.astype(np.int32), few


def _ngram_hashes(
    characters: NDArray[np.uint64], word_of: NDArray[np.int64], lengths: tuple[int, ...]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    """Yield, for each length, where the n-grams inside words start and their hashes."""
    for length in lengths:
        count = len(characters) - length + 1
        if count <= 0:
            continue
        hashes = np.full(count, length, dtype=np.uint64)
        for step in range(length):
            hashes = hashes * _MULTIPLIER + characters[step : step + count]
        inside = np.flatnonzero(word_of[:count] == word_of[length - 1 :])
        yield inside, hashes[inside]


def _word_hashes(
    characters: NDArray[np.uint64], starts: NDArray[np.int64], word_of: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return the hash of each word."""
    powers = np.cumprod(np.full(MAX_TOKEN_CHARACTERS + 2, _MULTIPLIER, dtype=np.uint64))
    places = np.arange(len(characters)) - starts[word_of]
    return np.asarray(np.add.reduceat(characters * powers[places], starts))


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread hashes evenly (the finalizer of MurmurHash3)."""
    mixed = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.asarray(mixed ^ (mixed >> np.uint64(33)))
