"""How alike texts are in four views: words that they share, letters, meaning, meaning of the bare job. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.linear import unit_rows
from classifiers.encoder.protocol import Encoder
from classifiers.hashing import FeatureScheme, hashed_counts, inverse_frequencies, weighted
from classifiers.standardize.ngrams import SCHEME as LETTERS
from classifiers.standardize.readings import Seniority, job_key
from classifiers.standardize.text import fold

Array = NDArray[np.float32]
Weights = tuple[float, float, float, float]
"""Weights of words, letters, meaning, and meaning of the bare job."""

_VIEWS: Final = ("words", "letters", "meaning", "job")
WORDS: Final = FeatureScheme(1 << 18, ngram_lengths=(), word_pairs=True)


@dataclass(frozen=True, slots=True)
class ViewVectors:
    """Texts in each view, texts x features; rows have length 1, or 0 where a text says nothing.

    `job` is the meaning of titles without brackets, decoration and level.
    """

    words: "sparse.csr_matrix"
    letters: "sparse.csr_matrix"
    meaning: Array
    job: Array

    def __len__(self) -> int:
        return len(self.meaning)

    def rows(self, chosen: NDArray[np.intp] | slice) -> "ViewVectors":
        """Return some of the texts."""
        return ViewVectors(self.words[chosen], self.letters[chosen], self.meaning[chosen], self.job[chosen])


@dataclass(frozen=True, slots=True)
class Cosines:
    """The cosines of texts to other texts in each view, texts x others."""

    words: Array
    letters: Array
    meaning: Array
    job: Array

    def blend(self, weights: Weights) -> Array:
        """Return the mean of the views by weight."""
        parts = [(weight / sum(weights), view) for weight, view in zip(weights, _VIEWS, strict=True) if weight]
        found = np.zeros(self.meaning.shape, dtype=np.float32)
        for share, view in parts:
            found += np.float32(share) * getattr(self, view)
        return found

    def columns(self, chosen: slice) -> "Cosines":
        """Return the cosines to some of the others."""
        return Cosines(*(getattr(self, view)[:, chosen] for view in _VIEWS))


@dataclass(frozen=True, slots=True)
class TextViews:
    """Puts texts into the views; `idf` says how rare each word and each n-gram of letters is.

    With `seniority` texts are titles, whose jobs are looked at too; otherwise the job is the whole text.
    """

    encoder: Encoder
    idf: tuple[Array, Array]
    seniority: Seniority | None = None

    @property
    def of_labels(self) -> "TextViews":
        """Return the views of entities' labels, which are taken whole."""
        return replace(self, seniority=None)

    def vectors(self, texts: Sequence[str]) -> ViewVectors:
        """Return texts in each view."""
        keys = [fold(text) for text in texts]
        words, letters = self.idf
        meaning = self.encoder.encode(texts)
        job = meaning
        if (seniority := self.seniority) is not None:
            job = self.encoder.encode([job_key(text, seniority) for text in texts])
        return ViewVectors(
            weighted(hashed_counts(keys, WORDS), words),
            weighted(hashed_counts(keys, LETTERS), letters),
            meaning,
            job,
        )


def views_of(texts: Sequence[str], encoder: Encoder, *, seniority: Seniority | None = None) -> TextViews:
    """Return the views in which features are as rare as they are in the texts that a ranker learns from."""
    keys = [fold(text) for text in texts]
    words, letters = (inverse_frequencies(hashed_counts(keys, scheme)) for scheme in (WORDS, LETTERS))
    return TextViews(encoder, (words, letters), seniority)


def cosines(texts: ViewVectors, others: ViewVectors) -> Cosines:
    """Return how alike texts and others are in each view."""
    return Cosines(*(_product(getattr(texts, view), getattr(others, view)) for view in _VIEWS))


def blended(texts: ViewVectors, others: ViewVectors, weights: Weights) -> Array:
    """Return the mean of the cosines by weight; one view after the other is made, for each may fill a gigabyte."""
    found = np.zeros((len(texts), len(others)), dtype=np.float32)
    for weight, view in zip(weights, _VIEWS, strict=True):
        if weight:
            part = _product(getattr(texts, view), getattr(others, view))
            part *= np.float32(weight / sum(weights))
            found += part
    return found


def stacked(first: ViewVectors, second: ViewVectors) -> ViewVectors:
    """Return the texts of both, the first ones first."""
    return ViewVectors(
        sparse.vstack([first.words, second.words]).tocsr(),
        sparse.vstack([first.letters, second.letters]).tocsr(),
        np.concatenate([first.meaning, second.meaning]),
        np.concatenate([first.job, second.job]),
    )


def centres(vectors: ViewVectors, members: "sparse.csr_matrix") -> ViewVectors:
    """Return the directions of the sums of groups of texts; `members` is groups x texts."""
    return ViewVectors(
        _unit_sparse_rows(members @ vectors.words),
        _unit_sparse_rows(members @ vectors.letters),
        unit_rows(np.asarray(members @ vectors.meaning)),
        unit_rows(np.asarray(members @ vectors.job)),
    )


def _product(first: "sparse.csr_matrix | Array", second: "sparse.csr_matrix | Array") -> Array:
    product = first @ second.T
    return np.asarray(product.toarray() if sparse.issparse(product) else product, dtype=np.float32)


def _unit_sparse_rows(rows: "sparse.csr_matrix") -> "sparse.csr_matrix":
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = sparse.diags(1.0 / np.where(lengths > 0, lengths, 1.0))
    return sparse.csr_matrix(scale @ rows, dtype=np.float32)
