"""How words are spelled, learned from the data: which characters follow which two others.

An interpolated model with absolute discounting (Ney, Essen and Kneser 1994). The discount is close to one, so that
what only one word shows says next to nothing of that word itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from taxonomy.corpus.phrases import tokens

_BOUNDARY: Final = " "
_LEAST_LETTERS: Final = 4
"""Shorter words are too often abbreviations for their spelling to say anything."""
_LEAST_WORDS: Final = 200
"""Fewer different words do not show how words are spelled; then none is strange."""
_DISCOUNT: Final = 0.95
_MAD_TO_DEVIATION: Final = 1.4826
"""The median absolute deviation times this is the standard deviation of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Counts of runs of one to three characters, of how many runs begin with a run, and how many kinds continue it.

    `middle` is the median of the bits a character over the words that it was learned from, `deviation` the robust
    deviation of the difference to it, times the root of the number of characters.
    """

    counts: Mapping[str, int]
    continued: Mapping[str, int]
    kinds: Mapping[str, int]
    characters: int
    middle: float = 0.0
    deviation: float = 1.0

    def word_bits(self, word: str) -> float:
        """Return the mean bits a character of a word: the more, the less it is spelled like the others."""
        framed = _framed(word)
        chances = [self._chance(framed[place - 2 : place], framed[place]) for place in range(2, len(framed))]
        return float(-np.mean(np.log2(chances)))

    def strangeness(self, text: str) -> float:
        """Return by how many robust deviations the strangest longer word of a text is off the middle; 0 if none is."""
        return max([0.0, *(self._excess(word) / self.deviation for word in tokens(text) if _long_enough(word))])

    def centred(self, words: Sequence[str]) -> "Spelling":
        """Return the model with the middle and the deviation of these words, an endless one where they are too few."""
        if len(words) < _LEAST_WORDS:
            return replace(self, deviation=float("inf"))
        middle = float(np.median([self.word_bits(word) for word in words]))
        moved = replace(self, middle=middle)
        spread = float(np.median(np.abs([moved._excess(word) for word in words])))  # noqa: SLF001 - of its own kind
        return replace(moved, deviation=max(_MAD_TO_DEVIATION * spread, 1e-6))

    def _excess(self, word: str) -> float:
        """Return how far a word is off the middle; a long word cannot be as far off by chance as a short one."""
        return (self.word_bits(word) - self.middle) * float(np.sqrt(len(word)))

    def _chance(self, history: str, character: str) -> float:
        """Return the probability of a character after others; the less is known of those, the fewer are looked at."""
        lower = self._chance(history[1:], character) if history else 1 / self.characters
        seen = self.continued.get(history, 0)
        if not seen:
            return lower
        own = max(self.counts.get(history + character, 0) - _DISCOUNT, 0.0)
        return (own + _DISCOUNT * self.kinds[history] * lower) / seen


def learn_spelling(texts: Iterable[str]) -> Spelling:
    """Return the spelling of the words of texts, each different word counted once, so that no one outweighs others."""
    words = sorted({word for text in texts for word in tokens(text) if _long_enough(word)})
    counts: Counter[str] = Counter()
    for word in words:
        framed = _framed(word)
        for place in range(2, len(framed)):
            counts.update((framed[place - 2 : place + 1], framed[place - 1 : place + 1], framed[place]))
    continued: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for run, count in counts.items():
        continued[run[:-1]] += count
        kinds[run[:-1]] += 1
    return Spelling(counts, continued, kinds, len(set("".join(words))) + 2).centred(words)


def _framed(word: str) -> str:
    return f"{_BOUNDARY}{_BOUNDARY}{word}{_BOUNDARY}"


def _long_enough(word: str) -> bool:
    return len(word) >= _LEAST_LETTERS and word.isalpha()
