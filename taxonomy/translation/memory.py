"""How labels like this one were translated: the nearest labels whose translations people wrote."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist
from sklearn.feature_extraction.text import TfidfVectorizer

from taxonomy.corpus.model import Encode

_NEIGHBOURS: Final = 10
_ROWS: Final = 256
_ENDING: Final = 5
Array = NDArray[np.float64]


class Memory:
    """Labels with their translations; those near in words, in letters and in meaning speak for a candidate."""

    def __init__(self, sources: Sequence[str], targets: Sequence[str], encode: Encode | None) -> None:
        self._targets = list(targets)
        self._words = TfidfVectorizer(analyzer=_words_and_pairs, sublinear_tf=True, dtype=np.float32)
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, dtype=np.float32)
        lowered = [source.lower() for source in sources]
        self._by_words = self._words.fit_transform(lowered).T.tocsr()
        self._by_letters = self._letters.fit_transform(lowered).T.tocsr()
        self._encode = encode
        self._vectors = encode(lowered) if encode else None

    def nearest(self, labels: Sequence[str]) -> list[tuple[list[str], Array]]:
        """Return the translations of the nearest labels of each label, and how near those are; they sum to 1 or 0."""
        found: list[tuple[list[str], Array]] = []
        for start in range(0, len(labels), _ROWS):
            some = [label.lower() for label in labels[start : start + _ROWS]]
            likeness = np.asarray((self._words.transform(some) @ self._by_words).todense())
            likeness += np.asarray((self._letters.transform(some) @ self._by_letters).todense())
            if self._encode and self._vectors is not None:
                likeness += self._encode(some) @ self._vectors.T
            for row in likeness:
                best = np.argsort(-row, kind="stable")[:_NEIGHBOURS]
                weights = row[best].astype(np.float64) ** 2
                total = weights.sum()
                found.append(([self._targets[place] for place in best], weights / total if total else weights))
        return found


def agreement(bases: Sequence[str], neighbours: Sequence[str], weights: Array) -> Array:
    """Return how much candidates are like the translations of neighbours: all of it, its first and last word.

    An array of candidates x 3, each in [0, 1].
    """
    if not bases or not neighbours:
        return np.zeros((len(bases), 3))
    whole = cdist(bases, neighbours, scorer=Levenshtein.normalized_similarity) @ weights
    ends = [
        np.array([[alike(base, other, place) for other in neighbours] for base in bases]) @ weights for place in (0, -1)
    ]
    return np.stack([whole, *ends], axis=1)


def alike(one: str, other: str, place: int) -> float:
    """Whether two labels have the same first word (place 0), or last words that end alike (place -1)."""
    left, right = one.split(), other.split()
    if not left or not right:
        return 0.0
    if place == 0:
        return float(left[0] == right[0])
    return float(left[-1][-_ENDING:].lower() == right[-1][-_ENDING:].lower())


def _words_and_pairs(text: str) -> list[str]:
    words = text.split()
    return [*words, *(f"{one} {other}" for one, other in pairwise(words))]
