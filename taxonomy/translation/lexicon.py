"""Words that no label shows: the nearest ones of the other language, by a pretrained encoder of both."""

from collections.abc import Collection, Iterable
from math import log
from typing import Final

import numpy as np

from taxonomy.corpus.model import Encode
from taxonomy.translation.pieces import GLUE
from taxonomy.translation.rules import GAPS, Grammar, Rule

_ENOUGH: Final = log(1 + 2.0)
"""A word that so much evidence stands for needs no guesses."""
_NEAREST: Final = 0.55
_SHARPNESS: Final = 12.0
_SHORTEST: Final = 3
_BACKWARD: Final = log(0.3)


class Lexicon:
    """The pieces of a language by what an encoder thinks that they mean."""

    def __init__(self, pieces: Collection[str], encode: Encode, *, size: int) -> None:
        self._forms: dict[str, list[str]] = {}
        for piece in sorted(pieces):
            bare = piece.strip(GLUE)
            if len(bare) >= _SHORTEST and bare.isalpha():
                self._forms.setdefault(bare, []).append(piece)
        self._words = list(self._forms)
        self._vectors = encode(self._words).astype(np.float32)
        self._encode = encode
        self._size = size

    def extended(self, grammar: Grammar, words: Iterable[str]) -> Grammar:
        """Return what a grammar says of those words for which it has little evidence, with guesses added."""
        rare = sorted({word for word in words if self._is_rare(grammar, word)})
        if not rare or not self._words:
            return {}
        likeness = self._encode(rare) @ self._vectors.T
        nearest = np.argpartition(-likeness, min(self._size, likeness.shape[1] - 1), axis=1)[:, : self._size]
        return {
            (word,): (
                *grammar.get((word,), ()),
                *(
                    Rule((form,), _SHARPNESS * log(value), _BACKWARD, _SHARPNESS / 2 * log(value), 0.0, 1.0)
                    for column in nearest[row].tolist()
                    if (value := min(1.0, float(likeness[row, column]))) >= _NEAREST
                    for form in self._forms[self._words[column]]
                ),
            )
            for row, word in enumerate(rare)
        }

    @staticmethod
    def _is_rare(grammar: Grammar, word: str) -> bool:
        if word in GAPS or len(word) < _SHORTEST or not word.isalpha():
            return False
        return all(rule.evidence < _ENOUGH for rule in grammar.get((word,), ()))
