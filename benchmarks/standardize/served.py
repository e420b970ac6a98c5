"""Two texts compared as the product compares them: `POST /v1/similar`, `canonym similar`.

With pretrained encoders their cosines are added; the product does not do this, so its row shows what is to be had.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.standardize.context import Context
from benchmarks.standardize.matcher import Matcher
from benchmarks.standardize.ours import EncoderMatcher, is_long
from benchmarks.standardize.rows import PRETRAINED, SERVED
from classifiers.standardize.likeness import Likeness
from taxonomy.model import EntityType

_PRETRAINED_WEIGHT: Final = 0.2
"""What the cosine of each pretrained encoder counts beside the score of the product."""
_CELLS: Final = 4_000_000
"""Scores that are made at once; while they are made, each view takes as much again."""
_Array = NDArray[np.float32]


class ServedMatcher:
    """The product's likeness of two titles."""

    def __init__(self, likeness: Likeness, name: str = SERVED, pretrained: Sequence[EncoderMatcher] = ()) -> None:
        self.name = name
        self._likeness = likeness
        self._pretrained = tuple(pretrained)
        self._corpus: Sequence[str] | None = None

    def score(
        self, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
    ) -> _Array:
        """Return the scores, queries x corpus."""
        if self._corpus is not corpus:
            self._read = self._likeness.read(corpus)
            self._corpus = corpus
        scores = np.zeros((len(queries), len(corpus)), dtype=np.float32)
        size = max(1, _CELLS // max(1, len(corpus)))
        for start in range(0, len(queries), size):
            some = queries[start : start + size]
            found = self._likeness.compare(some, self._read, language=query_language, others_language=corpus_language)
            scores[start : start + size] = found.scores
        short = [row for row, query in enumerate(queries) if not is_long(query)]
        for matcher in self._pretrained:
            cosines = matcher.score(queries, corpus, query_language=query_language, corpus_language=corpus_language)
            scores[short] += _PRETRAINED_WEIGHT * cosines[short]
        return scores


def served_matchers(context: Context) -> list[Matcher]:
    """Return the product's likeness of titles over all taxonomies, and the same with the pretrained encoders."""
    likeness = Likeness(context.taxonomies.compiled, EntityType.TITLE)
    pretrained = [one for one in context.ours if isinstance(one, EncoderMatcher) and one.pretrained]
    matchers: list[Matcher] = [ServedMatcher(likeness)]
    if pretrained:
        matchers.append(ServedMatcher(likeness, PRETRAINED, pretrained))
    return matchers
