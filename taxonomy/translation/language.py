"""How likely a sequence is in a language: an interpolated n-gram model (Witten and Bell 1991)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import log
from typing import Final

START: Final = "<s>"
END: Final = "</s>"


class NgramModel:
    """Counts of n-grams up to `order`; probabilities are interpolated down to a uniform one over `vocabulary`."""

    def __init__(self, order: int, sequences: Iterable[tuple[Sequence[str], float]]) -> None:
        self.order = order
        self._counts: defaultdict[tuple[str, ...], float] = defaultdict(float)
        self._totals: defaultdict[tuple[str, ...], float] = defaultdict(float)
        self._kinds: defaultdict[tuple[str, ...], int] = defaultdict(int)
        self._cache: dict[tuple[str, ...], float] = {}
        vocabulary: set[str] = set()
        for sequence, weight in sequences:
            vocabulary.update(sequence)
            self._count(self._padded(sequence), weight)
        self._floor = 1.0 / (len(vocabulary) + 2)

    def log_probability(self, sequence: Sequence[str]) -> float:
        """Return the natural logarithm of the probability of a sequence, with its end."""
        return self.inner(self._padded(sequence), self.order - 1)

    def inner(self, sequence: tuple[str, ...], start: int = 0) -> float:
        """Return the logarithm of the probability of the elements from `start`, given what is before them."""
        reach, cache, total = self.order - 1, self._cache, 0.0
        for place in range(start, len(sequence)):
            ngram = sequence[place - reach if place > reach else 0 : place + 1]
            known = cache.get(ngram)
            if known is None:
                known = cache[ngram] = log(self._probability(ngram))
            total += known
        return total

    def _padded(self, sequence: Sequence[str]) -> tuple[str, ...]:
        return (START,) * (self.order - 1) + (*sequence, END)

    def _count(self, padded: tuple[str, ...], weight: float) -> None:
        counts, totals, kinds = self._counts, self._totals, self._kinds
        for place in range(self.order - 1, len(padded)):
            for start in range(place, place - self.order, -1):
                ngram, before = padded[start : place + 1], padded[start:place]
                if ngram not in counts:
                    kinds[before] += 1
                counts[ngram] += weight
                totals[before] += weight

    def _probability(self, ngram: tuple[str, ...]) -> float:
        chance = self._floor
        for size in range(1, len(ngram) + 1):
            part = ngram[-size:]
            kinds = self._kinds.get(part[:-1], 0)
            if not kinds:
                break
            total = self._totals[part[:-1]]
            chance = (self._counts.get(part, 0.0) + kinds * chance) / (total + kinds)
        return chance
