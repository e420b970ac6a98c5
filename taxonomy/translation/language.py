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
            padded = [START] * (order - 1) + [*sequence, END]
            vocabulary.update(sequence)
            for place in range(order - 1, len(padded)):
                for size in range(order):
                    self._count(tuple(padded[place - size : place + 1]), weight)
        self._floor = 1.0 / (len(vocabulary) + 2)

    def log_probability(self, sequence: Sequence[str], *, ended: bool = True) -> float:
        """Return the natural logarithm of the probability of a sequence, with its end or without."""
        padded = [START] * (self.order - 1) + list(sequence) + ([END] if ended else [])
        return self.inner(padded, self.order - 1)

    def inner(self, sequence: Sequence[str], start: int = 0) -> float:
        """Return the logarithm of the probability of the elements from `start`, given what is before them."""
        reach = self.order - 1
        return sum(
            self._log(tuple(sequence[max(0, place - reach) : place + 1])) for place in range(start, len(sequence))
        )

    def _count(self, ngram: tuple[str, ...], weight: float) -> None:
        if ngram not in self._counts:
            self._kinds[ngram[:-1]] += 1
        self._counts[ngram] += weight
        self._totals[ngram[:-1]] += weight

    def _log(self, ngram: tuple[str, ...]) -> float:
        known = self._cache.get(ngram)
        if known is None:
            known = self._cache[ngram] = log(self._probability(ngram))
        return known

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
