"""What the product brings to each comparison; the last matcher is the whole, those before it are its parts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.standardize.floors import dense
from benchmarks.standardize.matcher import Matcher
from classifiers.encoder.linear import load_encoder
from classifiers.encoder.protocol import Encoder
from classifiers.standardize.ngrams import build_index
from classifiers.standardize.text import fold

_LEARNED: Final = "en"
_LONGEST_LABEL: Final = 12
_NGRAM_SHARE: Final = 0.1
"""What n-grams add to the encoder: they tell apart labels that it takes for the same."""
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


class EncoderMatcher:
    """A learned or pretrained encoder alone: cosines of its vectors."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = f"encoder {encoder.name}"
        self._encoder = encoder
        self._corpus: Sequence[str] | None = None

    def score(
        self,
        queries: Sequence[str],
        corpus: Sequence[str],
        *,
        query_language: str,  # noqa: ARG002 - the encoder is told no language
        corpus_language: str,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Return the scores, queries x corpus."""
        if self._corpus is not corpus:
            self._vectors = self._encoder.encode(corpus)
            self._corpus = corpus
        return np.asarray(self._encoder.encode(queries) @ self._vectors.T)


class WholeMatcher:
    """Exact aliases first; then the encoder where it has learned the language, and n-grams for the rest.

    The encoder has learned short labels in English. Sentences and other languages are left to the n-grams.
    """

    def __init__(self, ngrams: NgramMatcher, encoder: EncoderMatcher) -> None:
        self.name = "whole"
        self._ngrams = ngrams
        self._encoder = encoder

    def score(
        self, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
    ) -> NDArray[np.float32]:
        """Return the scores, queries x corpus."""
        languages = {"query_language": query_language, "corpus_language": corpus_language}
        alike = self._ngrams.score(queries, corpus, **languages)
        if (query_language, corpus_language) != (_LEARNED, _LEARNED):
            return alike
        learned = self._encoder.score(queries, corpus, **languages)
        scores = np.asarray(learned + _NGRAM_SHARE * np.minimum(alike, 1), dtype=np.float32)
        scores[alike == _EXACT] += _EXACT
        long = [row for row, query in enumerate(queries) if len(query.split()) > _LONGEST_LABEL]
        scores[long] = alike[long]
        return scores


def our_matchers(data_dir: Path) -> list[Matcher]:  # noqa: ARG001 - models that users train will be read from there
    """Return ours: parts first, the whole last."""
    ngrams, encoder = NgramMatcher(), EncoderMatcher(load_encoder())
    return [ngrams, encoder, WholeMatcher(ngrams, encoder)]
