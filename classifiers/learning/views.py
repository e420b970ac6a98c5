"""How alike texts are in three views: the words that they share, their letters, their meaning. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.linear import unit_rows
from classifiers.encoder.protocol import Encoder
from classifiers.hashing import FeatureScheme, hashed_counts, inverse_frequencies, weighted
from classifiers.standardize.ngrams import SCHEME as LETTERS
from classifiers.standardize.text import fold

Array = NDArray[np.float32]

WORDS: Final = FeatureScheme(1 << 18, ngram_lengths=(), word_pairs=True)


@dataclass(frozen=True, slots=True)
class ViewVectors:
    """Texts in each view, texts x features; rows have length 1, or 0 where a text says nothing."""

    words: "sparse.csr_matrix"
    letters: "sparse.csr_matrix"
    meaning: Array

    def __len__(self) -> int:
        return len(self.meaning)

    def rows(self, chosen: NDArray[np.intp] | slice) -> "ViewVectors":
        """Return some of the texts."""
        return ViewVectors(self.words[chosen], self.letters[chosen], self.meaning[chosen])


@dataclass(frozen=True, slots=True)
class Cosines:
    """The cosines of texts to other texts in each view, texts x others."""

    words: Array
    letters: Array
    meaning: Array

    def blend(self, weights: tuple[float, float, float]) -> Array:
        """Return the mean of the views by weight, in the order words, letters, meaning."""
        parts = zip(weights, (self.words, self.letters, self.meaning), strict=True)
        first, *others = [np.float32(weight / sum(weights)) * part for weight, part in parts if weight]
        for other in others:
            first += other
        return first

    def columns(self, chosen: slice) -> "Cosines":
        """Return the cosines to some of the others."""
        return Cosines(self.words[:, chosen], self.letters[:, chosen], self.meaning[:, chosen])


@dataclass(frozen=True, slots=True)
class TextViews:
    """Puts texts into the views; `idf` says how rare each word and each n-gram of letters is."""

    encoder: Encoder
    idf: tuple[Array, Array]

    def vectors(self, texts: Sequence[str]) -> ViewVectors:
        """Return texts in each view."""
        keys = [fold(text) for text in texts]
        words, letters = self.idf
        return ViewVectors(
            weighted(hashed_counts(keys, WORDS), words),
            weighted(hashed_counts(keys, LETTERS), letters),
            self.encoder.encode(texts),
        )


def views_of(texts: Sequence[str], encoder: Encoder) -> TextViews:
    """Return the views in which features are as rare as they are in the texts that a ranker learns from."""
    keys = [fold(text) for text in texts]
    words, letters = (inverse_frequencies(hashed_counts(keys, scheme)) for scheme in (WORDS, LETTERS))
    return TextViews(encoder, (words, letters))


def cosines(texts: ViewVectors, others: ViewVectors) -> Cosines:
    """Return how alike texts and others are in each view."""
    return Cosines(
        _product(texts.words, others.words),
        _product(texts.letters, others.letters),
        np.asarray(texts.meaning @ others.meaning.T, dtype=np.float32),
    )


def stacked(first: ViewVectors, second: ViewVectors) -> ViewVectors:
    """Return the texts of both, the first ones first."""
    return ViewVectors(
        sparse.vstack([first.words, second.words]).tocsr(),
        sparse.vstack([first.letters, second.letters]).tocsr(),
        np.concatenate([first.meaning, second.meaning]),
    )


def centres(vectors: ViewVectors, members: "sparse.csr_matrix") -> ViewVectors:
    """Return the directions of the sums of groups of texts; `members` is groups x texts."""
    return ViewVectors(
        _unit_sparse_rows(members @ vectors.words),
        _unit_sparse_rows(members @ vectors.letters),
        unit_rows(np.asarray(members @ vectors.meaning)),
    )


def _product(first: "sparse.csr_matrix", second: "sparse.csr_matrix") -> Array:
    return np.asarray((first @ second.T).toarray(), dtype=np.float32)


def _unit_sparse_rows(rows: "sparse.csr_matrix") -> "sparse.csr_matrix":
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = sparse.diags(1.0 / np.where(lengths > 0, lengths, 1.0))
    return sparse.csr_matrix(scale @ rows, dtype=np.float32)
