"""Which entities are right where a ranker names others: labels are noisy, and two entities often share their titles.

A ranker that had not seen a text reads it as a few entities; what the text was labelled with says how far each of
them is to be believed, and what else was meant. It is a confusion matrix whose rows are weighted by the scores. Pure.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

if TYPE_CHECKING:
    from classifiers.learning.views import Array

_READ_AS: Final = 10
"""Entities that a text is read as."""
_LEAST: Final = 1e-6
"""Weight of an entity without a score above 0, so that every text is read as something."""
_DOUBT: Final = 5.0
"""Texts that are added to those where an entity was named, of which nobody knows what was right."""
_USUAL: Final = 0.4
"""Share of those texts in which the entity itself is taken to be right, where its reliability is measured."""


@dataclass(frozen=True, slots=True)
class Confusions:
    """What was right where an entity was named.

    `shares` is named x right entities; rows add up to less than 1. `reliability` is the share of an entity's own
    right answers, in (0, 1).
    """

    shares: "sparse.csr_matrix"
    reliability: "Array"

    def expected(self, readings: "sparse.csr_matrix") -> "Array":
        """Return how far each entity is to be expected of texts so read, texts x entities."""
        return np.asarray((readings @ self.shares).toarray(), dtype=np.float32)


def readings_of(scores: "Array") -> "sparse.csr_matrix":
    """Return texts x entities: the best of each text, weighted by the squares of their scores; rows add up to 1."""
    texts, entities = scores.shape
    most = min(_READ_AS, entities)
    best = np.sort(np.argpartition(-scores, most - 1, axis=1)[:, :most], axis=1)
    weights = np.maximum(np.take_along_axis(scores, best, axis=1), 0) ** 2 + np.float32(_LEAST)
    weights /= weights.sum(axis=1, keepdims=True)
    starts = np.arange(0, texts * most + 1, most)
    return sparse.csr_matrix((weights.ravel(), best.ravel(), starts), shape=scores.shape)


def confusions_of(readings: "sparse.csr_matrix", right: "sparse.csr_matrix") -> Confusions:
    """Return the confusions among texts; both are texts x entities, and the readings must not know what is right."""
    together = sparse.csr_matrix(readings.T @ right)
    named = np.asarray(readings.sum(axis=0)).ravel() + np.float32(_DOUBT)
    shares = sparse.csr_matrix(together.multiply(1 / named[:, None]), dtype=np.float32)
    reliability = (together.diagonal() + np.float32(_DOUBT * _USUAL)) / named
    return Confusions(shares, reliability.astype(np.float32))


def held_out_confusions(
    readings: "sparse.csr_matrix", right: "sparse.csr_matrix", folds: NDArray[np.int64]
) -> dict[int, Confusions]:
    """Return for each fold the confusions among the texts of the others."""
    return {
        int(fold): confusions_of(readings[np.flatnonzero(folds != fold)], right[np.flatnonzero(folds != fold)])
        for fold in np.unique(folds)
    }
