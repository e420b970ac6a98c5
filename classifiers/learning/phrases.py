"""Which labels a sentence names: its phrases beside the labels, and how much of a label its words cover. Pure.

A sentence as a whole resembles no label, so every run of a few words is compared by itself and the best one counts.
The words of a label may also stand far apart, or in another form: "communicate well with clients".
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import sparse

from classifiers.encoder.protocol import Encoder
from classifiers.hashing import hashed_counts, inverse_frequencies, weighted
from classifiers.learning.evidence import EntityLabels, membership
from classifiers.learning.views import Array
from classifiers.standardize.ngrams import SCHEME as LETTERS
from classifiers.standardize.text import fold

MOST_WORDS: Final = 6
"""Words of a phrase."""
MOST_TOKENS: Final = 200
"""Words of a sentence beyond these are not read, which bounds the time that a sentence takes."""

_STEM: Final = 6
_SHORTEST: Final = 3
_ENDINGS: Final = ("ings", "ing", "ers", "ies", "ed", "er", "es", "s")
_BRACKETS: Final = re.compile(r"\(.*?\)")
_FUNCTION: Final = (
    "a an the of in on at to for and or with by from as is are be you your we our will that this have has who their "
    "its it other etc using use such can"
)
_FUNCTION_WORDS: Final = frozenset(_FUNCTION.split())


def phrases_of(sentence: str) -> list[str]:
    """Return the runs of words, folded, that neither start nor end with a function word; the sentence if none."""
    words = fold(sentence).split()[:MOST_TOKENS]
    found = {
        " ".join(words[start : start + length])
        for length in range(1, MOST_WORDS + 1)
        for start in range(len(words) - length + 1)
        if words[start] not in _FUNCTION_WORDS and words[start + length - 1] not in _FUNCTION_WORDS
    }
    return sorted(found) or [" ".join(words)]


def stems_of(text: str) -> list[str]:
    """Return the words of a text without function words, each without its English ending and cut to six letters."""
    return [_stem(word) for word in fold(text).split()[:MOST_TOKENS] if word not in _FUNCTION_WORDS]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word.removesuffix(ending)
            break
    return (word[:-1] if word.endswith("e") and len(word) > _SHORTEST else word)[:_STEM]


class LabelPhrases:
    """Scores entities by their labels; `weights` are those of coverage, letters and meaning."""

    def __init__(self, labels: EntityLabels, encoder: Encoder, weights: tuple[float, float, float]) -> None:
        self._encoder = encoder
        self._weights = weights
        self._starts = labels.starts
        self._coverage = _Coverage(labels)
        counts = hashed_counts([fold(text) for text in labels.texts], LETTERS)
        self._idf = inverse_frequencies(counts)
        self._letters = weighted(counts, self._idf).T.tocsr()
        self._meaning = encoder.encode(labels.texts)

    def scores(self, sentence: str) -> Array:
        """Return a score an entity: the best over its labels, summed over coverage, letters and meaning."""
        phrases = phrases_of(sentence)
        letters = weighted(hashed_counts(phrases, LETTERS), self._idf) @ self._letters
        parts = (
            self._coverage.scores(sentence),
            letters.max(axis=0).toarray().ravel(),
            (self._encoder.encode(phrases) @ self._meaning.T).max(axis=0),
        )
        by_part = [np.maximum.reduceat(part, self._starts) for part in parts]
        return np.asarray(np.tensordot(self._weights, by_part, axes=1), dtype=np.float32)


class _Coverage:
    """How much of each label the stems of a sentence cover, by how rare the stems are.

    The score of a label is the rarity of the stems found over the square root of the rarity of all: long labels
    count for more than short ones, but not in proportion.
    """

    def __init__(self, labels: EntityLabels) -> None:
        stems = [set(stems_of(_BRACKETS.sub("", text)) or stems_of(text)) for text in labels.texts]
        self._columns = {stem: i for i, stem in enumerate(sorted(set().union(*stems)))}
        rows = np.repeat(np.arange(len(stems)), [len(found) for found in stems])
        columns = [self._columns[stem] for found in stems for stem in sorted(found)]
        shape = (len(stems), len(self._columns))
        present = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
        by_entity = (membership(labels.entities, labels.count).T @ present).tocsr()
        named_by = np.bincount(by_entity.indices, minlength=len(self._columns))
        self._rarity = np.log((labels.count + 1) / np.maximum(named_by, 1)).astype(np.float32)
        self._present = present
        self._scale = 1 / np.sqrt(np.maximum(present @ self._rarity, 1e-6))

    def scores(self, sentence: str) -> Array:
        """Return a score a label."""
        found = np.zeros(len(self._columns), dtype=np.float32)
        known = [self._columns[stem] for stem in stems_of(sentence) if stem in self._columns]
        found[known] = self._rarity[known]
        return np.asarray((self._present @ found) * self._scale, dtype=np.float32)


def phrase_scores(phrases: LabelPhrases, sentences: Sequence[str], *, entities: int) -> Array:
    """Return sentences x entities."""
    rows = [phrases.scores(sentence) for sentence in sentences]
    return np.stack(rows) if rows else np.zeros((0, entities), dtype=np.float32)
