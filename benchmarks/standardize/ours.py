"""What the product brings to each comparison; the last matcher is the whole, those before it are its parts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.standardize.floors import dense
from benchmarks.standardize.matcher import Matcher
from classifiers.standardize.ngrams import build_index
from classifiers.standardize.text import fold

_EXACT: Final = 2.0
"""An alias to the letter comes before all that only look alike, as in the standardizer."""


class NgramMatcher:
    """The standardizer's first stage: exact aliases first, then cosines of words and character n-grams."""

    def __init__(self) -> None:
        self.name = "n-grams and exact aliases"
        self._corpus: Sequence[str] | None = None
        self._columns_by_key: dict[str, list[int]] = {}

    def score(
        self,
        queries: Sequence[str],
        corpus: Sequence[str],
        *,
        query_language: str,  # noqa: ARG002 - n-grams know no languages
        corpus_language: str,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Return the scores, queries x corpus."""
        if self._corpus is not corpus:
            keys = [fold(text) for text in corpus]
            self._index = build_index(keys, np.arange(len(keys), dtype=np.int32))
            self._columns_by_key = {}
            for column, key in enumerate(keys):
                self._columns_by_key.setdefault(key, []).append(column)
            self._corpus = corpus
        asked = [fold(text) for text in queries]
        scores = dense(self._index.vectors(asked) @ self._index.postings)
        for row, key in enumerate(asked):
            if key:
                scores[row, self._columns_by_key.get(key, [])] = _EXACT
        return scores


def our_matchers(data_dir: Path) -> list[Matcher]:  # noqa: ARG001 - learned encoders will be read from there
    """Return ours: parts first, the whole last."""
    return [NgramMatcher()]
